using System.Collections.Immutable;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Listings;

namespace Rialto.Simulation.Workloads;

/// <summary>
/// Six shelves, of two models in three cities, and a world in which vehicles come, move, change their price and are sold. Shelves that are not
/// fresh are fetched, by one of those who ask at a front door (there are two); files are imported on several shelves at once, also by two at
/// the same time; a load may be cut short and gone on with; a fetch may fail. Watches are set and taken away, and everybody compares the
/// cities at any node.
/// </summary>
internal sealed class ListingWorkload : IWorkload
{
    private const int FrontDoors = 2;
    private const int FreshMs = 2_000;
    private const int MaxWatches = 6;
    private const int Vins = 24;

    private static readonly ImmutableArray<string> Cities = ["Toronto", "Montreal", "Ottawa"];
    private static readonly ImmutableArray<string> Models = ["F-150", "F150"];   // As careless sources write one: vehicles stand on shelves of both.
    private static readonly ShelfName[] Shelves = [.. Models.SelectMany(model => Cities.Select(city => new ShelfName("CA", city, "Ford", model)))];

    /// <summary>What is brought to one shelf under the name of a load, in parts.</summary>
    private sealed record Consignment(ShelfName Shelf, string Load, StockMode Mode, StockSource Source, IReadOnlyList<ImmutableArray<Vehicle>> Parts)
    {
        public StreamId Entity => EntityOf(Shelf);
    }

    /// <summary>A comparison as somebody was shown it.</summary>
    private sealed record Compared(string Who, string Model, Seq At, string Shown);

    private readonly Dictionary<(int Door, string Shelf), Task> _underWay = [];
    private readonly List<Consignment> _cutShort = [];
    private readonly List<Consignment[]> _imports = [];
    private readonly List<(StreamId Watch, string By)> _watches = [];
    private readonly List<Compared> _compared = [];
    private int _loads;
    private int _watchesSet;

    private static StreamId EntityOf(ShelfName shelf) => StreamId.Of("shelf", shelf.Key);

    private static CompareRequest Comparison(string model) => new(Cities, "Ford", model, CompareMode.Cheapest, new CompareTerms());

    /// <inheritdoc/>
    public Task PrepareAsync(Actor founder, IReadOnlyList<string> names) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task ActAsync(Actor actor)
    {
        var shelf = actor.Chance.Pick(Shelves);
        return actor.Chance.Below(12) switch
        {
            0 or 1 or 2 => RefreshAsync(actor, shelf),
            3 => ImportAsync(actor),
            4 => GoOnAsync(actor),
            5 => SetWatchAsync(actor),
            6 => LeaveWatchAsync(actor),
            7 => actor.AskAsync(EntityOf(shelf), new GetShelf()),
            8 => actor.GlanceAsync(EntityOf(shelf), new GetShelf(), actor.Newest),
            9 when _watches.Count > 0 => actor.AskAsync(actor.Chance.Pick(_watches).Watch, new GetWatch()),
            _ => CompareAsync(actor),
        };
    }

    /// <inheritdoc/>
    public IEnumerable<string> Recount(IReadOnlyList<(JournalRecord Record, Event Happened)> journal) => new ListingRecount(Cities).Follow(journal, _compared.ToLookup(compared => compared.At, compared => (compared.Who, compared.Model, compared.Shown)));

    /// <summary>Who asks for a shelf that is being fetched at the same front door waits for that; what another front door does is not known there.</summary>
    private async Task RefreshAsync(Actor actor, ShelfName shelf)
    {
        var flight = (actor.Chance.Below(FrontDoors), shelf.Key);
        if (_underWay.TryGetValue(flight, out var underWay))
        {
            await underWay;
            return;
        }
        var landed = new TaskCompletionSource();
        _underWay.Add(flight, landed.Task);
        await FetchAsync(actor, shelf);
        _underWay.Remove(flight);
        landed.SetResult();
    }

    private async Task FetchAsync(Actor actor, ShelfName shelf)
    {
        if (await actor.AskAsync(EntityOf(shelf), new GetShelf()) is ShelfView { FetchedAt: { } at } && (VirtualTime.Beginning.AddMilliseconds(actor.NowMs) - at).TotalMilliseconds < FreshMs) return;
        await actor.Wait(actor.Chance.Between(10, 500));
        var source = new StockSource("marketcheck", actor.Chance.Between(1, 4));
        if (actor.Chance.Percent(15)) await actor.DoAsync(EntityOf(shelf), new NoteFailure(shelf, source, "rate-limited", "The source takes no more calls for now."));
        else await BringAsync(actor, NewConsignment(actor, shelf, NewLoad("fetch"), StockMode.Replace, source), 1);
    }

