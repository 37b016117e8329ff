using System.Collections.Immutable;
using Rialto.Markets;
using Rialto.Markets.Listings;
using static Rialto.Tests.Markets.ListingSamples;

namespace Rialto.Tests.Markets;

public sealed class ShelfTests
{
    private const string Vin1 = "JTDBR32E720012345";
    private const string Vin2 = "JTDBR32E720012346";

    private static Stage NewShelf() => new(new Shelf(), Corollas.Key);

    internal static StockShelf Load(ImmutableArray<Vehicle> vehicles, string load = "load-1", int part = 1, int parts = 1, StockMode mode = StockMode.Replace, string currency = "CAD", ShelfName? name = null) =>
        new(load, part, parts, name ?? Corollas, currency, mode, new StockSource("csv"), vehicles);

    /// <summary>A shelf that has been through everything.</summary>
    internal static Stage Lived()
    {
        var shelf = NewShelf();
        shelf.Accept("ann", Load([Car(Vin1)], part: 1, parts: 2));
        shelf.Accept("ann", Load([Car(Vin2)], part: 2, parts: 2));
        shelf.Accept("ann", new NoteFailure(Corollas, new StockSource("marketcheck", 1), "unreachable", "It did not answer."));
        shelf.Accept("ann", Load([Car(Vin1)], "load-2", 1, 3));
        return shelf;
    }

    private static ShelfView Seen(Stage shelf) => shelf.Ask<ShelfView>(new GetShelf());

    [Fact]
    public void A_load_takes_effect_with_its_last_part_and_not_before()
    {
        var shelf = NewShelf();
        shelf.Accept("ann", Load([Car(Vin1)], part: 1, parts: 2));
        Assert.Equal((0, null), (Seen(shelf).Count, Seen(shelf).FetchedAt));
        Assert.Equal(new LoadingView("load-1", 1, 2, Stage.Noon), Seen(shelf).Loading);
        shelf.Now = Stage.Noon.AddMinutes(1);
        shelf.Accept("ann", Load([Car(Vin2)], part: 2, parts: 2));
        Assert.Equal((2, shelf.Now, "ann"), (Seen(shelf).Count, Seen(shelf).FetchedAt, Seen(shelf).By));
        Assert.Null(Seen(shelf).Loading);
        shelf.HoldsItsMemory();
    }

    [Fact]
    public void A_merge_counts_once_who_is_on_the_shelf_already()
    {
        var shelf = NewShelf();
        var all = Enumerable.Range(1, ListingBounds.MaxVehicles).Select(number => Car($"~{number:x16}")).ToList();
        Bring("load-1", all, StockMode.Replace);
        Bring("load-2", all, StockMode.Merge);
        Assert.Equal(ListingBounds.MaxVehicles, Seen(shelf).Count);
        shelf.Refuse("ann", Load([Car("~ffffffffffffffff")], "load-3", mode: StockMode.Merge), "too-many");

        void Bring(string load, List<Vehicle> vehicles, StockMode mode)
        {
            var parts = vehicles.Chunk(ListingBounds.MaxPerPart).ToList();
            for (var i = 0; i < parts.Count; i++) shelf.Accept("ann", Load([.. parts[i]], load, i + 1, parts.Count, mode));
        }
    }

    [Fact]
    public void A_load_that_was_cut_short_goes_on_where_it_was()
    {
        var shelf = NewShelf();
        shelf.Accept("ann", Load([Car(Vin1)], part: 1, parts: 3));
        Assert.Empty(shelf.Accept("ann", Load([Car(Vin1)], part: 1, parts: 3)));
        Assert.Equal(2m, shelf.Refuse("ann", Load([], part: 3, parts: 3), "part-out-of-order").Fields[0].Number);
        shelf.Accept("ann", Load([Car(Vin2)], part: 2, parts: 3));
        shelf.Accept("ann", Load([], part: 3, parts: 3));
        Assert.Equal(2, Seen(shelf).Count);
        // Whoever did not hear the answer may say the rest again.
        Assert.Empty(shelf.Accept("ann", Load([], part: 3, parts: 3)));
        shelf.HoldsItsMemory();
    }

