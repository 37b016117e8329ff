using System.Collections.Immutable;
using Rialto.Api.Http;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;

namespace Rialto.Api.Ledgers;

/// <summary>Ledgers over HTTP: accounts, transfers in one or two phases, proposals; balances, history and statements.</summary>
internal static class LedgerEndpoints
{
    private static readonly string[] AmountCodes = ["amount-not-positive", "too-many-decimals", "out-of-range"];
    private static readonly string[] ClosedCodes = ["transfer-not-found", "already-posted", "already-voided", "expired", "held-for-purpose"];

    public static void MapLedgers(this Routes routes)
    {
        MapLedgersThemselves(routes);
        MapTransfers(routes);
        MapProposals(routes);
    }

    private static void MapLedgersThemselves(Routes routes)
    {
        routes.Post("/api/ledgers", LedgerBodies.Default.CreateLedgerBody, CreateAsync)
            .Says("CreateLedger", "Open the ledger of an asset.").Returns<TrialBalanceView>(201)
            .Refuses("ledger-exists", "invalid-name", "out-of-range").Example("""{"asset":"kWh","scale":2}""");
        routes.Get("/api/ledgers", ListAsync)
            .Says("ListLedgers", "Ledgers, by name.").Returns<PageShape<LedgerListItem>>().Pages();
        routes.Get("/api/ledgers/{asset}", TrialBalanceAsync)
            .Says("GetTrialBalance", "A ledger's trial balance: all accounts and their sums.").Returns<TrialBalanceView>()
            .Pages().Asks(MappedRoute.At).Refuses("ledger-not-found", "beyond-end");
        routes.Post("/api/ledgers/{asset}/accounts", LedgerBodies.Default.OpenAccountBody, OpenAsync)
            .Says("OpenAccount", "Open an account. What it begins with comes from the issuer.").Returns<AccountView>(201)
            .Refuses("ledger-not-found", "account-exists", "invalid-name", "too-many-decimals", "out-of-range").Example("""{"account":"node-1","initial":100,"limit":0}""");
        routes.Get("/api/ledgers/{asset}/accounts/{account}", GetAccountAsync)
            .Says("GetAccount", "One account's balance.").Returns<AccountView>().Asks(MappedRoute.MinSeq, MappedRoute.At).Refuses("ledger-not-found", "account-not-found", "beyond-end");
        routes.Get("/api/ledgers/{asset}/accounts/{account}/history", HistoryAsync)
            .Says("GetHistory", "An account's history, newest first.").Returns<PageShape<HistoryLine>>().Pages().Refuses("ledger-not-found", "account-not-found");
        routes.GetRaw("/api/ledgers/{asset}/accounts/{account}/statement", Statement.WriteAsync)
            .Says("GetStatement", "An account's history, oldest first, as CSV.").Returns("text/csv").Asks(MappedRoute.MinSeq).Refuses("ledger-not-found", "account-not-found");
    }

    private static void MapTransfers(Routes routes)
    {
        routes.Post("/api/ledgers/{asset}/transfers", LedgerBodies.Default.TransferBody, TransferAsync)
            .Says("Transfer", "Move an amount, or hold it (pending); or several that succeed or fail together (linked).").Returns<TransferView>(201)
            .Refuses(["ledger-not-found", "account-not-found", "insufficient-funds", "sealed-funds", "same-account", .. AmountCodes, "not-pending"])
            .Example("""{"debit":"node-1","credit":"node-2","amount":20,"pending":false,"expiresInSeconds":null,"memo":null}""");
        routes.Get("/api/ledgers/{asset}/transfers/{id}", GetTransferAsync)
            .Says("GetTransfer", "One transfer. Those that were closed long ago stand in their accounts' history.").Returns<TransferView>()
            .Asks(MappedRoute.MinSeq, MappedRoute.At).Refuses("ledger-not-found", "transfer-not-found", "beyond-end");
        routes.Post("/api/ledgers/{asset}/transfers/{id}/post", LedgerBodies.Default.PostTransferBody, PostAsync, new PostTransferBody())
            .Says("PostTransfer", "Complete a pending transfer, in full or in part; the rest is released.").Returns<TransferView>()
            .Refuses(["ledger-not-found", .. ClosedCodes, "exceeds-pending", .. AmountCodes]).Example("""{"amount":null}""");
        routes.Post("/api/ledgers/{asset}/transfers/{id}/void", EmptyBodies.Default.EmptyBody, VoidAsync, EmptyBody.Instance)
            .Says("VoidTransfer", "Release a pending transfer.").Returns<TransferView>().Refuses(["ledger-not-found", .. ClosedCodes]).Example("{}");
    }