    private async Task ImportAsync(Actor actor)
    {
        if (_imports.Count > 0 && actor.Chance.Percent(30))
        {
            // The same file again, perhaps while it is being imported by somebody else.
            await ImportAsync(actor, actor.Chance.Pick(_imports));
            return;
        }
        var (load, mode) = (NewLoad("file"), actor.Chance.Percent(50) ? StockMode.Merge : StockMode.Replace);
        var (first, count) = (actor.Chance.Below(Shelves.Length), actor.Chance.Between(1, 4));
        Consignment[] import = [.. Enumerable.Range(0, count).Select(i => NewConsignment(actor, Shelves[(first + i) % Shelves.Length], load, mode, new StockSource("csv", 0, i + 1, count)))];
        _imports.Add(import);
        await ImportAsync(actor, import);
    }

    private Task ImportAsync(Actor actor, Consignment[] import) => Task.WhenAll(import.Select(one => BringRestAsync(actor, one)));

    private async Task GoOnAsync(Actor actor)
    {
        if (_cutShort.Count == 0) return;
        var rest = actor.Chance.Pick(_cutShort);
        _cutShort.Remove(rest);
        await BringRestAsync(actor, rest);
    }

    /// <summary>Asks the shelf how much of a load is there, and brings the rest.</summary>
    private async Task BringRestAsync(Actor actor, Consignment what)
    {
        var there = await actor.AskAsync(what.Entity, new GetShelf()) is ShelfView { Loading: { } loading } && loading.Load == what.Load ? loading.Part : 0;
        await BringAsync(actor, what, there + 1);
    }

    private async Task BringAsync(Actor actor, Consignment what, int firstPart)
    {
        for (var part = firstPart; part <= what.Parts.Count; part++)
        {
            var isCut = actor.Chance.Percent(4);
            var reply = isCut ? null : await actor.DoAsync(what.Entity, new StockShelf(what.Load, part, what.Parts.Count, what.Shelf, "CAD", what.Mode, what.Source, what.Parts[part - 1]));
            if (reply is null) _cutShort.Add(what);
            if (reply is not { Refusal: null }) return;
        }
    }

    private async Task SetWatchAsync(Actor actor)
    {
        if (_watches.Count >= MaxWatches) return;
        var watch = StreamId.Of("watch", $"w{++_watchesSet}");
        if (await actor.DoAsync(watch, new SetWatch(Comparison(actor.Chance.Pick(Models)), actor.Chance.Below(5_000))) is not { Refusal: not null }) _watches.Add((watch, actor.Name));
    }

    private async Task LeaveWatchAsync(Actor actor)
    {
        if (_watches.Count == 0 || !actor.Chance.Percent(40)) return;
        var watch = actor.Chance.Pick(_watches);
        if (await actor.DoAsync(watch.Watch, new RemoveWatch()) is { Refusal: null }) _watches.Remove(watch);
    }

    private async Task CompareAsync(Actor actor)
    {
        var model = actor.Chance.Pick(Models);
        var now = VirtualTime.Beginning.AddMilliseconds(actor.NowMs);
        var shown = "";
        if (await actor.LookUpAsync((ListingIndex index) => shown = ListingRecount.Describe(index.Compare(Comparison(model), now, TimeSpan.FromDays(1), out var view), view), actor.Newest) is { } at)
            _compared.Add(new Compared(actor.Name, model, at, shown));
    }

    private string NewLoad(string kind) => $"{kind}{++_loads}";

    private static Consignment NewConsignment(Actor actor, ShelfName shelf, string load, StockMode mode, StockSource source)
    {
        var parts = new List<ImmutableArray<Vehicle>>();
        for (var left = actor.Chance.Between(1, 3); left > 0; left--) parts.Add([.. Enumerable.Range(0, actor.Chance.Below(4)).Select(_ => NewVehicle(actor.Chance, shelf))]);
        return new Consignment(shelf, load, mode, source, parts);
    }

    /// <summary>Mostly one of the few with a VIN, which stand here today and there tomorrow, at another price.</summary>
    private static Vehicle NewVehicle(Chance chance, ShelfName shelf)
    {
        var vehicle = new Vehicle(default, chance.Between(2015, 2025), 2_000_000 + chance.Below(10_000), chance.Below(200_000), DistanceUnit.Km, shelf.City);
        return vehicle with { Id = chance.Percent(85) && VehicleId.TryParseVin($"SHELFWATCHCAR{chance.Below(Vins):0000}", out var vin) ? vin : VehicleId.Of(vehicle, 0) };
    }
}
