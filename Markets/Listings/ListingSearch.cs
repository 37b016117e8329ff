using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Rialto.Markets.Listings;

/// <summary>In which order a search shows what it finds.</summary>
[JsonConverter(typeof(LowerHyphen<SearchSort>))]
public enum SearchSort
{
    /// <summary>Shelf by shelf, on each by price: needs no rates, whatever the currencies.</summary>
    Shelf,
    /// <summary>The lowest price first.</summary>
    Price,
    /// <summary>The lowest price for each kilometre first; without those whose kilometres nobody knows.</summary>
    PricePerKm,
    /// <summary>The newest year first.</summary>
    Year,
}

/// <summary>What is looked for; what is null or empty does not matter.</summary>
public sealed record SearchRequest
{
    /// <summary>Only in these cities, each <c>Toronto</c> or <c>CA/Toronto</c>.</summary>
    public ImmutableArray<string> Cities { get; init; } = [];
    /// <summary>Only in this country.</summary>
    public string? Country { get; init; }
    /// <summary>Only of this make.</summary>
    public string? Make { get; init; }
    /// <summary>Only this model.</summary>
    public string? Model { get; init; }
    /// <summary>The oldest year.</summary>
    public int? YearFrom { get; init; }
    /// <summary>The newest year.</summary>
    public int? YearTo { get; init; }
    /// <summary>The lowest price, in hundredths.</summary>
    public long? PriceFromMinor { get; init; }
    /// <summary>The highest price, in hundredths.</summary>
    public long? PriceToMinor { get; init; }
    /// <summary>The most kilometres that it was driven; who does not say is left out.</summary>
    public int? KilometresTo { get; init; }
    /// <summary>In which order.</summary>
    public SearchSort Sort { get; init; }
    /// <summary>What the prices above are in, and the order is by; null: that of all shelves that are looked at, if it is one.</summary>
    public string? Currency { get; init; }
    /// <summary>Into that currency.</summary>
    public ImmutableArray<Rate> Rates { get; init; } = [];
    /// <summary>The page before's next, or null.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many at most.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>
/// Finds vehicles on many shelves, each of which is in order already: the shelves' orders are merged from the cursor on, as far as the page
/// goes. A shelf on which nothing can match is passed by as a whole; one whose first vehicle is behind the page's last is not opened, so a
/// page over thousands of shelves costs a look at each, and at the rows of those that have something on it.
/// </summary>
internal sealed class ListingSearch
{
    private readonly SearchRequest _request;
    private readonly Place? _after;
    private readonly List<Head> _shelves;
    private readonly PriorityQueue<int, (long Value, int Shelf)> _next;
    private readonly long _maxMetres;
    private readonly long _minMinor;
    private readonly long _maxMinor;
    private int _cursorShelf;
    private bool _isOnCursorShelf;

    private ListingSearch(SearchRequest request, Place? after, Scratch scratch)
    {
        (_request, _after, _shelves, _next) = (request, after, scratch.Shelves, scratch.Next);
        _shelves.Clear();
        _next.Clear();
        _maxMetres = request.KilometresTo is { } km ? km * 1_000L : long.MaxValue;
        (_minMinor, _maxMinor) = (request.PriceFromMinor ?? 0, request.PriceToMinor ?? long.MaxValue);
    }

    /// <summary>Room that one search after the other uses, so that one over thousands of shelves leaves nothing large behind.</summary>
    public sealed class Scratch
    {
        private readonly List<ShelfOutline> _outlines = [];

        internal List<Head> Shelves { get; } = [];

        internal PriorityQueue<int, (long Value, int Shelf)> Next { get; } = new();

        /// <summary>The outlines of some shelves, until the next call.</summary>
        internal ReadOnlySpan<ShelfOutline> Outline(List<ShelfRows> shelves)
        {
            _outlines.Clear();
            foreach (var shelf in shelves) _outlines.Add(shelf.Outline);
            return CollectionsMarshal.AsSpan(_outlines);
        }
    }

    /// <summary>A place in the order of a search: a cursor.</summary>
    private readonly record struct Place(long Value, long Raw, VehicleId Id, string Shelf)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value}.{Raw}.{Id}.{Shelf}");

