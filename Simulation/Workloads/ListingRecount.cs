using System.Collections.Immutable;
using System.Globalization;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Listings;

namespace Rialto.Simulation.Workloads;

/// <summary>
/// Reads the events of shelves and watches as somebody would who knows no rule of theirs but what they promise: a load takes effect whole; a
/// vehicle counts once, on the shelf that was filled last; a watch is told whenever the gap has crossed its threshold, once, and of the gap
/// that there was. Slow, and easy to see through.
/// </summary>
internal sealed class ListingRecount(ImmutableArray<string> cities)
{
    private sealed class Counted(string city, string model)
    {
        public string City => city;

        public string Model => model;

        public Dictionary<VehicleId, long> Prices { get; set; } = [];

        public long FilledSeq { get; set; }

        public List<ShelfStocked> Staged { get; } = [];
    }

    private sealed class Told(WatchSet set)
    {
        public WatchSet Set => set;

        public bool HasExceeded { get; set; }

        public bool IsRemoved { get; set; }

        /// <summary>The gap, and between which cities it was, from a place on.</summary>
        public SortedList<long, (long? Gap, string? Best, string? Next)> Gaps { get; } = [];
    }

    private readonly SortedDictionary<StreamId, Counted> _shelves = new(Comparer<StreamId>.Create(static (x, y) => string.CompareOrdinal(x.Text, y.Text)));
    private readonly Dictionary<StreamId, Told> _watches = [];

    /// <summary>What of a comparison's answer can be counted.</summary>
    public static string Describe(Refusal? refusal, CompareView? view) =>
        refusal is not null ? refusal.Code : $"{string.Join(", ", view!.ByCity.Select(city => Describe(city.City, city.Count, city.Value)))}; {view.Best.City} by {Text(view.Saving)}";

    /// <summary>Follows the journal. What is shown to somebody at a place is looked at there.</summary>
    /// <returns>What is wrong.</returns>
    public IEnumerable<string> Follow(IReadOnlyList<(JournalRecord Record, Event Happened)> journal, ILookup<Seq, (string Who, string Model, string Shown)> shown)
    {
        foreach (var (record, happened) in journal)
        {
            var wrong = happened switch
            {
                ShelfStocked stocked => Stock(record, stocked),
                WatchEvent told => Tell(record, told),
                _ => null,
            };
            if (wrong is not null) yield return $"seq {record.Seq}: {wrong}";
            foreach (var (who, model, told) in shown[record.Seq])
                if (Describe(model) is var right && told != right) yield return $"{who} was shown, as of {record.Seq}, that the cities' {model} are {told}; the shelves say {right}";
        }
        foreach (var (watch, told) in _watches)
            if (!told.IsRemoved && told.Gaps.Values[^1].Gap > told.Set.Threshold != told.HasExceeded)
                yield return $"{watch} was told in the end that the gap {(told.HasExceeded ? "exceeds" : "does not exceed")} {told.Set.Threshold}, and it is {Text(told.Gaps.Values[^1].Gap)}";
    }

    private string? Stock(JournalRecord record, ShelfStocked e)
    {
        if (!_shelves.TryGetValue(record.Stream, out var shelf)) _shelves.Add(record.Stream, shelf = new Counted(e.Name.City, e.Name.Model));
        if (e.Part == 1) shelf.Staged.Clear();
        shelf.Staged.Add(e);
        if (e.Part < e.Parts) return null;
        var isWhole = shelf.Staged.Count == e.Parts && shelf.Staged.TrueForAll(part => part.Load == e.Load && part.Mode == e.Mode);
        if (!isWhole) return $"load {e.Load} of {e.Parts} parts takes effect on {record.Stream} after {string.Join(", ", shelf.Staged.Select(part => $"{part.Load}/{part.Part}"))}";
        var prices = e.Mode == StockMode.Merge ? shelf.Prices : [];
        foreach (var vehicle in shelf.Staged.SelectMany(part => part.Vehicles)) prices[vehicle.Id] = vehicle.PriceMinor;
        (shelf.Prices, shelf.FilledSeq) = (prices, record.Seq.Value);
        shelf.Staged.Clear();
        foreach (var told in _watches.Values) told.Gaps.Add(record.Seq.Value, GapOf(told.Set.What.Model));
        return null;
    }

    private string? Tell(JournalRecord record, WatchEvent e)
    {
        if (e is WatchSet set)
        {
            _watches.Add(record.Stream, new Told(set) { Gaps = { { record.Seq.Value, GapOf(set.What.Model) } } });
            return null;
        }
        var told = _watches[record.Stream];
        if (told.IsRemoved) return $"{record.Stream} was removed, and is told of something";
        switch (e)
        {
            case WatchRemoved:
                told.IsRemoved = true;
                return null;
            case GapExceeded exceeded:
                if (told.HasExceeded) return $"{record.Stream} is told twice that the gap exceeds {told.Set.Threshold}";
                told.HasExceeded = true;
                return Compare((exceeded.Gap, exceeded.Best, exceeded.Next), exceeded.AsOf);
            case GapClosed closed:
                if (!told.HasExceeded) return $"{record.Stream} is told that the gap has closed, and was never told that it exceeds {told.Set.Threshold}";
                told.HasExceeded = false;
                return Compare((closed.Gap, null, null), closed.AsOf);
            default:
                return null;
        }

        string? Compare((long? Gap, string? Best, string? Next) said, long asOf)
        {
            var right = told.Gaps.Last(gap => gap.Key <= asOf).Value;
            if (said.Best is null) right = (right.Gap, null, null);
            return said == right ? null : $"{record.Stream} is told that as of {asOf} the gap was {said}, and it was {right}";
        }
    }

    private string Describe(string model)
    {
        var (counts, gap) = (cities.Select(city => Count(model, city)).ToList(), GapOf(model));
        return gap.Best is null ? "nothing-to-compare"
            : $"{string.Join(", ", cities.Zip(counts).Select(pair => Describe(pair.First, pair.Second.Count, pair.Second.Cheapest / 100m)))}; {gap.Best} by {Text(gap.Gap / 100m)}";
    }

    private (long? Gap, string? Best, string? Next) GapOf(string model)
    {
        var offers = cities.Select(city => (City: city, Count(model, city).Cheapest)).Where(offer => offer.Cheapest is not null).OrderBy(offer => offer.Cheapest).ToList();   // Of the same price, the first that was named.
        return offers.Count switch
        {
            0 => (null, null, null),
            1 => (null, offers[0].City, null),
            _ => (offers[1].Cheapest - offers[0].Cheapest, offers[0].City, offers[1].City),
        };
    }

    private (int Count, long? Cheapest) Count(string model, string city)
    {
        if (_shelves.Values.FirstOrDefault(shelf => shelf.Model == model && shelf.City == city) is not { } shelf) return (0, null);
        var here = shelf.Prices.Where(vehicle => !vehicle.Key.IsVin || _shelves.Values.Where(other => other.Prices.ContainsKey(vehicle.Key)).MaxBy(other => other.FilledSeq) == shelf).ToList();
        return (here.Count, here.Count == 0 ? null : here.Min(vehicle => vehicle.Value));
    }

    private static string Describe(string city, int count, decimal? cheapest) => $"{count} in {city} from {Text(cheapest)}";

    private static string Text(decimal? amount) => amount?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";
}
