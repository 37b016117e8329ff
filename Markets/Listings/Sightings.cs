using System.Runtime.InteropServices;

namespace Rialto.Markets.Listings;

/// <summary>A price that a vehicle had from a time on.</summary>
internal readonly record struct PricePoint(DateTimeOffset At, long PriceMinor, string Currency, string City);

/// <summary>
/// Where each VIN was seen. A vehicle that stands on several shelves is one vehicle: it counts on the shelf that was filled last. Its
/// prices are kept from when it was first seen; of those that are gone, the last <see cref="ListingBounds.MaxGone"/> are remembered.
/// </summary>
internal sealed class Sightings
{
    private readonly Dictionary<VehicleId, Sighting> _byVin = [];
    private readonly Queue<VehicleId> _gone = new();

    /// <summary>What most vehicles need: 24 bytes. Whatever happens to few is kept apart.</summary>
    private struct Sighting
    {
        public ShelfRows? Holder;
        public long FirstSeenTicks;
        public Rest? Rest;
    }

    private sealed class Rest
    {
        public List<PricePoint>? Prices;
        public List<ShelfRows>? Others;
    }

    /// <summary>How many vehicles with a VIN are known, those that are gone included.</summary>
    public int Count => _byVin.Count;

    /// <summary>The shelf was filled: those that were on it before are compared with those that are there now, both in the order of ids.</summary>
    /// <param name="shelf">The shelf, as it is now.</param>
    /// <param name="before">What was on it.</param>
    /// <param name="currencyBefore">What its prices were in.</param>
    /// <param name="cityBefore">How its city was written.</param>
    /// <param name="moved">Takes up the other shelves of which a vehicle counts here now, or there again.</param>
    public void Refill(ShelfRows shelf, Vehicle[] before, string? currencyBefore, string cityBefore, HashSet<ShelfRows> moved)
    {
        var at = shelf.FetchedAt!.Value;
        var (old, now) = (0, 0);
        var after = shelf.ById;
        while (old < before.Length || now < after.Length)
        {
            var order = old == before.Length ? 1 : now == after.Length ? -1 : before[old].Id.CompareTo(after[now].Id);
            if (order < 0) Leave(shelf, before[old++], currencyBefore!, cityBefore, moved);
            else if (order > 0) Come(shelf, after[now++], null, at, moved);
            else Come(shelf, after[now++], new PricePoint(default, before[old++].PriceMinor, currencyBefore!, cityBefore), at, moved);
        }
    }

    /// <summary>Where a VIN stands, and its prices; false if it was never seen, or is forgotten.</summary>
    public bool TryFind(VehicleId vin, out ShelfRows? holder, out IReadOnlyList<ShelfRows> others, out IReadOnlyList<PricePoint> prices)
    {
        (holder, others, prices) = (null, [], []);
        if (!_byVin.TryGetValue(vin, out var sighting)) return false;
        holder = sighting.Holder;
        others = sighting.Rest?.Others ?? [];
        prices = sighting.Rest?.Prices ?? (IReadOnlyList<PricePoint>)[FirstOf(sighting, PriceAt(holder!, vin))];
        return true;
    }

    private void Come(ShelfRows shelf, Vehicle vehicle, PricePoint? before, DateTimeOffset at, HashSet<ShelfRows> moved)
    {
        if (!vehicle.Id.IsVin) return;
        ref var sighting = ref CollectionsMarshal.GetValueRefOrAddDefault(_byVin, vehicle.Id, out var isKnown);
        if (!isKnown)
        {
            (sighting.Holder, sighting.FirstSeenTicks) = (shelf, at.UtcTicks);
            return;
        }
        var last = sighting.Rest?.Prices is { } prices ? prices[^1] : FirstOf(sighting, sighting.Holder == shelf ? before!.Value : PriceAt(sighting.Holder!, vehicle.Id));
        if (sighting.Holder != shelf)
        {
            if (sighting.Holder is { } other)
            {
                Mark(other, vehicle.Id, isElsewhere: true, shelf, moved);
                var others = (sighting.Rest ??= new Rest()).Others ??= [];
                others.Remove(shelf);
                others.Add(other);
            }
            sighting.Holder = shelf;
        }
        var point = new PricePoint(at, vehicle.PriceMinor, shelf.Currency!, shelf.Name.City);
        // The same price in a city that is only written in another way is no other price.
        if ((point with { At = last.At, City = last.City }) == last && (point.City == last.City || ShelfName.Slug(point.City) == ShelfName.Slug(last.City))) return;
        var kept = (sighting.Rest ??= new Rest()).Prices ??= [last];
        kept.Add(point);
        if (kept.Count > ListingBounds.MaxPricePoints) kept.RemoveAt(0);
    }

