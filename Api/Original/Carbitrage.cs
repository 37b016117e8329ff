using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rialto.Api.Http;
using Rialto.Api.Listings;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Listings;

namespace Rialto.Api.Original;

/// <summary>
/// The routes of the original Carbitrage, for clients that were written for it. Its cache files are this market's shelves: a file's name
/// is made from make, model and city, as there. Any node answers; whoever asks the one that does not lead need not ask again elsewhere.
/// </summary>
internal static class Carbitrage
{
    private const string Gone = "Nobody sets the leader or a node's files from outside any more: nodes elect by themselves, and copy the journal. GET /leader says who leads.";
    private const int Page = Bounds.MaxPage;

    public static void MapCarbitrage(this OriginalRoutes routes, ShelfKeeper keeper)
    {
        routes.Get("/leader", Leader).Says("OriginalLeader", "Who leads; any node answers for it.").Returns("application/json");
        routes.Post("/client", CarbitrageBodies.Default.OriginalClientBody, call => ClientAsync(call, keeper))
            .Says("OriginalClient", "The vehicles of two cities, fetched if they are not fresh.").Returns("application/json").Example("""{"country":"CA","city1":"Toronto","city2":"Montreal","make":"Toyota","model":"Corolla"}""");
        routes.Post("/fetch", CarbitrageBodies.Default.OriginalFetchBody, call => FetchAsync(call, keeper))
            .Says("OriginalFetch", "Fetch a city's vehicles if they are not fresh.").Returns("application/json").Example("""{"country":"CA","city":"Toronto","make":"Toyota","model":"Corolla"}""");
        routes.Get("/list-cache", call => ListCache(call, keeper)).Says("OriginalListCache", "The files of the cache: one for each shelf.").Returns("application/json");
        routes.Get("/cache-meta", call => CacheMeta(call, keeper)).Says("OriginalCacheMeta", "When a file of the cache was filled, in seconds since 1970.").Asks(new QueryNote("filename", false, "Which file.")).Returns("application/json");
        routes.GetFile("/get-cache-file", call => CacheFile(call, keeper)).Says("OriginalGetCacheFile", "A file of the cache.").Asks(new QueryNote("filename", false, "Which file.")).Returns("text/csv");
        routes.Post("/reconcile", EmptyBodies.Default.EmptyBody, ReconcileAsync, EmptyBody.Instance)
            .Says("OriginalReconcile", "Have the nodes compared; tells the files of those that differed and were built again.").Returns("application/json");
        routes.Gone("/set-leader", Gone).Says("OriginalSetLeader", "Gone: nodes elect by themselves.");
    }

    private static ValueTask<OriginalAnswer> Leader(Call call)
    {
        var leader = LeaderOf(call.Engine.ViewCluster());
        return ValueTask.FromResult(OriginalAnswer.Of(json =>
        {
            WriteLeader(json, leader);
            if (leader is { } rank) json.WriteNumber("this_node"u8, rank);
            else json.WriteNull("this_node"u8);
        }));
    }

