using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rialto.Markets.Orders;

/// <summary>
/// What happens to an exchange. Prices are ticks and quantities are lots: <see cref="BookCreated"/> says what those are. A command is one
/// event, with all trades that follow from it, so that at no place of the journal a book is half-way.
/// </summary>
public abstract record BookEvent : Event
{
    private protected BookEvent()
    {
    }
}

/// <summary><c>book.created</c></summary>
/// <param name="Symbol">The book's key.</param>
/// <param name="Asset">What is traded.</param>
/// <param name="Currency">What is paid with; null if nothing is.</param>
/// <param name="PriceScale">Decimals of prices.</param>
/// <param name="TickMinor">A tick, in minor units.</param>
/// <param name="QuantityScale">Decimals of quantities.</param>
/// <param name="LotMinor">A lot, in minor units.</param>
/// <param name="Keeper">Who may halt it.</param>
public sealed record BookCreated(string Symbol, string Asset, string? Currency, int PriceScale, long TickMinor, int QuantityScale, long LotMinor, string Keeper) : BookEvent;

/// <summary>A trade between an incoming order and a resting one, at the resting one's price.</summary>
/// <param name="Trade">Its number within the book: 1, 2, 3, …</param>
/// <param name="Maker">The resting order.</param>
/// <param name="PriceTicks">The price.</param>
/// <param name="Lots">How much.</param>
public readonly record struct Fill(long Trade, long Maker, long PriceTicks, long Lots);

/// <summary>Why what was left of an order was cancelled.</summary>
[JsonConverter(typeof(LowerHyphen<CancelReason>))]
public enum CancelReason
{
    /// <summary>Its owner asked for it.</summary>
    Asked,
    /// <summary>It was not to wait: nobody was left to trade with at its price.</summary>
    NotMatched,
    /// <summary>It was to trade in full or not at all, and could not.</summary>
    NotFillable,
    /// <summary>It met an order of the same actor or account.</summary>
    SelfTrade,
    /// <summary>It met as many orders as one order can.</summary>
    TooManyFills,
    /// <summary>What was held for it was spent.</summary>
    FundsSpent,
}

/// <summary><c>book.order-placed</c>: an order, all its trades at once, and what became of the rest.</summary>
/// <param name="Order">Its number within the book: 1, 2, 3, …</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Side">Which way.</param>
/// <param name="Lots">How much was ordered.</param>
/// <param name="PriceTicks">The limit; absent for a market order.</param>
/// <param name="TimeInForce">How long it waits.</param>
/// <param name="RestLots">How much rests now.</param>
/// <param name="Fills">Its trades; absent if there are none.</param>
/// <param name="Cancelled">Why the rest, if there is one, does not rest.</param>
/// <param name="ClientOrderId">Its owner's name for it.</param>
/// <param name="Account">The account it trades on; absent if it is the owner's.</param>
/// <param name="Hold">The hold that funds it.</param>
/// <param name="HeldMinor">How much that hold holds.</param>
public sealed record OrderPlaced(
    long Order,
    string Owner,
    OrderSide Side,
    long Lots,
    long? PriceTicks,
    TimeInForce TimeInForce,
    long RestLots,
    ImmutableArray<Fill>? Fills = null,
    CancelReason? Cancelled = null,
    string? ClientOrderId = null,
    string? Account = null,
    string? Hold = null,
    long? HeldMinor = null) : BookEvent;

/// <summary><c>book.order-replaced</c>: a resting order has another price or size, and perhaps trades at once.</summary>
/// <param name="Order">Which.</param>
/// <param name="Side">Which way it goes, as ever.</param>
/// <param name="Lots">How much is ordered in all, with what had traded before.</param>
/// <param name="PriceTicks">The limit.</param>
/// <param name="RestLots">How much rests now.</param>
/// <param name="KeepsPlace">Whether it kept its place in the queue.</param>
/// <param name="Fills">Its trades; absent if there are none.</param>
/// <param name="Cancelled">Why the rest, if there is one, does not rest.</param>
/// <param name="Hold">A hold that funds what was added.</param>
/// <param name="HeldMinor">How much that hold holds.</param>
public sealed record OrderReplaced(
    long Order,
    OrderSide Side,
    long Lots,
    long PriceTicks,
    long RestLots,
    bool KeepsPlace,
    ImmutableArray<Fill>? Fills = null,
    CancelReason? Cancelled = null,
    string? Hold = null,
    long? HeldMinor = null) : BookEvent;

/// <summary><c>book.order-cancelled</c>: what was left of a resting order is gone.</summary>
/// <param name="Order">Which.</param>
/// <param name="Lots">How much was left.</param>
/// <param name="By">Who asked for it.</param>
public sealed record OrderCancelled(long Order, long Lots, string By) : BookEvent;

/// <summary><c>book.halted</c></summary>
public sealed record BookHalted(string By, string? Reason = null) : BookEvent;

/// <summary><c>book.resumed</c></summary>
public sealed record BookResumed(string By) : BookEvent;

/// <summary><c>book.paid</c>: a ledger has made all payments of this book up to a number.</summary>
/// <param name="Asset">The ledger.</param>
/// <param name="UpTo">The last payment's number within book and ledger.</param>
public sealed record PaymentsConfirmed(string Asset, long UpTo) : BookEvent;