    private void Leave(ShelfRows shelf, Vehicle vehicle, string currency, string city, HashSet<ShelfRows> moved)
    {
        if (!vehicle.Id.IsVin) return;
        ref var sighting = ref CollectionsMarshal.GetValueRefOrNullRef(_byVin, vehicle.Id);
        if (sighting.Holder != shelf)
        {
            sighting.Rest!.Others!.Remove(shelf);
            return;
        }
        var rest = sighting.Rest ??= new Rest();
        rest.Prices ??= [FirstOf(sighting, new PricePoint(default, vehicle.PriceMinor, currency, city))];
        sighting.Holder = rest.Others is { Count: > 0 } others ? others.MaxBy(other => other.FilledSeq) : null;
        if (sighting.Holder is { } next)
        {
            rest.Others!.Remove(next);
            Mark(next, vehicle.Id, isElsewhere: false, shelf, moved);
            return;
        }
        _gone.Enqueue(vehicle.Id);
        if (_gone.Count > ListingBounds.MaxGone && _gone.TryDequeue(out var oldest) && _byVin.TryGetValue(oldest, out var forgotten) && forgotten.Holder is null) _byVin.Remove(oldest);
    }

    private static void Mark(ShelfRows other, VehicleId vin, bool isElsewhere, ShelfRows because, HashSet<ShelfRows> moved)
    {
        other.Mark(other.VehicleOf(vin), isElsewhere);
        other.MovedSeq = because.FilledSeq;
        moved.Add(other);
    }

    private static PricePoint PriceAt(ShelfRows shelf, VehicleId vin) => new(default, shelf.VehicleOf(vin).PriceMinor, shelf.Currency!, shelf.Name.City);

    private static PricePoint FirstOf(in Sighting sighting, PricePoint price) => price with { At = new DateTimeOffset(sighting.FirstSeenTicks, TimeSpan.Zero) };

    // Snapshots.

    public void Save(BinaryWriter writer)
    {
        writer.WriteAll(_byVin.Count, _byVin.OrderBy(entry => entry.Key), static (to, entry) =>
        {
            var (vin, sighting) = entry;
            vin.Write(to);
            to.WriteOptional(sighting.Holder?.Key);
            to.Write(sighting.FirstSeenTicks);
            to.WriteAll(sighting.Rest?.Others?.Count ?? 0, sighting.Rest?.Others ?? [], static (to, other) => to.Write(other.Key));
            to.WriteAll(sighting.Rest?.Prices?.Count ?? 0, sighting.Rest?.Prices ?? [], static (to, point) =>
            {
                to.WriteTime(point.At);
                to.Write7BitEncodedInt64(point.PriceMinor);
                to.Write(point.Currency);
                to.Write(point.City);
            });
        });
        writer.WriteAll(_gone.Count, _gone, static (to, vin) => vin.Write(to));
    }

    public void Load(BinaryReader reader, Func<string, ShelfRows> shelfOf)
    {
        reader.ReadAll(from =>
        {
            var vin = VehicleId.Read(from);
            var sighting = new Sighting { Holder = from.ReadOptionalText() is { } key ? shelfOf(key) : null, FirstSeenTicks = from.ReadInt64() };
            var (others, prices) = (new List<ShelfRows>(), new List<PricePoint>());
            from.ReadAll(one => others.Add(shelfOf(one.ReadString())));
            from.ReadAll(one => prices.Add(new PricePoint(one.ReadTime(), one.Read7BitEncodedInt64(), SharedText.Of(one.ReadString()), SharedText.Of(one.ReadString()))));
            if (others.Count + prices.Count > 0) sighting.Rest = new Rest { Others = others.Count > 0 ? others : null, Prices = prices.Count > 0 ? prices : null };
            foreach (var other in others) other.Mark(other.VehicleOf(vin), isElsewhere: true);
            _byVin.Add(vin, sighting);
        });
        reader.ReadAll(from => _gone.Enqueue(VehicleId.Read(from)));
    }
}
