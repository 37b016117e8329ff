using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Dispatch;
using Rialto.Markets.Ledgers;
using Rialto.Markets.Listings;
using Rialto.Markets.Orders;
using Rialto.Runtime;

namespace Rialto.Api.Sample;

/// <summary>
/// What an empty market begins with: two ledgers with a few accounts, a region with ambulances and hospitals, two auctions that are open, and the
/// dealer's stocks. Every command's id is fixed, and they
/// are sent one after the other, so every new journal begins with the same events at the same places; a start that was cut short is
/// completed by the next one, and nothing is there twice.
/// </summary>
internal static class SampleData
{
    private const string Gallery = "gallery";

    private sealed record Step(string Name, string Actor, StreamId Entity, Command Command);

    private static readonly StreamId Usd = StreamId.Of("ledger", "USD");
    private static readonly StreamId Kwh = StreamId.Of("ledger", "kWh");

    private static readonly (string Name, long PriceMinor)[] Stocks =
    [
        ("GameStart", 15_99), ("CICSorg", 9_90), ("Google", 20_20), ("Acorn", 4_25), ("BlueFin", 31_00), ("Cobalt", 12_75), ("DaVinci", 88_10), ("Everest", 54_40),
        ("Fjord", 7_30), ("Granite", 18_85), ("Harbor", 26_60), ("Ivory", 41_15), ("Juniper", 3_45), ("Krypton", 66_90), ("Lantern", 10_05),
    ];

    // Above the steps, which are made of them.
    private static readonly (string Name, int Lat, int Lon, int Beds)[] Hospitals =
        [("katharinen", 48_782_600, 9_169_300, 6), ("marien", 48_762_600, 9_163_600, 4), ("robert-bosch", 48_817_600, 9_187_800, 4), ("diakonie", 48_778_900, 9_166_000, 2)];

    private static readonly (string Name, int Lat, int Lon, string[] Skills)[] Ambulances =
    [
        ("amb-1", 48_783_900, 9_181_600, ["als"]), ("amb-2", 48_775_600, 9_174_900, []), ("amb-3", 48_768_300, 9_160_900, ["als"]), ("amb-4", 48_804_900, 9_212_600, []),
        ("amb-5", 48_812_700, 9_171_200, ["als", "neonatal"]), ("amb-6", 48_739_600, 9_113_000, []), ("amb-7", 48_755_100, 9_188_700, ["als"]), ("amb-8", 48_791_500, 9_230_400, []),
    ];

    private static readonly IReadOnlyList<Step> Steps =
    [
        new("USD", Gallery, Usd, new CreateLedger(2)),
        .. new[] { Gallery, "ann", "bob", "cid" }.Select(name => new Step($"USD/{name}", name, Usd, new OpenAccount(name, 1_000_00))),
        new("kWh", "node-1", Kwh, new CreateLedger(2)),
        .. new[] { "node-1", "node-2", "node-3" }.Select(name => new Step($"kWh/{name}", name, Kwh, new OpenAccount(name, 100_00))),
        Auction("Violin", new CreateAuction("Violin", "sealed-rounds", new AuctionOptions
        {
            MinimumBidMinor = 10_00, MinimumRounds = 2, MinimumBidders = 2, RoundSeconds = 600, StartTimeoutSeconds = 3600,
        })),
        .. Stuttgart(),
        // Last, as it always was: whoever has it has a whole sample, also one that an earlier version wrote.
        Auction("Lighthouse", new CreateAuction("Painting of a lighthouse", "english", new AuctionOptions
        {
            MinimumBidMinor = 50_00, MinimumBidders = 2, ClosesInSeconds = 3600, SoftCloseSeconds = 60, StartTimeoutSeconds = 3600,
        }, new AssetFacts("USD", Exists: true, Scale: 2, HasAuctioneersAccount: true))),
        .. Stocks.Select(stock => new Step($"stock/{stock.Name}", "dealer", StreamId.Of("stock", stock.Name), new ListStock(stock.PriceMinor, 100))),
        .. Listings(),
    ];

    /// <summary>Fills an empty journal, or completes what an earlier start began; leaves any other journal alone.</summary>
    public static async Task FillAsync(IEngine engine)
    {
        if (!await IsWantedAsync(engine.Journal)) return;
        foreach (var step in Steps)
        {
            var reply = await engine.ExecuteAsync(new CommandRequest(step.Entity, step.Command, step.Actor, IdOf(step.Name)));
            if (reply.Refusal is { } refusal) throw new JournalException($"The sample data could not be written: {refusal.Detail}");
        }
    }

    /// <summary>Nothing else is served before the sample is complete: if it was begun and is not, only its own events are there.</summary>
    private static async Task<bool> IsWantedAsync(IJournal journal)
    {
        var first = await journal.ReadAsync(Seq.None, 1);
        if (first.Count == 0) return true;
        if (first[0].Command != IdOf(Steps[0].Name)) return false;
        var last = Steps[^1].Entity;
        return (await journal.ReadVersionsAsync([last]))[0] == 0;
    }

    /// <summary>Every shelf of the built-in source, as if it had just been fetched.</summary>
    private static IEnumerable<Step> Listings()
    {
        var number = 0;
        foreach (var shelf in SampleListings.Shelves)
            yield return new Step($"shelf/{shelf.Key}", Gallery, StreamId.Of("shelf", shelf.Key), new StockShelf(
                "sample", 1, 1, shelf, Atlas.CurrencyOf(shelf.Country)!, StockMode.Replace, new StockSource("sample", 0, ++number, SampleListings.Shelves.Count), SampleListings.VehiclesOf(shelf)));
    }

    /// <summary>The names of its ambulances and hospitals.</summary>
    public static IEnumerable<string> OfDispatch => [.. Ambulances.Select(unit => unit.Name), .. Hospitals.Select(hospital => hospital.Name)];

    /// <summary>Eight ambulances and four hospitals. Nobody plays them yet, so their silence means nothing.</summary>
    private static IEnumerable<Step> Stuttgart()
    {
        const string actor = "dispatcher";
        var region = StreamId.Of("region", "stuttgart");
        yield return new Step("stuttgart", actor, region, new ConfigureRegion(AcknowledgeSeconds: 60, HeartbeatSeconds: 0, PositionSeconds: 0));
        foreach (var (name, lat, lon, beds) in Hospitals) yield return new Step($"stuttgart/{name}", actor, region, new RegisterHospital(name, new Position(lat, lon), beds, Open: true));
        foreach (var (name, lat, lon, skills) in Ambulances)
            yield return new Step($"stuttgart/{name}", actor, region, new RegisterUnit(name, RegionBounds.Ambulance, new Position(lat, lon), [.. skills]));
    }

    private static Step Auction(string name, CreateAuction command) => new(name, Gallery, StreamId.Of("auction", IdOf(name).ToEntityKey()), command);

    private static CommandId IdOf(string name) => CommandId.From("sample", name);
}
