using System.Collections.Immutable;
using System.Globalization;

namespace Rialto.Markets.Ledgers;

/// <summary>
/// A ledger's rules: double entry for all accounts of one asset. A transfer debits one account and credits another by the same amount, at
/// once or in two phases: pending (held: the payer cannot spend it, the receiver does not have it), then posted in full or in part, voided,
/// or expired. Nothing is ever changed afterwards; a correction is a new transfer. An account never pays more than it has available: credits
/// posted, less debits posted, less debits pending, plus its limit. All funds come from the issuer, whose limit is what was issued.
/// A hold that another entity asked for (a bid) is posted or released for that entity alone. Its amount may be sealed: then nobody but the
/// payer sees it, and of what was posted only that.
/// </summary>
public sealed class Ledger : EntityKind<LedgerState>
{
    /// <inheritdoc/>
    public override string Category => "ledger";

    /// <inheritdoc/>
    protected override LedgerState Start(string key) => new(key);

    /// <inheritdoc/>
    protected override Decision Decide(LedgerState state, Command command, in CommandContext context)
    {
        if (command is CreateLedger create) return DecideCreate(state, create, context);
        if (!state.Exists) return command is ExpireDue ? Decision.Nothing : LedgerRefusals.LedgerNotFound(state.Asset);
        return command switch
        {
            Transfer c => DecideTransfer(state, c, context),
            HoldFunds c => DecideHold(state, c, context),
            PostTransfer c => DecidePost(state, c, context),
            PostHold c => DecidePostHold(state, c),
            VoidTransfer c => DecideVoid(state, c, context),
            ReleaseHold c => DecideReleaseHold(state, c),
            PayFromHolds c => DecidePayments(state, c),
            OpenAccount c => DecideOpen(state, c, context),
            ProposeTrade c => DecidePropose(state, c, context),
            AcceptProposal c => DecideAccept(state, c, context),
            RejectProposal c => DecideReject(state, c, context),
            ExpireDue c => DecideExpire(state, c),
            _ => throw new InvalidOperationException($"A ledger cannot be asked for {command.GetType().Name}."),
        };
    }

    private static Decision DecideCreate(LedgerState state, CreateLedger command, in CommandContext context)
    {
        var wrong = Bounds.CheckName(state.Asset, "asset") ?? Bounds.CheckRange(command.Scale, "scale", 0, Amounts.MaxScale);
        if (wrong is not null) return wrong;
        if (state.Exists) return LedgerRefusals.LedgerExists(state.Asset);
        return new LedgerCreated(state.Asset, command.Scale, LedgerBounds.Issuer, context.Actor);
    }

    private static Decision DecideOpen(LedgerState state, OpenAccount command, in CommandContext context)
    {
        var largest = Amounts.ToDecimal(Amounts.MaxMinor, state.Scale);
        var wrong = Bounds.CheckName(command.Account, "account")
            ?? (command.InitialMinor is < 0 or > Amounts.MaxMinor ? Bounds.OutOfRange("initial", 0, largest) : null)
            ?? (command.LimitMinor is < 0 or > Amounts.MaxMinor ? Bounds.OutOfRange("limit", 0, largest) : null);
        if (wrong is not null) return wrong;
        if (state.FindAccount(command.Account) is not null) return LedgerRefusals.AccountExists(command.Account);
        if (state.AccountCount >= LedgerBounds.MaxAccounts) return LedgerRefusals.TooMany("accounts", LedgerBounds.MaxAccounts);
        var opened = new AccountOpened(command.Account, command.LimitMinor);
        if (command.InitialMinor == 0) return opened;
        if (Lifetime(state.FindAccount(LedgerBounds.Issuer)!, debit: true) + command.InitialMinor > Amounts.MaxTotalMinor) return LedgerRefusals.ExceedsTotal;
        var id = context.Id.ToEntityKey();
        if (state.IsTaken(id)) return LedgerRefusals.IdTaken;
        return Decision.Of(opened, new FundsIssued(id, LedgerBounds.Issuer, command.Account, command.InitialMinor, "initial"));
    }

    // Transfers and holds.

