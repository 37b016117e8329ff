using System.Collections.Immutable;

namespace Rialto.Markets.Ledgers;

/// <summary>
/// What a ledger shows. A sealed hold's amount is in the payer's own figures and the operator's; in everybody else's it is not there at all,
/// also not in those of the account that may receive it: its owner is the seller, and is not to know before the reveal.
/// </summary>
internal static class LedgerViews
{
    public static View Answer(LedgerState state, Command command, in CommandContext context)
    {
        var viewer = new Viewer(context.Actor, context.Actor == Viewer.Operator.Actor);
        var id = context.Id.ToEntityKey();
        return command switch
        {
            Transfer { Orders: [var order] } => Show(state, id, order, viewer),
            Transfer c => new TransfersView([.. c.Orders.Select((order, i) => Show(state, Ledger.LinkedId(id, i), order, viewer))]),
            HoldFunds c => Show(state, id, new TransferOrder(c.Debit, c.Credit, c.AmountMinor, Pending: true), viewer),
            PostTransfer c => Show(state, c.Id, null, viewer),
            PostHold c => Show(state, c.Id, null, viewer),
            VoidTransfer c => Show(state, c.Id, null, viewer),
            ReleaseHold c => Show(state, c.Id, null, viewer),
            OpenAccount c when state.FindAccount(c.Account) is { } account => Show(state, account, viewer),
            ProposeTrade when state.FindProposal(id) is { } proposal => Show(state, proposal),
            AcceptProposal c when state.FindProposal(c.Id) is { } proposal => Show(state, proposal),
            RejectProposal c when state.FindProposal(c.Id) is { } proposal => Show(state, proposal),
            CreateLedger => TrialBalance(state, viewer, 0, 100),
            _ => Facts(state, null),
        };
    }

    public static Reply Reply(LedgerState state, Query query)
    {
        if (query is GetLedgerFacts facts) return Facts(state, facts.Account);
        if (!state.Exists) return LedgerRefusals.LedgerNotFound(state.Asset);
        return query switch
        {
            GetTrialBalance q => Cursor.TryRead(q.Cursor, out var from) is { } bad ? bad : TrialBalance(state, q.Viewer, from ?? 0, q.Limit),
            GetAccount q => state.FindAccount(q.Account ?? "") is { } account ? Show(state, account, q.Viewer) : LedgerRefusals.AccountNotFound(q.Account ?? ""),
            GetTransfer q => Find(state, q.Id ?? "", q.Viewer) is { } transfer ? transfer : LedgerRefusals.TransferNotFound(q.Id ?? ""),
            GetProposal q => state.FindProposal(q.Id ?? "") is { } proposal ? Show(state, proposal) : LedgerRefusals.ProposalNotFound(q.Id ?? ""),
            GetProposals q => Cursor.TryRead(q.Cursor, out var before) is { } bad ? bad : Proposals(state, q, before),
            _ => throw new InvalidOperationException($"A ledger cannot be asked {query.GetType().Name}."),
        };
    }

    private static LedgerFactsView Facts(LedgerState state, string? account) =>
        new(state.Asset, state.Exists, state.Scale, account is not null && state.FindAccount(account) is not null);

    private static AccountView Show(LedgerState state, Account account, Viewer viewer)
    {
        var line = Line(state, account, seesDebits: viewer.MaySee(account.Name), seesCredits: viewer.IsOperator);
        return new AccountView(
            state.Asset, line.Account, line.Balance, line.Available, line.PostedDebits, line.PostedCredits, line.PendingDebits, line.PendingCredits,
            Amounts.ToDecimal(account.LimitMinor, state.Scale));
    }

    private static AccountLine Line(LedgerState state, Account account, bool seesDebits, bool seesCredits)
    {
        var hiddenDebits = seesDebits ? 0 : account.SealedDebits;
        var hiddenCredits = seesCredits ? 0 : account.SealedCredits;
        return new AccountLine(
            account.Name,
            Amounts.ToDecimal(account.BalanceMinor, state.Scale),
            Amounts.ToDecimal(account.AvailableMinor + hiddenDebits, state.Scale),
            Amounts.ToDecimal(account.PostedDebits, state.Scale),
            Amounts.ToDecimal(account.PostedCredits, state.Scale),
            Amounts.ToDecimal(account.PendingDebits - hiddenDebits, state.Scale),
            Amounts.ToDecimal(account.PendingCredits - hiddenCredits, state.Scale));
    }

