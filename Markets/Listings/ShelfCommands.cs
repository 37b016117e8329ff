using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rialto.Markets.Listings;

/// <summary>What can be asked of a shelf.</summary>
public abstract record ShelfCommand : Command
{
    private protected ShelfCommand()
    {
    }
}

/// <summary>What becomes of the vehicles that were on the shelf before.</summary>
[JsonConverter(typeof(LowerHyphen<StockMode>))]
public enum StockMode
{
    /// <summary>They leave: what was brought is all there is.</summary>
    Replace,
    /// <summary>They stay, but for those that were brought again.</summary>
    Merge,
}

/// <summary>Whence vehicles come.</summary>
/// <param name="Kind"><c>csv</c>, <c>marketcheck</c> or <c>sample</c>.</param>
/// <param name="Calls">How many calls of the source's quota it took to bring them, the failed ones included.</param>
/// <param name="Shelf">Which shelf of its import this is, from 1; an import fills one or more.</param>
/// <param name="Of">How many shelves its import fills.</param>
public sealed record StockSource(string Kind, int Calls = 0, int Shelf = 1, int Of = 1);

/// <summary>
/// Brings vehicles to the shelf, a part of a load at a time. What was on the shelf stays in view until the last part is there; then the
/// whole load takes its place at once. A part that is there already changes nothing, so a load that was cut short is gone on with by
/// sending it again. The first part of another load puts an unfinished one aside.
/// </summary>
/// <param name="Load">Names the load: the same content has the same name.</param>
/// <param name="Part">From 1.</param>
/// <param name="Parts">How many parts the load has.</param>
/// <param name="Name">The shelf, as people write it.</param>
/// <param name="Currency">What all its prices are in.</param>
/// <param name="Mode">What becomes of what was there.</param>
/// <param name="Source">Whence.</param>
/// <param name="Vehicles">At most <see cref="ListingBounds.MaxPerPart"/>; of several with the same id in a load, the last counts.</param>
public sealed record StockShelf(
    string Load, int Part, int Parts, ShelfName Name, string Currency, StockMode Mode, StockSource Source, ImmutableArray<Vehicle> Vehicles) : ShelfCommand;

/// <summary>A source could not bring the shelf's vehicles. What is on it stays, and says so.</summary>
/// <param name="Name">The shelf, as people write it.</param>
/// <param name="Source">Which source.</param>
/// <param name="Code">A word for programs, such as <c>quota-used-up</c>.</param>
/// <param name="Detail">A sentence for people.</param>
public sealed record NoteFailure(ShelfName Name, StockSource Source, string Code, string Detail) : ShelfCommand;
