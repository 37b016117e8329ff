using System.Runtime.InteropServices;

namespace Rialto.Markets.Listings;

/// <summary>A load of which some parts are there.</summary>
internal sealed record StagedLoad(string Load, int NextPart, int Parts, string Currency, StockMode Mode, StockSource Source, DateTimeOffset Since)
{
    /// <summary>What has come, by id; of several the last.</summary>
    public SortedDictionary<VehicleId, Vehicle> Vehicles { get; init; } = [];
}

/// <summary>Why the last fetch brought nothing.</summary>
internal sealed record FailedFetch(string Source, string Code, string Detail, DateTimeOffset At);

/// <summary>
/// A shelf in memory: the vehicles of the last whole load, whence and when they came, and what of the next load is there. The list of
/// vehicles is never changed, only exchanged, so indexes may keep it.
/// </summary>
public sealed class ShelfState
{
    internal ShelfState(string key) => Key = key;

    /// <summary>Its key: <c>ca/toronto/toyota/corolla</c>.</summary>
    public string Key { get; }

    /// <summary>Its name as people write it; null before anything has come.</summary>
    public ShelfName? Name { get; private set; }

    /// <summary>What its prices are in; null before a load was whole.</summary>
    public string? Currency { get; private set; }

    internal Vehicle[] Vehicles { get; private set; } = [];

    /// <summary>Its vehicles in the order of their ids.</summary>
    public IReadOnlyList<Vehicle> Listed => Vehicles;

    /// <summary>When the last whole load came; null before.</summary>
    public DateTimeOffset? FetchedAt { get; private set; }

    internal string? Source { get; private set; }

    internal string? By { get; private set; }

    internal string? LastLoad { get; private set; }

    internal StagedLoad? Staged { get; private set; }

    /// <summary>What went wrong since the last whole load; null if nothing did.</summary>
    internal FailedFetch? Failure { get; private set; }

    /// <summary>Whether the shelf would hold more than it can if a load ended with this part. Who is brought again is counted once.</summary>
    internal bool IsTooMuch(StockShelf part)
    {
        var (brought, there) = (part.Vehicles.IsDefault ? [] : part.Vehicles, part.Mode == StockMode.Merge ? Vehicles : []);
        var staged = part.Part > 1 ? Staged?.Vehicles : null;
        if (brought.Length + (staged?.Count ?? 0) + there.Length <= ListingBounds.MaxVehicles) return false;
        var ids = brought.Select(vehicle => vehicle.Id).Concat(there.Select(vehicle => vehicle.Id)).ToHashSet();
        if (staged is not null) ids.UnionWith(staged.Keys);
        return ids.Count > ListingBounds.MaxVehicles;
    }

    internal void Evolve(ShelfEvent happened)
    {
        switch (happened)
        {
            case ShelfStocked e: Stock(e); break;
            case FetchFailed e: (Name, Failure) = (Name ?? e.Name, new FailedFetch(e.Source.Kind, e.Code, e.Detail, e.At)); break;
            default: throw new InvalidOperationException($"{happened.GetType().Name} cannot happen to shelf {Key}.");
        }
    }

    private void Stock(ShelfStocked e)
    {
        Name = e.Name;
        if (e.Part == 1) Staged = new StagedLoad(e.Load, 1, e.Parts, e.Currency, e.Mode, e.Source, e.At);
        if (Staged is not { } staged || staged.Load != e.Load || staged.NextPart != e.Part)
            throw new InvalidOperationException($"Part {e.Part} of load {e.Load} cannot happen to shelf {Key}: it is not the next one.");
        if (!e.Vehicles.IsDefault)
            foreach (var vehicle in e.Vehicles) staged.Vehicles[vehicle.Id] = vehicle;
        Staged = staged with { NextPart = e.Part + 1 };
        if (!e.IsLast) return;
        if (e.Mode == StockMode.Merge)
            foreach (var vehicle in Vehicles) staged.Vehicles.TryAdd(vehicle.Id, vehicle);
        (Vehicles, Staged, Failure) = ([.. staged.Vehicles.Values], null, null);
        (Currency, FetchedAt, Source, By, LastLoad) = (e.Currency, e.At, e.Source.Kind, e.By, e.Load);
    }

    // Checkpoints.

    internal static void Save(ShelfState state, BinaryWriter writer)
    {
        writer.Write(state.Name is not null);
        if (state.Name is { } name)
            foreach (var part in new[] { name.Country, name.City, name.Make, name.Model }) writer.Write(part);
        writer.WriteOptional(state.Currency);
        writer.WriteOptional(state.FetchedAt);
        writer.WriteOptional(state.Source);
        writer.WriteOptional(state.By);
        writer.WriteOptional(state.LastLoad);
        writer.WriteAll(state.Vehicles.Length, state.Vehicles, static (to, vehicle) => vehicle.Write(to));
        writer.Write(state.Failure is not null);
        if (state.Failure is { } failure)
        {
            writer.Write(failure.Source);
            writer.Write(failure.Code);
            writer.Write(failure.Detail);
            writer.WriteTime(failure.At);
        }
        writer.Write(state.Staged is not null);
        if (state.Staged is not { } staged) return;
        writer.Write(staged.Load);
        writer.Write(staged.NextPart);
        writer.Write(staged.Parts);
        writer.Write(staged.Currency);
        writer.Write((byte)staged.Mode);
        writer.Write(staged.Source.Kind);
        writer.Write(staged.Source.Calls);
        writer.Write(staged.Source.Shelf);
        writer.Write(staged.Source.Of);
        writer.WriteTime(staged.Since);
        writer.WriteAll(staged.Vehicles.Count, staged.Vehicles.Values, static (to, vehicle) => vehicle.Write(to));
    }

    internal static ShelfState Load(string key, ReadOnlySpan<byte> bytes)
    {
        using var reader = Checkpoint.Open(bytes);
        var state = new ShelfState(key);
        if (reader.ReadBoolean()) state.Name = new ShelfName(reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString());
        (state.Currency, state.FetchedAt, state.Source, state.By, state.LastLoad) =
            (reader.ReadOptionalText(), reader.ReadOptionalTime(), reader.ReadOptionalText(), reader.ReadOptionalText(), reader.ReadOptionalText());
        state.Vehicles = [.. ReadVehicles(reader)];
        if (reader.ReadBoolean()) state.Failure = new FailedFetch(reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadTime());
        if (!reader.ReadBoolean()) return state;
        state.Staged = new StagedLoad(
            reader.ReadString(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadString(), (StockMode)reader.ReadByte(),
            new StockSource(reader.ReadString(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32()), reader.ReadTime());
        foreach (var vehicle in ReadVehicles(reader)) state.Staged.Vehicles[vehicle.Id] = vehicle;
        return state;
    }

    private static Span<Vehicle> ReadVehicles(BinaryReader reader)
    {
        var vehicles = new List<Vehicle>();
        reader.ReadAll(from => vehicles.Add(Vehicle.Read(from, static text => text is null ? null : SharedText.Of(text))));
        return CollectionsMarshal.AsSpan(vehicles);
    }
}
