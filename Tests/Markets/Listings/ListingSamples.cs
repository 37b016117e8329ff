using Rialto.Markets;
using Rialto.Markets.Listings;

namespace Rialto.Tests.Markets;

/// <summary>One example, or more, of everything of the listings that leaves the process; see <see cref="Samples"/>.</summary>
internal static class ListingSamples
{
    private static readonly DateTimeOffset Noon = Stage.Noon;
    public static readonly ShelfName Corollas = new("CA", "Toronto", "Toyota", "Corolla");
    private static readonly StockSource Csv = new("csv", 0, 2, 3);
    private static readonly CompareRequest What = new(
        ["Toronto", "US/Buffalo"], "Toyota", "Corolla", CompareMode.TotalCost, new CompareTerms("CAD", [new Rate("USD", 1_360_000)], "Toronto", 150, 1300, 250_00, 160));
    private static readonly VehicleView Shown = new()
    {
        Id = "JTDBR32E720012345", Vin = "JTDBR32E720012345", Year = 2019, Make = "Toyota", Model = "Corolla", Price = 18999.00m, Currency = "CAD", Mileage = 42000, Unit = DistanceUnit.Km,
        Kilometres = 42000.0m, PricePerKm = 0.452357m, Location = "Toronto, ON", Country = "CA", City = "Toronto", FetchedAt = Noon, Source = "csv", Seq = 7,
    };

    public static Vehicle Car(string vin, long priceMinor = 18_999_00, int? odometer = 42_000, DistanceUnit unit = DistanceUnit.Km, int year = 2019) =>
        new(VehicleId.TryParse(vin, out var id) ? id : throw new ArgumentException(vin), year, priceMinor, odometer, unit, "Toronto, ON");

    public static readonly Event[] Events =
    [
        new ShelfStocked("5w8k2m9x1c4v", 1, 2, Corollas, "CAD", StockMode.Replace, Csv, [Car("JTDBR32E720012345"), Car("~0123456789abcdef", odometer: null) with { Trim = "LE", Seller = "Süd-Auto", Url = "https://example.org/1" }], "ann", Noon),
        new ShelfStocked("5w8k2m9x1c4v", 1, 1, Corollas, "CAD", StockMode.Merge, new StockSource("marketcheck", 3), [], "ann", Noon),
        new FetchFailed(Corollas, new StockSource("marketcheck", 1), "quota-used-up", "The quota of 500 calls is used up.", Noon),
        new WatchSet("0123456789ab", What, 1_500_00, "ann", Noon),
        new GapExceeded("0123456789ab", 1_750_00, "Buffalo", "Toronto", "CAD", 12, Noon),
        new GapClosed("0123456789ab", 1_000_00, 14, Noon),
        new GapClosed("0123456789ab", null, 15, Noon),
        new WatchRemoved("0123456789ab", "ann"),
    ];

    public static readonly Command[] Commands =
    [
        new StockShelf("5w8k2m9x1c4v", 1, 1, Corollas, "CAD", StockMode.Replace, Csv, [Car("JTDBR32E720012345")]),
        new NoteFailure(Corollas, new StockSource("marketcheck", 1), "quota-used-up", "The quota of 500 calls is used up."),
        new SetWatch(What, 1_500_00),
        new SetWatch(What with { Mode = CompareMode.Cheapest, Terms = new CompareTerms() }, 0),
        new ReportGap(1_750_00, "Buffalo", "Toronto", "CAD", 12),
        new ReportGap(null, null, null, null, 13),
        new RemoveWatch(),
    ];

    public static readonly Query[] Queries = [new GetShelf(), new GetWatch()];

    public static readonly View[] Views =
    [
        new ShelfView
        {
            Shelf = Corollas.Key, Country = "CA", City = "Toronto", Make = "Toyota", Model = "Corolla", Currency = "CAD", Count = 2, Source = "csv", FetchedAt = Noon, Fresh = true, By = "ann",
            Load = "5w8k2m9x1c4v", Loading = new LoadingView("6w8k2m9x1c4v", 1, 3, Noon), Failure = new FailureView("marketcheck", "quota-used-up", "The quota of 500 calls is used up.", Noon), Seq = 7,
        },
        Shown,
        new CompareView(
            CompareMode.Cheapest, "CAD", new BestView("CA", "Toronto", Shown, 18999.00m),
            [new CityView("CA", "Toronto", Shown, 18999.00m, 2, 18999.00m, null, Noon, true, null), new CityView(null, "Nowhere", null, null, 0, null, null, null, false, null)], null,
            "Buy in Toronto, the only one of these cities that has one: 18,999.00 CAD.") { Seq = 7 },
        new VehicleHistoryView(Shown, ["Toronto", "Ottawa"], [new PriceView(Noon, 19999.00m, "CAD", "Toronto")]) { Seq = 7 },
        new ImportView("5w8k2m9x1c4v", "csv", "ann", Noon, 3, 2, false) { Seq = 7 },
        new WatchView
        {
            Id = "0123456789ab", Cities = ["Toronto", "US/Buffalo"], Make = "Toyota", Model = "Corolla", Mode = CompareMode.Cheapest, Threshold = 1500.00m, Status = WatchStatus.Exceeded,
            Gap = 1750.00m, Currency = "CAD", Best = "Buffalo", Next = "Toronto", By = "ann", SetAt = Noon, ToldAt = Noon, Seq = 9,
        },
    ];

    /// <summary>What nobody sensible asks for.</summary>
    public static readonly Command[] Strange =
    [
        new StockShelf(null!, 0, 0, null!, null!, (StockMode)9, null!, default),
        new StockShelf("x", int.MaxValue, int.MaxValue, Corollas, "CAD", StockMode.Replace, Csv, default),
        new StockShelf("x", 1, 1, new ShelfName(null!, null!, null!, null!), "CAD", StockMode.Replace, Csv, []),
        new StockShelf("x", 1, 1, Corollas, "cad", StockMode.Replace, new StockSource(null!, -1), [Car("JTDBR32E720012345", long.MinValue)]),
        new StockShelf("x", 1, 1, Corollas, "CAD", StockMode.Replace, Csv, [Car("JTDBR32E720012345", long.MaxValue, int.MinValue, (DistanceUnit)7, int.MaxValue)]),
        new StockShelf("x", 2, 3, Corollas, "CAD", StockMode.Merge, Csv, [Car("JTDBR32E720012345") with { Id = default, Location = "\u0000", Url = new string('ü', 301) }]),
        new NoteFailure(null!, null!, null!, null!),
        new SetWatch(null!, long.MinValue),
        new SetWatch(What with { Cities = default, Terms = null! }, 0),
        new SetWatch(What with { Cities = [null!, null!] }, 0),
        new SetWatch(What with { Terms = new CompareTerms("", [null!], "", -1, int.MaxValue, long.MinValue, -1) }, 0),
        new ReportGap(long.MinValue, null, null, null, long.MaxValue),
        new ReportGap(long.MaxValue, "a", "b", "CAD", long.MinValue),
    ];
}
