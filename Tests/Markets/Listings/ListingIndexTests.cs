using System.Collections.Immutable;
using Rialto.Markets;
using Rialto.Markets.Listings;
using static Rialto.Tests.Markets.ListingSamples;

namespace Rialto.Tests.Markets;

/// <summary>The index beside a witness that looks through everything, and the rules of comparing by example.</summary>
public sealed class ListingIndexTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly string[] Cities = ["Toronto", "Montreal", "Ottawa", "US/Buffalo"];
    private static readonly ImmutableArray<Rate> Rates = [new Rate("USD", 1_360_000)];

    /// <summary>Shelves that are filled one after the other, as a replica sees it.</summary>
    private sealed class Market
    {
        private readonly Dictionary<string, Stage> _shelves = new(StringComparer.Ordinal);
        private long _seq;
        private int _loads;

        public ListingIndex Index { get; } = new();

        public DateTimeOffset Now { get; set; } = Stage.Noon;

        public IReadOnlyDictionary<string, Stage> Shelves => _shelves;

        public void Fill(string city, ImmutableArray<Vehicle> vehicles, StockMode mode = StockMode.Replace, string make = "Toyota", string model = "Corolla")
        {
            var (country, name) = city.Split('/') is [var first, var second] ? (first, second) : ("CA", city);
            var shelf = new ShelfName(country, name, make, model);
            if (!_shelves.TryGetValue(shelf.Key, out var stage)) _shelves.Add(shelf.Key, stage = new Stage(new Shelf(), shelf.Key));
            stage.Now = Now;
            var load = $"load-{++_loads}";
            var parts = Math.Max(1, (vehicles.Length + 9) / 10);
            for (var part = 1; part <= parts; part++)
                Apply(stage, ShelfTests.Load([.. vehicles.Skip((part - 1) * 10).Take(10)], load, part, parts, mode, Atlas.CurrencyOf(country) ?? "XXX", shelf));
        }

        public void Apply(Stage stage, Command command, string actor = "ann")
        {
            foreach (var happened in stage.Accept(actor, command)) Index.Apply(Feed.Record(++_seq, $"{stage.Kind.Category}/{stage.Key}", happened), happened, stage.State);
        }

        /// <summary>All vehicles that count, found by looking everywhere: of a VIN on several shelves, the one on the shelf that was filled last.</summary>
        public List<VehicleView> Witness(Func<VehicleView, bool> wanted)
        {
            var all = new List<VehicleView>();
            string? cursor = null;
            foreach (var stage in _shelves.Values)
            {
                var state = (ShelfState)stage.State;
                foreach (var vehicle in state.Listed)
                    all.Add(new VehicleView
                    {
                        Id = vehicle.Id.ToString(), Year = vehicle.Year, Make = state.Name!.Make, Model = state.Name.Model, Price = vehicle.PriceMinor / 100m, Currency = state.Currency!,
                        Mileage = vehicle.Odometer, Unit = vehicle.Unit, Kilometres = vehicle.Odometer * (vehicle.Unit == DistanceUnit.Mi ? 1.609344m : 1m), Country = state.Name.Country, City = state.Name.City,
                        FetchedAt = state.FetchedAt!.Value, Source = "csv",
                    });
            }
            Assert.Null(cursor);
            return [.. all.GroupBy(one => one.Id[0] == '~' ? one.Id + one.City + one.Model : one.Id).Select(same => same.MaxBy(one => one.FetchedAt)!).Where(wanted)];
        }
    }

    private static Market Random(ulong seed, int fills)
    {
        var (dice, market) = (new Dice(seed), new Market());
        for (var i = 0; i < fills; i++)
        {
            market.Now = market.Now.AddMinutes(1);
            var city = Cities[dice.Below(Cities.Length)];
            var vehicles = new Dictionary<string, Vehicle>(StringComparer.Ordinal);
            for (var n = dice.Below(35); n > 0; n--)
            {
                var id = dice.OneIn(4) ? $"~{dice.Below(40):x16}" : $"JTDBR32E7200{10000 + dice.Below(60)}";
                vehicles[id] = Car(id, 1_000_00 + (dice.Below(50) * 100_00), dice.OneIn(6) ? null : dice.Below(4) * 10_000, city.StartsWith("US") ? DistanceUnit.Mi : DistanceUnit.Km, 2000 + dice.Below(25));
            }
            market.Fill(city, [.. vehicles.Values], dice.OneIn(4) ? StockMode.Merge : StockMode.Replace, model: dice.OneIn(3) ? "Yaris" : "Corolla");
        }
        return market;
    }

    private static List<VehicleView> All(ListingIndex index, SearchRequest request)
    {
        var found = new List<VehicleView>();
        string? cursor = null;
        do
        {
            Assert.Null(index.Search(request with { Cursor = cursor }, out var page));
            Assert.True(page.Items.Count <= request.Limit);
            found.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        return found;
    }

    [Fact]
    public void Searches_find_what_looking_everywhere_finds_in_order_page_by_page()
    {
        for (ulong seed = 1; seed <= 40; seed++)
        {
            var market = Random(seed, 12);
            var dice = new Dice(seed + 1000);
            foreach (var sort in Enum.GetValues<SearchSort>())
            {
                var request = new SearchRequest
                {
                    Sort = sort, Limit = 1 + dice.Below(9), Currency = "CAD", Rates = Rates, Model = dice.OneIn(2) ? "corolla" : null, Make = dice.OneIn(2) ? "TOYOTA" : null,
                    Cities = dice.Below(4) switch { 0 => ["Toronto"], 1 => ["Toronto", "US/Buffalo"], _ => [] }, YearFrom = dice.OneIn(2) ? 2010 : null, YearTo = dice.OneIn(3) ? 2018 : null,
                    PriceFromMinor = dice.OneIn(3) ? 1_500_00 : null, PriceToMinor = dice.OneIn(2) ? 4_000_00 : null, KilometresTo = dice.OneIn(3) ? 16_100 : null,
                };
                decimal Cad(VehicleView one) => one.Currency == "CAD" ? one.Price : one.Price * 1.36m;
                var expected = market.Witness(one =>
                    (request.Model is null || one.Model == "Corolla") && (request.Cities.Length == 0 || one.City == "Toronto" || (request.Cities.Length == 2 && one.City == "Buffalo"))
                    && one.Year >= (request.YearFrom ?? 0) && one.Year <= (request.YearTo ?? 9999) && Cad(one) * 100 >= (request.PriceFromMinor ?? 0) && Cad(one) * 100 <= (request.PriceToMinor ?? long.MaxValue)
                    && (request.KilometresTo is null || one.Kilometres <= request.KilometresTo) && (sort != SearchSort.PricePerKm || one.Kilometres > 0));
                var found = All(market.Index, request);
                var key = (VehicleView one) => one.City + one.Model + one.Id;
                Assert.True(expected.Select(key).Order(StringComparer.Ordinal).SequenceEqual(found.Select(key).Order(StringComparer.Ordinal)), $"seed {seed}, {request}");
                var values = found.Select(one => sort switch { SearchSort.Price => Cad(one), SearchSort.Year => -one.Year, SearchSort.PricePerKm => Math.Round(Cad(one) / one.Kilometres!.Value, 4), _ => 0 }).ToList();
                Assert.True(values.SequenceEqual(values.Order()), $"seed {seed}, {request} is out of order");
            }
        }
    }

    [Fact]
    public void Comparisons_say_what_looking_everywhere_says()
    {
        for (ulong seed = 1; seed <= 60; seed++)
        {
            var market = Random(seed, 10);
            foreach (var mode in Enum.GetValues<CompareMode>())
            {
                var terms = new CompareTerms("CAD", Rates, "Toronto", 120, 1300, 500_00);
                var refusal = market.Index.Compare(new CompareRequest([.. Cities], "toyota", "corolla", mode, terms), market.Now, Day, out var view);
                var distances = new Dictionary<string, int> { ["Toronto"] = 0, ["Montreal"] = 504, ["Ottawa"] = 352, ["Buffalo"] = 95 };
                decimal? ValueOf(VehicleView one)
                {
                    var price = Math.Round(one.Price * (one.Currency == "USD" ? 1.36m : 1m), 2, MidpointRounding.AwayFromZero);
                    if (mode == CompareMode.Cheapest) return price;
                    if (mode == CompareMode.PricePerKm) return one.Kilometres > 0 ? Math.Round(one.Price * (one.Currency == "USD" ? 1.36m : 1m) / one.Kilometres.Value, 4) : null;
                    return price + Math.Round(price * 0.13m, 2, MidpointRounding.AwayFromZero) + (distances[one.City] * 1.20m) + (one.City == "Toronto" ? 0 : 500);
                }
                var values = market.Witness(one => one.Model == "Corolla" && ValueOf(one) is not null).Select(one => (one.City, Value: ValueOf(one)!.Value)).GroupBy(one => one.City)
                    .Select(city => (City: city.Key, Value: city.Min(one => one.Value))).OrderBy(city => city.Value).ToList();
                if (values.Count == 0)
                {
                    Assert.Equal("nothing-to-compare", refusal?.Code);
                    continue;
                }
                Assert.Null(refusal);
                Assert.Equal(values[0].Value, mode == CompareMode.PricePerKm ? Math.Round(view!.Best.Value, 4) : view!.Best.Value);
                if (mode != CompareMode.PricePerKm) Assert.Equal(values.Count > 1 ? values[1].Value - values[0].Value : null, view.Saving);
                foreach (var city in view.ByCity)
                {
                    var compared = market.Witness(one => one.Model == "Corolla" && one.City == city.City && ValueOf(one) is not null).Select(one => ValueOf(one)!.Value).Order().ToList();
                    Assert.Equal(compared.Count, city.Count);
                    decimal? median = compared.Count == 0 ? null : (compared[(compared.Count - 1) / 2] + compared[compared.Count / 2]) / 2;
                    Assert.InRange((city.Median - median) ?? 0, -0.0001m, mode == CompareMode.PricePerKm ? 0.0001m : 0);
                }
                Assert.Contains(view.Best.City, view.Recommendation, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Two_cities_in_two_currencies_and_units_are_compared_as_by_hand()
    {
        var market = new Market();
        market.Fill("Toronto", [Car("JTDBR32E720010001", 20_000_00, 50_000), Car("JTDBR32E720010002", 24_000_00, 100_000)]);
        market.Fill("US/Buffalo", [Car("JTDBR32E720010003", 15_000_00, 50_000, DistanceUnit.Mi), Car("JTDBR32E720010004", 14_500_00, 20_000, DistanceUnit.Mi)]);
        CompareView Compare(CompareMode mode, CompareTerms? terms = null)
        {
            Assert.Null(market.Index.Compare(new CompareRequest(["Toronto", "Buffalo"], "Toyota", "Corolla", mode, terms ?? new CompareTerms(Rates: Rates)), market.Now, Day, out var view));
            return view!;
        }
        // 14,500 USD are 19,720 CAD, 280 less than 20,000.
        var cheapest = Compare(CompareMode.Cheapest);
        Assert.Equal(("CAD", "Buffalo", 19_720.00m, 280.00m), (cheapest.Currency, cheapest.Best.City, cheapest.Best.Value, cheapest.Saving));
        Assert.Equal("Buy in Buffalo: 19,720.00 CAD, 280.00 CAD (1.4 %) less than in Toronto.", cheapest.Recommendation);
        Assert.Equal((2, 22_000.00m, true), (cheapest.ByCity[0].Count, cheapest.ByCity[0].Median, cheapest.ByCity[0].Fresh));
        // 15,000 USD for 50,000 miles (80,467.2 km) are 0.186411 USD or 0.253519 CAD per kilometre; 24,000 for 100,000 km are 0.24.
        var perKm = Compare(CompareMode.PricePerKm);
        Assert.Equal(("Toronto", 0.24m, 0.013519m), (perKm.Best.City, perKm.Best.Value, perKm.Saving));
        // Between 0.4 and 0.24 the mean is 0.32.
        Assert.Equal((2, 0.32m), (perKm.ByCity[0].Count, perKm.ByCity[0].Median));
        Assert.Equal(80467.2m, perKm.ByCity[1].Vehicle!.Kilometres);
        // To Toronto it is 95 km at 2.00, 13 per cent tax, 300 fees: 19,720 + 2,563.60 + 190 + 300.
        var total = Compare(CompareMode.TotalCost, new CompareTerms(Rates: Rates, TransportMinorPerKm: 2_00, TaxE4: 1_300, FeesMinor: 300_00));
        Assert.Equal(("Toronto", 22_600.00m, 22_773.60m, 173.60m), (total.Best.City, total.ByCity[0].Value, total.ByCity[1].Value, total.Saving));
        // In Toronto (22,600 + 27,120) / 2; in Buffalo 22,773.60 and 15,000 × 1.36 = 20,400, with tax 23,052, and 490 more.
        Assert.Equal((24_860.00m, (22_773.60m + 23_542.00m) / 2), (total.ByCity[0].Median, total.ByCity[1].Median));
        Assert.Equal((0, 95), (total.ByCity[0].DistanceKm, total.ByCity[1].DistanceKm));
    }

    [Fact]
    public void Count_and_median_tell_of_what_was_compared_and_of_what_counts_there()
    {
        var market = new Market();
        market.Fill("Toronto", [Car("JTDBR32E720010001", 10_000_00, 100_000), Car("JTDBR32E720010002", 20_000_00, 50_000), Car("JTDBR32E720010003", 30_000_01, 0), Car("JTDBR32E720010004", 40_000_00, 100_000)]);
        CityView Toronto(CompareMode mode)
        {
            Assert.Null(market.Index.Compare(new CompareRequest(["Toronto", "Ottawa"], "Toyota", "Corolla", mode, new CompareTerms()), market.Now, Day, out var view));
            return view!.ByCity[0];
        }
        Assert.Equal((4, 25_000.005m), (Toronto(CompareMode.Cheapest).Count, Toronto(CompareMode.Cheapest).Median));
        // Who was not driven has no price per kilometre: 0.1, 0.4, 0.4.
        Assert.Equal((3, 0.4m), (Toronto(CompareMode.PricePerKm).Count, Toronto(CompareMode.PricePerKm).Median));
        // A vehicle that stands on a shelf that was filled later counts there.
        market.Fill("Ottawa", [Car("JTDBR32E720010004", 40_000_00, 100_000)]);
        Assert.Equal((3, 20_000m), (Toronto(CompareMode.Cheapest).Count, Toronto(CompareMode.Cheapest).Median));
        Assert.Equal((2, 0.25m), (Toronto(CompareMode.PricePerKm).Count, Toronto(CompareMode.PricePerKm).Median));
    }

    [Fact]
    public void A_way_that_is_said_is_for_cities_whose_way_nobody_knows()
    {
        var market = new Market();
        foreach (var (city, vin) in new[] { ("Toronto", "JTDBR32E720010001"), ("Montreal", "JTDBR32E720010002"), ("Flin Flon", "JTDBR32E720010003") }) market.Fill(city, [Car(vin)]);
        Assert.Null(market.Index.Compare(new CompareRequest(["Toronto", "Montreal", "Flin Flon"], "Toyota", "Corolla", CompareMode.TotalCost, new CompareTerms(DistanceKm: 10)), market.Now, Day, out var view));
        Assert.Equal([0, Atlas.KilometresBetween(Atlas.Find("CA", "Toronto")!.Place, Atlas.Find("CA", "Montreal")!.Place), 10], view!.ByCity.Select(city => city.DistanceKm));
    }

    [Fact]
    public void A_city_in_another_spelling_changes_no_price()
    {
        var market = new Market();
        market.Fill("Montreal", [Car("JTDBR32E720010001")]);
        market.Fill("MONTRÉAL", [Car("JTDBR32E720010001")]);
        Assert.Single(Assert.IsType<VehicleHistoryView>(market.Index.History("JTDBR32E720010001").View).Prices);
    }

    [Fact]
    public void Currencies_are_not_compared_without_a_rate_and_ways_that_nobody_knows_are_asked_for()
    {
        var market = new Market();
        market.Fill("Toronto", [Car("JTDBR32E720010001")]);
        market.Fill("US/Buffalo", [Car("JTDBR32E720010003")]);
        market.Fill("Flin Flon", [Car("JTDBR32E720010004")]);
        string? Code(CompareMode mode, CompareTerms terms, params string[] cities) =>
            market.Index.Compare(new CompareRequest([.. cities], "Toyota", "Corolla", mode, terms), market.Now, Day, out _)?.Code;
        Assert.Equal("rate-needed", Code(CompareMode.Cheapest, new CompareTerms(), "Toronto", "Buffalo"));
        Assert.Equal("rate-needed", Code(CompareMode.Cheapest, new CompareTerms("EUR", Rates), "Toronto", "Buffalo"));
        Assert.Equal("distance-needed", Code(CompareMode.TotalCost, new CompareTerms(), "Toronto", "Flin Flon"));
        Assert.Null(Code(CompareMode.TotalCost, new CompareTerms(DistanceKm: 1_800), "Toronto", "Flin Flon"));
        Assert.Null(Code(CompareMode.Cheapest, new CompareTerms(), "Toronto", "Flin Flon"));
        Assert.Equal("nothing-to-compare", Code(CompareMode.Cheapest, new CompareTerms(), "Halifax", "Berlin"));
        Assert.Equal("out-of-range", Code(CompareMode.Cheapest, new CompareTerms(), "Toronto"));
        market.Fill("GB/London", [Car("JTDBR32E720010005")]);
        market.Fill("London", [Car("JTDBR32E720010006")]);
        Assert.Equal("ambiguous-city", Code(CompareMode.Cheapest, new CompareTerms(), "Toronto", "London"));
        Assert.Null(Code(CompareMode.Cheapest, new CompareTerms(), "Toronto", "CA/London"));
        Assert.Equal("rate-needed", market.Index.Search(new SearchRequest { Sort = SearchSort.Price }, out _)?.Code);
        Assert.Null(market.Index.Search(new SearchRequest(), out var page));
        Assert.Equal(5, page.Items.Count);
    }

    [Fact]
    public void A_shelf_on_which_nothing_was_ever_found_makes_no_city_doubtful()
    {
        var market = new Market();
        market.Fill("XX/Toronto", []);
        market.Fill("Toronto", [Car("JTDBR32E720010001")]);
        market.Fill("ZZ/Toronto", []);
        market.Fill("Montreal", [Car("JTDBR32E720010002")]);
        Assert.Null(market.Index.Compare(new CompareRequest(["Toronto", "Montreal"], "Toyota", "Corolla", CompareMode.Cheapest, new CompareTerms()), market.Now, Day, out var view));
        Assert.Equal(("CA", 1), (view!.ByCity[0].Country, view.ByCity[0].Count));
        Assert.Equal(["CA"], market.Index.CountriesOf("Toronto"));
        market.Fill("Toronto", []);
        Assert.Null(market.Index.Compare(new CompareRequest(["Toronto", "Montreal"], "Toyota", "Corolla", CompareMode.Cheapest, new CompareTerms()), market.Now, Day, out view));
        Assert.Equal("CA", view!.ByCity[0].Country);
        market.Fill("XX/Flin Flon", []);
        Assert.Equal(["XX"], market.Index.CountriesOf("Flin Flon"));
    }

    [Fact]
    public void A_vin_on_two_shelves_is_one_vehicle_and_keeps_its_prices()
    {
        var market = new Market();
        const string vin = "JTDBR32E720010001";
        market.Fill("Toronto", [Car(vin, 20_000_00)]);
        market.Now = market.Now.AddDays(1);
        market.Fill("Ottawa", [Car(vin, 19_000_00)]);
        Assert.Equal("Ottawa", Assert.Single(All(market.Index, new SearchRequest())).City);
        market.Now = market.Now.AddDays(1);
        market.Fill("Toronto", [Car(vin, 18_500_00)]);
        Assert.Equal("Toronto", Assert.Single(All(market.Index, new SearchRequest())).City);
        market.Fill("Toronto", []);
        Assert.Equal("Ottawa", Assert.Single(All(market.Index, new SearchRequest())).City);
        market.Fill("Ottawa", []);
        Assert.Empty(All(market.Index, new SearchRequest()));
        var history = Assert.IsType<VehicleHistoryView>(market.Index.History(vin.ToLowerInvariant()).View);
        Assert.Equal([20_000m, 19_000m, 18_500m], history.Prices.Select(point => point.Price));
        Assert.Equal([Stage.Noon, Stage.Noon.AddDays(1), Stage.Noon.AddDays(2)], history.Prices.Select(point => point.At));
        Assert.Null(history.Vehicle);
        market.Fill("Ottawa", [Car(vin, 18_500_00)]);
        Assert.Equal(4, Assert.IsType<VehicleHistoryView>(market.Index.History(vin).View).Prices.Length);
        Assert.Equal("vehicle-not-found", market.Index.History("JTDBR32E720010009").Refusal?.Code);
    }

    [Fact]
    public void What_it_knows_goes_over_to_another_one_unchanged()
    {
        var market = Random(7, 25);
        var watch = new Stage(new Watch(), "w1");
        market.Apply(watch, new SetWatch(new CompareRequest(["Toronto", "Montreal"], "Toyota", "Corolla", CompareMode.Cheapest, new CompareTerms()), 0));
        var other = new ListingIndex();
        var saved = Saved(market.Index);
        using (var reader = new BinaryReader(new MemoryStream(saved))) other.Load(reader, key => market.Shelves[key].State);
        Assert.Equal(saved, Saved(other));
        var request = new SearchRequest { Limit = 1000 };
        Assert.Equal(All(market.Index, request), All(other, request));
        Assert.Equal(market.Index.Due(), other.Due());
        Assert.Equal(market.Index.Watches(null, 10).Items.Select(one => one.Id), other.Watches(null, 10).Items.Select(one => one.Id));
        Assert.Equal(market.Index.Imports(null, 100).Items, other.Imports(null, 100).Items);
    }

    [Fact]
    public void A_watch_tells_once_that_the_gap_exceeds_its_threshold_and_once_that_it_closed()
    {
        var market = new Market();
        var watch = new Stage(new Watch(), "w1");
        market.Fill("Toronto", [Car("JTDBR32E720010001", 20_000_00)]);
        market.Apply(watch, new SetWatch(new CompareRequest(["Toronto", "Montreal"], "Toyota", "Corolla", CompareMode.Cheapest, new CompareTerms()), 500_00));
        Assert.Empty(market.Index.Due());
        market.Fill("Montreal", [Car("JTDBR32E720010002", 19_600_00)]);
        Assert.Empty(market.Index.Due());
        market.Fill("Montreal", [Car("JTDBR32E720010002", 19_000_00)]);
        var due = Assert.Single(market.Index.Due());
        Assert.Equal(due, Assert.Single(market.Index.Due()));
        market.Apply(watch, due.Command, "rialto");
        Assert.Equal(("Montreal", "Toronto", 1_000.00m, WatchStatus.Exceeded), Told());
        Assert.Empty(market.Index.Due());
        market.Fill("Toronto", [Car("JTDBR32E720010001", 20_500_00)]);
        Assert.Empty(market.Index.Due());
        market.Fill("Montreal", []);
        market.Apply(watch, Assert.Single(market.Index.Due()).Command, "rialto");
        Assert.Equal(WatchStatus.Waiting, Told().Item4);
        watch.Refuse("bob", new RemoveWatch(), "not-owner");
        market.Apply(watch, new RemoveWatch());
        Assert.Empty(market.Index.Watches(null, 10).Items);
        Assert.Equal("watch-not-found", watch.RefusalOf(new GetWatch()));
        watch.HoldsItsMemory();

        (string?, string?, decimal?, WatchStatus) Told() => watch.Ask<WatchView>(new GetWatch()) is var view ? (view.Best, view.Next, view.Gap, view.Status) : default;
    }

    [Fact]
    public void A_watch_that_cannot_measure_the_gap_says_why()
    {
        var market = new Market();
        var (plain, rated) = (new Stage(new Watch(), "w1"), new Stage(new Watch(), "w2"));
        market.Fill("Toronto", [Car("JTDBR32E720010001")]);
        market.Apply(plain, new SetWatch(new CompareRequest(["Toronto", "Buffalo"], "Toyota", "Corolla", CompareMode.Cheapest, new CompareTerms()), 500_00));
        market.Apply(rated, new SetWatch(new CompareRequest(["Toronto", "Buffalo"], "Toyota", "Corolla", CompareMode.Cheapest, new CompareTerms(Rates: Rates)), 500_00));
        Assert.All(Why(), reason => Assert.Equal("Fewer than two of these cities have such a vehicle.", reason));
        market.Fill("US/Buffalo", [Car("JTDBR32E720010003")]);
        Assert.StartsWith("Prices are in USD and in CAD", Why()[0], StringComparison.Ordinal);
        Assert.Null(Why()[1]);
        Assert.Equal(Why()[0], market.Index.Explain(plain.Ask<WatchView>(new GetWatch())).Reason);

        string?[] Why() => [.. market.Index.Watches(null, 10).Items.Select(watch => watch.Reason)];
    }

    [Fact]
    public void A_vehicle_that_comes_to_a_shelf_of_another_models_name_moves_the_gap_where_it_counted_before()
    {
        var market = new Market();
        var watch = new Stage(new Watch(), "w1");
        const string shared = "JTDBR32E720010001";
        market.Fill("Toronto", [Car("JTDBR32E720010002", 20_000_00)]);
        market.Fill("Montreal", [Car(shared, 19_000_00), Car("JTDBR32E720010003", 19_800_00)]);
        market.Apply(watch, new SetWatch(new CompareRequest(["Toronto", "Montreal"], "Toyota", "Corolla", CompareMode.Cheapest, new CompareTerms()), 500_00));
        market.Apply(watch, Assert.Single(market.Index.Due()).Command, "rialto");
        Assert.Equal(WatchStatus.Exceeded, watch.Ask<WatchView>(new GetWatch()).Status);
        Assert.Empty(market.Index.Due());
        market.Fill("Ottawa", [Car(shared, 19_000_00)], model: "Corolla Hatchback");
        var closed = Assert.Single(market.Index.Due());
        Assert.Equal(200_00, ((ReportGap)closed.Command).Gap);
        market.Apply(watch, closed.Command, "rialto");
        Assert.Equal(WatchStatus.Waiting, watch.Ask<WatchView>(new GetWatch()).Status);
        Assert.Empty(market.Index.Due());
        // When it leaves there, it counts here again; and each time the command is another one.
        market.Fill("Ottawa", [], model: "Corolla Hatchback");
        var again = Assert.Single(market.Index.Due());
        Assert.Equal(1_000_00, ((ReportGap)again.Command).Gap);
        Assert.NotEqual(closed.Id, again.Id);
    }

    [Fact]
    public void An_import_is_seen_as_a_whole_until_it_is_complete_and_calls_are_counted_by_day()
    {
        var market = new Market();
        var stage = new Stage(new Shelf(), Corollas.Key);
        market.Apply(stage, ShelfTests.Load([], "big", 1, 2) with { Source = new StockSource("marketcheck", 3, 1, 2) });
        Assert.Equal((2, 0, false), Assert.Single(market.Index.Imports(null, 10).Items) is var begun ? (begun.Shelves, begun.Filled, begun.Complete) : default);
        market.Apply(stage, ShelfTests.Load([], "big", 2, 2) with { Source = new StockSource("marketcheck", 2, 1, 2) });
        Assert.Equal(1, Assert.Single(market.Index.Imports(null, 10).Items).Filled);
        var ottawa = Corollas with { City = "Ottawa" };
        market.Apply(new Stage(new Shelf(), ottawa.Key), ShelfTests.Load([], "big", name: ottawa) with { Source = new StockSource("marketcheck", 1, 2, 2) });
        Assert.True(Assert.Single(market.Index.Imports(null, 10).Items).Complete);
        Assert.Equal((6, 0, 0), (market.Index.CallsSince("marketcheck", Stage.Noon), market.Index.CallsSince("marketcheck", Stage.Noon.AddDays(1)), market.Index.CallsSince("csv", Stage.Noon)));
        Assert.Equal([ottawa.Key, Corollas.Key], new[] { null, ottawa.Key }.Select(after => market.Index.Shelves(after, 1, Stage.Noon, Day).Items[0].Shelf));
        Assert.False(market.Index.Find(Corollas.Key, Stage.Noon + Day, Day)!.Fresh);
    }

    private static byte[] Saved(ListingIndex index)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream)) index.Save(writer);
        return stream.ToArray();
    }
}
