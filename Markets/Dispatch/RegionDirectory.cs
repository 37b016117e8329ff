using Rialto.Journal;

namespace Rialto.Markets.Dispatch;

/// <summary>
/// A node's own list of all regions, and of each region's incidents, newest first: all that are under way, and the newest
/// <see cref="MaxFinishedPerRegion"/> that are over; what is older stands in the journal.
/// </summary>
public sealed class RegionDirectory : ReadModel
{
    /// <summary>The most finished incidents that are kept of one region.</summary>
    public const int MaxFinishedPerRegion = 100_000;

    private readonly SortedDictionary<string, Shelf> _regions = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string Category => "region";

    /// <summary>The regions, by name.</summary>
    /// <param name="cursor">The page before's <c>Next</c> (a name), or null.</param>
    /// <param name="limit">How many at most.</param>
    public Page<RegionListItem> List(string? cursor, int limit)
    {
        var size = Bounds.Page(limit);
        var found = _regions.Where(region => string.CompareOrdinal(region.Key, cursor) > 0).Take(size + 1).ToList();
        return new Page<RegionListItem>([.. found.Take(size).Select(region => region.Value.Show(region.Key))], found.Count > size ? found[size - 1].Key : null);
    }

    /// <summary>A region's incidents, newest first; null if there is no such region.</summary>
    /// <param name="region">Its name.</param>
    /// <param name="status">Only those that are so far; null for all.</param>
    /// <param name="before">The page before's cursor (see <see cref="Cursor"/>), or null.</param>
    /// <param name="limit">How many at most.</param>
    public Page<IncidentListItem>? Incidents(string region, IncidentStatus? status, long? before, int limit)
    {
        if (!_regions.TryGetValue(region, out var shelf)) return null;
        var entries = status is { } one ? shelf.ByStatus[(int)one] : shelf.All;
        if (entries.Count == 0 || before <= entries.Max!.Seq) return Page<IncidentListItem>.Empty;
        IEnumerable<Entry> from = before is { } seq ? entries.GetViewBetween(new Entry(seq - 1), entries.Max) : entries;
        var size = Bounds.Page(limit);
        var items = new List<IncidentListItem>();
        foreach (var entry in from)
        {
            if (items.Count == size) return new Page<IncidentListItem>(items, Cursor.Write(items[^1].Seq));
            items.Add(entry.Item with { Seq = entry.Seq });
        }
        return new Page<IncidentListItem>(items, null);
    }

    /// <summary>One incident without its steps, also of those that the region itself has forgotten; null if this does not know it either.</summary>
    public IncidentView? Find(string region, string incident) =>
        _regions.TryGetValue(region, out var shelf) && shelf.ById.TryGetValue(incident, out var entry) ? RegionViews.OfLongAgo(region, entry.Item) with { Seq = entry.Seq } : null;

    /// <inheritdoc/>
    public override void Apply(JournalRecord record, Event happened, object stateAfter)
    {
        var state = (RegionState)stateAfter;
        if (!_regions.TryGetValue(record.Stream.Key, out var shelf)) _regions.Add(record.Stream.Key, shelf = new Shelf());
        shelf.Note(state, record.Seq);
        switch (happened)
        {
            case IncidentReported e:
                shelf.Add(new Entry(record.Seq.Value), RegionViews.Item(state.FindIncident(e.Incident)!));
                break;
            case IncidentStep e:
                shelf.Refresh(e.Incident, RegionViews.Item(state.FindIncident(e.Incident)!));
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public override void Save(BinaryWriter writer) => writer.WriteAll(_regions.Count, _regions, static (to, region) =>
    {
        to.Write(region.Key);
        region.Value.Save(to);
        to.Write(region.Value.Seq.Value);
    });

    /// <inheritdoc/>
    public override void Load(BinaryReader reader, Func<string, object> stateOf) => reader.ReadAll(from =>
    {
        var (region, shelf) = (from.ReadString(), new Shelf());
        _regions.Add(region, shelf);
        shelf.Load(from);
        shelf.Note((RegionState)stateOf(region), new Seq(from.ReadInt64()));
    });

    private sealed class Shelf
    {
        private readonly Queue<Entry> _finished = new();
        private (int Units, int Hospitals, int Active, int Queued) _counts;

        /// <summary>The place of the region's last event.</summary>
        public Seq Seq { get; private set; }

        public Dictionary<string, Entry> ById { get; } = new(StringComparer.Ordinal);

        public SortedSet<Entry> All { get; } = new(NewestFirst.Order);

        public SortedSet<Entry>[] ByStatus { get; } = [.. Enum.GetValues<IncidentStatus>().Select(_ => new SortedSet<Entry>(NewestFirst.Order))];

        public void Note(RegionState state, Seq seq) => (_counts, Seq) = ((state.Units.Count, state.Hospitals.Count, state.Active.Count, state.Queue.Count), seq);

        public RegionListItem Show(string name) => new(name, _counts.Units, _counts.Hospitals, _counts.Active, _counts.Queued) { Seq = Seq.Value };

        public void Add(Entry entry, IncidentListItem item)
        {
            entry.Item = item;
            ById.Add(item.Id, entry);
            All.Add(entry);
            ByStatus[(int)item.Status].Add(entry);
        }

        public void Refresh(string id, IncidentListItem item)
        {
            var entry = ById[id];
            if (entry.Item.Status != item.Status)
            {
                ByStatus[(int)entry.Item.Status].Remove(entry);
                ByStatus[(int)item.Status].Add(entry);
            }
            entry.Item = item;
            if (item.ClosedAt is not null) Finish(entry);
        }

        /// <summary>What is over in the order of its end, then what is under way.</summary>
        public void Save(BinaryWriter writer) => writer.WriteAll(All.Count, _finished.Concat(All.Where(entry => entry.Item.ClosedAt is null)), static (to, entry) =>
        {
            to.Write(entry.Seq);
            var item = MarketCodec.Encode(entry.Item);
            to.Write7BitEncodedInt(item.Length);
            to.Write(item);
        });

        public void Load(BinaryReader reader) => reader.ReadAll(from =>
        {
            var entry = new Entry(from.ReadInt64());
            Add(entry, (IncidentListItem)MarketCodec.DecodeView("region.incident-list-item", from.ReadBytes(from.Read7BitEncodedInt())));
            if (entry.Item.ClosedAt is not null) Finish(entry);
        });

        private void Finish(Entry entry)
        {
            _finished.Enqueue(entry);
            if (_finished.Count <= MaxFinishedPerRegion) return;
            var old = _finished.Dequeue();
            ById.Remove(old.Item.Id);
            All.Remove(old);
            ByStatus[(int)old.Item.Status].Remove(old);
        }
    }

    private sealed class Entry(long seq)
    {
        /// <summary>The place of the report.</summary>
        public long Seq { get; } = seq;

        public IncidentListItem Item { get; set; } = null!;
    }

    private sealed class NewestFirst : IComparer<Entry>
    {
        public static readonly NewestFirst Order = new();

        public int Compare(Entry? x, Entry? y) => y!.Seq.CompareTo(x!.Seq);
    }
}