    private static void MapProposals(Routes routes)
    {
        routes.Post("/api/ledgers/{asset}/proposals", LedgerBodies.Default.ProposeBody, ProposeAsync)
            .Says("ProposeTrade", "Propose a trade of credits; the counterparty accepts or rejects it. The account is the actor's own if none is named.").Returns<ProposalView>(201)
            .Refuses(["ledger-not-found", "account-not-found", "insufficient-funds", "sealed-funds", "same-account", .. AmountCodes])
            .Example("""{"side":"sell","counterparty":"node-2","amount":20,"account":"node-1","autoAccept":true}""");
        routes.Get("/api/ledgers/{asset}/proposals", ListProposalsAsync)
            .Says("ListProposals", "Proposals, newest first.").Returns<ProposalsView>()
            .Asks(new QueryNote("account", false, "Only those that this account made or is asked by."), new QueryNote("open", false, "Only those that wait for an answer.", ["true", "false"]))
            .Pages().Asks(MappedRoute.At).Refuses("ledger-not-found", "beyond-end");
        routes.Get("/api/ledgers/{asset}/proposals/{id}", GetProposalAsync)
            .Says("GetProposal", "One proposal.").Returns<ProposalView>().Asks(MappedRoute.MinSeq, MappedRoute.At).Refuses("ledger-not-found", "proposal-not-found", "beyond-end");
        routes.Post("/api/ledgers/{asset}/proposals/{id}/accept", EmptyBodies.Default.EmptyBody, AcceptAsync, EmptyBody.Instance)
            .Says("AcceptProposal", "Say yes: the credits move. The counterparty only.").Returns<ProposalView>()
            .Refuses("ledger-not-found", "proposal-not-found", "not-counterparty", "already-accepted", "already-rejected", "expired", "insufficient-funds").Example("{}");
        routes.Post("/api/ledgers/{asset}/proposals/{id}/reject", EmptyBodies.Default.EmptyBody, RejectAsync, EmptyBody.Instance)
            .Says("RejectProposal", "Say no. The counterparty only.").Returns<ProposalView>()
            .Refuses("ledger-not-found", "proposal-not-found", "not-counterparty", "already-accepted", "already-rejected", "expired").Example("{}");
    }

    // Ledgers and accounts.

    private static async ValueTask<Answer> CreateAsync(WriteCall<CreateLedgerBody> call)
    {
        var asset = call.Body.Asset;
        if (Bounds.CheckName(asset, "asset") is { } wrong) return wrong;
        return await call.ExecuteAsync(StreamId.Of("ledger", asset), new CreateLedger(call.Body.Scale ?? 2), $"/api/ledgers/{asset}");
    }

    private static async ValueTask<Answer> ListAsync(Call call)
    {
        if (call.Page(out var limit, out string? cursor) is { } wrong) return wrong;
        if (cursor is not null && !Bounds.IsName(cursor)) return Problems.InvalidCursor;
        if (await call.WaitAsync() is { } behind) return behind;
        var page = call.Engine.Replica.Ask((LedgerBook book) => book.List(cursor, limit), out var visibleTo);
        return Answer.Page(page, visibleTo);
    }

