using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Rialto.Api.Http;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Listings;

namespace Rialto.Api.Listings;

/// <summary>Listings over HTTP: search and compare, fetch and import, export, price history, and watches.</summary>
internal static class ListingEndpoints
{
    private static readonly string[] FormCodes = ["invalid-name", "out-of-range", "invalid-currency"];
    private static readonly QueryNote[] Filters =
    [
        new("city", false, "Only in this city, such as Toronto or CA/Toronto; several with commas."), new("country", false, "Only in this country (two letters)."), new("make", false, "Only of this make."),
        new("model", false, "Only this model."), new("yearFrom", true, "The oldest year."), new("yearTo", true, "The newest year."), new("priceFrom", false, "The lowest price."),
        new("priceTo", false, "The highest price."), new("kmTo", true, "The most kilometres that it was driven; miles are converted."),
        new("sort", false, "In which order; shelf by shelf if nothing is said.", ["shelf", "price", "pricePerKm", "year"]),
    ];
    private static readonly QueryNote[] Money =
        [new("currency", false, "What prices are compared in; that of the first city, or of all shelves, if nothing is said."), new("rates", false, "How much of it one unit of another currency is, such as USD:1.36,GBP:1.72.")];

    public static void MapListings(this Routes routes, ShelfKeeper keeper)
    {
        MapSearches(routes, keeper);
        MapShelves(routes, keeper);
        MapWatches(routes);
    }

    private static void MapSearches(Routes routes, ShelfKeeper keeper)
    {
        routes.Get("/api/listings", SearchAsync)
            .Says("SearchListings", "Vehicles of all shelves. One that stands on several counts on the one that was filled last. A page may hold fewer than the limit and still name a next one.")
            .Returns<PageShape<VehicleView>>().Asks(Filters).Asks(Money).Pages().Refuses([.. FormCodes, "rate-needed"]);
        routes.Get("/api/listings/compare", call => CompareAsync(call, keeper))
            .Says("CompareCities", "Where to buy: the best vehicle of each city by lowest price, by price per kilometre driven, or by total cost.").Returns<CompareView>()
            .Asks(
                new QueryNote("cities", false, "Two or more, such as Toronto,Montreal or CA/London,GB/London."), new QueryNote("make", false, "The make."), new QueryNote("model", false, "The model."),
                new QueryNote("mode", false, "By what; cheapest if nothing is said.", ["cheapest", "price-per-km", "total-cost"]), new QueryNote("to", false, "total-cost: where the buyer is; the first city if nothing is said."),
                new QueryNote("transportPerKm", false, "total-cost: cost of a kilometre on the way to the buyer (1.00)."), new QueryNote("taxPercent", false, "total-cost: tax on the price (0)."),
                new QueryNote("fees", false, "total-cost: for a vehicle from elsewhere (0)."), new QueryNote("distanceKm", true, "total-cost: how far it is, where that is not known."))
            .Asks(Money).Asks(MappedRoute.MinSeq).Refuses([.. FormCodes, "ambiguous-city", "rate-needed", "distance-needed", "nothing-to-compare"]);
        routes.GetRaw("/api/listings/export", ExportAsync)
            .Says("ExportListings", "The same as CSV, with all columns, or with the original system's.").Returns("text/csv").Asks(Filters).Asks(Money).Asks(new QueryNote("columns", false, "Which.", ["all", "original"]), MappedRoute.MinSeq)
            .Refuses([.. FormCodes, "rate-needed"]);
        routes.Get("/api/listings/vehicles/{vin}", HistoryAsync)
            .Says("GetVehicle", "A vehicle by its VIN, with its prices since it was first seen.").Returns<VehicleHistoryView>().Asks(MappedRoute.MinSeq).Refuses("vehicle-not-found");
    }

