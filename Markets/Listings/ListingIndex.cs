using System.Collections.Immutable;
using Rialto.Journal;

namespace Rialto.Markets.Listings;

/// <summary>
/// A node's own index of all shelves: each shelf's vehicles in order, which shelf each VIN counts on and what it cost before, the imports,
/// the calls that sources have cost, and the watches. A load that takes effect costs the sorting of its own shelf and nothing else.
/// </summary>
public sealed class ListingIndex : ReadModel
{
    /// <summary>Calls of sources are counted for so many days: longer than any quota's month.</summary>
    private const int CallDays = 62;

    private readonly ShelfTable _shelves = new();
    private readonly Dictionary<string, List<ShelfRows>> _byModel = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<ShelfRows>> _byCity = new(StringComparer.Ordinal);
    private readonly Sightings _sightings = new();
    private readonly ListingSearch.Scratch _scratch = new();
    private readonly Dictionary<string, Import> _imports = new(StringComparer.Ordinal);
    private readonly Queue<string> _importsByAge = new();
    private readonly Dictionary<(string Source, int Day), int> _calls = [];
    private readonly SortedDictionary<string, WatchEntry> _watches = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _watchesByModel = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unmeasured = new(StringComparer.Ordinal);
    private readonly HashSet<ShelfRows> _moved = [];

    private sealed class Import(string load, string source, string by, DateTimeOffset since, int shelves, long seq)
    {
        public HashSet<string> Filled { get; } = new(StringComparer.Ordinal);

        public string Load => load;

        public long Seq => seq;

        public ImportView Show() => new(load, source, by, since, shelves, Filled.Count, Filled.Count >= shelves) { Seq = seq };

        public void Save(BinaryWriter writer)
        {
            writer.Write(load);
            writer.Write(source);
            writer.Write(by);
            writer.WriteTime(since);
            writer.Write(shelves);
            writer.Write(seq);
            writer.WriteAll(Filled.Count, Filled.Order(StringComparer.Ordinal), static (to, shelf) => to.Write(shelf));
        }

        public static Import Read(BinaryReader reader)
        {
            var import = new Import(reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadTime(), reader.ReadInt32(), reader.ReadInt64());
            reader.ReadAll(from => import.Filled.Add(from.ReadString()));
            return import;
        }
    }

    private sealed record WatchEntry(WatchView View, CompareRequest What, long Threshold, long ChangedSeq);

    /// <inheritdoc/>
    public override string Category => "shelf";

    /// <inheritdoc/>
    public override ImmutableArray<string> Categories => ["shelf", "watch"];

    /// <summary>How many vehicles are on all shelves, each as often as it stands there.</summary>
    public long VehicleCount => _shelves.Shelves.Sum(shelf => (long)shelf.Rows.Length);

    /// <summary>A page of what is looked for.</summary>
    /// <returns>Null, or why nothing can be found.</returns>
    public Refusal? Search(SearchRequest request, out Page<VehicleView> page) =>
        ListingSearch.Run(ShelvesFor(request), request, _scratch, out page);

    /// <summary>A comparison of cities.</summary>
    /// <param name="request">What is compared.</param>
    /// <param name="now">The time, for what is fresh.</param>
    /// <param name="freshFor">How long that is.</param>
    /// <param name="view">The comparison.</param>
    /// <returns>Null, or why there is none.</returns>
    public Refusal? Compare(CompareRequest request, DateTimeOffset now, TimeSpan freshFor, out CompareView? view) =>
        CityComparison.Run(ShelvesOf(request.Make, request.Model), request, now, freshFor, out view);

    /// <summary>Where a vehicle stands, and what it cost; a refusal if it was never seen, or is forgotten.</summary>
    public Reply History(string vin)
    {
        if (!VehicleId.TryParseVin(vin, out var id) || !_sightings.TryFind(id, out var holder, out var others, out var prices)) return ListingRefusals.VehicleNotFound(vin);
        return new VehicleHistoryView(
            holder?.Show(holder.VehicleOf(id)), holder is null ? [] : [holder.Name.City, .. others.Select(other => other.Name.City)],
            [.. prices.Select(point => new PriceView(point.At, Amounts.ToDecimal(point.PriceMinor, 2), point.Currency, point.City))]);
    }

    /// <summary>What is on the shelves, since when, and whence, by key.</summary>
    /// <param name="after">The page before's <c>Next</c> (a key), or null.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="now">The time, for what is fresh.</param>
    /// <param name="freshFor">How long that is.</param>
    public Page<ShelfView> Shelves(string? after, int limit, DateTimeOffset now, TimeSpan freshFor)
    {
        var size = Bounds.Page(limit);
        var from = after is null ? 0 : _shelves.IndexAfter(after);
        var items = new List<ShelfView>();
        for (var i = from; i < _shelves.Count && items.Count < size; i++) items.Add(Show(_shelves.Shelves[i], now, freshFor));
        return new Page<ShelfView>(items, from + items.Count < _shelves.Count ? items[^1].Shelf : null);
    }

