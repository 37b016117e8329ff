using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rialto.Markets.Ledgers;

/// <summary>What can be asked about one ledger.</summary>
public abstract record LedgerQuery : Query
{
    private protected LedgerQuery()
    {
    }
}

/// <summary>What other markets need to know: a <see cref="LedgerFactsView"/>, also of a ledger that does not exist. Scale and existence never change once it does.</summary>
/// <param name="Account">An account to look for, or null.</param>
public sealed record GetLedgerFacts(string? Account = null) : LedgerQuery;

/// <summary>All accounts with their sums: a <see cref="TrialBalanceView"/>.</summary>
/// <param name="Viewer">Who looks. Sealed holds are in an operator's sums only.</param>
/// <param name="Cursor">The answer's <c>next</c> before, or null.</param>
/// <param name="Limit">How many accounts, 1 to 1,000.</param>
public sealed record GetTrialBalance(Viewer Viewer, string? Cursor = null, int Limit = 100) : LedgerQuery;

/// <summary>One account: an <see cref="AccountView"/>.</summary>
public sealed record GetAccount(string Account, Viewer Viewer) : LedgerQuery;

/// <summary>One transfer: a <see cref="TransferView"/>. Closed ones are remembered for a while; their history is the <c>LedgerBook</c>'s.</summary>
public sealed record GetTransfer(string Id, Viewer Viewer) : LedgerQuery;

/// <summary>One proposal: a <see cref="ProposalView"/>.</summary>
public sealed record GetProposal(string Id) : LedgerQuery;

/// <summary>An account's proposals, newest first: a <see cref="ProposalsView"/>.</summary>
/// <param name="Account">The proposing or asked account; null for all.</param>
/// <param name="OpenOnly">Only those that wait for an answer.</param>
/// <param name="Cursor">The answer's <c>next</c> before, or null.</param>
/// <param name="Limit">How many, 1 to 1,000.</param>
public sealed record GetProposals(string? Account = null, bool OpenOnly = false, string? Cursor = null, int Limit = 100) : LedgerQuery;

/// <summary>What other markets need to know of a ledger.</summary>
/// <param name="Asset">What is counted.</param>
/// <param name="Exists">Whether there is such a ledger.</param>
/// <param name="Scale">Its decimals; 0 if it does not exist.</param>
/// <param name="HasAccount">Whether the account that was asked for is there.</param>
public sealed record LedgerFactsView(string Asset, bool Exists, int Scale, bool HasAccount) : View;

/// <summary>An account as one viewer sees it: sums since the beginning.</summary>
/// <param name="Asset">What is counted.</param>
/// <param name="Account">Its name.</param>
/// <param name="Balance">Posted credits less posted debits.</param>
/// <param name="Available">What it may still pay: the balance less pending debits, plus the limit.</param>
/// <param name="PostedDebits">All it has paid.</param>
/// <param name="PostedCredits">All it has received.</param>
/// <param name="PendingDebits">What is held of it.</param>
/// <param name="PendingCredits">What is held for it.</param>
/// <param name="Limit">How far it may go below zero.</param>
public sealed record AccountView(
    string Asset,
    string Account,
    decimal Balance,
    decimal Available,
    decimal PostedDebits,
    decimal PostedCredits,
    decimal PendingDebits,
    decimal PendingCredits,
    decimal Limit) : View;

/// <summary>A page of a ledger's accounts, in order of opening, and the sums of all of them.</summary>
/// <param name="Asset">What is counted.</param>
/// <param name="Scale">Its decimals.</param>
/// <param name="Balanced">Whether debits equal credits, posted and pending.</param>
/// <param name="PostedDebits">The sum over all accounts.</param>
/// <param name="PostedCredits">The sum over all accounts.</param>
/// <param name="PendingDebits">The sum over all accounts.</param>
/// <param name="PendingCredits">The sum over all accounts.</param>
/// <param name="AccountCount">How many accounts there are.</param>
/// <param name="Accounts">This page.</param>
/// <param name="Next">Where the next page begins, or null.</param>
public sealed record TrialBalanceView(
    string Asset,
    int Scale,
    bool Balanced,
    decimal PostedDebits,
    decimal PostedCredits,
    decimal PendingDebits,
    decimal PendingCredits,
    int AccountCount,
    ImmutableArray<AccountLine> Accounts,
    string? Next) : View;

/// <summary>An account's line in a trial balance. See <see cref="AccountView"/>.</summary>
public sealed record AccountLine(
    string Account, decimal Balance, decimal Available, decimal PostedDebits, decimal PostedCredits, decimal PendingDebits, decimal PendingCredits);

