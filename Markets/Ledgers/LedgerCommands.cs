using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Rialto.Journal;

namespace Rialto.Markets.Ledgers;

/// <summary>
/// What can be asked of a ledger. Amounts are minor units at the ledger's scale. Until roles come, any actor may ask for any transfer;
/// only proposals are answered by their counterparty alone.
/// </summary>
public abstract record LedgerCommand : Command
{
    private protected LedgerCommand()
    {
    }
}

/// <summary>Opens the ledger of the asset that is the stream's key, with its issuer account.</summary>
/// <param name="Scale">Decimals of all its amounts, 0 to 9.</param>
public sealed record CreateLedger(int Scale) : LedgerCommand;

/// <summary>Opens an account. It belongs to the actor of the same name.</summary>
/// <param name="Account">Its name.</param>
/// <param name="InitialMinor">What the issuer gives it at once.</param>
/// <param name="LimitMinor">How far it may go below zero.</param>
public sealed record OpenAccount(string Account, long InitialMinor = 0, long LimitMinor = 0) : LedgerCommand;

/// <summary>Moves or holds amounts: one order, or several that succeed or fail together.</summary>
public sealed record Transfer : LedgerCommand
{
    /// <summary>These orders, in this order.</summary>
    [JsonConstructor]
    public Transfer(ImmutableArray<TransferOrder> orders) => Orders = orders.IsDefault ? [] : orders;

    /// <summary>One order.</summary>
    public Transfer(TransferOrder order) => Orders = [order];

    /// <summary>What is to move: 1 to 100.</summary>
    public ImmutableArray<TransferOrder> Orders { get; }
}

/// <summary>One amount from one account to another.</summary>
/// <param name="Debit">The account that pays.</param>
/// <param name="Credit">The account that receives.</param>
/// <param name="AmountMinor">How much.</param>
/// <param name="Pending">Whether it is only held, to be posted or voided later.</param>
/// <param name="ExpiresInSeconds">How long it is held at most; null for <see cref="LedgerBounds.DefaultHoldSeconds"/>. Only with <paramref name="Pending"/>.</param>
/// <param name="Memo">A note for both sides.</param>
public sealed record TransferOrder(string Debit, string Credit, long AmountMinor, bool Pending = false, int? ExpiresInSeconds = null, string? Memo = null);

/// <summary>Completes a pending transfer.</summary>
/// <param name="Id">The transfer.</param>
/// <param name="AmountMinor">How much of it; the rest is released. Null for all.</param>
public sealed record PostTransfer(string Id, long? AmountMinor = null) : LedgerCommand;

/// <summary>Releases a pending transfer.</summary>
/// <param name="Id">The transfer.</param>
public sealed record VoidTransfer(string Id) : LedgerCommand;

/// <summary>
/// Holds funds for another entity's command, such as a bid. Asked by the runtime only; so are <see cref="PostHold"/> and <see cref="ReleaseHold"/>.
/// Such a hold has no expiry of its own: what becomes of it is told by the entity that it was taken for.
/// </summary>
/// <param name="Debit">The account that pays.</param>
/// <param name="Credit">The account that would receive.</param>
/// <param name="AmountMinor">How much.</param>
/// <param name="PurposeStream">The entity that it is for, such as <c>auction/7</c>.</param>
/// <param name="PurposeCommand">The command that it is for.</param>
/// <param name="NotAfter">If the entity knows nothing of it well after this time, it was in vain.</param>
/// <param name="Sealed">Whether the amount is a secret of the paying account's owner until it is posted.</param>
public sealed record HoldFunds(
    string Debit, string Credit, long AmountMinor, string PurposeStream, Guid PurposeCommand, DateTimeOffset NotAfter, bool Sealed) : LedgerCommand
{
    /// <summary>The hold for a need that an entity has told of.</summary>
    public static HoldFunds For(FundsNeed need, StreamId purpose, CommandId command, DateTimeOffset notAfter) =>
        new(need.Debit, need.Credit, need.AmountMinor, purpose.Text, command.Value, notAfter, need.Sealed);
}

/// <summary>Pays a hold out, in part or in full; the rest is released. See <see cref="HoldFunds"/>.</summary>
/// <param name="Id">The transfer.</param>
/// <param name="AmountMinor">How much.</param>
public sealed record PostHold(string Id, long AmountMinor) : LedgerCommand;

/// <summary>Releases a hold. See <see cref="HoldFunds"/>.</summary>
/// <param name="Id">The transfer.</param>
public sealed record ReleaseHold(string Id) : LedgerCommand;

/// <summary>
/// Makes payments that another entity owes out of holds that were taken for it. Those with numbers that were paid before are passed over. See
/// <see cref="HoldFunds"/>.
/// </summary>
/// <param name="PurposeStream">The entity that owes them.</param>
/// <param name="First">The number of the first payment, within that entity and this ledger.</param>
/// <param name="Payments">The payments, numbered on from there.</param>
public sealed record PayFromHolds(string PurposeStream, long First, ImmutableArray<HoldPayment> Payments) : LedgerCommand;

/// <summary>Which way a proposed trade goes, seen from who proposes.</summary>
[JsonConverter(typeof(LowerHyphen<TradeSide>))]
public enum TradeSide
{
    /// <summary>Credits go from the proposer to the counterparty.</summary>
    Sell,
    /// <summary>Credits go from the counterparty to the proposer.</summary>
    Buy,
}

/// <summary>Proposes a trade of credits to another account.</summary>
/// <param name="Side">Which way.</param>
/// <param name="Counterparty">Who is asked.</param>
/// <param name="AmountMinor">How much.</param>
/// <param name="Account">Whose trade it is.</param>
/// <param name="AutoAccept">Accepted at once, as nodes of the original system do.</param>
/// <param name="ExpiresInSeconds">How long it waits for an answer; null for <see cref="LedgerBounds.DefaultProposalSeconds"/>.</param>
public sealed record ProposeTrade(TradeSide Side, string Counterparty, long AmountMinor, string Account, bool AutoAccept = false, int? ExpiresInSeconds = null)
    : LedgerCommand;

/// <summary>The counterparty says yes.</summary>
/// <param name="Id">The proposal.</param>
public sealed record AcceptProposal(string Id) : LedgerCommand;

/// <summary>The counterparty says no.</summary>
/// <param name="Id">The proposal.</param>
public sealed record RejectProposal(string Id) : LedgerCommand;

/// <summary>Deadline: whatever was to end by then ends: pending transfers and unanswered proposals.</summary>
/// <param name="Due">By when.</param>
public sealed record ExpireDue(DateTimeOffset Due) : LedgerCommand;