    private static TrialBalanceView TrialBalance(LedgerState state, Viewer viewer, long from, int limit)
    {
        var start = (int)Math.Min(from, state.AccountCount);
        var end = Math.Min(start + Bounds.Page(limit), state.AccountCount);
        var lines = ImmutableArray.CreateBuilder<AccountLine>(end - start);
        for (var i = start; i < end; i++) lines.Add(Line(state, state.Accounts[i], viewer.IsOperator, viewer.IsOperator));
        var (debits, credits, pendingDebits, pendingCredits) = Sums(state, viewer.IsOperator);
        return new TrialBalanceView(
            state.Asset, state.Scale, debits == credits && pendingDebits == pendingCredits,
            Total(debits), Total(credits), Total(pendingDebits), Total(pendingCredits),
            state.AccountCount, lines.MoveToImmutable(), end < state.AccountCount ? Cursor.Write(end) : null);

        // Adding a zero of the scale keeps its decimals, which a division drops.
        decimal Total(Int128 minor) => ((decimal)minor / Amounts.ToDecimal(1_000_000_000, Amounts.MaxScale - state.Scale)) + Amounts.ToDecimal(0, state.Scale);
    }

    /// <summary>The sums over all accounts, added up anew: a trial balance that only repeated running totals would prove nothing.</summary>
    public static (Int128 Debits, Int128 Credits, Int128 PendingDebits, Int128 PendingCredits) Sums(LedgerState state, bool withSealed = true)
    {
        Int128 debits = 0, credits = 0, pendingDebits = 0, pendingCredits = 0;
        foreach (var account in state.Accounts)
        {
            debits += account.PostedDebits;
            credits += account.PostedCredits;
            pendingDebits += account.PendingDebits - (withSealed ? 0 : account.SealedDebits);
            pendingCredits += account.PendingCredits - (withSealed ? 0 : account.SealedCredits);
        }
        return (debits, credits, pendingDebits, pendingCredits);
    }

    private static TransferView? Find(LedgerState state, string id, Viewer viewer)
    {
        if (state.FindPending(id) is { } hold)
        {
            return new TransferView
            {
                Id = hold.Id,
                Asset = state.Asset,
                Debit = hold.Debit.Name,
                Credit = hold.Credit.Name,
                Amount = AmountFor(hold.OriginalMinor, hold.Sealed, hold.Debit.Name),
                Posted = hold.PaidMinor > 0 ? Amounts.ToDecimal(hold.PaidMinor, state.Scale) : null,
                Status = TransferStatus.Pending,
                ExpiresAt = hold.ExpiresAt ?? (hold.Proposal is { } proposal ? state.FindProposal(proposal)?.ExpiresAt : null),
                Memo = hold.Memo,
                Purpose = hold.Purpose?.Stream,
                Proposal = hold.Proposal,
            };
        }
        if (state.FindClosed(id) is not { } closed) return null;
        return new TransferView
        {
            Id = closed.Id,
            Asset = state.Asset,
            Debit = closed.Debit,
            Credit = closed.Credit,
            Amount = AmountFor(closed.AmountMinor, closed.Sealed, closed.Debit),
            Posted = closed.Status == TransferStatus.Posted ? Amounts.ToDecimal(closed.PostedMinor, state.Scale) : null,
            Status = closed.Status,
            Memo = closed.Memo,
            Purpose = closed.Purpose,
            Proposal = closed.Proposal,
        };

        decimal? AmountFor(long minor, bool isSealed, string payer) => isSealed && !viewer.MaySee(payer) ? null : Amounts.ToDecimal(minor, state.Scale);
    }

    /// <summary>A transfer that was just made. Should it be forgotten already, the order tells what it was.</summary>
    private static TransferView Show(LedgerState state, string id, TransferOrder? order, Viewer viewer) =>
        Find(state, id, viewer) ?? new TransferView
        {
            Id = id,
            Asset = state.Asset,
            Debit = order?.Debit ?? "",
            Credit = order?.Credit ?? "",
            Amount = order is null ? null : Amounts.ToDecimal(order.AmountMinor, state.Scale),
            Posted = order is { Pending: false } ? Amounts.ToDecimal(order.AmountMinor, state.Scale) : null,
            Status = order is { Pending: true } ? TransferStatus.Pending : TransferStatus.Posted,
            Memo = order?.Memo,
        };

    private static ProposalView Show(LedgerState state, Proposal proposal) => new(
        proposal.Id, state.Asset, proposal.Side, proposal.Account, proposal.Counterparty, Amounts.ToDecimal(proposal.AmountMinor, state.Scale),
        proposal.Status, proposal.ExpiresAt,
        proposal.Status == ProposalStatus.Accepted || proposal is { Status: ProposalStatus.Open, Side: TradeSide.Sell } ? proposal.Id : null);

    private static ProposalsView Proposals(LedgerState state, GetProposals query, long? before)
    {
        var limit = Bounds.Page(query.Limit);
        var found = state.Proposals
            .Where(proposal => before is null || proposal.Number < before)
            .Where(proposal => !query.OpenOnly || proposal.Status == ProposalStatus.Open)
            .Where(proposal => query.Account is null || proposal.Account == query.Account || proposal.Counterparty == query.Account)
            .Take(limit + 1)
            .ToList();
        var next = found.Count > limit ? Cursor.Write(found[limit - 1].Number) : null;
        return new ProposalsView([.. found.Take(limit).Select(proposal => Show(state, proposal))], next);
    }
}
