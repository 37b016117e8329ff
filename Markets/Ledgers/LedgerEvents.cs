namespace Rialto.Markets.Ledgers;

/// <summary>What happens to a ledger. Amounts are minor units at the ledger's scale.</summary>
public abstract record LedgerEvent : Event
{
    private protected LedgerEvent()
    {
    }
}

/// <summary><c>ledger.created</c></summary>
/// <param name="Asset">What is counted.</param>
/// <param name="Scale">Its decimals.</param>
/// <param name="Issuer">The account that everything comes from.</param>
/// <param name="By">Who opened it.</param>
public sealed record LedgerCreated(string Asset, int Scale, string Issuer, string By) : LedgerEvent;

/// <summary><c>ledger.account-opened</c></summary>
public sealed record AccountOpened(string Account, long LimitMinor) : LedgerEvent;

/// <summary><c>ledger.issued</c>: new funds from the issuer, who may now be below zero by as much more.</summary>
public sealed record FundsIssued(string Transfer, string Debit, string Credit, long AmountMinor, string? Memo = null) : LedgerEvent;

/// <summary><c>ledger.transfer-made</c>: a direct transfer.</summary>
/// <param name="Transfer">Its id.</param>
/// <param name="Debit">Who paid.</param>
/// <param name="Credit">Who received.</param>
/// <param name="AmountMinor">How much.</param>
/// <param name="Memo">A note.</param>
/// <param name="Proposal">The trade that it settles, or null.</param>
public sealed record TransferMade(string Transfer, string Debit, string Credit, long AmountMinor, string? Memo = null, string? Proposal = null) : LedgerEvent;

/// <summary><c>ledger.transfer-held</c>: a pending transfer.</summary>
/// <param name="Transfer">Its id.</param>
/// <param name="Debit">Who would pay.</param>
/// <param name="Credit">Who would receive.</param>
/// <param name="AmountMinor">How much.</param>
/// <param name="ExpiresAt">When it ends by itself; null if it ends with its proposal.</param>
/// <param name="Memo">A note.</param>
/// <param name="Proposal">The proposal that it backs, or null.</param>
public sealed record TransferHeld(
    string Transfer, string Debit, string Credit, long AmountMinor, DateTimeOffset? ExpiresAt = null, string? Memo = null, string? Proposal = null) : LedgerEvent;

/// <summary><c>ledger.funds-held</c>: a pending transfer for another entity's command. See <see cref="HoldFunds"/>.</summary>
/// <param name="Transfer">Its id.</param>
/// <param name="Debit">Who would pay.</param>
/// <param name="Credit">Who would receive.</param>
/// <param name="AmountMinor">How much; absent for those who may not see it.</param>
/// <param name="PurposeStream">The entity that it is for.</param>
/// <param name="PurposeCommand">The command that it is for.</param>
/// <param name="NotAfter">See <see cref="HoldFunds"/>.</param>
/// <param name="Sealed">Whether the amount is a secret of the paying account's owner.</param>
/// <param name="Salt">See <see cref="CommandContext.Salt"/>; left out together with the amount.</param>
public sealed record FundsHeld(
    string Transfer, string Debit, string Credit, long? AmountMinor, string PurposeStream, Guid PurposeCommand, DateTimeOffset NotAfter, bool Sealed, string? Salt = null)
    : LedgerEvent;

/// <summary><c>ledger.transfer-posted</c>: a pending transfer was completed with this amount; the rest is released.</summary>
public sealed record TransferPosted(string Transfer, string Debit, string Credit, long AmountMinor) : LedgerEvent;

/// <summary><c>ledger.transfer-voided</c></summary>
public sealed record TransferVoided(string Transfer, string Debit, string Credit) : LedgerEvent;

/// <summary><c>ledger.transfer-expired</c></summary>
public sealed record TransferExpired(string Transfer, string Debit, string Credit) : LedgerEvent;

/// <summary><c>ledger.hold-paid</c>: a part of a hold was paid, or given back, or both; the rest stays held, and without a rest the hold is closed.</summary>
/// <param name="Transfer">The hold.</param>
/// <param name="Debit">Who paid.</param>
/// <param name="Credit">Who was paid; absent if nobody was.</param>
/// <param name="AmountMinor">How much was paid.</param>
/// <param name="ReleasedMinor">How much was given back.</param>
/// <param name="LeftMinor">How much stays held.</param>
/// <param name="PurposeStream">The entity that owed it.</param>
/// <param name="Number">The payment's number within that entity and this ledger: 1, 2, 3, …</param>
public sealed record HoldPaid(
    string Transfer, string Debit, string? Credit, long AmountMinor, long ReleasedMinor, long LeftMinor, string PurposeStream, long Number) : LedgerEvent;

/// <summary><c>ledger.trade-proposed</c></summary>
/// <param name="Proposal">Its id; the transfer that settles it has the same.</param>
/// <param name="Side">Which way, seen from <paramref name="Account"/>.</param>
/// <param name="Account">Who proposes.</param>
/// <param name="Counterparty">Who is asked.</param>
/// <param name="AmountMinor">How much.</param>
/// <param name="ExpiresAt">When it ends unanswered.</param>
public sealed record TradeProposed(string Proposal, TradeSide Side, string Account, string Counterparty, long AmountMinor, DateTimeOffset ExpiresAt) : LedgerEvent;

/// <summary><c>ledger.proposal-accepted</c></summary>
public sealed record ProposalAccepted(string Proposal) : LedgerEvent;

/// <summary><c>ledger.proposal-rejected</c></summary>
public sealed record ProposalRejected(string Proposal) : LedgerEvent;

/// <summary><c>ledger.proposal-expired</c></summary>
public sealed record ProposalExpired(string Proposal) : LedgerEvent;
