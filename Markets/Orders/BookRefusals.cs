using static Rialto.Markets.RefusalKind;

namespace Rialto.Markets.Orders;

/// <summary>
/// Every no of an exchange, in order of precedence: is there a book, is the request well formed, is there what it names, may this actor, is
/// the book in a state for it, is it funded. Form (<c>invalid-name</c>, <c>out-of-range</c>, …) is <see cref="Bounds"/>'.
/// </summary>
internal static class BookRefusals
{
    public static Refusal BookNotFound(string symbol) =>
        new(NotFound, "book-not-found", $"There is no book '{symbol}'. Look it up in the list of books, or create it.");

    public static Refusal BookExists(string symbol) =>
        new(Conflict, "book-exists", $"The book '{symbol}' exists already. Trade in it, or choose another symbol.");

    // Form.

    public static Refusal SameAsset(string asset) =>
        new Refusal(Invalid, "same-asset", $"'{asset}' cannot be paid with itself. Choose another currency.").With("asset", asset);

    public static readonly Refusal TickAndLotNotExact =
        new(Invalid, "tick-lot-not-exact", "One tick times one lot must be a whole number of the currency's smallest units. Choose a larger tick or lot.");

    public static readonly Refusal PriceMissing =
        new Refusal(Invalid, "price-missing", "Give a limit order its price, or make it a market order.").With("field", "price");

    public static readonly Refusal PriceOfMarketOrder =
        new Refusal(Invalid, "price-of-market-order", "A market order has no price. Leave it out, or make it a limit order.").With("field", "price");

    public static readonly Refusal PostOnlyMustRest =
        new Refusal(Invalid, "post-only-must-rest", "Only a limit order that is good till cancelled can be post-only.").With("field", "postOnly");

    public static Refusal OffTick(decimal tick) =>
        new Refusal(Invalid, "off-tick", FormattableString.Invariant($"Choose a price that is a multiple of {tick}.")).With("tick", tick);

    public static Refusal OffLot(decimal lot) =>
        new Refusal(Invalid, "off-lot", FormattableString.Invariant($"Choose a quantity that is a multiple of {lot}.")).With("lot", lot);

    public static readonly Refusal ValueTooLarge =
        new(Invalid, "out-of-range", "Price times quantity is more than one order can be worth. Split it.");

    public static readonly Refusal NothingToReplace =
        new(Invalid, "nothing-to-replace", "Give the order another price, another quantity, or both.");

    // What is named.

    public static Refusal LedgerNotFound(string asset) =>
        new Refusal(NotFound, "ledger-not-found", $"There is no ledger '{asset}' to settle in. Create it first, or make the book unfunded: without a currency.").With("asset", asset);

    public static Refusal AccountNotFound(string account, string asset) =>
        new Refusal(NotFound, "account-not-found", $"There is no account '{account}' in the ledger '{asset}' to pay from or to. Open it first.").With("account", account).With("asset", asset);

    public static Refusal OrderNotFound(long order) =>
        new(NotFound, "order-not-found", FormattableString.Invariant($"There is no order {order} in this book, or it was closed long ago: see the journal."));

    // Who may.

    public static readonly Refusal NotOwner =
        new(Forbidden, "not-owner", "Only its owner can change or cancel this order.");

    public static Refusal NotKeeper(string keeper) =>
        new(Forbidden, "not-keeper", $"Only the book's keeper, {keeper}, can halt and resume it.");

    public static readonly Refusal IssuerCannotTrade =
        new(Invalid, "issuer-cannot-trade", "The issuer's account cannot trade. Issue to another account, and trade on that.");

    // Its state.

    public static readonly Refusal Halted =
        new(Conflict, "halted", "Trading is halted. Orders can be cancelled; wait until it is resumed to place or change any.");

    public static readonly Refusal OrderFilled =
        new(Conflict, "order-filled", "This order was filled. Place a new one.");

    public static readonly Refusal OrderCancelled =
        new(Conflict, "order-cancelled", "This order was cancelled. Place a new one.");

    public static Refusal BelowFilled(decimal filled) =>
        new Refusal(Conflict, "below-filled", FormattableString.Invariant($"{filled} of this order has traded already. Choose a greater quantity, or cancel the rest.")).With("filled", filled);

    public static Refusal WouldTrade(decimal price) =>
        new Refusal(Conflict, "would-trade", FormattableString.Invariant($"This order may only rest, and would trade at once at {price}. Choose a price that the other side does not meet.")).With("price", price);

    public static Refusal ClientOrderIdTaken(string id) =>
        new Refusal(Conflict, "client-order-id-taken", $"You have a resting order called '{id}'. Choose another client order id.").With("clientOrderId", id);

    public static readonly Refusal Full =
        new Refusal(Unavailable, "too-many", "This book holds its most orders. Try again when some are closed.").With("maximum", BookBounds.MaxRestingOrders);

    // Funds.

    public static readonly Refusal NotFunded =
        new(Conflict, "not-funded", "Nothing, or no longer enough, is held for this order. Send it again.");
}