    private static async ValueTask<Answer> TrialBalanceAsync(Call call)
    {
        if (Named(call.Part("asset"), out var ledger) is { } no) return no;
        if (call.Page(out var limit, out long? from) is { } wrong) return wrong;
        return await call.AskAsync(ledger, new GetTrialBalance(call.Viewer, from is { } place ? Cursor.Write(place) : null, limit));
    }

    private static async ValueTask<Answer> OpenAsync(WriteCall<OpenAccountBody> call)
    {
        if (Named(call.Part("asset"), out var ledger) is { } no) return no;
        var (scale, unknown) = await call.Door.ScaleOfLedgerAsync(ledger);
        if (unknown is not null) return unknown;
        if ((call.Body.Initial ?? default).ToMinor("initial", scale, out var initial) is { } wrongInitial) return wrongInitial;
        if ((call.Body.Limit ?? default).ToMinor("limit", scale, out var limit) is { } wrongLimit) return wrongLimit;
        return await call.ExecuteAsync(ledger, new OpenAccount(call.Body.Account, initial, limit), $"/api/ledgers/{ledger.Key}/accounts/{Uri.EscapeDataString(call.Body.Account)}");
    }

    private static async ValueTask<Answer> GetAccountAsync(Call call) =>
        Named(call.Part("asset"), out var ledger) is { } no ? no : await call.AskAsync(ledger, new GetAccount(call.Part("account"), call.Viewer));

    private static async ValueTask<Answer> HistoryAsync(Call call)
    {
        if (Named(call.Part("asset"), out var ledger) is { } no) return no;
        if (call.Page(out var limit, out long? before) is { } wrong) return wrong;
        if (await call.WaitAsync() is { } behind) return behind;
        var (account, viewer) = (call.Part("account"), call.Viewer);
        var page = call.Engine.Replica.Ask((LedgerBook book) => book.History(ledger.Key, account, viewer, before, limit), out var visibleTo);
        return page is null ? await WhyNotAsync(call, ledger, account) : Answer.Page(page, visibleTo);
    }

    /// <summary>Why an account has no history here: the ledger itself knows.</summary>
    internal static async ValueTask<Problem> WhyNotAsync(Call call, StreamId ledger, string account)
    {
        var reply = await call.Engine.QueryAsync(ledger, new GetAccount(account, call.Viewer));
        return reply.Refusal is { } refusal ? refusal : Problems.Behind;
    }

    // Transfers.

    private static async ValueTask<Answer> TransferAsync(WriteCall<TransferBody> call)
    {
        if (Named(call.Part("asset"), out var ledger) is { } no) return no;
        if (CheckForm(call.Body) is { } wrongForm) return wrongForm;
        var (scale, unknown) = await call.Door.ScaleOfLedgerAsync(ledger);
        if (unknown is not null) return unknown;
        if (Orders(call.Body, scale, out var orders) is { } wrong) return wrong;
        return await call.ExecuteAsync(ledger, new Transfer(orders), $"/api/ledgers/{ledger.Key}/transfers/{call.Id.ToEntityKey()}");
    }

    private static Problem? CheckForm(TransferBody body)
    {
        var single = body.Debit is not null || body.Credit is not null || body.Amount is not null || body.Pending is not null || body.ExpiresInSeconds is not null || body.Memo is not null;
        if (body.Linked is not null)
            return single ? new Problem(400, "unknown-field", "Give either one transfer, or a list of linked ones.").With("field", "linked") : null;
        var missing = body.Debit is null ? "debit" : body.Credit is null ? "credit" : body.Amount is null ? "amount" : null;
        return missing is null ? null : new Problem(400, "missing-field", $"Add the field {missing}, or a list of linked transfers.").With("field", missing);
    }