    [Fact]
    public void Another_load_puts_an_unfinished_one_aside_and_what_was_there_stays_until_it_is_whole()
    {
        var shelf = Lived();
        Assert.Equal("load-2", Seen(shelf).Loading!.Load);
        shelf.Accept("bob", Load([Car(Vin2, 1_00)], "load-3"));
        Assert.Equal((1, "load-3", null), (Seen(shelf).Count, Seen(shelf).Load, Seen(shelf).Loading));
        shelf.Refuse("ann", Load([], "load-2", 2, 3), "part-out-of-order");
        shelf.Refuse("ann", Load([], "load-4", 2, 3), "part-out-of-order");
        shelf.Accept("ann", Load([Car(Vin1)], "load-5", 1, 2));
        shelf.Refuse("ann", Load([Car(Vin1)], "load-5", 1, 3), "another-load");
        shelf.HoldsItsMemory();
    }

    [Fact]
    public void A_merge_keeps_what_it_does_not_bring_again()
    {
        var shelf = NewShelf();
        shelf.Accept("ann", Load([Car(Vin1), Car(Vin2)]));
        shelf.Accept("ann", Load([Car(Vin2, 5_00)], "load-2", mode: StockMode.Merge));
        Assert.Equal([18_999_00, 5_00], ((ShelfState)shelf.State).Listed.Select(vehicle => vehicle.PriceMinor));
        shelf.Refuse("ann", Load([Car(Vin2)], "load-3", mode: StockMode.Merge, currency: "USD"), "mixed-currencies");
        shelf.Accept("ann", Load([Car(Vin2)], "load-3", currency: "USD"));
        Assert.Equal(("USD", 1), (Seen(shelf).Currency, Seen(shelf).Count));
    }

    [Fact]
    public void A_failed_fetch_leaves_what_is_there_and_says_so_until_the_next_load()
    {
        var shelf = NewShelf();
        shelf.Accept("ann", Load([Car(Vin1)]));
        shelf.Accept("ann", new NoteFailure(Corollas, new StockSource("marketcheck", 1), "unreachable", "It did not answer."));
        Assert.Equal((1, "unreachable"), (Seen(shelf).Count, Seen(shelf).Failure?.Code));
        shelf.Accept("ann", Load([Car(Vin1)], "load-2"));
        Assert.Null(Seen(shelf).Failure);
    }

