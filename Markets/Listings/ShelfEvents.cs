using System.Collections.Immutable;

namespace Rialto.Markets.Listings;

/// <summary>What happens to a shelf.</summary>
public abstract record ShelfEvent : Event
{
    private protected ShelfEvent()
    {
    }
}

/// <summary><c>shelf.stocked</c>: a part of a load has come. With its last part the load takes effect.</summary>
/// <param name="Load">The load.</param>
/// <param name="Part">From 1.</param>
/// <param name="Parts">How many parts the load has.</param>
/// <param name="Name">The shelf, as people write it.</param>
/// <param name="Currency">What the prices are in.</param>
/// <param name="Mode">What becomes of what was there.</param>
/// <param name="Source">Whence.</param>
/// <param name="Vehicles">The part's vehicles.</param>
/// <param name="By">Who brought it.</param>
/// <param name="At">When.</param>
public sealed record ShelfStocked(
    string Load, int Part, int Parts, ShelfName Name, string Currency, StockMode Mode, StockSource Source, ImmutableArray<Vehicle> Vehicles, string By, DateTimeOffset At) : ShelfEvent
{
    /// <summary>Whether the load is whole with this part.</summary>
    internal bool IsLast => Part == Parts;
}

/// <summary><c>shelf.fetch-failed</c>: a source could not bring the shelf's vehicles.</summary>
/// <param name="Name">The shelf, as people write it.</param>
/// <param name="Source">Which source.</param>
/// <param name="Code">A word for programs.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="At">When.</param>
public sealed record FetchFailed(ShelfName Name, StockSource Source, string Code, string Detail, DateTimeOffset At) : ShelfEvent;