    private static void MapShelves(Routes routes, ShelfKeeper keeper)
    {
        routes.Map(HttpMethods.Post, "/api/listings/import", http => ListingImport.HandleAsync(http, routes.Door)).Accepts(typeof(string), required: true, "text/csv")
            .Says("ImportListings", "Import a CSV file with year, make, model, price, mileage, location and more (see the export's columns): all of it or, if a line is wrong, nothing. One that was cut short goes on when the same file is sent again.")
            .Returns<ImportShape>()
            .Asks(
                new QueryNote("country", false, "Where no column says it: two letters."), new QueryNote("city", false, "Where no column says it."), new QueryNote("make", false, "Where no column says it."),
                new QueryNote("model", false, "Where no column says it."), new QueryNote("currency", false, "Where no column says it; the country's if nothing is said."), new QueryNote("unit", false, "Where no column says it; the country's if nothing is said.", ["km", "mi"]),
                new QueryNote("mode", false, "What becomes of what is on the shelves; replace if nothing is said.", ["replace", "merge"]))
            .Refuses("invalid-csv", "unknown-column", "missing-column", "duplicate-column", "too-many", "mixed-currencies", "import-incomplete");
        routes.Post("/api/listings/refresh", ListingBodies.Default.RefreshBody, call => RefreshAsync(call, keeper))
            .Says("RefreshListings", "Fetch these shelves, but for those that are fresh. One that cannot be fetched stays as it is, and says why.").Returns<RefreshShape>()
            .Refuses([.. FormCodes, "city-not-found", "ambiguous-city"]).Example("""{"cities":["Toronto","Montreal"],"make":"Toyota","model":"Corolla"}""");
        routes.Get("/api/listings/shelves", call => ShelvesAsync(call, keeper))
            .Says("ListShelves", "What is on the shelves, since when, and whence.").Returns<PageShape<ShelfView>>().Pages();
        routes.Get("/api/listings/shelves/{country}/{city}/{make}/{model}", ShelfAsync)
            .Says("GetShelf", "One shelf: what it holds, since when, whence, and the load that is on its way.").Returns<ShelfView>().Asks(MappedRoute.MinSeq, MappedRoute.At).Refuses("shelf-not-found", "beyond-end");
        routes.Get("/api/listings/imports", ImportsAsync)
            .Says("ListImports", "Imports of several shelves or parts, newest first; one that is not complete goes on when the same file is sent again.").Returns<PageShape<ImportView>>().Pages();
    }

    private static void MapWatches(Routes routes)
    {
        routes.Post("/api/listings/watches", ListingBodies.Default.WatchBody, WatchAsync)
            .Says("SetWatch", "Tell me when the gap between the best city and the next exceeds a threshold: follow the stream watch/{id}. Cities with different currencies need rates; what keeps a gap from being told is its reason.").Returns<WatchView>(201)
            .Refuses([.. FormCodes, "too-many-decimals"]).Example("""{"cities":["Toronto","Montreal"],"make":"Toyota","model":"Corolla","mode":"cheapest","threshold":1500.00}""");
        routes.Get("/api/listings/watches", WatchesAsync).Says("ListWatches", "The watches that are set.").Returns<PageShape<WatchView>>().Pages();
        routes.Get("/api/listings/watches/{id}", GetWatchAsync)
            .Says("GetWatch", "One watch, and how it stands.").Returns<WatchView>().Asks(MappedRoute.MinSeq, MappedRoute.At).Refuses("watch-not-found", "beyond-end");
        routes.Delete(
                "/api/listings/watches/{id}", EmptyBodies.Default.EmptyBody,
                call => Watch(call.Part("id"), out var watch) is { } no ? ValueTask.FromResult<Answer>(no) : call.ExecuteAsync(watch, new RemoveWatch()), EmptyBody.Instance)
            .Says("RemoveWatch", "Watch no longer. Who set it, and the operator, only.").Returns<WatchView>().Refuses("watch-not-found", "not-owner");
    }

    // Searches.

    private static async ValueTask<Answer> SearchAsync(Call call)
    {
        if (Request(call, out var request) is { } wrong) return wrong;
        if (call.Page(out var limit, out string? cursor) is { } wrongPage) return wrongPage;
        if (await call.WaitAsync() is { } behind) return behind;
        Page<VehicleView> page = Page<VehicleView>.Empty;
        var refusal = call.Engine.Replica.Ask((ListingIndex index) => index.Search(request with { Limit = limit, Cursor = cursor }, out page), out var visibleTo);
        return refusal is null ? Answer.Page(page, visibleTo) : refusal.Code == "bad-cursor" ? Problems.InvalidCursor : refusal;
    }