/// <summary>What has become of a transfer.</summary>
[JsonConverter(typeof(LowerHyphen<TransferStatus>))]
public enum TransferStatus
{
    /// <summary>Held.</summary>
    Pending,
    /// <summary>Moved.</summary>
    Posted,
    /// <summary>Released.</summary>
    Voided,
    /// <summary>Released, because its time was over.</summary>
    Expired,
}

/// <summary>A transfer as one viewer sees it.</summary>
public sealed record TransferView : View
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }
    /// <summary>What is counted.</summary>
    public required string Asset { get; init; }
    /// <summary>Who pays.</summary>
    public required string Debit { get; init; }
    /// <summary>Who receives.</summary>
    public required string Credit { get; init; }
    /// <summary>How much was asked for; null while it is sealed for this viewer.</summary>
    public decimal? Amount { get; init; }
    /// <summary>How much of it was moved, once it is posted.</summary>
    public decimal? Posted { get; init; }
    /// <summary>What has become of it.</summary>
    public required TransferStatus Status { get; init; }
    /// <summary>When it ends by itself, while it is pending.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
    /// <summary>A note.</summary>
    public string? Memo { get; init; }
    /// <summary>The entity that it is held for, such as <c>auction/7</c>.</summary>
    public string? Purpose { get; init; }
    /// <summary>The trade that it settles.</summary>
    public string? Proposal { get; init; }
}

/// <summary>The transfers of one command.</summary>
public sealed record TransfersView(ImmutableArray<TransferView> Transfers) : View
{
    private protected override IEnumerable<View> Parts => Transfers;
}

/// <summary>What has become of a proposal.</summary>
[JsonConverter(typeof(LowerHyphen<ProposalStatus>))]
public enum ProposalStatus
{
    /// <summary>Waiting for the counterparty.</summary>
    Open,
    /// <summary>The credits have moved.</summary>
    Accepted,
    /// <summary>The counterparty said no.</summary>
    Rejected,
    /// <summary>Nobody answered in time.</summary>
    Expired,
}

/// <summary>A proposal.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Asset">What is counted.</param>
/// <param name="Side">Which way, seen from <paramref name="Account"/>.</param>
/// <param name="Account">Who proposes.</param>
/// <param name="Counterparty">Who is asked.</param>
/// <param name="Amount">How much.</param>
/// <param name="Status">What has become of it.</param>
/// <param name="ExpiresAt">When it ends unanswered.</param>
/// <param name="Transfer">The transfer that backs or settles it, if there is one.</param>
public sealed record ProposalView(
    string Id, string Asset, TradeSide Side, string Account, string Counterparty, decimal Amount, ProposalStatus Status, DateTimeOffset ExpiresAt, string? Transfer) : View;

/// <summary>A page of proposals.</summary>
public sealed record ProposalsView(ImmutableArray<ProposalView> Items, string? Next) : View
{
    private protected override IEnumerable<View> Parts => Items;
}

/// <summary>A ledger in a list.</summary>
/// <param name="Asset">What is counted.</param>
/// <param name="Scale">Its decimals.</param>
/// <param name="Accounts">How many accounts it has.</param>
/// <param name="Issued">How much was issued.</param>
/// <param name="CreatedAt">When it was opened.</param>
public sealed record LedgerListItem(string Asset, int Scale, int Accounts, decimal Issued, DateTimeOffset CreatedAt) : View;

/// <summary>What a line of an account's history tells.</summary>
[JsonConverter(typeof(LowerHyphen<HistoryKind>))]
public enum HistoryKind
{
    /// <summary>New funds from the issuer.</summary>
    Issued,
    /// <summary>A direct transfer.</summary>
    Transfer,
    /// <summary>An amount was held.</summary>
    Held,
    /// <summary>A held amount, or part of it, was moved.</summary>
    Posted,
    /// <summary>A held amount was released.</summary>
    Voided,
    /// <summary>A held amount was released because its time was over.</summary>
    Expired,
}

/// <summary>Which side of a transfer an account is on.</summary>
[JsonConverter(typeof(LowerHyphen<EntrySide>))]
public enum EntrySide
{
    /// <summary>It pays.</summary>
    Debit,
    /// <summary>It receives.</summary>
    Credit,
}

/// <summary>A line of an account's history.</summary>
/// <param name="At">When it was ordered.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Side">On which side of the transfer the account is.</param>
/// <param name="Counterparty">The other side.</param>
/// <param name="Amount">How much; null while it is sealed for this viewer.</param>
/// <param name="Balance">The posted balance right after it.</param>
/// <param name="Transfer">The transfer.</param>
/// <param name="Memo">A note.</param>
/// <param name="Proposal">The trade that it settles.</param>
public sealed record HistoryLine(
    DateTimeOffset At, HistoryKind Kind, EntrySide Side, string Counterparty, decimal? Amount, decimal Balance, string Transfer, string? Memo, string? Proposal) : View;
