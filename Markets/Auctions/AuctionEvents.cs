using System.Collections.Immutable;

namespace Rialto.Markets.Auctions;

/// <summary>What happens to an auction. Amounts are minor units at the auction's scale, which stands in <see cref="AuctionCreated"/>.</summary>
public abstract record AuctionEvent : Event
{
    private protected AuctionEvent()
    {
    }
}

/// <summary><c>auction.created</c></summary>
/// <param name="Auction">The auction's key.</param>
/// <param name="Item">What is auctioned.</param>
/// <param name="Format">Which rules.</param>
/// <param name="Auctioneer">Who sells and leads.</param>
/// <param name="Scale">Decimals of all its amounts.</param>
/// <param name="Terms">What was agreed; the reserve is shown to the auctioneer only.</param>
/// <param name="Asset">The ledger that funds it, or null.</param>
/// <param name="Salt">See <see cref="CommandContext.Salt"/>; only with a reserve, and left out together with it.</param>
public sealed record AuctionCreated(
    string Auction, string Item, string Format, string Auctioneer, int Scale, AuctionTerms Terms, string? Asset = null, string? Salt = null)
    : AuctionEvent;

/// <summary>An auction's terms with every default filled in. See <see cref="AuctionOptions"/>.</summary>
/// <param name="MinimumBidMinor">The least that may be bid.</param>
/// <param name="MinimumRounds">Rounds before the winner is told; 1 in formats without rounds.</param>
/// <param name="MinimumBidders">Bidders needed to start.</param>
/// <param name="RoundSeconds">The longest a round lasts.</param>
/// <param name="StartTimeoutSeconds">Time to start once enough have joined.</param>
/// <param name="ReserveMinor">english: nothing is sold below.</param>
/// <param name="IncrementMinor">english: a fixed increment; null is the ladder.</param>
/// <param name="BuyNowMinor">english: ends the auction at once.</param>
/// <param name="ClosesInSeconds">english: time from start to close.</param>
/// <param name="SoftCloseSeconds">english: see <see cref="AuctionOptions.SoftCloseSeconds"/>.</param>
/// <param name="StartPriceMinor">dutch: where the price begins.</param>
/// <param name="StepMinor">dutch: by how much it falls.</param>
/// <param name="StepSeconds">dutch: how long each price is on offer.</param>
/// <param name="FloorMinor">dutch: where it falls no further.</param>
public sealed record AuctionTerms(
    long MinimumBidMinor,
    int MinimumRounds,
    int MinimumBidders,
    int RoundSeconds,
    int StartTimeoutSeconds,
    long? ReserveMinor = null,
    long? IncrementMinor = null,
    long? BuyNowMinor = null,
    int? ClosesInSeconds = null,
    int? SoftCloseSeconds = null,
    long? StartPriceMinor = null,
    long? StepMinor = null,
    int? StepSeconds = null,
    long? FloorMinor = null);

/// <summary><c>auction.joined</c></summary>
public sealed record BidderJoined(string Bidder) : AuctionEvent;

/// <summary><c>auction.start-awaited</c>: enough have joined; the auctioneer has until then to start.</summary>
public sealed record StartAwaited(DateTimeOffset Until) : AuctionEvent;

/// <summary><c>auction.started</c></summary>
/// <param name="ClosesAt">english: when bidding closes; null in formats with rounds.</param>
public sealed record AuctionStarted(DateTimeOffset? ClosesAt = null) : AuctionEvent;

/// <summary><c>auction.round-opened</c></summary>
public sealed record RoundOpened(int Round, DateTimeOffset ClosesAt) : AuctionEvent;

/// <summary><c>auction.bid-placed</c>. What is not for a viewer's eyes is left out of what they are shown, and <paramref name="Sealed"/> says so.</summary>
/// <param name="Bidder">Who bids.</param>
/// <param name="Round">In which round; 1 in formats without rounds.</param>
/// <param name="AmountMinor">How much; absent while sealed.</param>
/// <param name="MaximumMinor">english: up to how much; shown to its bidder only.</param>
/// <param name="Transfer">The hold that funds it; shown to its bidder only until revealed.</param>
/// <param name="HeldMinor">How much that hold holds.</param>
/// <param name="Sealed">True if something was left out for this viewer; never true in the journal itself.</param>
/// <param name="Salt">See <see cref="CommandContext.Salt"/>; left out together with what it hides.</param>
public sealed record BidPlaced(
    string Bidder, int Round, long? AmountMinor, long? MaximumMinor = null, string? Transfer = null, long? HeldMinor = null, bool? Sealed = null, string? Salt = null)
    : AuctionEvent;

/// <summary><c>auction.round-revealed</c>: a round is over and all its bids are known.</summary>
/// <param name="Round">Which round.</param>
/// <param name="BidsMinor">What each bidder bid, in order of joining; who is absent stayed silent.</param>
public sealed record RoundRevealed(int Round, IReadOnlyDictionary<string, long> BidsMinor) : AuctionEvent;

/// <summary><c>auction.price-moved</c>: english: where the auction stands after a bid.</summary>
/// <param name="Leader">Who leads.</param>
/// <param name="PriceMinor">The price that they would pay.</param>
/// <param name="ClosesAt">The new closing time, if the bid extended it.</param>
public sealed record PriceMoved(string Leader, long PriceMinor, DateTimeOffset? ClosesAt = null) : AuctionEvent;

/// <summary><c>auction.price-offered</c>: dutch: who takes it at this price has it.</summary>
/// <param name="Step">How often the price has fallen.</param>
/// <param name="PriceMinor">The price.</param>
/// <param name="Until">When it falls again or, at the floor, when the auction ends unsold; not before.</param>
public sealed record PriceOffered(int Step, long PriceMinor, DateTimeOffset Until) : AuctionEvent;

/// <summary><c>auction.sold</c>: the winner and the losers are told.</summary>
/// <param name="Winner">Who has it.</param>
/// <param name="TotalMinor">What they bid in all.</param>
/// <param name="PriceMinor">What they pay.</param>
/// <param name="Losers">Everybody else who had joined, in order of joining.</param>
public sealed record AuctionSold(string Winner, long TotalMinor, long PriceMinor, ImmutableArray<string> Losers) : AuctionEvent;

/// <summary><c>auction.unsold</c></summary>
/// <param name="Reason">Why.</param>
/// <param name="Losers">Everybody who had joined, in order of joining.</param>
public sealed record AuctionUnsold(UnsoldReason Reason, ImmutableArray<string> Losers) : AuctionEvent;

/// <summary>Why nothing was sold.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(LowerHyphen<UnsoldReason>))]
public enum UnsoldReason
{
    /// <summary>Nobody bid anything.</summary>
    NoBids,
    /// <summary>The price did not reach the reserve.</summary>
    ReserveNotMet,
}

/// <summary><c>auction.cancelled</c></summary>
/// <param name="By">Who called it off; null if the auctioneer let the time to start pass.</param>
/// <param name="Reason">Why, in their words or ours.</param>
/// <param name="Bidders">Everybody who had joined and is told, in order of joining.</param>
public sealed record AuctionCancelled(string? By, string? Reason, ImmutableArray<string> Bidders) : AuctionEvent;