    private static async ValueTask<Answer> CompareAsync(Call call, ShelfKeeper keeper)
    {
        var texts = new string?[8];
        string[] names = ["cities", "make", "model", "mode", "to", "transportPerKm", "taxPercent", "fees"];
        for (var i = 0; i < names.Length; i++)
            if (call.Text(names[i], out texts[i]) is { } wrongText) return wrongText;
        for (var i = 0; i < 3; i++)
            if (texts[i] is null) return Problems.InvalidParameter(names[i], i == 0 ? "two or more cities with commas between them" : "a name");
        if (ModeOf(texts[3] ?? "cheapest") is not { } mode) return Problems.InvalidParameter("mode", "cheapest, price-per-km or total-cost");
        if (Currency(call, out var currency, out var rates) is { } wrongMoney) return wrongMoney;
        if (Decimal(names[5], texts[5], 2, out var transport) is { } wrongTransport) return wrongTransport;
        if (Decimal(names[6], texts[6], 2, out var tax) is { } wrongTax) return wrongTax;
        if (Decimal(names[7], texts[7], 2, out var fees) is { } wrongFees) return wrongFees;
        if (call.Number("distanceKm", 0, CompareTerms.MaxDistanceKm, out var distance) is { } wrongDistance) return wrongDistance;
        if (await call.WaitAsync() is { } behind) return behind;
        var terms = new CompareTerms(currency, rates, texts[4], transport ?? CompareTerms.DefaultTransportMinorPerKm, (int)Math.Min(tax ?? 0, int.MaxValue), fees ?? 0, (int?)distance);
        var request = new CompareRequest([.. texts[0]!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)], texts[1]!, texts[2]!, mode, terms);
        CompareView? view = null;
        var now = call.Door.Time.GetUtcNow();
        var refusal = call.Engine.Replica.Ask((ListingIndex index) => index.Compare(request, now, keeper.FreshFor, out view), out var visibleTo);
        return refusal is null ? Answer.Of(view!.PlacedAt(visibleTo), visibleTo) : refusal;
    }

    private static async ValueTask<Answer> HistoryAsync(Call call)
    {
        if (await call.WaitAsync() is { } behind) return behind;
        var vin = call.Part("vin");
        var reply = call.Engine.Replica.Ask((ListingIndex index) => index.History(vin), out var visibleTo);
        return reply.Refusal is { } refusal ? refusal : Answer.Of(reply.View!.PlacedAt(visibleTo), visibleTo);
    }

    private static async Task<Problem?> ExportAsync(Call call)
    {
        if (Request(call, out var request) is { } wrong) return wrong;
        if (call.Text("columns", out var which) is { } wrongText) return wrongText;
        if (which is not (null or "all" or "original")) return Problems.InvalidParameter("columns", "all or original");
        if (await call.WaitAsync() is { } behind) return behind;
        var columns = which == "original" ? CsvListings.OriginalColumns : CsvListings.AllColumns;
        Page<VehicleView> page = Page<VehicleView>.Empty;
        Seq visibleTo;
        if (Ask(null) is { } refusal) return refusal;
        var response = call.Http.Response;
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = "attachment; filename=\"listings.csv\"";
        response.Headers["X-Rialto-Seq"] = visibleTo.Value.ToString(CultureInfo.InvariantCulture);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        await using var csv = CsvListings.Write(text, columns);
        while (true)
        {
            foreach (var vehicle in page.Items) CsvListings.Write(csv, columns, vehicle);
            await csv.FlushAsync();
            await response.WriteAsync(text.ToString(), Encoding.UTF8, call.Http.RequestAborted);
            text.GetStringBuilder().Clear();
            if (page.Next is null || Ask(page.Next) is not null) return null;
        }

        Refusal? Ask(string? cursor) =>
            call.Engine.Replica.Ask((ListingIndex index) => index.Search(request with { Limit = Bounds.MaxPage, Cursor = cursor }, out page), out visibleTo);
    }

    private static Problem? Request(Call call, out SearchRequest request)
    {
        request = new SearchRequest();
        var texts = new string?[7];
        string[] names = ["city", "country", "make", "model", "priceFrom", "priceTo", "sort"];
        for (var i = 0; i < names.Length; i++)
            if (call.Text(names[i], out texts[i]) is { } wrong) return wrong;
        if (call.Number("yearFrom", 0, 9999, out var yearFrom) is { } wrongFrom) return wrongFrom;
        if (call.Number("yearTo", 0, 9999, out var yearTo) is { } wrongTo) return wrongTo;
        if (call.Number("kmTo", 0, ListingBounds.MaxOdometer * 2L, out var kmTo) is { } wrongKm) return wrongKm;
        if (Decimal("priceFrom", texts[4], 2, out var priceFrom) is { } wrongLow) return wrongLow;
        if (Decimal("priceTo", texts[5], 2, out var priceTo) is { } wrongHigh) return wrongHigh;
        SearchSort? sort = texts[6] switch { null or "shelf" => SearchSort.Shelf, "price" => SearchSort.Price, "pricePerKm" or "price-per-km" => SearchSort.PricePerKm, "year" => SearchSort.Year, _ => null };
        if (sort is null) return Problems.InvalidParameter("sort", "one of shelf, price, pricePerKm, year");
        if (Currency(call, out var currency, out var rates) is { } wrongMoney) return wrongMoney;
        request = new SearchRequest
        {
            Cities = texts[0] is { } cities ? [.. cities.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)] : [], Country = texts[1], Make = texts[2], Model = texts[3],
            YearFrom = (int?)yearFrom, YearTo = (int?)yearTo, KilometresTo = (int?)kmTo, PriceFromMinor = priceFrom, PriceToMinor = priceTo, Sort = sort.Value, Currency = currency, Rates = rates,
        };
        return null;
    }

    private static Problem? Currency(Call call, out string? currency, out ImmutableArray<Rate> rates)
    {
        rates = [];
        if (call.Text("currency", out currency) is { } wrong) return wrong;
        if (call.Text("rates", out var text) is { } wrongRates) return wrongRates;
        if (text is null) return null;
        var read = new List<Rate>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.Split(':') is not [var from, var rate] || Decimal("rates", rate, 6, out var rateE6) is not null || rateE6 is not { } value) return Problems.InvalidParameter("rates", "currencies and rates such as USD:1.36,GBP:1.72, with at most six decimals");
            read.Add(new Rate(from, value));
        }
        rates = [.. read];
        return null;
    }

    /// <summary>A number with so many decimals, exactly, times ten to their number.</summary>
    private static Problem? Decimal(string name, string? text, int scale, out long? scaled)
    {
        scaled = null;
        if (text is null) return null;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || Amounts.TryToMinor(number, scale, out var minor) is not null)
            return Problems.InvalidParameter(name, $"a number from 0 with at most {scale} decimals");
        scaled = minor;
        return null;
    }

    private static CompareMode? ModeOf(string text) => text switch { "cheapest" => CompareMode.Cheapest, "price-per-km" => CompareMode.PricePerKm, "total-cost" => CompareMode.TotalCost, _ => null };

    // Shelves.

    private static async ValueTask<Answer> RefreshAsync(WriteCall<RefreshBody> call, ShelfKeeper keeper)
    {
        var body = call.Body;
        if (body.Cities.Length is < 1 or > ListingBounds.MaxCities) return Bounds.OutOfRange("cities", 1, ListingBounds.MaxCities);
        var shelves = new List<ShelfName>();
        foreach (var city in body.Cities)
        {
            if (Resolve(call.Door, city, body.Make, body.Model, out var shelf) is { } wrong) return wrong;
            shelves.Add(shelf!);
        }
        if (call.ClaimKey("refresh", [.. body.Cities, body.Make, body.Model]) is { } reused) return reused;
        var actor = call.Actor;
        var kept = await Task.WhenAll(shelves.DistinctBy(shelf => shelf.Key).Select(shelf => keeper.EnsureAsync(shelf, actor)));
        if (kept.FirstOrDefault(one => one.Problem is not null).Problem is { } problem) return problem;
        var last = new Seq(kept.Max(one => one.View!.Seq));
        return Answer.Of(
            json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("shelves"u8);
                foreach (var one in kept) MarketCodec.Write(json, one.View!);
                json.WriteEndArray();
                json.WriteNumber("seq"u8, last.Value);
                json.WriteEndObject();
            },
            last);
    }

    /// <summary>The shelf of a city as somebody writes it; its country is looked up where it is not said.</summary>
    internal static Refusal? Resolve(FrontDoor door, string text, string make, string model, out ShelfName? shelf)
    {
        shelf = null;
        var city = CityRef.Parse(text);
        if (city.Check("city") is { } wrong) return wrong;
        var country = city.Country;
        if (country is null)
        {
            var known = door.Engine.Replica.Ask((ListingIndex index) => index.CountriesOf(city.Name), out _);
            if (known.Count == 0) return ListingRefusals.CityNotFound(text);
            if (known.Count > 1) return ListingRefusals.AmbiguousCity(text, known);
            country = known[0];
        }
        var name = new ShelfName(country.ToUpperInvariant(), Atlas.Find(country, city.Name)?.Name ?? city.Name, make.Trim(), model.Trim());
        if (name.Check() is { } bad) return bad;
        shelf = name;
        return null;
    }

    private static async ValueTask<Answer> ShelvesAsync(Call call, ShelfKeeper keeper)
    {
        if (call.Page(out var limit, out string? cursor) is { } wrong) return wrong;
        if (await call.WaitAsync() is { } behind) return behind;
        var now = call.Door.Time.GetUtcNow();
        var page = call.Engine.Replica.Ask((ListingIndex index) => index.Shelves(cursor, limit, now, keeper.FreshFor), out var visibleTo);
        return Answer.Page(page, visibleTo);
    }

    private static async ValueTask<Answer> ShelfAsync(Call call)
    {
        var name = new ShelfName(call.Part("country"), call.Part("city"), call.Part("make"), call.Part("model"));
        if (name.Check() is not null) return new Problem(404, "shelf-not-found", "There is no such shelf. Look it up in the list of shelves.");
        return await call.AskAsync(StreamId.Of("shelf", name.Key), new GetShelf());
    }

    private static async ValueTask<Answer> ImportsAsync(Call call)
    {
        if (call.Page(out var limit, out long? before) is { } wrong) return wrong;
        if (await call.WaitAsync() is { } behind) return behind;
        var page = call.Engine.Replica.Ask((ListingIndex index) => index.Imports(before, limit), out var visibleTo);
        return Answer.Page(page, visibleTo);
    }

    // Watches.

    private static async ValueTask<Answer> WatchAsync(WriteCall<WatchBody> call)
    {
        var body = call.Body;
        var (threshold, transport, tax, fees) = (0L, CompareTerms.DefaultTransportMinorPerKm, 0L, 0L);
        var scale = body.Mode == CompareMode.PricePerKm ? 6 : 2;
        var wrong = body.Threshold.ToMinor("threshold", scale, out threshold) ?? body.TransportPerKm?.ToMinor("transportPerKm", 2, out transport) ?? body.TaxPercent?.ToMinor("taxPercent", 2, out tax) ?? body.Fees?.ToMinor("fees", 2, out fees);
        if (wrong is not null) return wrong;
        var rates = ImmutableArray.CreateBuilder<Rate>();
        foreach (var rate in body.Rates ?? [])
        {
            if (rate.Rate.ToMinor("rates", 6, out var rateE6) is { } bad) return bad;
            rates.Add(new Rate(rate.Currency, rateE6));
        }
        var terms = new CompareTerms(body.Currency, rates.ToImmutable(), body.To, transport, (int)Math.Clamp(tax, int.MinValue, int.MaxValue), fees, body.DistanceKm);
        var id = call.Id.ToEntityKey();
        return await call.ExecuteAsync(StreamId.Of("watch", id), new SetWatch(new CompareRequest([.. body.Cities], body.Make, body.Model, body.Mode, terms), threshold), $"/api/listings/watches/{id}");
    }

    private static async ValueTask<Answer> GetWatchAsync(Call call)
    {
        if (Watch(call.Part("id"), out var watch) is { } no) return no;
        var replica = call.Engine.Replica;
        return await call.AskAsync(watch, new GetWatch(), view => replica.Ask((ListingIndex index) => index.Explain(view.As<WatchView>()), out _));
    }

    private static async ValueTask<Answer> WatchesAsync(Call call)
    {
        if (call.Page(out var limit, out string? cursor) is { } wrong) return wrong;
        if (cursor is not null && !Bounds.IsName(cursor)) return Problems.InvalidCursor;
        if (await call.WaitAsync() is { } behind) return behind;
        var page = call.Engine.Replica.Ask((ListingIndex index) => index.Watches(cursor, limit), out var visibleTo);
        return Answer.Page(page, visibleTo);
    }

    /// <summary>What can be no watch's name names none.</summary>
    private static Problem? Watch(string id, out StreamId watch)
    {
        watch = default;
        if (!Bounds.IsName(id)) return new Problem(404, "watch-not-found", "There is no such watch. Look it up in the list of watches.");
        watch = StreamId.Of("watch", id);
        return null;
    }
}