    public static TheoryData<string, StockShelf> Wrong => new()
    {
        { "wrong-shelf", Load([], name: Corollas with { City = "Ottawa" }) },
        { "invalid-name", Load([], name: Corollas with { City = "!!!" }) },
        { "invalid-name", Load([], name: Corollas with { Country = "Canada" }) },
        { "invalid-name", Load([], load: "a b") },
        { "invalid-currency", Load([], currency: "dollars") },
        { "out-of-range", Load([], part: 2) },
        { "out-of-range", Load([], parts: ListingBounds.MaxParts + 1) },
        { "out-of-range", Load([Car(Vin1, 0)]) },
        { "out-of-range", Load([Car(Vin1, year: 1885)]) },
        { "out-of-range", Load([Car(Vin1, odometer: -1)]) },
        { "out-of-range", Load([.. Enumerable.Range(0, ListingBounds.MaxPerPart + 1).Select(_ => Car(Vin1))]) },
        { "too-long", Load([Car(Vin1) with { Trim = new string('x', 101) }]) },
        { "invalid-text", Load([Car(Vin1) with { Seller = "a\nb" }]) },
        { "invalid-vin", Load([Car(Vin1) with { Id = default }]) },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void What_cannot_stand_on_a_shelf_is_refused(string code, StockShelf command) => NewShelf().Refuse("ann", command, code);

    [Fact]
    public void A_part_of_the_longest_vehicles_is_far_below_what_is_taken_at_once()
    {
        var text = string.Concat(Enumerable.Repeat("\U0001F697", ListingBounds.MaxTextLength / 2));
        var longest = Car(Vin1, ListingBounds.MaxPriceMinor) with { Location = text, Trim = text, Seller = text, Url = new string('<', ListingBounds.MaxUrlLength) };
        var command = Load([.. Enumerable.Range(0, ListingBounds.MaxPerPart).Select(_ => longest)]);
        Assert.InRange(MarketCodec.Encode(NewShelf().Accept("ann", command)[0]).Length, 1, 3 << 20);
    }

    [Theory]
    [InlineData("Montréal", "montreal")]
    [InlineData("  New   York ", "new-york")]
    [InlineData("F-150", "f-150")]
    [InlineData("Model 3", "model-3")]
    [InlineData("--", "")]
    [InlineData("Łódź", "łodź")]
    public void Names_that_sound_alike_are_one(string name, string slug) => Assert.Equal(slug, ShelfName.Slug(name));

    [Theory]
    [InlineData(100, DistanceUnit.Mi, 160_934)]
    [InlineData(1, DistanceUnit.Mi, 1_609)]
    [InlineData(62_137, DistanceUnit.Mi, 99_999_808)]
    [InlineData(100, DistanceUnit.Km, 100_000)]
    public void Miles_are_miles_and_kilometres_are_kilometres(int odometer, DistanceUnit unit, long metres) => Assert.Equal(metres, Car(Vin1, odometer: odometer, unit: unit).Metres);

    [Theory]
    [InlineData("1M8GDM9AXKP042788", true)]
    [InlineData("1m8gdm9axkp042788", true)]
    [InlineData("1M8GDM9AXKP04278", false)]
    [InlineData("1M8GDM9AXKP0427888", false)]
    [InlineData("IM8GDM9AXKP042788", false)]
    [InlineData("1M8GDM9AXKP04278!", false)]
    [InlineData("ZZZZZZZZZZZZZZZZZ", true)]
    public void A_vin_is_seventeen_letters_and_digits_without_those_that_look_like_others(string text, bool isVin)
    {
        Assert.Equal(isVin, VehicleId.TryParseVin(text, out var id));
        if (isVin) Assert.Equal((text.ToUpperInvariant(), true), (id.ToString(), id.IsVin));
    }

    [Fact]
    public void A_vehicle_without_a_vin_keeps_its_id_when_its_price_changes_and_two_alike_are_two()
    {
        var car = Car(Vin1);
        Assert.Equal(VehicleId.Of(car, 0), VehicleId.Of(car with { PriceMinor = 1 }, 0));
        Assert.NotEqual(VehicleId.Of(car, 0), VehicleId.Of(car, 1));
        Assert.True(VehicleId.TryParse(VehicleId.Of(car, 0).ToString(), out var read) && read == VehicleId.Of(car, 0) && !read.IsVin);
    }

    [Fact]
    public void The_way_between_two_cities_is_as_the_crow_flies()
    {
        Assert.Equal(504, Atlas.KilometresBetween(Atlas.Find("CA", "Toronto")!.Place, Atlas.Find("CA", "Montréal")!.Place));
        Assert.Equal(3_359, Atlas.KilometresBetween(Atlas.Find("CA", "Toronto")!.Place, Atlas.Find("CA", "Vancouver")!.Place));
    }

    [Fact]
    public void The_sample_is_the_same_for_ever()
    {
        var all = SampleListings.Shelves.SelectMany(shelf => SampleListings.VehiclesOf(shelf)).ToList();
        Assert.Equal((72, 12), (SampleListings.Shelves.Count, SampleListings.Shelves.Select(shelf => shelf.City).Distinct().Count()));
        Assert.InRange(all.Count, 3_000, 6_000);
        Assert.Equal(all.Count, all.Select(vehicle => vehicle.Id).Distinct().Count());
        Assert.Contains(all, vehicle => vehicle.Unit == DistanceUnit.Mi);
        Assert.Equal(SampleListings.VehiclesOf(Corollas).ToArray(), SampleListings.VehiclesOf(Corollas with { City = "TORONTO" }).ToArray());
        Assert.Empty(SampleListings.VehiclesOf(Corollas with { City = "Atlantis" }));
    }
}
