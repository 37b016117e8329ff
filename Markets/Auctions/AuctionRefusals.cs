using static Rialto.Markets.RefusalKind;

namespace Rialto.Markets.Auctions;

/// <summary>
/// Every no of an auction, in order of precedence: is there an auction, is the request well formed, may this actor, is the auction in a
/// state for it, is the bid high enough, is it funded. Form (<c>invalid-name</c>, <c>out-of-range</c>, …) is <see cref="Bounds"/>'.
/// </summary>
internal static class AuctionRefusals
{
    public static Refusal AuctionNotFound(string key) =>
        new(NotFound, "auction-not-found", $"There is no auction '{key}'. Look it up in the list of auctions.");

    public static Refusal AuctionExists(string key) =>
        new(Conflict, "auction-exists", $"The auction '{key}' exists already. Create yours with another id.");

    // Form.

    public static readonly Refusal NoItem =
        new(Invalid, "out-of-range", "Say what is auctioned: an item of 1 to 200 characters.");

    public static Refusal UnknownFormat(string? format) =>
        new(Invalid, "unknown-format", $"There is no auction format '{format}'. Choose one of {string.Join(", ", AuctionFormats.Names)}.");

    public static Refusal NotForFormat(string field, string format) =>
        new Refusal(Invalid, "not-for-format", $"The format '{format}' has no {field}. Leave it out, or choose another format.").With("field", field);

    // What is named.

    public static Refusal LedgerNotFound(string asset) =>
        new(NotFound, "ledger-not-found", $"There is no ledger '{asset}' to fund the auction. Create it first, or leave the asset out.");

    public static Refusal AccountNotFound(string account, string asset) =>
        new Refusal(NotFound, "account-not-found", $"You have no account '{account}' in the ledger '{asset}' to be paid on. Open it first.").With("account", account);

    // Who may.

    public static Refusal NotAuctioneer(string auctioneer) =>
        new(Forbidden, "not-auctioneer", $"Only the auctioneer, {auctioneer}, can do this.");

    public static readonly Refusal AuctioneerCannotBid =
        new(Forbidden, "auctioneer-cannot-bid", "The auctioneer leads the auction and can neither join nor bid.");

    // Its state.

    public static readonly Refusal NotOpenToJoin =
        new(Conflict, "not-open", "This auction takes no more bidders. Look for one that is open.");

    public static readonly Refusal NotOpenToBid =
        new(Conflict, "not-open", "This auction takes no bids now. Wait for its start, or look for another one.");

    public static readonly Refusal TimeIsOver =
        new(Conflict, "not-open", "The time to bid is over. Wait for the result.");

    public static readonly Refusal NotOpenToStart =
        new(Conflict, "not-open", "This auction cannot be started any more: it runs, or it has ended.");

    public static readonly Refusal NotOpenToCancel =
        new(Conflict, "not-open", "This auction can no longer be cancelled: it has ended, or its bids are known.");

    public static readonly Refusal AlreadyJoined =
        new(Conflict, "already-joined", "You have joined this auction. Bid when it runs.");

    public static readonly Refusal Full =
        new Refusal(Conflict, "too-many", "This auction has as many bidders as it can take. Look for another one.").With("maximum", AuctionBounds.MaxParticipants);

    public static readonly Refusal NotJoined =
        new(Conflict, "not-joined", "Join this auction before you bid.");

    public static Refusal NotEnoughBidders(int joined, int minimum) =>
        new Refusal(Conflict, "not-enough-bidders", $"{joined} of at least {minimum} bidders have joined. Wait for the others.").With("joined", joined).With("minimum", minimum);

    public static Refusal AlreadyBid(int round) =>
        new Refusal(Conflict, "already-bid", $"You have bid in round {round}. Wait for the next round.").With("round", round);

    // The bid.

    public static Refusal BelowMinimum(decimal minimum) =>
        new Refusal(Invalid, "below-minimum", FormattableString.Invariant($"Bid at least {minimum}.")).With("minimum", minimum);

    public static readonly Refusal NotFunded =
        new(Conflict, "not-funded", "Nothing, or no longer enough, is held for this bid. Send it again.");
}
