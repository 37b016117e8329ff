using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rialto.Markets.Auctions;

/// <summary>What can be asked about one auction.</summary>
public abstract record AuctionQuery : Query
{
    private protected AuctionQuery()
    {
    }
}

/// <summary>Everything that this viewer may see: an <see cref="AuctionView"/>.</summary>
public sealed record GetAuction(Viewer Viewer) : AuctionQuery;

/// <summary>How the auction's amounts are to be read: an <see cref="AuctionScaleView"/>. It never changes in an auction's life.</summary>
public sealed record GetAuctionScale : AuctionQuery;

/// <summary>Where an auction is in its life.</summary>
[JsonConverter(typeof(LowerHyphen<AuctionStatus>))]
public enum AuctionStatus
{
    /// <summary>Waiting for bidders.</summary>
    Open,
    /// <summary>Enough have joined; the auctioneer is asked to start.</summary>
    AwaitingStart,
    /// <summary>Bids are taken.</summary>
    Running,
    /// <summary>There is a winner.</summary>
    Sold,
    /// <summary>It ended without a winner.</summary>
    Unsold,
    /// <summary>It was called off.</summary>
    Cancelled,
}

/// <summary>An auction as one viewer sees it.</summary>
public sealed record AuctionView : View
{
    /// <summary>The auction's key.</summary>
    public required string Id { get; init; }
    /// <summary>What is auctioned.</summary>
    public required string Item { get; init; }
    /// <summary>Which rules.</summary>
    public required string Format { get; init; }
    /// <summary>Where it is in its life.</summary>
    public required AuctionStatus Status { get; init; }
    /// <summary>Who sells and leads.</summary>
    public required string Auctioneer { get; init; }
    /// <summary>The ledger that funds it, or null.</summary>
    public string? Asset { get; init; }
    /// <summary>Decimals of its amounts.</summary>
    public required int Scale { get; init; }
    /// <summary>The least that may be bid.</summary>
    public required decimal MinimumBid { get; init; }
    /// <summary>Rounds before the winner is told.</summary>
    public required int MinimumRounds { get; init; }
    /// <summary>Bidders needed to start.</summary>
    public required int MinimumBidders { get; init; }
    /// <summary>The running round, or the last one; 0 before the start.</summary>
    public required int Round { get; init; }
    /// <summary>When the running round ends at the latest.</summary>
    public DateTimeOffset? RoundClosesAt { get; init; }
    /// <summary>Until when the auctioneer may start, while that is awaited.</summary>
    public DateTimeOffset? StartBy { get; init; }
    /// <summary>Who joined, in order of joining.</summary>
    public required ImmutableArray<string> Participants { get; init; }
    /// <summary>Who has bid in the running sealed round; not how much.</summary>
    public required int BidsInRound { get; init; }
    /// <summary>The revealed rounds.</summary>
    public required ImmutableArray<RoundView> Rounds { get; init; }
    /// <summary>The viewer's own bid in the running round (english: their newest bid).</summary>
    public decimal? YourBid { get; init; }
    /// <summary>english: up to how much the auction bids for the viewer.</summary>
    public decimal? YourMaximum { get; init; }
    /// <summary>Who has it, once it is sold.</summary>
    public WinnerView? Winner { get; init; }
    /// <summary>Why it was cancelled or not sold.</summary>
    public string? Reason { get; init; }
    /// <summary>english: when bidding closes. dutch: until when the price is on offer at least.</summary>
    public DateTimeOffset? ClosesAt { get; init; }
    /// <summary>english, dutch: the price now.</summary>
    public decimal? Price { get; init; }
    /// <summary>english: who leads.</summary>
    public string? Leader { get; init; }
    /// <summary>english, dutch: the least that the next bid must be.</summary>
    public decimal? NextMinimum { get; init; }
    /// <summary>english: who bids this much has it at once.</summary>
    public decimal? BuyNow { get; init; }
    /// <summary>english: whether the price has reached the reserve (true if there is none).</summary>
    public bool? ReserveMet { get; init; }
    /// <summary>english: the reserve, to the auctioneer only.</summary>
    public decimal? Reserve { get; init; }
    /// <summary>english: see <see cref="AuctionOptions.SoftCloseSeconds"/>.</summary>
    public int? SoftCloseSeconds { get; init; }
}

/// <summary>A revealed round.</summary>
/// <param name="Round">Which.</param>
/// <param name="Bids">What each participant bid, in order of joining; 0 is silence.</param>
public sealed record RoundView(int Round, IReadOnlyDictionary<string, decimal> Bids);

/// <summary>The winner.</summary>
/// <param name="Bidder">Who.</param>
/// <param name="Total">What they bid in all.</param>
/// <param name="Price">What they pay.</param>
public sealed record WinnerView(string Bidder, decimal Total, decimal Price);

/// <summary>How an auction's amounts are to be read.</summary>
public sealed record AuctionScaleView(int Scale, string? Asset) : View;

/// <summary>An auction in a list.</summary>
public sealed record AuctionListItem : View
{
    /// <summary>The auction's key.</summary>
    public required string Id { get; init; }
    /// <summary>What is auctioned.</summary>
    public required string Item { get; init; }
    /// <summary>Which rules.</summary>
    public required string Format { get; init; }
    /// <summary>Where it is in its life.</summary>
    public required AuctionStatus Status { get; init; }
    /// <summary>Who sells and leads.</summary>
    public required string Auctioneer { get; init; }
    /// <summary>The ledger that funds it, or null.</summary>
    public string? Asset { get; init; }
    /// <summary>The least that may be bid.</summary>
    public required decimal MinimumBid { get; init; }
    /// <summary>Rounds before the winner is told.</summary>
    public required int MinimumRounds { get; init; }
    /// <summary>Bidders needed to start.</summary>
    public required int MinimumBidders { get; init; }
    /// <summary>How many have joined.</summary>
    public required int ParticipantCount { get; init; }
    /// <summary>The running round, or the last one; 0 before the start.</summary>
    public required int Round { get; init; }
    /// <summary>When the running round ends at the latest.</summary>
    public DateTimeOffset? RoundClosesAt { get; init; }
    /// <summary>english: when bidding closes. dutch: until when the price is on offer at least.</summary>
    public DateTimeOffset? ClosesAt { get; init; }
    /// <summary>english, dutch: the price now.</summary>
    public decimal? Price { get; init; }
    /// <summary>Who has it, once it is sold.</summary>
    public WinnerView? Winner { get; init; }
    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}
