using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Rialto.Api.Http;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Listings;
using Rialto.Runtime;

namespace Rialto.Api.Listings;

/// <summary>
/// An import by upload: the file is read whole and checked before anything is written; then each of its shelves is brought part by part.
/// The load's name is made from the content, so that the same file sent again goes on where it was cut short: a shelf that has taken some
/// parts is given the rest, and with an idempotency key a shelf that was filled is not filled again.
/// </summary>
internal static class ListingImport
{
    public const int MaxBytes = 32 << 20;
    private const int ShelvesAtOnce = 16;

    private sealed record Imported(string Shelf, int Vehicles, int Parts, bool Resumed, bool Replayed, Seq Seq);

    public static async Task HandleAsync(HttpContext http, FrontDoor door) => await (await AnswerAsync(http, door)).WriteAsync(http.Response);

    private static async ValueTask<Answer> AnswerAsync(HttpContext http, FrontDoor door)
    {
        if (Caller.TryReadActor(http.Request, out var actor) is { } wrongActor) return wrongActor;
        if (actor is null) return Problems.ActorRequired;
        if (Caller.TryReadKey(http.Request, out var key) is { } wrongKey) return wrongKey;
        if (Terms(new Call(http, door, actor), out var defaults, out var mode) is { } wrong) return wrong;
        var (bytes, tooLarge) = await ReadAsync(http.Request);
        if (tooLarge is not null) return tooLarge;
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return new Problem(422, "invalid-csv", "Nothing was imported. Send the file in UTF-8.");
        }
        if (CsvListings.TryRead(text, defaults, out var shelves) is { } bad) return bad;
        var load = LoadOf(bytes, defaults, mode);
        if (key is not null && !door.Keys.TryUse(Caller.CommandOf(actor, key), StreamId.Of("import", load), out _)) return Problems.KeyReused;
        return await BringAsync(door.Engine, shelves, load, mode, actor, key);
    }

    private static Problem? Terms(Call call, out CsvDefaults defaults, out StockMode mode)
    {
        (defaults, mode) = (new CsvDefaults(null, null, null, null, null, null), StockMode.Replace);
        var said = new string?[6];
        string[] names = ["country", "city", "make", "model", "currency", "unit"];
        for (var i = 0; i < names.Length; i++)
            if (call.Text(names[i], out said[i]) is { } wrong) return wrong;
        if (call.Text("mode", out var modeText) is { } wrongMode) return wrongMode;
        if (modeText is not (null or "replace" or "merge")) return Problems.InvalidParameter("mode", "replace or merge");
        if (said[5] is not (null or "km" or "mi")) return Problems.InvalidParameter("unit", "km or mi");
        var refusal = (said[0] is { } country ? ShelfName.CheckCountry(country) : null) ?? (said[1] is { } city ? ShelfName.CheckPart(city, "city") : null)
            ?? (said[2] is { } make ? ShelfName.CheckPart(make, "make") : null) ?? (said[3] is { } model ? ShelfName.CheckPart(model, "model") : null)
            ?? (said[4] is { } currency ? Atlas.CheckCurrency(currency, "currency") : null);
        if (refusal is not null) return refusal;
        // A city that everybody knows needs no country.
        if (said[0] is null && said[1] is { } known && Atlas.Find(known) is [var only]) said[0] = only.Country;
        defaults = new CsvDefaults(said[0]?.ToUpperInvariant(), said[1], said[2], said[3], said[4], said[5] switch { "km" => DistanceUnit.Km, "mi" => DistanceUnit.Mi, _ => null });
        mode = modeText == "merge" ? StockMode.Merge : StockMode.Replace;
        return null;
    }

    private static async ValueTask<(byte[] Bytes, Problem? Problem)> ReadAsync(HttpRequest request)
    {
        var tooLarge = new Problem(413, "too-large", $"Send a file of at most {MaxBytes} bytes.").With("maximum", MaxBytes);
        if (request.ContentLength > MaxBytes) return ([], tooLarge);
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0;)
        {
            if (bytes.Length + read > MaxBytes) return ([], tooLarge);
            bytes.Write(buffer, 0, read);
        }
        return (bytes.ToArray(), null);
    }

    private static string LoadOf(byte[] bytes, CsvDefaults defaults, StockMode mode)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes);
        hash.AppendData(Encoding.UTF8.GetBytes($"\n{defaults.Country}\n{defaults.City}\n{defaults.Make}\n{defaults.Model}\n{defaults.Currency}\n{defaults.Unit}\n{mode}"));
        return CommandId.From("load", Convert.ToHexString(hash.GetHashAndReset())).ToEntityKey();
    }

    private static async ValueTask<Answer> BringAsync(IEngine engine, IReadOnlyList<CsvShelf> shelves, string load, StockMode mode, string actor, string? key)
    {
        var done = new ConcurrentDictionary<int, Imported>();
        Problem? problem = null;
        await Parallel.ForEachAsync(Enumerable.Range(0, shelves.Count), new ParallelOptions { MaxDegreeOfParallelism = ShelvesAtOnce }, async (i, _) =>
        {
            if (Volatile.Read(ref problem) is not null) return;
            var (imported, refused) = await BringAsync(engine, shelves[i], load, mode, actor, key, i + 1, shelves.Count);
            if (imported is not null) done[i] = imported;
            else Interlocked.CompareExchange(ref problem, refused, null);
        });
        if (problem is { } no)
        {
            // Nothing was begun, or it is to be gone on with: the sender is told which.
            if (done.IsEmpty && no.Status < 500) return no;
            return new Problem(503, "import-incomplete", $"{done.Count} of {shelves.Count} shelves are filled ({no.Detail}) Send the same file again to go on.")
            {
                RetryAfter = 1, Fields = [],
            }.With("import", load).With("filled", done.Count).With("shelves", shelves.Count).With("because", no.Code);
        }
        var all = done.OrderBy(entry => entry.Key).Select(entry => entry.Value).ToList();
        var last = all.Max(one => one.Seq);
        return Answer.Of(
            json =>
            {
                json.WriteStartObject();
                json.WriteString("import"u8, load);
                json.WriteNumber("rows"u8, all.Sum(one => one.Vehicles));
                json.WriteStartArray("shelves"u8);
                foreach (var one in all)
                {
                    json.WriteStartObject();
                    json.WriteString("shelf"u8, one.Shelf);
                    json.WriteNumber("vehicles"u8, one.Vehicles);
                    json.WriteNumber("parts"u8, one.Parts);
                    json.WriteBoolean("resumed"u8, one.Resumed);
                    json.WriteNumber("seq"u8, one.Seq.Value);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteNumber("seq"u8, last.Value);
                json.WriteEndObject();
            },
            last) with { IsReplayed = all.All(one => one.Replayed) };
    }

    private static async Task<(Imported? Imported, Problem? Problem)> BringAsync(IEngine engine, CsvShelf shelf, string load, StockMode mode, string actor, string? key, int number, int of)
    {
        var entity = StreamId.Of("shelf", shelf.Name.Key);
        var reply = await engine.QueryAsync(entity, new GetShelf());
        if (reply.Refusal is { Kind: not RefusalKind.NotFound } refusal) return (null, refusal);
        // With a key every part has its own command id, and what is there already answers as it did then; without one the shelf says how far it is.
        var loading = (reply.View as ShelfView)?.Loading;
        var first = key is null && loading?.Load == load ? loading.Part + 1 : 1;
        Func<int, CommandId>? idOf = key is null ? null : part => CommandId.From("import", actor, key, entity.Text, Cursor.Write(part));
        var parts = (shelf.Vehicles.Count + ListingBounds.MaxPerPart - 1) / ListingBounds.MaxPerPart;
        var (stocked, problem) = await ShelfKeeper.StockAsync(engine, entity, shelf.Name, load, shelf.Currency, mode, new StockSource("csv", 0, number, of), shelf.Vehicles, actor, first, idOf);
        return problem is not null ? (null, problem)
            : (new Imported(shelf.Name.Key, shelf.Vehicles.Count, parts, loading?.Load == load, stocked.Replayed, stocked.Receipt.Seq), null);
    }
}