    /// <summary>One shelf; null if nothing was ever brought to it.</summary>
    public ShelfView? Find(string key, DateTimeOffset now, TimeSpan freshFor) => _shelves.TryGet(key, out var shelf) ? Show(shelf, now, freshFor) : null;

    /// <summary>The countries in which vehicles of this city, or a known city of this name, are; if there are none, those for which somebody has asked.</summary>
    public IReadOnlyList<string> CountriesOf(string city)
    {
        if (!_byCity.TryGetValue(ShelfName.Slug(city), out var shelves)) shelves = [];
        var known = shelves.Where(shelf => shelf.Rows.Length > 0).Select(CountryOf).Concat(Atlas.Find(city).Select(one => one.Country)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return known.Count > 0 ? known : [.. shelves.Select(CountryOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

        static string CountryOf(ShelfRows shelf) => shelf.CountrySlug.ToUpperInvariant();
    }

    /// <summary>The imports of several parts or shelves, newest first.</summary>
    /// <param name="before">The page before's cursor (see <see cref="Cursor"/>), or null.</param>
    /// <param name="limit">How many at most.</param>
    public Page<ImportView> Imports(long? before, int limit)
    {
        var size = Bounds.Page(limit);
        var found = _imports.Values.Where(import => import.Seq < (before ?? long.MaxValue)).OrderByDescending(import => import.Seq).Take(size + 1).Select(import => import.Show()).ToList();
        return found.Count <= size ? new Page<ImportView>(found, null) : new Page<ImportView>(found[..size], Cursor.Write(found[size - 1].Seq));
    }

    /// <summary>How many calls a source has cost since the beginning of a day (UTC), this included.</summary>
    public int CallsSince(string source, DateTimeOffset day)
    {
        var from = DayOf(day);
        return _calls.Where(entry => entry.Key.Source == source && entry.Key.Day >= from).Sum(entry => entry.Value);
    }

    /// <summary>The watches that are set, by id.</summary>
    /// <param name="after">The page before's <c>Next</c> (an id), or null.</param>
    /// <param name="limit">How many at most.</param>
    public Page<WatchView> Watches(string? after, int limit)
    {
        var size = Bounds.Page(limit);
        var found = _watches.Where(watch => string.CompareOrdinal(watch.Key, after) > 0).Take(size + 1).Select(watch => Explain(watch.Value.View)).ToList();
        return found.Count <= size ? new Page<WatchView>(found, null) : new Page<WatchView>(found[..size], found[size - 1].Id);
    }

    /// <summary>A watch, and why its gap cannot be told now: whoever waits for it should know.</summary>
    public WatchView Explain(WatchView view)
    {
        if (!_watches.TryGetValue(view.Id, out var watch)) return view;
        var refusal = CityComparison.Measure(ShelvesOf(watch.What.Make, watch.What.Model), watch.What, out var measured);
        var isAlone = refusal is null ? measured.Gap is null : refusal.Code == ListingRefusals.NothingToCompare.Code;
        return view with { Reason = isAlone ? "Fewer than two of these cities have such a vehicle." : refusal?.Detail };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Reaction> Due()
    {
        if (_unmeasured.Count == 0) return [];
        var due = new List<Reaction>();
        foreach (var id in _unmeasured.Order(StringComparer.Ordinal).ToList())
        {
            var watch = _watches[id];
            var shelves = ShelvesOf(watch.What.Make, watch.What.Model);
            long? gap = null;
            var outcome = default(CityComparison.Outcome);
            if (CityComparison.Measure(shelves, watch.What, out var measured) is null) (gap, outcome) = (measured.Gap, measured);
            // It stays here until the watch itself has said what it was told.
            if (gap > watch.Threshold == (watch.View.Status == WatchStatus.Exceeded)) _unmeasured.Remove(id);
            else due.Add(Report(id, watch, shelves, gap, outcome));
        }
        return due;
    }

    private static Reaction Report(string id, WatchEntry watch, IReadOnlyList<ShelfRows> shelves, long? gap, in CityComparison.Outcome outcome)
    {
        var asOf = Math.Max(watch.ChangedSeq, shelves.Count == 0 ? 0 : shelves.Max(shelf => shelf.MovedSeq));
        var command = gap is null
            ? new ReportGap(null, null, null, null, asOf)
            : new ReportGap(gap, outcome.Cities[outcome.Best], outcome.Cities[outcome.Next!.Value], outcome.Currency, asOf);
        return new Reaction(StreamId.Of("watch", id), command, CommandId.From("watch", id, Cursor.Write(asOf)));
    }

    /// <inheritdoc/>
    public override void Apply(JournalRecord record, Event happened, object stateAfter)
    {
        switch (happened)
        {
            case ShelfStocked e: Stock(record, e, (ShelfState)stateAfter); break;
            case FetchFailed e:
                ShelfOf((ShelfState)stateAfter);
                CountCalls(e.Source, e.At);
                break;
            case WatchEvent: Note((WatchState)stateAfter, record.Seq.Value); break;
        }
    }

    private void Stock(JournalRecord record, ShelfStocked e, ShelfState state)
    {
        var (before, currency, city) = _shelves.TryGet(state.Key, out var known) ? (known.ById, known.Currency, known.Name.City) : ([], null, "");
        var shelf = ShelfOf(state);
        CountCalls(e.Source, e.At);
        if (e.Parts > 1 || e.Source.Of > 1) NoteImport(e, state.Key, record.Seq.Value);
        if (!e.IsLast) return;
        shelf.Fill(state, record.Seq.Value);
        _moved.Clear();
        _moved.Add(shelf);
        _sightings.Refill(shelf, before, currency, city, _moved);
        // A vehicle may stand under another model's name elsewhere: what that one's watches see has moved, too.
        foreach (var moved in _moved)
        {
            _shelves.Changed(moved);
            if (_watchesByModel.TryGetValue(ModelKey(moved), out var watches)) _unmeasured.UnionWith(watches);
        }
    }

    private ShelfRows ShelfOf(ShelfState state)
    {
        if (!_shelves.TryGet(state.Key, out var shelf))
        {
            _shelves.Add(shelf = new ShelfRows(state.Name!, state.Key));
            AddTo(_byModel, ModelKey(shelf), shelf);
            AddTo(_byCity, shelf.CitySlug, shelf);
        }
        shelf.Note(state);
        _shelves.Changed(shelf);
        return shelf;
    }

    /// <summary>Adds a shelf to those that have something in common, in the order of their keys.</summary>
    private static void AddTo(Dictionary<string, List<ShelfRows>> groups, string name, ShelfRows shelf)
    {
        if (!groups.TryGetValue(name, out var others)) groups.Add(name, others = []);
        var at = others.FindIndex(other => string.CompareOrdinal(other.Key, shelf.Key) > 0);
        others.Insert(at < 0 ? others.Count : at, shelf);
    }

    private void NoteImport(ShelfStocked e, string key, long seq)
    {
        if (!_imports.TryGetValue(e.Load, out var import) || import.Show().Complete)
        {
            // The same file again, after all of it was taken: it begins anew.
            if (import is null) _importsByAge.Enqueue(e.Load);
            _imports[e.Load] = import = new Import(e.Load, e.Source.Kind, e.By, e.At, e.Source.Of, seq);
            if (_importsByAge.Count > ListingBounds.MaxImports) _imports.Remove(_importsByAge.Dequeue());
        }
        if (e.IsLast) import.Filled.Add(key);
    }

    private void CountCalls(StockSource source, DateTimeOffset at)
    {
        if (source.Calls == 0) return;
        var day = DayOf(at);
        _calls[(source.Kind, day)] = _calls.GetValueOrDefault((source.Kind, day)) + source.Calls;
        foreach (var old in _calls.Keys.Where(key => key.Day < day - CallDays).ToList()) _calls.Remove(old);
    }

    private void Note(WatchState state, long seq)
    {
        var set = state.Set!;
        var model = ModelKey(set.What.Make, set.What.Model);
        if (state.Status == WatchStatus.Removed)
        {
            _watches.Remove(state.Key);
            _unmeasured.Remove(state.Key);
            if (_watchesByModel.TryGetValue(model, out var left)) left.Remove(state.Key);
            return;
        }
        var changed = _watches.TryGetValue(state.Key, out var known) ? known.ChangedSeq : seq;
        _watches[state.Key] = new WatchEntry(Watch.Show(state) with { Seq = seq }, set.What, set.Threshold, changed);
        if (!_watchesByModel.TryGetValue(model, out var watches)) _watchesByModel.Add(model, watches = new HashSet<string>(StringComparer.Ordinal));
        watches.Add(state.Key);
        _unmeasured.Add(state.Key);
    }

    /// <summary>The shelves among which all are that a search looks for: those of the model, or of the city, or all.</summary>
    private ReadOnlySpan<ShelfOutline> ShelvesFor(SearchRequest request) => request switch
    {
        { Make: { } make, Model: { } model } => _scratch.Outline(ShelvesOf(make, model)),
        { Cities: { IsDefault: false, Length: 1 } cities } => cities[0] is { } city && _byCity.TryGetValue(ShelfName.Slug(CityRef.Parse(city).Name), out var shelves) ? _scratch.Outline(shelves) : [],
        _ => _shelves.Outlines,
    };

    private List<ShelfRows> ShelvesOf(string make, string model) => _byModel.TryGetValue(ModelKey(make, model), out var shelves) ? shelves : [];

    private static string ModelKey(ShelfRows shelf) => $"{shelf.MakeSlug}/{shelf.ModelSlug}";

    private static string ModelKey(string make, string model) => $"{ShelfName.Slug(make)}/{ShelfName.Slug(model)}";

    private static int DayOf(DateTimeOffset at) => (int)(at.UtcTicks / TimeSpan.TicksPerDay);

    private static ShelfView Show(ShelfRows shelf, DateTimeOffset now, TimeSpan freshFor) => new()
    {
        Shelf = shelf.Key,
        Country = shelf.Name.Country,
        City = shelf.Name.City,
        Make = shelf.Name.Make,
        Model = shelf.Name.Model,
        Currency = shelf.Currency,
        Count = shelf.Rows.Length,
        Source = shelf.Source,
        FetchedAt = shelf.FetchedAt,
        Fresh = shelf.IsFresh(now, freshFor),
        By = shelf.By,
        Load = shelf.Load,
        Loading = shelf.Staged is { } staged ? new LoadingView(staged.Load, staged.NextPart - 1, staged.Parts, staged.Since) : null,
        Failure = shelf.ShowFailure(),
        Seq = shelf.FilledSeq,
    };

    // Snapshots: the vehicles are the shelves' own, and are not written twice.

    /// <inheritdoc/>
    public override void Save(BinaryWriter writer)
    {
        writer.WriteAll(_shelves.Count, _shelves.Shelves, static (to, shelf) =>
        {
            to.Write(shelf.Key);
            to.Write(shelf.FilledSeq);
            to.Write(shelf.MovedSeq);
        });
        _sightings.Save(writer);
        writer.WriteAll(_importsByAge.Count, _importsByAge, (to, load) => _imports[load].Save(to));
        writer.WriteAll(_calls.Count, _calls.OrderBy(entry => entry.Key), static (to, entry) =>
        {
            to.Write(entry.Key.Source);
            to.Write(entry.Key.Day);
            to.Write(entry.Value);
        });
        writer.WriteAll(_watches.Count, _watches, static (to, watch) =>
        {
            var (view, set) = (MarketCodec.Encode(watch.Value.View), MarketCodec.Encode(new SetWatch(watch.Value.What, watch.Value.Threshold)));
            to.Write7BitEncodedInt(view.Length);
            to.Write(view);
            to.Write7BitEncodedInt(set.Length);
            to.Write(set);
            to.Write(watch.Value.ChangedSeq);
        });
    }

    /// <inheritdoc/>
    public override void Load(BinaryReader reader, Func<string, object> stateOf)
    {
        reader.ReadAll(from =>
        {
            var state = (ShelfState)stateOf(from.ReadString());
            var (shelf, filled, moved) = (ShelfOf(state), from.ReadInt64(), from.ReadInt64());
            if (filled > 0) shelf.Fill(state, filled);
            shelf.MovedSeq = moved;
        });
        _sightings.Load(reader, key => _shelves[key]);
        foreach (var shelf in _shelves.Shelves) _shelves.Changed(shelf);
        reader.ReadAll(from =>
        {
            var import = Import.Read(from);
            _imports.Add(import.Load, import);
            _importsByAge.Enqueue(import.Load);
        });
        reader.ReadAll(from => _calls.Add((from.ReadString(), from.ReadInt32()), from.ReadInt32()));
        reader.ReadAll(from =>
        {
            var view = (WatchView)MarketCodec.DecodeView("watch.view", from.ReadBytes(from.Read7BitEncodedInt()));
            var set = (SetWatch)MarketCodec.DecodeCommand("watch.set", from.ReadBytes(from.Read7BitEncodedInt()));
            _watches.Add(view.Id, new WatchEntry(view, set.What, set.Threshold, from.ReadInt64()));
            var model = ModelKey(set.What.Make, set.What.Model);
            if (!_watchesByModel.TryGetValue(model, out var watches)) _watchesByModel.Add(model, watches = new HashSet<string>(StringComparer.Ordinal));
            watches.Add(view.Id);
            _unmeasured.Add(view.Id);
        });
    }
}
