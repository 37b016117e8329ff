namespace Rialto.Markets.Listings;

/// <summary>What an index needs of a vehicle while it looks through many: 32 bytes, side by side in memory.</summary>
internal struct Row
{
    public long PriceMinor;

    /// <summary>How far it was driven, in metres; -1 if nobody says.</summary>
    public long Metres;

    public Vehicle Vehicle;

    public short Year;

    /// <summary>It stands on another shelf that was filled later, and counts there.</summary>
    public bool IsElsewhere;
}

/// <summary>An order over a shelf's rows: what each row is ordered by, and which row it is. Ten bytes a row.</summary>
internal readonly record struct RowOrder(long[] Values, ushort[] At);

/// <summary>Between what a shelf's vehicles lie. No price per kilometre is the greatest number.</summary>
internal readonly record struct ShelfRange(int MinYear, int MaxYear, long MinMetres, long MinPriceMinor, long MinPerKmE6);

/// <summary>How many there are, and the two in the middle: the same of an odd number.</summary>
internal readonly record struct Middle(int Count, long Lower, long Upper);

/// <summary>
/// One shelf in a node's index: its vehicles by price, and by price per kilometre and by year as orders over these. Made anew when a load
/// takes effect; nothing else moves, however many shelves there are.
/// </summary>
internal sealed class ShelfRows(ShelfName name, string key)
{
    private RowOrder? _byPerKm;
    private RowOrder? _byYear;

    public string Key { get; } = key;

    public ShelfName Name { get; private set; } = name;

    public string CountrySlug { get; } = ShelfName.Slug(name.Country);

    public string CitySlug { get; } = ShelfName.Slug(name.City);

    public string MakeSlug { get; } = ShelfName.Slug(name.Make);

    public string ModelSlug { get; } = ShelfName.Slug(name.Model);

    public string? Currency { get; private set; }

    public DateTimeOffset? FetchedAt { get; private set; }

    public string? Source { get; private set; }

    public string? By { get; private set; }

    public string? Load { get; private set; }

    public StagedLoad? Staged { get; private set; }

    public FailedFetch? Failure { get; private set; }

    /// <summary>The place of the event that filled it last; 0 if none did.</summary>
    public long FilledSeq { get; private set; }

    /// <summary>The place of the event that changed last what counts here: it filled this shelf, or another on which some of its vehicles stand too.</summary>
    public long MovedSeq { get; set; }

    /// <summary>By price, then by id.</summary>
    public Row[] Rows { get; private set; } = [];

    /// <summary>In the order of ids, as the shelf itself keeps them.</summary>
    public Vehicle[] ById { get; private set; } = [];

    /// <summary>How many of its vehicles count here.</summary>
    public int Count { get; private set; }

    /// <summary>Between what its vehicles lie, whether they count here or not.</summary>
    public ShelfRange Range { get; private set; }

    /// <summary>What a search must know of it beforehand.</summary>
    public ShelfOutline Outline => new(this, Rows, Currency, Count, Range);

    /// <summary>Takes over what a shelf says of itself, but not its vehicles.</summary>
    public void Note(ShelfState state) =>
        (Name, Currency, FetchedAt, Source, By, Load, Staged, Failure) = (state.Name!, state.Currency is { } currency ? SharedText.Of(currency) : null, state.FetchedAt, state.Source, state.By, state.LastLoad, state.Staged, state.Failure);

    /// <summary>Takes over the shelf's vehicles.</summary>
    public void Fill(ShelfState state, long seq)
    {
        (ById, FilledSeq, MovedSeq, Count) = (state.Vehicles, seq, seq, state.Vehicles.Length);
        var rows = new Row[ById.Length];
        var (minYear, maxYear, minMetres, minPerKm) = (int.MaxValue, int.MinValue, long.MaxValue, long.MaxValue);
        for (var i = 0; i < rows.Length; i++)
        {
            var vehicle = ById[i];
            rows[i] = new Row { PriceMinor = vehicle.PriceMinor, Metres = vehicle.Metres ?? -1, Vehicle = vehicle, Year = (short)vehicle.Year };
            (minYear, maxYear) = (Math.Min(minYear, vehicle.Year), Math.Max(maxYear, vehicle.Year));
            if (rows[i].Metres >= 0) minMetres = Math.Min(minMetres, rows[i].Metres);
            if (vehicle.PricePerKmE6 is { } perKm) minPerKm = Math.Min(minPerKm, perKm);
        }
        Array.Sort(rows, static (x, y) => x.PriceMinor != y.PriceMinor ? x.PriceMinor.CompareTo(y.PriceMinor) : x.Vehicle.Id.CompareTo(y.Vehicle.Id));
        Rows = rows;
        Range = new ShelfRange(minYear, maxYear, minMetres, rows.Length == 0 ? 0 : rows[0].PriceMinor, minPerKm);
        // Most shelves are never asked for in these orders; the first who asks makes them.
        (_byPerKm, _byYear) = (null, null);
    }