    private static Refusal? Orders(TransferBody body, int scale, out ImmutableArray<TransferOrder> orders)
    {
        orders = [];
        if (body.Linked is null)
        {
            if (body.Amount!.Value.ToMinor("amount", scale, out var amount) is { } wrong) return wrong;
            orders = [new TransferOrder(body.Debit!, body.Credit!, amount, body.Pending ?? false, body.ExpiresInSeconds, body.Memo)];
            return null;
        }
        var linked = ImmutableArray.CreateBuilder<TransferOrder>(body.Linked.Length);
        foreach (var one in body.Linked)
        {
            if (one.Amount.ToMinor("amount", scale, out var amount) is { } wrong) return wrong.With("linked", linked.Count + 1);
            linked.Add(new TransferOrder(one.Debit, one.Credit, amount, one.Pending ?? false, one.ExpiresInSeconds, one.Memo));
        }
        orders = linked.MoveToImmutable();
        return null;
    }

    private static async ValueTask<Answer> GetTransferAsync(Call call) =>
        Named(call.Part("asset"), out var ledger) is { } no ? no : await call.AskAsync(ledger, new GetTransfer(call.Part("id"), call.Viewer));

    private static async ValueTask<Answer> PostAsync(WriteCall<PostTransferBody> call)
    {
        if (Named(call.Part("asset"), out var ledger) is { } no) return no;
        var (scale, unknown) = await call.Door.ScaleOfLedgerAsync(ledger);
        if (unknown is not null) return unknown;
        long? amount = null;
        if (call.Body.Amount is { } given)
        {
            if (given.ToMinor("amount", scale, out var minor) is { } wrong) return wrong;
            amount = minor;
        }
        return await call.ExecuteAsync(ledger, new PostTransfer(call.Part("id"), amount));
    }

    private static async ValueTask<Answer> VoidAsync(WriteCall<EmptyBody> call) =>
        Named(call.Part("asset"), out var ledger) is { } no ? no : await call.ExecuteAsync(ledger, new VoidTransfer(call.Part("id")));

    // Proposals.

    private static async ValueTask<Answer> ProposeAsync(WriteCall<ProposeBody> call)
    {
        if (Named(call.Part("asset"), out var ledger) is { } no) return no;
        var body = call.Body;
        var (scale, unknown) = await call.Door.ScaleOfLedgerAsync(ledger);
        if (unknown is not null) return unknown;
        if (body.Amount.ToMinor("amount", scale, out var amount) is { } wrong) return wrong;
        var command = new ProposeTrade(body.Side, body.Counterparty, amount, body.Account ?? call.Actor, body.AutoAccept ?? false, body.ExpiresInSeconds);
        return await call.ExecuteAsync(ledger, command, $"/api/ledgers/{ledger.Key}/proposals/{call.Id.ToEntityKey()}");
    }

    private static async ValueTask<Answer> ListProposalsAsync(Call call)
    {
        if (Named(call.Part("asset"), out var ledger) is { } no) return no;
        if (call.Text("account", out var account) is { } wrongAccount) return wrongAccount;
        if (call.Switch("open", out var open) is { } wrongOpen) return wrongOpen;
        if (call.Page(out var limit, out long? before) is { } wrong) return wrong;
        return await call.AskAsync(ledger, new GetProposals(account, open, before is { } place ? Cursor.Write(place) : null, limit));
    }

    private static async ValueTask<Answer> GetProposalAsync(Call call) =>
        Named(call.Part("asset"), out var ledger) is { } no ? no : await call.AskAsync(ledger, new GetProposal(call.Part("id")));

    private static async ValueTask<Answer> AcceptAsync(WriteCall<EmptyBody> call) =>
        Named(call.Part("asset"), out var ledger) is { } no ? no : await call.ExecuteAsync(ledger, new AcceptProposal(call.Part("id")));

    private static async ValueTask<Answer> RejectAsync(WriteCall<EmptyBody> call) =>
        Named(call.Part("asset"), out var ledger) is { } no ? no : await call.ExecuteAsync(ledger, new RejectProposal(call.Part("id")));

    /// <summary>What can be no ledger's name names none.</summary>
    internal static Problem? Named(string asset, out StreamId ledger)
    {
        ledger = default;
        if (!Bounds.IsName(asset)) return new Problem(404, "ledger-not-found", "There is no such ledger. Look it up in the list of ledgers.");
        ledger = StreamId.Of("ledger", asset);
        return null;
    }
}