    private static Decision DecideTransfer(LedgerState state, Transfer command, in CommandContext context)
    {
        var orders = command.Orders;
        if (orders.Length is 0 or > LedgerBounds.MaxLinked) return LedgerRefusals.NoOrders;
        foreach (var order in orders)
        {
            if (CheckForm(state, order) is { } wrong) return wrong;
        }
        var first = context.Id.ToEntityKey();
        if (orders.Length == 1) return DecideOrder(state, orders[0], first, null, context, out var single) is { } no ? no : single!;

        // Later orders see what earlier ones would do; the state itself stays as it is until all are accepted.
        var before = new Dictionary<Account, Change>();
        var events = ImmutableArray.CreateBuilder<Event>(orders.Length);
        for (var i = 0; i < orders.Length; i++)
        {
            if (DecideOrder(state, orders[i], LinkedId(first, i), before, context, out var happened) is { } refusal) return refusal.With("linked", i + 1);
            events.Add(happened!);
        }
        return new Decision.Accepted(events.MoveToImmutable());
    }

    /// <summary>The id of a command's transfer: the first has the command's own, the others say which they are.</summary>
    internal static string LinkedId(string first, int index) =>
        index == 0 ? first : string.Create(CultureInfo.InvariantCulture, $"{first}-{index + 1}");

    private static Refusal? DecideOrder(
        LedgerState state, TransferOrder order, string id, Dictionary<Account, Change>? before, in CommandContext context, out LedgerEvent? happened)
    {
        happened = null;
        if (state.FindAccount(order.Debit) is not { } debit) return LedgerRefusals.AccountNotFound(order.Debit);
        if (state.FindAccount(order.Credit) is not { } credit) return LedgerRefusals.AccountNotFound(order.Credit);
        if (state.IsTaken(id)) return LedgerRefusals.IdTaken;
        if (order.Pending && state.PendingCount + (before?.Count ?? 0) >= LedgerBounds.MaxPending) return LedgerRefusals.TooMany("pending transfers", LedgerBounds.MaxPending);

        var issues = !order.Pending && order.Debit == LedgerBounds.Issuer && IsOperator(context);
        if (CheckRoom(state, debit, credit, order.AmountMinor, issues, before, context) is { } refusal) return refusal;
        if (before is not null) Remember(before, debit, credit, order.AmountMinor, order.Pending, issues);

        happened = issues ? new FundsIssued(id, order.Debit, order.Credit, order.AmountMinor, order.Memo)
            : order.Pending ? new TransferHeld(
                id, order.Debit, order.Credit, order.AmountMinor, Bounds.After(context.Now, order.ExpiresInSeconds ?? LedgerBounds.DefaultHoldSeconds), order.Memo)
            : new TransferMade(id, order.Debit, order.Credit, order.AmountMinor, order.Memo);
        return null;
    }

    private static Decision DecideHold(LedgerState state, HoldFunds command, in CommandContext context)
    {
        if (CheckAmount(state, command.Debit, command.Credit, command.AmountMinor) is { } wrong) return wrong;
        if (state.FindAccount(command.Debit) is not { } debit) return LedgerRefusals.AccountNotFound(command.Debit);
        if (state.FindAccount(command.Credit) is not { } credit) return LedgerRefusals.AccountNotFound(command.Credit);
        var id = context.Id.ToEntityKey();
        if (state.IsTaken(id)) return LedgerRefusals.IdTaken;
        if (state.PendingCount >= LedgerBounds.MaxPending) return LedgerRefusals.TooMany("pending transfers", LedgerBounds.MaxPending);
        if (CheckRoom(state, debit, credit, command.AmountMinor, issues: false, null, context) is { } refusal) return refusal;
        return new FundsHeld(
            id, debit.Name, credit.Name, command.AmountMinor, command.PurposeStream, command.PurposeCommand, command.NotAfter.ToUniversalTime(), command.Sealed,
            command.Sealed ? context.Salt : null);
    }

    private static Decision DecidePost(LedgerState state, PostTransfer command, in CommandContext context)
    {
        if (FindOpen(state, command.Id, out var hold) is { } refusal) return refusal;
        if (CheckFree(hold!, context) is { } bound) return bound;
        return DecidePosting(state, hold!, command.AmountMinor ?? hold!.AmountMinor);
    }

    private static Decision DecidePostHold(LedgerState state, PostHold command)
    {
        if (FindOpen(state, command.Id, out var hold) is { } refusal) return refusal;
        return hold!.Purpose is null ? LedgerRefusals.TransferNotFound(command.Id) : DecidePosting(state, hold, command.AmountMinor);
    }

