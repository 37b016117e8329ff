using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rialto.Cli.Commands;

/// <summary>Cars: what Carbitrage's client could do, by lowest price or by price per kilometre, and by total cost; imports and exports.</summary>
internal static class CarCommands
{
    private static readonly Argument<string> Make = new("make") { Description = "The make, such as Toyota." };
    private static readonly Argument<string> Model = new("model") { Description = "The model, such as Corolla." };
    private static readonly Argument<string[]> Cities = new("cities") { Description = "Two cities or more; CA/London says which London.", Arity = new ArgumentArity(2, 20) };
    private static readonly Argument<string[]> AnyCities = new("cities") { Description = "The cities.", Arity = ArgumentArity.OneOrMore };
    private static readonly Argument<FileInfo> Csv = new("file") { Description = "A CSV file: year,make,model,price,mileage,location and more." };
    private static readonly Argument<string?> Target = new("file") { Description = "Where to write it; the output without one.", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<string?> Mode = new Option<string?>("--mode") { Description = "By what: cheapest if nothing is said.", HelpName = "mode" }.AcceptOnlyFromAmong("cheapest", "price-per-km", "total-cost");
    private static readonly Option<string?> Country = new("--country") { Description = "Where the cities are: two letters.", HelpName = "code" };
    private static readonly Option<string?> Currency = new("--currency") { Description = "What prices are compared in.", HelpName = "code" };
    private static readonly Option<string?> Rates = new("--rates") { Description = "How much of it one unit of another is, such as USD:1.36.", HelpName = "list" };

    /// <summary>Called as the questions of a request are.</summary>
    private static readonly Option[] Terms =
    [
        Mode,
        Currency,
        Rates,
        new Option<string?>("--to") { Description = "total-cost: where the buyer is.", HelpName = "city" },
        Values.Number("--transport-per-km", "total-cost: a kilometre on the way."),
        Values.Number("--tax-percent", "total-cost: tax on the price.", "n"),
        Values.Number("--fees", "total-cost: for a car from elsewhere."),
        new Option<int?>("--distance-km") { Description = "total-cost: how far it is, where that is not known.", HelpName = "n" },
    ];

    private static readonly Option[] Filters =
    [
        Country,
        new Option<string?>("--city") { Description = "Only in these cities, with commas between them.", HelpName = "list" },
        new Option<string?>("--make") { Description = "Only of this make.", HelpName = "make" },
        new Option<string?>("--model") { Description = "Only this model.", HelpName = "model" },
        new Option<int?>("--year-from") { Description = "The oldest year.", HelpName = "year" },
        Values.Number("--price-to", "The highest price."),
        new Option<int?>("--km-to") { Description = "The most kilometres that it was driven.", HelpName = "n" },
        new Option<string?>("--sort") { Description = "In which order.", HelpName = "order" }.AcceptOnlyFromAmong("shelf", "price", "pricePerKm", "year"),
        Currency,
        Rates,
    ];

    private static readonly Option[] Defaults =
    [
        new Option<string?>("--country") { Description = "Where no column says it: two letters.", HelpName = "code" },
        new Option<string?>("--city") { Description = "Where no column says it.", HelpName = "city" },
        new Option<string?>("--unit") { Description = "Where no column says it: km or mi; the country's if nothing is said.", HelpName = "unit" }.AcceptOnlyFromAmong("km", "mi"),
        new Option<string?>("--mode") { Description = "What becomes of what is there; replace if nothing is said.", HelpName = "mode" }.AcceptOnlyFromAmong("replace", "merge"),
    ];

    private static readonly Option<decimal> Threshold = new("--threshold") { Description = "What the gap between the best city and the next has to exceed.", HelpName = "amount", Required = true, CustomParser = Values.Number };
    private static readonly Option<bool> Original = new("--original") { Description = "Only the original system's columns." };

    public static Command Create() => new Verb("cars", "Cars: where one costs least.")
    {
        new Verb("compare", "The best car of each city, where to buy, and by how much it is better.",
            "rialto cars compare Toyota Corolla Toronto Montreal", "rialto cars compare Toyota Corolla Toronto Montreal --country CA --mode price-per-km",
            "rialto cars compare Toyota Corolla Toronto Boston --currency CAD --rates USD:1.36 --mode total-cost")
            { Make, Model, Cities, Country }.Takes(Terms).Does(CompareAsync),
        new Verb("search", "Cars on all shelves.", "rialto cars search --make Toyota --city Toronto --sort price --limit 5") { Globals.Limit }.Takes(Filters).Does(SearchAsync),
        new Verb("import", "Import a CSV file: all of it or, if a line is wrong, nothing.", "rialto cars import cars.csv --country CA --city Toronto --as gallery") { Csv }.Takes(Defaults).Writes(ImportAsync),
        new Verb("export", "Cars as CSV.", "rialto cars export cars.csv --make Toyota", "rialto cars export --original") { Target, Original }.Takes(Filters).Does(ExportAsync),
        new Verb("refresh", "Fetch these cars anew, where what is here is not fresh.", "rialto cars refresh Toyota Corolla Toronto Montreal --as ann") { Make, Model, AnyCities }.Writes(RefreshAsync),
        new Verb("watch", "Tell whenever the gap between the best city and the next exceeds a threshold, or closes again, for as long as this runs.",
            "rialto cars watch Toyota Corolla Toronto Montreal --threshold 1500 --as ann")
            { Make, Model, Cities, Country, Threshold, Watching.Count, Watching.For }.Takes(Terms).Writes(WatchAsync),
        new Verb("shelves", "What is here, since when, and whence.", "rialto cars shelves --limit 5") { Globals.Limit }.Does(ShelvesAsync),
    };

    private static async Task CompareAsync(Run run) => run.Show(
        await run.GetAsync($"/api/listings/compare", [("cities", string.Join(',', CitiesOf(run))), ("make", run.Get(Make)), ("model", run.Get(Model)), .. Terms.Select(run.Question)]),
        static (screen, comparison) =>
        {
            screen.Table(
                comparison.Items("byCity").Select(city => Marked(city, comparison.At("best"))), "No cities.", ":best", "city", "year:vehicle.year", "price:vehicle.price", "currency:vehicle.currency", "km:vehicle.kilometres",
                "location:vehicle.location", "value", "count", "median", "fresh");
            screen.Advise(comparison.Word("recommendation"));
        });

    private static string[] CitiesOf(Run run) => [.. run.Get(Cities).Select(city => run.Get(Country) is { } country && !city.Contains('/') ? $"{country}/{city}" : city)];

    /// <summary>A city with a mark if it is the best one.</summary>
    private static JsonElement Marked(JsonElement city, JsonElement best)
    {
        var row = JsonObject.Create(city)!;
        if (city.Word("city") == best.Word("city") && city.Word("country") == best.Word("country")) row["best"] = "*";
        return JsonSerializer.SerializeToElement(row);
    }

    /// <summary>The watch is set for as long as somebody looks: who ends takes it away.</summary>
    private static async Task WatchAsync(Run run)
    {
        var watch = (await run.PostAsync(
            $"/api/listings/watches",
            [
                ("cities", Body.Words(CitiesOf(run))), ("make", run.Get(Make)), ("model", run.Get(Model)), ("threshold", run.Get(Threshold)), ("mode", run.Get(Mode) ?? "cheapest"), ("rates", RatesOf(run)),
                .. Terms.Where(term => term != Mode && term != Rates).Select(run.Field),
            ])).Json;
        var (id, scale) = (watch.Word("id"), watch.Word("mode") == "price-per-km" ? 6 : 2);
        run.Screen.Note($"Watching, until this ends: watch {id}.");
        try
        {
            await Watching.FollowAsync(run, $"watch/{id}", watch.Number("seq"), happened => Tell(happened, scale));
        }
        finally
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                await run.Market.SendAsync(HttpMethod.Delete, Route.To($"/api/listings/watches/{id}"), Body.Of(), Market.NewKey(), patience.Token);
            }
            catch (Exception e) when (e is Failure or OperationCanceledException)
            {
                run.Screen.Note($"The watch {id} could not be removed; it does no harm.");
            }
        }
    }

    private static string Tell(StreamedEvent happened, int scale) => happened.Type switch
    {
        "watch.gap-exceeded" => $"{happened.Data.Word("best")} is better than {happened.Data.Word("next")} by {Json.Amount(happened.Data.At("gap"), scale)} {happened.Data.Word("currency")}",
        "watch.gap-closed" when happened.Data.At("gap").ValueKind == JsonValueKind.Number => $"the gap has closed: {Json.Amount(happened.Data.At("gap"), scale)}",
        "watch.gap-closed" => "the gap cannot be told any more",
        "watch.removed" => "the watch was removed",
        _ => happened.Type,
    };

    /// <summary><c>USD:1.36,GBP:1.72</c> as a list.</summary>
    private static JsonArray? RatesOf(Run run)
    {
        if (run.Get(Rates) is not { } text) return null;
        return new JsonArray([.. text.Split(',').Select(part => part.Split(':') is [var currency, var rate] && decimal.TryParse(rate, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var much)
            ? (JsonNode)Body.Of(("currency", currency), ("rate", much))
            : throw new Failure(ExitCode.BadUsage, $"'{part}' is no rate: write currencies and rates such as USD:1.36,GBP:1.72."))]);
    }

    private static async Task SearchAsync(Run run) => run.ShowList(
        await run.GetAsync($"/api/listings", [("limit", run.Get(Globals.Limit)), .. Filters.Select(run.Question)]),
        "No cars.", "year", "make", "model", "price", "currency", "km:kilometres", "pricePerKm", "city", "vin");

    private static async Task ImportAsync(Run run)
    {
        var file = run.Get(Csv);
        var reply = await run.UploadAsync($"/api/listings/import", await ReadAsync(file, run.Ending), "text/csv", [.. Defaults.Select(run.Question)]);
        run.Show(reply, static (screen, json) =>
        {
            screen.Facts(json, "import", "rows", "seq");
            screen.Table(json.Items("shelves"), "No shelves.", "shelf", "vehicles", "resumed");
        });
    }

    private static async Task<byte[]> ReadAsync(FileInfo file, CancellationToken ending)
    {
        try
        {
            return await File.ReadAllBytesAsync(file.FullName, ending);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure(ExitCode.BadUsage, $"{file.Name} cannot be read: {e.Message}");
        }
    }

    private static async Task ExportAsync(Run run)
    {
        var path = Route.To($"/api/listings/export", [("columns", run.Get(Original) ? "original" : null), .. Filters.Select(run.Question)]);
        using var response = await run.Market.OpenAsync(path, "text/csv", null, run.Ending);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(run.Ending));
        await OutputFile.WriteAsync(run.Terminal, run.Get(Target), async output =>
        {
            try
            {
                while (await lines.ReadLineAsync(run.Ending) is { } line) await output.WriteLineAsync(line);
            }
            catch (HttpIOException)
            {
                throw new Failure(ExitCode.Unavailable, "The connection was lost before the end of the list. Export it again.");
            }
        });
    }

    private static async Task RefreshAsync(Run run) => run.Show(
        await run.PostAsync($"/api/listings/refresh", ("cities", Body.Words(run.Get(AnyCities))), ("make", run.Get(Make)), ("model", run.Get(Model))),
        static (screen, json) => screen.Table(json.Items("shelves"), "No shelves.", Shelf));

    private static async Task ShelvesAsync(Run run) => run.ShowList(await run.GetAsync($"/api/listings/shelves", ("limit", run.Get(Globals.Limit))), "No shelves.", Shelf);

    private static string[] Shelf => ["country", "city", "make", "model", "count", "source", "fetchedAt", "fresh", "failure:failure.detail"];
}