    private static async ValueTask<OriginalAnswer> ClientAsync(WriteCall<OriginalClientBody> call, ShelfKeeper keeper)
    {
        var body = call.Body;
        if (Resolve(body.Country, body.City1, body.Make, body.Model, out var first) is { } wrong) return wrong;
        if (Resolve(body.Country, body.City2, body.Make, body.Model, out var second) is { } wrongToo) return wrongToo;
        if (call.ClaimKey("client", body.Country!, body.City1!, body.City2!, body.Make!, body.Model!) is { } reused) return reused;
        ShelfName[] shelves = first!.Key == second!.Key ? [first] : [first, second];
        var actor = call.Actor;
        var kept = await Task.WhenAll(shelves.Select(shelf => keeper.EnsureAsync(shelf, actor)));
        foreach (var one in kept)
            if (Unavailable(one) is { } no) return no;
        // The replica may be a moment behind what was just fetched.
        var replica = call.Door.Engine.Replica;
        if (!await replica.WaitForAsync(new Seq(kept.Max(one => one.View!.Seq)), FrontDoor.MaxWait, call.Http.RequestAborted)) return Problems.Behind;
        var (engine, cities) = (call.Door.Engine, new[] { body.City1, body.City2 });
        var found = shelves.Select(shelf => VehiclesOf(engine, shelf).ToList()).ToList();
        // The original's shape has no room for a currency, and its clients compare the numbers.
        if (found.SelectMany(vehicles => vehicles).Select(vehicle => vehicle.Currency).Distinct(StringComparer.Ordinal).Count() > 1)
            return OriginalAnswer.Error(422, "The prices of these two cities are in different currencies. Compare them at /api/listings/compare, with rates.");
        return OriginalAnswer.Of(json =>
        {
            WriteLeader(json, LeaderOf(engine.ViewCluster()));
            json.WriteStartObject("results"u8);
            for (var i = 0; i < found.Count; i++)
            {
                json.WriteStartArray(cities[i]!);
                foreach (var vehicle in found[i]) Write(json, vehicle);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        });
    }

    private static async ValueTask<OriginalAnswer> FetchAsync(WriteCall<OriginalFetchBody> call, ShelfKeeper keeper)
    {
        var body = call.Body;
        if (Resolve(body.Country, body.City, body.Make, body.Model, out var shelf) is { } wrong) return wrong;
        if (call.ClaimKey("fetch", body.Country!, body.City!, body.Make!, body.Model!) is { } reused) return reused;
        var kept = await keeper.EnsureAsync(shelf!, call.Actor);
        if (Unavailable(kept) is { } no) return no;
        return OriginalAnswer.Of(json =>
        {
            json.WriteNumber("num_cars"u8, kept.View!.Count);
            json.WriteString("city"u8, body.City);
            json.WriteString("model"u8, body.Model);
        });
    }

    private static ValueTask<OriginalAnswer> ListCache(Call call, ShelfKeeper keeper)
    {
        var shelves = Shelves(call, keeper);
        return ValueTask.FromResult(OriginalAnswer.Of(json =>
        {
            json.WriteStartArray("files"u8);
            foreach (var name in shelves.Select(FileOf).Distinct(StringComparer.Ordinal)) json.WriteStringValue(name);
            json.WriteEndArray();
        }));
    }

    private static ValueTask<OriginalAnswer> CacheMeta(Call call, ShelfKeeper keeper)
    {
        if (Find(call, keeper, out var shelf) is { } no) return ValueTask.FromResult(no);
        return ValueTask.FromResult(OriginalAnswer.Of(json =>
        {
            json.WriteString("filename"u8, FileOf(shelf!));
            json.WriteNumber("mtime"u8, shelf!.FetchedAt!.Value.ToUnixTimeMilliseconds() / 1_000m);
        }));
    }

    private static (OriginalAnswer? No, string Text) CacheFile(Call call, ShelfKeeper keeper)
    {
        if (Find(call, keeper, out var shelf) is { } no) return (no, "");
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvListings.Write(text, CsvListings.OriginalColumns))
            foreach (var vehicle in VehiclesOf(call.Engine, new ShelfName(shelf!.Country, shelf.City, shelf.Make, shelf.Model))) CsvListings.Write(csv, CsvListings.OriginalColumns, vehicle);
        return (null, text.ToString());
    }

    private static async ValueTask<OriginalAnswer> ReconcileAsync(WriteCall<EmptyBody> call)
    {
        if (await call.Door.Engine.ReconcileAsync() is not { } report) return OriginalAnswer.Error(503, "No node leads now. Try again in a moment.");
        var streams = report.Rebuilt.SelectMany(rebuilt => rebuilt.Differences ?? []).Select(difference => difference.Stream).Where(stream => stream.Category == "shelf");
        var files = streams.Select(stream => stream.Key.Split('/')).Where(parts => parts.Length == 4).Select(parts => $"{parts[2]}_{parts[3]}_{parts[1]}.csv").Distinct(StringComparer.Ordinal).ToList();
        return OriginalAnswer.Of(json =>
        {
            json.WriteString("status"u8, "ok"u8);
            json.WriteStartArray("updated"u8);
            foreach (var file in files) json.WriteStringValue(file);
            json.WriteEndArray();
        });
    }

    private static OriginalAnswer? Resolve(string? country, string? city, string? make, string? model, out ShelfName? shelf)
    {
        shelf = null;
        if (country is null || city is null || make is null || model is null) return OriginalAnswer.Error(400, "Missing required fields");
        var code = country.Trim().ToUpperInvariant() switch { "CANADA" => "CA", "USA" or "UNITED STATES" => "US", var other => other };
        shelf = new ShelfName(code, Atlas.Find(code, city.Trim())?.Name ?? city.Trim(), make.Trim(), model.Trim());
        return shelf.Check() is { } refusal ? OriginalAnswer.Error(422, refusal.Detail) : default(OriginalAnswer?);
    }