    private static Decision DecidePosting(LedgerState state, PendingTransfer hold, long amountMinor)
    {
        if (amountMinor <= 0) return LedgerRefusals.AmountNotPositive;
        if (amountMinor > hold.AmountMinor) return LedgerRefusals.ExceedsPending(Amounts.ToDecimal(hold.AmountMinor, state.Scale));
        return new TransferPosted(hold.Id, hold.Debit.Name, hold.Credit.Name, amountMinor);
    }

    private static Decision DecideVoid(LedgerState state, VoidTransfer command, in CommandContext context)
    {
        if (FindOpen(state, command.Id, out var hold) is { } refusal) return refusal;
        if (CheckFree(hold!, context) is { } bound) return bound;
        return new TransferVoided(hold!.Id, hold.Debit.Name, hold.Credit.Name);
    }

    private static Decision DecideReleaseHold(LedgerState state, ReleaseHold command)
    {
        if (FindOpen(state, command.Id, out var hold) is { } refusal) return refusal;
        if (hold!.Purpose is null) return LedgerRefusals.TransferNotFound(command.Id);
        return new TransferVoided(hold.Id, hold.Debit.Name, hold.Credit.Name);
    }

    /// <summary>The ledger remembers the last payment's number, so each is made once, whoever asks and however often; all of them are made, or none.</summary>
    private static Decision DecidePayments(LedgerState state, PayFromHolds command)
    {
        if (command.Payments.IsDefault || command.Payments.Length > LedgerBounds.MaxPaymentsAtOnce)
            return Bounds.OutOfRange("payments", 0, LedgerBounds.MaxPaymentsAtOnce);
        var paid = state.PaidUpTo(command.PurposeStream ?? "");
        if (command.First < 1 || command.First > paid + 1) return LedgerRefusals.PaymentOutOfTurn(paid + 1);
        var events = ImmutableArray.CreateBuilder<Event>();
        var left = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var i = (int)Math.Min(paid + 1 - command.First, command.Payments.Length); i < command.Payments.Length; i++)
        {
            var payment = command.Payments[i];
            if (FindOpen(state, payment.Transfer, out var hold) is { } closed) return closed;
            if (hold!.Purpose?.Stream != command.PurposeStream) return LedgerRefusals.TransferNotFound(payment.Transfer);
            if (payment.AmountMinor < 0 || payment.ReleasedMinor < 0 || (payment.AmountMinor > 0) != (payment.Credit is not null)) return LedgerRefusals.AmountNotPositive;
            if (payment.Credit is not null && (payment.Credit == hold.Debit.Name || state.FindAccount(payment.Credit) is null)) return LedgerRefusals.AccountNotFound(payment.Credit);
            var rest = left.GetValueOrDefault(hold.Id, hold.AmountMinor);
            if (payment.AmountMinor > rest || payment.ReleasedMinor > rest - payment.AmountMinor) return LedgerRefusals.ExceedsPending(Amounts.ToDecimal(rest, state.Scale));
            left[hold.Id] = rest -= payment.AmountMinor + payment.ReleasedMinor;
            events.Add(new HoldPaid(
                hold.Id, hold.Debit.Name, payment.Credit, payment.AmountMinor, payment.ReleasedMinor, rest, command.PurposeStream!, command.First + i));
        }
        return new Decision.Accepted(events.ToImmutable());
    }

    // Proposals: a trade of credits that the other side agrees to. Who sells has the amount held at once, so that a yes cannot fail for funds.

    private static Decision DecidePropose(LedgerState state, ProposeTrade command, in CommandContext context)
    {
        var sells = command.Side == TradeSide.Sell;
        var wrong = CheckAmount(state, command.Account, command.Counterparty, command.AmountMinor)
            ?? (Enum.IsDefined(command.Side) ? null : Bounds.OutOfRange("side", 0, 1))
            ?? (command.ExpiresInSeconds is { } seconds ? Bounds.CheckSeconds(seconds, "expiresInSeconds") : null);
        if (wrong is not null) return wrong;
        if (state.FindAccount(command.Account) is not { } account) return LedgerRefusals.AccountNotFound(command.Account);
        if (state.FindAccount(command.Counterparty) is not { } counterparty) return LedgerRefusals.AccountNotFound(command.Counterparty);
        var id = context.Id.ToEntityKey();
        if (state.IsTaken(id)) return LedgerRefusals.IdTaken;
        if (state.OpenProposalCount >= LedgerBounds.MaxOpenProposals) return LedgerRefusals.TooMany("open proposals", LedgerBounds.MaxOpenProposals);
        if (state.PendingCount >= LedgerBounds.MaxPending) return LedgerRefusals.TooMany("pending transfers", LedgerBounds.MaxPending);
        var (payer, receiver) = sells ? (account, counterparty) : (counterparty, account);
        if ((sells || command.AutoAccept) && CheckRoom(state, payer, receiver, command.AmountMinor, issues: false, null, context) is { } refusal) return refusal;

        var expiresAt = Bounds.After(context.Now, command.ExpiresInSeconds ?? LedgerBounds.DefaultProposalSeconds);
        var proposed = new TradeProposed(id, command.Side, account.Name, counterparty.Name, command.AmountMinor, expiresAt);
        if (command.AutoAccept)
            return Decision.Of(proposed, new ProposalAccepted(id), new TransferMade(id, payer.Name, receiver.Name, command.AmountMinor, Proposal: id));
        return sells ? Decision.Of(proposed, new TransferHeld(id, payer.Name, receiver.Name, command.AmountMinor, Proposal: id)) : proposed;
    }

    private static Decision DecideAccept(LedgerState state, AcceptProposal command, in CommandContext context)
    {
        if (FindAnswerable(state, command.Id, context, out var proposal) is { } refusal) return refusal;
        var (payer, receiver, amount) = (proposal!.Payer, proposal.Receiver, proposal.AmountMinor);
        var accepted = new ProposalAccepted(proposal.Id);
        if (state.FindPending(proposal.Id) is not null) return Decision.Of(accepted, new TransferPosted(proposal.Id, payer, receiver, amount));
        if (CheckRoom(state, state.FindAccount(payer)!, state.FindAccount(receiver)!, amount, issues: false, null, context) is { } no) return no;
        return Decision.Of(accepted, new TransferMade(proposal.Id, payer, receiver, amount, Proposal: proposal.Id));
    }

    private static Decision DecideReject(LedgerState state, RejectProposal command, in CommandContext context)
    {
        if (FindAnswerable(state, command.Id, context, out var proposal) is { } refusal) return refusal;
        return WithRelease(state, new ProposalRejected(proposal!.Id), proposal);
    }

    private static Decision DecideExpire(LedgerState state, ExpireDue command)
    {
        var events = ImmutableArray.CreateBuilder<Event>();
        foreach (var due in state.Due.TakeWhile(due => due.At <= command.Due).Take(LedgerBounds.MaxExpiredAtOnce))
        {
            if (due.IsProposal)
            {
                events.Add(new ProposalExpired(due.Id));
                if (state.FindPending(due.Id) is { } backing) events.Add(new TransferVoided(due.Id, backing.Debit.Name, backing.Credit.Name));
            }
            else if (state.FindPending(due.Id) is { } hold)
            {
                events.Add(new TransferExpired(due.Id, hold.Debit.Name, hold.Credit.Name));
            }
        }
        return new Decision.Accepted(events.ToImmutable());
    }

    private static Decision WithRelease(LedgerState state, LedgerEvent closed, Proposal proposal) =>
        state.FindPending(proposal.Id) is null ? closed : Decision.Of(closed, new TransferVoided(proposal.Id, proposal.Payer, proposal.Receiver));

    // What several rules ask.

    private static Refusal? CheckForm(LedgerState state, TransferOrder order)
    {
        if (order is null) return LedgerRefusals.NoOrders;
        if (CheckAmount(state, order.Debit, order.Credit, order.AmountMinor) is { } wrong) return wrong;
        if (order.ExpiresInSeconds is { } seconds)
        {
            if (!order.Pending) return LedgerRefusals.NotPending;
            if (Bounds.CheckSeconds(seconds, "expiresInSeconds") is { } never) return never;
        }
        return Bounds.CheckText(order.Memo, "memo");
    }

    private static Refusal? CheckAmount(LedgerState state, string debit, string credit, long amountMinor)
    {
        if (Bounds.CheckName(debit, "account") is { } noPayer) return noPayer;
        if (Bounds.CheckName(credit, "account") is { } noReceiver) return noReceiver;
        if (string.Equals(debit, credit, StringComparison.Ordinal)) return LedgerRefusals.SameAccount;
        if (amountMinor <= 0) return LedgerRefusals.AmountNotPositive;
        return amountMinor > Amounts.MaxMinor ? Bounds.OutOfRange("amount", Amounts.ToDecimal(1, state.Scale), Amounts.ToDecimal(Amounts.MaxMinor, state.Scale)) : null;
    }

    /// <summary>Whether the payer can pay and both accounts can count it, also after what earlier linked orders do.</summary>
    private static Refusal? CheckRoom(
        LedgerState state, Account debit, Account credit, long amountMinor, bool issues, Dictionary<Account, Change>? before, in CommandContext context)
    {
        var payer = before?.GetValueOrDefault(debit) ?? default;
        var receiver = before?.GetValueOrDefault(credit) ?? default;
        if (Lifetime(debit, debit: true) + payer.Out + amountMinor > Amounts.MaxTotalMinor) return LedgerRefusals.ExceedsTotal;
        if (Lifetime(credit, debit: false) + receiver.In + amountMinor > Amounts.MaxTotalMinor) return LedgerRefusals.ExceedsTotal;
        if (issues) return null;
        // Before amounts are compared: by trying one after the other, a yes or a no would tell what is sealed.
        if (debit.SealedDebits != 0 && !IsOperator(context) && !string.Equals(context.Actor, debit.Name, StringComparison.Ordinal)) return LedgerRefusals.SealedFunds(debit.Name);
        var available = debit.AvailableMinor + payer.Available;
        return available >= amountMinor ? null : LedgerRefusals.InsufficientFunds(debit.Name, Amounts.ToDecimal(available, state.Scale));
    }

    private static Int128 Lifetime(Account account, bool debit) =>
        debit ? account.PostedDebits + account.PendingDebits : account.PostedCredits + account.PendingCredits;

    private static void Remember(Dictionary<Account, Change> before, Account debit, Account credit, long amountMinor, bool pending, bool issues)
    {
        var payer = before.GetValueOrDefault(debit);
        before[debit] = payer with { Out = payer.Out + amountMinor, Available = payer.Available - (issues ? 0 : amountMinor) };
        var receiver = before.GetValueOrDefault(credit);
        before[credit] = receiver with { In = receiver.In + amountMinor, Available = receiver.Available + (pending ? 0 : amountMinor) };
    }

    private readonly record struct Change(long Out, long In, long Available);

    private static Refusal? FindOpen(LedgerState state, string? id, out PendingTransfer? hold)
    {
        hold = id is null ? null : state.FindPending(id);
        if (hold is not null) return null;
        return (id is null ? null : state.FindClosed(id)?.Status) switch
        {
            TransferStatus.Posted => LedgerRefusals.AlreadyPosted,
            TransferStatus.Voided => LedgerRefusals.AlreadyVoided,
            TransferStatus.Expired => LedgerRefusals.Expired,
            _ => LedgerRefusals.TransferNotFound(id ?? ""),
        };
    }

    /// <summary>Whether anybody may post or void it: it backs nothing, and its time is not over. (A clock can only refuse; the order of events decides.)</summary>
    private static Refusal? CheckFree(PendingTransfer hold, in CommandContext context)
    {
        if (hold.Purpose is { } purpose) return LedgerRefusals.HeldForPurpose(purpose.Stream);
        if (hold.Proposal is { } proposal) return LedgerRefusals.HeldForPurpose($"proposal {proposal}");
        return context.Now >= hold.ExpiresAt ? LedgerRefusals.Expired : null;
    }

    private static Refusal? FindAnswerable(LedgerState state, string? id, in CommandContext context, out Proposal? proposal)
    {
        proposal = id is null ? null : state.FindProposal(id);
        return proposal switch
        {
            null => LedgerRefusals.ProposalNotFound(id ?? ""),
            { Status: ProposalStatus.Accepted } => LedgerRefusals.AlreadyAccepted,
            { Status: ProposalStatus.Rejected } => LedgerRefusals.AlreadyRejected,
            { Status: ProposalStatus.Expired } => LedgerRefusals.Expired,
            _ when !IsOperator(context) && !string.Equals(context.Actor, proposal.Counterparty, StringComparison.Ordinal) => LedgerRefusals.NotCounterparty(proposal.Counterparty),
            _ => context.Now >= proposal.ExpiresAt ? LedgerRefusals.Expired : null,
        };
    }

    private static bool IsOperator(in CommandContext context) => string.Equals(context.Actor, Viewer.Operator.Actor, StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override LedgerState Evolve(LedgerState state, Event happened)
    {
        switch (happened)
        {
            case TransferMade e: state.Move(e.Transfer, e.Debit, e.Credit, e.AmountMinor, e.Memo, e.Proposal); break;
            case TransferHeld e: state.Hold(e); break;
            case FundsHeld e: state.Hold(e); break;
            case TransferPosted e: state.Close(e.Transfer, TransferStatus.Posted, e.AmountMinor); break;
            case TransferVoided e: state.Close(e.Transfer, TransferStatus.Voided, 0); break;
            case TransferExpired e: state.Close(e.Transfer, TransferStatus.Expired, 0); break;
            case HoldPaid e: state.Pay(e); break;
            case LedgerCreated e: state.Create(e); break;
            case AccountOpened e: state.Open(e); break;
            case FundsIssued e: state.Issue(e); break;
            case TradeProposed e: state.Propose(e); break;
            case ProposalAccepted e: state.CloseProposal(e.Proposal, ProposalStatus.Accepted); break;
            case ProposalRejected e: state.CloseProposal(e.Proposal, ProposalStatus.Rejected); break;
            case ProposalExpired e: state.CloseProposal(e.Proposal, ProposalStatus.Expired); break;
            default: throw new InvalidOperationException($"{happened.GetType().Name} cannot happen to ledger {state.Asset}.");
        }
        return state;
    }

    /// <inheritdoc/>
    protected override Deadline? NextDeadline(LedgerState state) =>
        state.NextDue is { } due ? new Deadline(due.At, $"expire/{due.Id}", new ExpireDue(due.At)) : null;

    /// <inheritdoc/>
    protected override View Answer(LedgerState state, Command command, in CommandContext context) => LedgerViews.Answer(state, command, context);

    /// <inheritdoc/>
    protected override Reply Query(LedgerState state, Query query) => LedgerViews.Reply(state, query);

    /// <inheritdoc/>
    protected override Event Conceal(LedgerState state, Event happened, Viewer viewer) =>
        happened is FundsHeld { Sealed: true } held && !viewer.MaySee(held.Debit) ? held with { AmountMinor = null, Salt = null } : happened;

    /// <inheritdoc/>
    protected override IEnumerable<string> Audit(LedgerState state)
    {
        var (debits, credits, pendingDebits, pendingCredits) = LedgerViews.Sums(state);
        if (debits != credits) yield return $"Ledger {state.Asset}: posted debits {debits} are not posted credits {credits}.";
        if (pendingDebits != pendingCredits) yield return $"Ledger {state.Asset}: pending debits {pendingDebits} are not pending credits {pendingCredits}.";
        var held = state.Pending.ToLookup(hold => hold.Debit, hold => hold);
        var due = state.Pending.ToLookup(hold => hold.Credit, hold => hold);
        foreach (var account in state.Accounts)
        {
            if (account.AvailableMinor < 0) yield return $"Ledger {state.Asset}: account {account.Name} is {-account.AvailableMinor} beyond its limit.";
            if (account.PendingDebits != held[account].Sum(hold => hold.AmountMinor) || account.SealedDebits != held[account].Sum(SealedMinor))
                yield return $"Ledger {state.Asset}: account {account.Name}'s pending debits are not those of its open transfers.";
            if (account.PendingCredits != due[account].Sum(hold => hold.AmountMinor) || account.SealedCredits != due[account].Sum(SealedMinor))
                yield return $"Ledger {state.Asset}: account {account.Name}'s pending credits are not those of its open transfers.";
        }

        static long SealedMinor(PendingTransfer hold) => hold.Sealed ? hold.AmountMinor : 0;
    }

    /// <inheritdoc/>
    public override int CheckpointSchema => 3;

    /// <inheritdoc/>
    protected override void Save(LedgerState state, BinaryWriter writer) => LedgerState.Save(state, writer);

    /// <inheritdoc/>
    protected override LedgerState Restore(string key, ReadOnlySpan<byte> bytes) => LedgerState.Load(key, bytes);
}
