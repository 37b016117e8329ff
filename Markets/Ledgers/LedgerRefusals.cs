using static Rialto.Markets.RefusalKind;

namespace Rialto.Markets.Ledgers;

/// <summary>
/// Every no of a ledger, in order of precedence: is there a ledger, is the request well formed, is there what it names, is it in a state
/// for it, may this actor, are there funds. Form (<c>invalid-name</c>, <c>out-of-range</c>, <c>too-long</c>, <c>invalid-text</c>) is <see cref="Bounds"/>'.
/// </summary>
internal static class LedgerRefusals
{
    public static Refusal LedgerNotFound(string asset) =>
        new(NotFound, "ledger-not-found", $"There is no ledger '{asset}'. Create it first.");

    public static Refusal LedgerExists(string asset) =>
        new(Conflict, "ledger-exists", $"The ledger '{asset}' exists already. Use it, or choose another asset.");

    // Form.

    public static readonly Refusal NoOrders =
        new(Invalid, "out-of-range", $"Link between 1 and {LedgerBounds.MaxLinked} transfers.") { Fields = [new("minimum", 1, null), new("maximum", LedgerBounds.MaxLinked, null)] };

    public static readonly Refusal SameAccount =
        new(Invalid, "same-account", "Choose two different accounts to debit and to credit.");

    public static readonly Refusal AmountNotPositive =
        new(Invalid, "amount-not-positive", "Choose an amount above zero.");

    public static readonly Refusal NotPending =
        new(Invalid, "not-pending", "Only a pending transfer can expire. Set pending, or leave the expiry out.");

    // What is named.

    public static Refusal AccountNotFound(string account) =>
        new Refusal(NotFound, "account-not-found", $"There is no account '{account}' in this ledger. Open it first.").With("account", account);

    public static Refusal AccountExists(string account) =>
        new Refusal(Conflict, "account-exists", $"The account '{account}' exists already. Use it, or choose another name.").With("account", account);

    public static Refusal TransferNotFound(string id) =>
        new(NotFound, "transfer-not-found", $"There is no transfer '{id}', or it was closed long ago: see its accounts' history.");

    public static Refusal ProposalNotFound(string id) =>
        new(NotFound, "proposal-not-found", $"There is no proposal '{id}', or it was closed long ago: see its accounts' history.");

    public static readonly Refusal IdTaken =
        new(Conflict, "id-taken", "By a rare chance this request's id is in use. Send it again with another Idempotency-Key.");

    // Its state.

    public static readonly Refusal AlreadyPosted =
        new(Conflict, "already-posted", "This transfer was posted. Make a new transfer to correct it.");

    public static readonly Refusal AlreadyVoided =
        new(Conflict, "already-voided", "This transfer was voided. Make a new one if it is still wanted.");

    public static readonly Refusal Expired =
        new(Conflict, "expired", "Its time is over. Make a new one if it is still wanted.");

    public static readonly Refusal AlreadyAccepted =
        new(Conflict, "already-accepted", "This proposal was accepted and has moved its credits. Propose a trade back to undo it.");

    public static readonly Refusal AlreadyRejected =
        new(Conflict, "already-rejected", "This proposal was rejected. Make a new one if it is still wanted.");

    public static Refusal HeldForPurpose(string purpose) =>
        new Refusal(Conflict, "held-for-purpose", $"This amount is held for {purpose} and is posted or released with it.").With("purpose", purpose);

    public static Refusal PaymentOutOfTurn(long next) =>
        new Refusal(Conflict, "payment-out-of-turn", FormattableString.Invariant($"The next payment is number {next}. Make the ones before first.")).With("next", next);

    // Who may.

    public static Refusal NotCounterparty(string counterparty) =>
        new(Forbidden, "not-counterparty", $"Only {counterparty} can answer this proposal.");

    public static Refusal SealedFunds(string account) =>
        new Refusal(Forbidden, "sealed-funds", $"Part of what '{account}' has backs a bid that is still sealed. Until that is over only '{account}' and the operator can spend from it.")
            .With("account", account);

    // Room and funds.

    public static Refusal TooMany(string what, int maximum) =>
        new Refusal(Unavailable, "too-many", $"This ledger holds its most of {what}. Try again when some are closed.").With("maximum", maximum);

    public static readonly Refusal ExceedsTotal =
        new(Invalid, "exceeds-total", "This would take an account's lifetime sum beyond what a ledger can count. Use another account.");

    public static Refusal ExceedsPending(decimal maximum) =>
        new Refusal(Invalid, "exceeds-pending", FormattableString.Invariant($"Post {maximum} at most: no more is held.")).With("maximum", maximum);

    public static Refusal InsufficientFunds(string account, decimal available) =>
        new Refusal(Conflict, "insufficient-funds", FormattableString.Invariant($"The account '{account}' has {available} available. Choose a smaller amount, or fund it first."))
            .With("account", account).With("available", available);
}