    /// <summary>A shelf that could not be fetched is served as it was; only one that never was is an error.</summary>
    private static OriginalAnswer? Unavailable(ShelfKeeper.Kept kept) =>
        kept.Problem is { } problem ? problem
        : kept.View is { FetchedAt: null, Failure: { } failure } ? OriginalAnswer.Error(503, failure.Detail) : default(OriginalAnswer?);

    private static int? LeaderOf(Runtime.ClusterView cluster) => cluster.Leader?.Value;

    private static void WriteLeader(Utf8JsonWriter json, int? leader)
    {
        if (leader is { } rank) json.WriteNumber("leader_id"u8, rank);
        else json.WriteNull("leader_id"u8);
    }

    /// <summary>Mileage in kilometres: that is what the original's clients take it for.</summary>
    private static void Write(Utf8JsonWriter json, VehicleView vehicle)
    {
        json.WriteStartObject();
        json.WriteNumber("year"u8, vehicle.Year);
        json.WriteString("make"u8, vehicle.Make);
        json.WriteString("model"u8, vehicle.Model);
        json.WriteNumber("price"u8, vehicle.Price);
        if (vehicle.MileageIn(DistanceUnit.Km) is { } mileage) json.WriteNumber("mileage"u8, mileage);
        else json.WriteNull("mileage"u8);
        json.WriteString("location"u8, vehicle.Location);
        json.WriteEndObject();
    }

    /// <summary>All that stands on a shelf, the cheapest first.</summary>
    private static IEnumerable<VehicleView> VehiclesOf(Runtime.IEngine engine, ShelfName shelf)
    {
        var request = new SearchRequest { Cities = [$"{shelf.Country}/{shelf.City}"], Make = shelf.Make, Model = shelf.Model, Limit = Page };
        do
        {
            var found = Page<VehicleView>.Empty;
            if (engine.Replica.Ask((ListingIndex index) => index.Search(request, out found), out _) is not null) yield break;
            foreach (var vehicle in found.Items) yield return vehicle;
            request = request with { Cursor = found.Next };
        }
        while (request.Cursor is not null);
    }

    private static string FileOf(ShelfView shelf) => $"{Part(shelf.Make)}_{Part(shelf.Model)}_{Part(shelf.City)}.csv";

    private static string Part(string name) => name.ToLowerInvariant().Replace(' ', '_');

    private static IEnumerable<ShelfView> Shelves(Call call, ShelfKeeper keeper)
    {
        var now = call.Door.Time.GetUtcNow();
        for (string? after = null; ;)
        {
            var page = call.Engine.Replica.Ask((ListingIndex index) => index.Shelves(after, Page, now, keeper.FreshFor), out _);
            foreach (var shelf in page.Items.Where(shelf => shelf.FetchedAt is not null)) yield return shelf;
            if ((after = page.Next) is null) yield break;
        }
    }

    private static OriginalAnswer? Find(Call call, ShelfKeeper keeper, out ShelfView? shelf)
    {
        shelf = null;
        if (call.Text("filename", out var name) is { } wrong) return wrong;
        if (name is null) return OriginalAnswer.Error(400, "Missing filename");
        shelf = Shelves(call, keeper).FirstOrDefault(one => FileOf(one).Equals(name, StringComparison.OrdinalIgnoreCase));
        return shelf is null ? OriginalAnswer.Error(404, "File not found") : default(OriginalAnswer?);
    }
}

internal sealed record OriginalClientBody
{
    public string? Country { get; init; }
    public string? City1 { get; init; }
    public string? City2 { get; init; }
    public string? Make { get; init; }
    public string? Model { get; init; }
}

internal sealed record OriginalFetchBody
{
    public string? Country { get; init; }
    public string? City { get; init; }
    public string? Make { get; init; }
    public string? Model { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = StrictJson.MaxDepth)]
[JsonSerializable(typeof(OriginalClientBody))]
[JsonSerializable(typeof(OriginalFetchBody))]
internal sealed partial class CarbitrageBodies : JsonSerializerContext;