    /// <summary>The rows that have a price per kilometre, by it, then by id.</summary>
    public RowOrder ByPerKm => _byPerKm ??= Order(static row => row.Vehicle.PricePerKmE6);

    /// <summary>The rows from the newest year to the oldest, then by id; their values are the years below zero.</summary>
    public RowOrder ByYear => _byYear ??= Order(static row => -row.Year);

    /// <summary>A vehicle that stands here counts elsewhere from now on, or here again.</summary>
    public void Mark(Vehicle vehicle, bool isElsewhere)
    {
        var at = Find(vehicle);
        if (Rows[at].IsElsewhere == isElsewhere) return;
        Rows[at].IsElsewhere = isElsewhere;
        Count += isElsewhere ? -1 : 1;
    }

    /// <summary>The vehicle of this id, which stands here.</summary>
    public Vehicle VehicleOf(VehicleId id)
    {
        var (low, high) = (0, ById.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ById[middle].Id.CompareTo(id) < 0) low = middle + 1;
            else high = middle;
        }
        return ById[low].Id == id ? ById[low] : throw new InvalidOperationException($"{id} is not on shelf {Key}.");
    }

    /// <summary>What stands in the middle of those that count here: by price, in hundredths, or by price per kilometre, in millionths, of those that have one.</summary>
    public Middle MiddleOf(bool perKm)
    {
        RowOrder? order = perKm ? ByPerKm : null;
        var all = order?.At.Length ?? Rows.Length;
        if (Count == Rows.Length) return all == 0 ? default : new Middle(all, ValueAt((all - 1) / 2), ValueAt(all / 2));
        var (count, lower, upper) = (0, 0, 0);
        for (var i = 0; i < all; i++)
            if (Counts(i)) count++;
        if (count == 0) return default;
        // The two in the middle are one and the same of an odd number.
        for (int i = 0, passed = 0; passed <= count / 2; i++)
        {
            if (!Counts(i)) continue;
            if (passed == (count - 1) / 2) lower = i;
            upper = i;
            passed++;
        }
        return new Middle(count, ValueAt(lower), ValueAt(upper));

        bool Counts(int at) => !Rows[order is { } by ? by.At[at] : at].IsElsewhere;

        long ValueAt(int at) => order is { } by ? by.Values[at] : Rows[at].PriceMinor;
    }

    public VehicleView Show(Vehicle vehicle) => new()
    {
        Id = vehicle.Id.ToString(),
        Vin = vehicle.Id.IsVin ? vehicle.Id.ToString() : null,
        Year = vehicle.Year,
        Make = Name.Make,
        Model = Name.Model,
        Price = Amounts.ToDecimal(vehicle.PriceMinor, 2),
        Currency = Currency!,
        Mileage = vehicle.Odometer,
        Unit = vehicle.Unit,
        Kilometres = vehicle.Metres is { } metres ? Amounts.ToDecimal((metres + 50) / 100, 1) : null,
        PricePerKm = vehicle.PricePerKmE6 is { } perKm ? Amounts.ToDecimal(perKm, 6) : null,
        Location = vehicle.Location,
        Country = Name.Country,
        City = Name.City,
        Trim = vehicle.Trim,
        Seller = vehicle.Seller,
        Url = vehicle.Url,
        FetchedAt = FetchedAt!.Value,
        Source = Source!,
        Seq = FilledSeq,
    };

    public FailureView? ShowFailure() => Failure is { } failure ? new FailureView(failure.Source, failure.Code, failure.Detail, failure.At) : null;

    public bool IsFresh(DateTimeOffset now, TimeSpan freshFor) => FetchedAt is { } at && now - at < freshFor;

    private int Find(Vehicle vehicle)
    {
        var (low, high) = (0, Rows.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            ref readonly var row = ref Rows[middle];
            if (row.PriceMinor < vehicle.PriceMinor || (row.PriceMinor == vehicle.PriceMinor && row.Vehicle.Id.CompareTo(vehicle.Id) < 0)) low = middle + 1;
            else high = middle;
        }
        return Rows[low].Vehicle.Id == vehicle.Id ? low : throw new InvalidOperationException($"{vehicle.Id} is not on shelf {Key}.");
    }

    private RowOrder Order(Func<Row, long?> valueOf)
    {
        var entries = new List<(long Value, VehicleId Id, ushort At)>(Rows.Length);
        for (var i = 0; i < Rows.Length; i++)
            if (valueOf(Rows[i]) is { } value) entries.Add((value, Rows[i].Vehicle.Id, checked((ushort)i)));
        entries.Sort(static (x, y) => x.Value != y.Value ? x.Value.CompareTo(y.Value) : x.Id.CompareTo(y.Id));
        var order = new RowOrder(new long[entries.Count], new ushort[entries.Count]);
        for (var i = 0; i < entries.Count; i++) (order.Values[i], order.At[i]) = (entries[i].Value, entries[i].At);
        return order;
    }
}