        public static bool TryParse(string text, out Place place)
        {
            place = default;
            var parts = text.Split('.', 4);
            if (parts.Length != 4 || !long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                || !long.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var raw) || !VehicleId.TryParse(parts[2], out var id)) return false;
            place = new Place(value, raw, id, parts[3]);
            return true;
        }
    }

    /// <summary>
    /// Where the search is on one shelf: <see cref="At"/> is below zero before it is opened. The rows are named here once more, because with
    /// thousands of shelves every object on the way to a row is a wait for memory. None of them is ordered before <see cref="Least"/>.
    /// </summary>
    internal struct Head
    {
        public ShelfRows Shelf;
        public Row[] Rows;
        public RowOrder? Order;
        public int At;
        public long RateE6;
        public long Least;
    }

    /// <summary>Null if the request makes sense, else the refusal.</summary>
    public static Refusal? Check(SearchRequest request)
    {
        var wrong = (request.Country is { } country ? ShelfName.CheckCountry(country) : null) ?? (request.Make is { } make ? ShelfName.CheckPart(make, "make") : null)
            ?? (request.Model is { } model ? ShelfName.CheckPart(model, "model") : null) ?? new CompareTerms(request.Currency, request.Rates).Check()
            ?? (Enum.IsDefined(request.Sort) ? null : Bounds.OutOfRange("sort", 0, 3));
        if (wrong is not null) return wrong;
        if (!request.Cities.IsDefault && request.Cities.Length > ListingBounds.MaxCities) return Bounds.OutOfRange("city", 0, ListingBounds.MaxCities);
        foreach (var city in request.Cities.IsDefault ? [] : request.Cities)
            if (CityRef.Parse(city).Check("city") is { } bad) return bad;
        return null;
    }

    /// <summary>A page.</summary>
    /// <param name="shelves">The shelves that may have something, in the order of their keys.</param>
    /// <param name="request">What is looked for.</param>
    /// <param name="scratch">Room to work in.</param>
    /// <param name="page">What was found.</param>
    /// <returns>Null, or why nothing can be found.</returns>
    public static Refusal? Run(ReadOnlySpan<ShelfOutline> shelves, SearchRequest request, Scratch scratch, out Page<VehicleView> page)
    {
        page = Page<VehicleView>.Empty;
        if (Check(request) is { } wrong) return wrong;
        Place? after = null;
        if (!string.IsNullOrEmpty(request.Cursor))
        {
            if (!Place.TryParse(request.Cursor, out var place)) return Cursor.TryRead("x", out _);
            after = place;
        }
        var search = new ListingSearch(request, after, scratch);
        if (search.Choose(shelves) is { } refusal) return refusal;
        if (after is { } cursor) search.FindShelf(cursor.Shelf);
        page = request.Sort == SearchSort.Shelf ? search.OneByOne() : search.Merged();
        return null;
    }

    /// <summary>Which shelves are looked at, and from where.</summary>
    private Refusal? Choose(ReadOnlySpan<ShelfOutline> shelves)
    {
        CityRef[] cities = _request.Cities.IsDefaultOrEmpty ? [] : [.. _request.Cities.Select(CityRef.Parse)];
        var (country, make, model) = (ShelfName.Slug(_request.Country), ShelfName.Slug(_request.Make), ShelfName.Slug(_request.Model));
        var citySlugs = cities.Select(city => (Country: city.Country is null ? null : ShelfName.Slug(city.Country), City: ShelfName.Slug(city.Name))).ToArray();
        var needsPrices = _request.Sort is SearchSort.Price or SearchSort.PricePerKm || _request.PriceFromMinor is not null || _request.PriceToMinor is not null;
        var terms = new CompareTerms(_request.Currency, _request.Rates);
        var currency = _request.Currency;
        foreach (ref readonly var shelf in shelves)
        {
            if (shelf.Count == 0 || (make.Length > 0 && shelf.Shelf.MakeSlug != make) || (model.Length > 0 && shelf.Shelf.ModelSlug != model) || (country.Length > 0 && shelf.Shelf.CountrySlug != country)) continue;
            if (citySlugs.Length > 0 && !IsIn(citySlugs, shelf.Shelf)) continue;
            if (shelf.Range.MaxYear < _request.YearFrom || shelf.Range.MinYear > _request.YearTo || shelf.Range.MinMetres > _maxMetres) continue;
            var rate = 1_000_000L;
            if (needsPrices)
            {
                currency ??= shelf.Currency!;
                if (terms.RateE6(shelf.Currency!, currency) is not { } known) return ListingRefusals.RateNeeded(shelf.Currency!, currency);
                rate = known;
                if (CompareTerms.Convert(shelf.Range.MinPriceMinor, rate) > _maxMinor) continue;
            }
            if (_request.Sort == SearchSort.PricePerKm && shelf.Range.MinPerKmE6 == long.MaxValue) continue;
            if (_request.Sort == SearchSort.Shelf && _after is { } after && string.CompareOrdinal(shelf.Shelf.Key, after.Shelf) < 0) continue;
            var least = _request.Sort switch
            {
                SearchSort.Year => -shelf.Range.MaxYear,
                SearchSort.PricePerKm => CompareTerms.Convert(shelf.Range.MinPerKmE6, rate),
                _ => CompareTerms.Convert(shelf.Range.MinPriceMinor, rate),
            };
            _shelves.Add(new Head { Shelf = shelf.Shelf, Rows = shelf.Rows, RateE6 = rate, Least = least, At = -1 });
        }
        return null;
    }

    private static bool IsIn((string? Country, string City)[] cities, ShelfRows shelf)
    {
        foreach (var (country, city) in cities)
            if (city == shelf.CitySlug && (country is null || country == shelf.CountrySlug)) return true;
        return false;
    }

    /// <summary>Where the cursor's shelf is among those that were chosen, or would be. They are in the order of their keys.</summary>
    private void FindShelf(string key)
    {
        var (low, high) = (0, _shelves.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(_shelves[middle].Shelf.Key, key) < 0) low = middle + 1;
            else high = middle;
        }
        (_cursorShelf, _isOnCursorShelf) = (low, low < _shelves.Count && _shelves[low].Shelf.Key == key);
    }

    /// <summary>Goes to a shelf's first row that is behind the cursor, and not cheaper than wanted where that is the order.</summary>
    private void Open(ref Head head, int shelf)
    {
        // Below zero: the shelf comes before the cursor's; zero: it is that one.
        var order = _isOnCursorShelf && shelf == _cursorShelf ? 0 : shelf < _cursorShelf ? -1 : 1;
        head.Order = _request.Sort switch { SearchSort.PricePerKm => head.Shelf.ByPerKm, SearchSort.Year => head.Shelf.ByYear, _ => null };
        // From the beginning there is nothing to look for, and no row need be touched but the first.
        var isFromStart = _after is null && (head.Order is not null || _minMinor == 0);
        var (low, high) = (0, isFromStart ? 0 : head.Order?.At.Length ?? head.Rows.Length);
        // Most pages are among the first: steps that double from the beginning touch less than halves of the whole.
        for (var step = 1; low + step < high; step *= 2)
        {
            if (!IsBefore(head, low + step - 1, order)) high = low + step - 1;
            else low += step;
        }
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (IsBefore(head, middle, order)) low = middle + 1;
            else high = middle;
        }
        head.At = low;
    }

    /// <summary>Whether a row is at or before the cursor, or cheaper than wanted where that is the order.</summary>
    private bool IsBefore(in Head head, int at, int order)
    {
        var (value, raw) = ValueAt(head, at);
        if (head.Order is null && value < _minMinor) return true;
        if (_after is not { } after) return false;
        if (_request.Sort == SearchSort.Shelf && order != 0) return order < 0;
        if (order == 0) return raw != after.Raw ? raw < after.Raw : RowAt(head, at).Vehicle.Id.CompareTo(after.Id) <= 0;
        return order < 0 ? value <= after.Value : value < after.Value;
    }

    private Page<VehicleView> OneByOne()
    {
        var (items, looked, size) = (new List<VehicleView>(), 0, Bounds.Page(_request.Limit));
        Place last = default;
        for (var shelf = 0; shelf < _shelves.Count; shelf++)
        {
            var head = _shelves[shelf];
            for (Open(ref head, shelf); HasMore(head); head.At++)
            {
                if (items.Count == size || looked == ListingBounds.MaxLookedAt) return new Page<VehicleView>(items, last.ToString());
                looked++;
                last = PlaceOf(head);
                if (IsWanted(head)) items.Add(head.Shelf.Show(RowAt(head, head.At).Vehicle));
            }
        }
        return new Page<VehicleView>(items, null);
    }

    private Page<VehicleView> Merged()
    {
        var (items, looked, size) = (new List<VehicleView>(), 0, Bounds.Page(_request.Limit));
        _next.EnqueueRange(Turns());
        Place last = default;
        var heads = CollectionsMarshal.AsSpan(_shelves);
        for (var more = _next.TryDequeue(out var i, out _); more;)
        {
            ref var head = ref heads[i];
            if (head.At < 0)
            {
                Open(ref head, i);
            }
            else
            {
                if (items.Count == size || looked == ListingBounds.MaxLookedAt) return new Page<VehicleView>(items, last.ToString());
                looked++;
                if (IsWanted(head)) items.Add(head.Shelf.Show(RowAt(head, head.At).Vehicle));
                if (items.Count == size || looked == ListingBounds.MaxLookedAt) last = PlaceOf(head);
                head.At++;
            }
            if (!HasMore(head)) more = _next.TryDequeue(out i, out _);
            else if (_next.TryPeek(out _, out var best) && (ValueAt(head, head.At).Value, i).CompareTo(best) > 0) i = _next.DequeueEnqueue(i, (ValueAt(head, head.At).Value, i));
        }
        return new Page<VehicleView>(items, null);
    }

    /// <summary>
    /// When each shelf's turn comes: not later than its first row's. Of two shelves with the same value the one whose key is first comes
    /// first; they were chosen in that order.
    /// </summary>
    private IEnumerable<(int Shelf, (long Value, int Shelf) Turn)> Turns()
    {
        for (var i = 0; i < _shelves.Count; i++)
            if (TurnOf(i) is { } value) yield return (i, (value, i));
    }

    /// <summary>By what is known of a shelf without opening it; one in whose midst the search begins is opened at once, since its turn would be among the first. Null if nothing is left on it.</summary>
    private long? TurnOf(int shelf)
    {
        ref var head = ref CollectionsMarshal.AsSpan(_shelves)[shelf];
        if (head.Least > (_after?.Value ?? long.MinValue) && (_request.Sort != SearchSort.Price || head.Least >= _minMinor)) return head.Least;
        Open(ref head, shelf);
        return HasMore(head) ? ValueAt(head, head.At).Value : null;
    }

    private static ref Row RowAt(in Head head, int at) => ref head.Rows[head.Order is { } order ? order.At[at] : at];

    /// <summary>What a row is ordered by among all shelves, and within its own.</summary>
    private (long Value, long Raw) ValueAt(in Head head, int at)
    {
        var raw = head.Order is { } order ? order.Values[at] : head.Rows[at].PriceMinor;
        return (_request.Sort == SearchSort.Year ? raw : CompareTerms.Convert(raw, head.RateE6), raw);
    }

    private Place PlaceOf(in Head head)
    {
        var (value, raw) = ValueAt(head, head.At);
        return new Place(value, raw, RowAt(head, head.At).Vehicle.Id, head.Shelf.Key);
    }

    /// <summary>Whether there are rows left; by price, none that is dearer than wanted.</summary>
    private bool HasMore(in Head head) =>
        head.Order is { } order ? head.At < order.At.Length
        : head.At < head.Rows.Length && (_maxMinor == long.MaxValue || CompareTerms.Convert(head.Rows[head.At].PriceMinor, head.RateE6) <= _maxMinor);

    private bool IsWanted(in Head head)
    {
        ref readonly var row = ref RowAt(head, head.At);
        if (row.IsElsewhere || row.Year < (_request.YearFrom ?? int.MinValue) || row.Year > (_request.YearTo ?? int.MaxValue)) return false;
        if (_maxMetres != long.MaxValue && (row.Metres < 0 || row.Metres > _maxMetres)) return false;
        if (head.Order is null || (_minMinor == 0 && _maxMinor == long.MaxValue)) return true;
        var price = CompareTerms.Convert(row.PriceMinor, head.RateE6);
        return price >= _minMinor && price <= _maxMinor;
    }
}
