using Rialto.Markets;
using Rialto.Markets.Ledgers;

namespace Rialto.Tests.Markets;

public sealed class LedgerTests
{
    internal static Stage Opened(params string[] accounts)
    {
        var ledger = new Stage(new Ledger(), "kWh");
        ledger.Accept("operator", new CreateLedger(2));
        foreach (var account in accounts.Length == 0 ? ["node-1", "node-2", "node-3"] : accounts) ledger.Accept(account, new OpenAccount(account, 100_00));
        return ledger;
    }

    internal static AccountView Account(Stage ledger, string account, string? viewer = null) =>
        ledger.Ask<AccountView>(new GetAccount(account, new Viewer(viewer ?? account)));

    private static Transfer Pay(string debit, string credit, long amountMinor, bool pending = false, int? expires = null) =>
        new(new TransferOrder(debit, credit, amountMinor, pending, expires));

    [Fact]
    public void What_an_account_starts_with_comes_from_the_issuer()
    {
        var ledger = Opened("node-1", "node-2");
        Assert.Equal(100.00m, Account(ledger, "node-1").Balance);
        Assert.Equal(-200.00m, Account(ledger, "issuer").Balance);
        Assert.Equal(0.00m, Account(ledger, "issuer").Available);
    }

    [Fact]
    public void A_direct_transfer_moves_credits_at_once()
    {
        var ledger = Opened();
        var moved = Assert.IsType<TransferMade>(Assert.Single(ledger.Accept("node-1", Pay("node-1", "node-2", 20_00))));
        Assert.Equal(ledger.LastId.ToEntityKey(), moved.Transfer);
        Assert.Equal((80.00m, 120.00m), (Account(ledger, "node-1").Balance, Account(ledger, "node-2").Balance));
        ledger.HoldsItsMemory();
    }

    [Fact]
    public void A_pending_transfer_is_spent_by_neither_side()
    {
        var ledger = Opened();
        ledger.Accept("node-1", Pay("node-1", "node-2", 60_00, pending: true));
        Assert.Equal((100.00m, 40.00m, 60.00m), (Account(ledger, "node-1").Balance, Account(ledger, "node-1").Available, Account(ledger, "node-1").PendingDebits));
        Assert.Equal((100.00m, 100.00m, 60.00m), (Account(ledger, "node-2").Balance, Account(ledger, "node-2").Available, Account(ledger, "node-2").PendingCredits));
        ledger.Refuse("node-1", Pay("node-1", "node-3", 41_00), "insufficient-funds");
    }

    [Theory]
    [InlineData(null, 40.00, 160.00)]
    [InlineData(25_00L, 75.00, 125.00)]
    public void Posting_moves_all_or_the_part_that_is_asked_for_and_releases_the_rest(long? part, double payer, double receiver)
    {
        var ledger = Opened();
        ledger.Accept("node-1", Pay("node-1", "node-2", 60_00, pending: true));
        ledger.Accept("node-1", new PostTransfer(ledger.LastId.ToEntityKey(), part));
        Assert.Equal(((decimal)payer, (decimal)payer), (Account(ledger, "node-1").Balance, Account(ledger, "node-1").Available));
        Assert.Equal((decimal)receiver, Account(ledger, "node-2").Balance);
        ledger.HoldsItsMemory();
    }

    [Fact]
    public void Voiding_and_expiring_release_everything()
    {
        var ledger = Opened();
        ledger.Accept("node-1", Pay("node-1", "node-2", 60_00, pending: true));
        ledger.Accept("node-1", new VoidTransfer(ledger.LastId.ToEntityKey()));
        ledger.Accept("node-1", Pay("node-1", "node-2", 70_00, pending: true, expires: 30));
        var expired = Assert.IsType<TransferExpired>(Assert.Single(ledger.LetDeadlineCome()));
        Assert.Equal(Stage.Noon.AddSeconds(30), ledger.Now);
        Assert.Equal(100.00m, Account(ledger, "node-1").Available);
        ledger.Refuse("node-1", new PostTransfer(expired.Transfer), "expired");
        Assert.Null(ledger.Kind.NextDeadline(ledger.State));
        ledger.HoldsItsMemory();
    }

    [Fact]
    public void A_deadline_that_comes_late_or_twice_does_nothing()
    {
        var ledger = Opened();
        ledger.Accept("node-1", Pay("node-1", "node-2", 60_00, pending: true, expires: 30));
        var deadline = Assert.IsType<Deadline>(ledger.Kind.NextDeadline(ledger.State));
        ledger.Accept("node-1", new PostTransfer(ledger.LastId.ToEntityKey()));
        Assert.Empty(ledger.Accept("rialto", deadline.Command));
        Assert.Empty(new Stage(new Ledger(), "none").Accept("rialto", new ExpireDue(Stage.Noon)));
    }

    [Fact]
    public void Deadlines_come_in_order_and_a_crowd_of_them_in_portions_with_names_of_their_own()
    {
        var ledger = Opened();
        for (var i = 0; i < LedgerBounds.MaxExpiredAtOnce + 10; i++) ledger.Accept("node-1", Pay("node-1", "node-2", 1, pending: true, expires: 60));
        ledger.Accept("node-1", Pay("node-1", "node-2", 1, pending: true, expires: 10));
        Assert.Equal(Stage.Noon.AddSeconds(10), ledger.Kind.NextDeadline(ledger.State)!.At);
        Assert.Single(ledger.LetDeadlineCome());
        var first = ledger.Kind.NextDeadline(ledger.State)!.Name;
        Assert.Equal(LedgerBounds.MaxExpiredAtOnce, ledger.LetDeadlineCome().Length);
        Assert.NotEqual(first, ledger.Kind.NextDeadline(ledger.State)!.Name);
        Assert.Equal(10, ledger.LetDeadlineCome().Length);
    }

    [Fact]
    public void The_clock_refuses_what_comes_too_late_even_before_the_deadline_is_carried_out()
    {
        var ledger = Opened();
        ledger.Accept("node-1", Pay("node-1", "node-2", 60_00, pending: true, expires: 30));
        var id = ledger.LastId.ToEntityKey();
        ledger.Now = Stage.Noon.AddSeconds(30);
        ledger.Refuse("node-1", new PostTransfer(id), "expired");
    }

    [Fact]
    public void Linked_transfers_succeed_together_and_later_ones_see_earlier_ones()
    {
        var ledger = Opened();
        var events = ledger.Accept("node-1", new Transfer([new("node-1", "node-2", 100_00), new("node-2", "node-3", 200_00, Pending: true), new("node-3", "node-1", 50_00)]));
        var id = ledger.LastId.ToEntityKey();
        Assert.Equal([id, $"{id}-2", $"{id}-3"], events.Select(e => e switch { TransferMade m => m.Transfer, TransferHeld h => h.Transfer, _ => "" }));
        Assert.Equal((50.00m, 0.00m, 50.00m), (Account(ledger, "node-1").Balance, Account(ledger, "node-2").Available, Account(ledger, "node-3").Balance));
        Assert.Equal(3, ((TransfersView)ledger.Kind.Answer(ledger.State, new Transfer([new("a", "b", 1), new("a", "b", 1), new("a", "b", 1)]), new(ledger.LastId, "node-1", ledger.Now))).Transfers.Length);
        ledger.HoldsItsMemory();
    }

    [Fact]
    public void Linked_transfers_fail_together()
    {
        var ledger = Opened();
        var before = ledger.Kind.Save(ledger.State);
        var refusal = ledger.Refuse("node-1", new Transfer([new("node-1", "node-2", 60_00), new("node-1", "node-3", 60_00)]), "insufficient-funds");
        Assert.Contains(refusal.Fields, field => field is { Name: "available", Number: 40.00m });
        Assert.Contains(refusal.Fields, field => field is { Name: "linked", Number: 2 });
        // What is only pending is not there to be spent by a later one.
        ledger.Refuse("node-1", new Transfer([new("node-1", "node-2", 60_00, Pending: true), new("node-2", "node-3", 110_00)]), "insufficient-funds");
        Assert.Equal(before, ledger.Kind.Save(ledger.State));
    }

    [Fact]
    public void A_limit_lets_an_account_go_below_zero_that_far_and_no_further()
    {
        var ledger = Opened("node-1");
        ledger.Accept("bank", new OpenAccount("bank", 0, 50_00));
        ledger.Accept("bank", Pay("bank", "node-1", 50_00));
        Assert.Equal((-50.00m, 0.00m), (Account(ledger, "bank").Balance, Account(ledger, "bank").Available));
        ledger.Refuse("bank", Pay("bank", "node-1", 1), "insufficient-funds");
    }

    [Fact]
    public void Only_the_operator_issues_more_and_what_came_back_can_be_spent_again()
    {
        var ledger = Opened("node-1");
        ledger.Refuse("node-1", Pay("issuer", "node-1", 1), "insufficient-funds");
        Assert.IsType<FundsIssued>(Assert.Single(ledger.Accept("operator", Pay("issuer", "node-1", 5_00))));
        Assert.Equal((-105.00m, 0.00m), (Account(ledger, "issuer").Balance, Account(ledger, "issuer").Available));
        ledger.Accept("node-1", Pay("node-1", "issuer", 30_00));
        Assert.Equal(30.00m, Account(ledger, "issuer").Available);
    }

    [Fact]
    public void Sums_never_overflow_however_much_is_issued()
    {
        var ledger = new Stage(new Ledger(), "kWh");
        ledger.Accept("operator", new CreateLedger(0));
        ledger.Accept("a", new OpenAccount("a"));
        var issue = new Transfer([.. Enumerable.Repeat(new TransferOrder("issuer", "a", Amounts.MaxMinor), LedgerBounds.MaxLinked)]);
        for (var i = 0; i < 10; i++) ledger.Accept("operator", issue);
        Assert.Equal(Amounts.MaxTotalMinor, Account(ledger, "a").Balance);
        ledger.Refuse("operator", Pay("issuer", "a", 1), "exceeds-total");
        ledger.Refuse("b", new OpenAccount("b", 1), "exceeds-total");
        ledger.HoldsItsMemory();
    }

    [Fact]
    public void A_sale_that_is_proposed_is_held_and_moves_credits_once_when_accepted()
    {
        var ledger = Opened();
        ledger.Accept("node-1", new ProposeTrade(TradeSide.Sell, "node-2", 20_00, "node-1"));
        var id = ledger.LastId.ToEntityKey();
        Assert.Equal(80.00m, Account(ledger, "node-1").Available);
        Assert.Equal(ProposalStatus.Open, ledger.Ask<ProposalView>(new GetProposal(id)).Status);
        ledger.Accept("node-2", new AcceptProposal(id));
        Assert.Equal((80.00m, 120.00m), (Account(ledger, "node-1").Balance, Account(ledger, "node-2").Balance));
        ledger.Refuse("node-2", new AcceptProposal(id), "already-accepted");
        Assert.Equal((80.00m, 120.00m), (Account(ledger, "node-1").Balance, Account(ledger, "node-2").Balance));
        ledger.HoldsItsMemory();
    }

    [Fact]
    public void A_purchase_takes_credits_from_the_counterparty_when_they_accept()
    {
        var ledger = Opened();
        ledger.Accept("node-1", new ProposeTrade(TradeSide.Buy, "node-2", 30_00, "node-1"));
        var id = ledger.LastId.ToEntityKey();
        Assert.Equal(100.00m, Account(ledger, "node-2").Available);
        ledger.Accept("node-2", Pay("node-2", "node-3", 80_00));
        ledger.Refuse("node-2", new AcceptProposal(id), "insufficient-funds");
        ledger.Accept("node-3", Pay("node-3", "node-2", 50_00));
        ledger.Accept("operator", new AcceptProposal(id));
        Assert.Equal((130.00m, 40.00m), (Account(ledger, "node-1").Balance, Account(ledger, "node-2").Balance));
    }

    [Theory]
    [InlineData(TradeSide.Sell, 80.00, 120.00)]
    [InlineData(TradeSide.Buy, 120.00, 80.00)]
    public void An_auto_accepted_trade_is_done_in_one_decision(TradeSide side, double proposer, double counterparty)
    {
        var ledger = Opened();
        Assert.Equal(3, ledger.Accept("node-1", new ProposeTrade(side, "node-2", 20_00, "node-1", AutoAccept: true)).Length);
        Assert.Equal(((decimal)proposer, (decimal)counterparty), (Account(ledger, "node-1").Balance, Account(ledger, "node-2").Balance));
        Assert.Null(ledger.Kind.NextDeadline(ledger.State));
    }

    [Fact]
    public void Rejected_and_unanswered_proposals_release_what_they_held()
    {
        var ledger = Opened();
        ledger.Accept("node-1", new ProposeTrade(TradeSide.Sell, "node-2", 20_00, "node-1"));
        var rejected = ledger.LastId.ToEntityKey();
        ledger.Refuse("node-1", new VoidTransfer(rejected), "held-for-purpose");
        ledger.Refuse("node-3", new RejectProposal(rejected), "not-counterparty");
        ledger.Accept("node-2", new RejectProposal(rejected));
        ledger.Accept("node-1", new ProposeTrade(TradeSide.Sell, "node-2", 20_00, "node-1"));
        var expired = ledger.LastId.ToEntityKey();
        Assert.Equal(2, ledger.LetDeadlineCome().Length);
        Assert.Equal(Stage.Noon.AddSeconds(LedgerBounds.DefaultProposalSeconds), ledger.Now);
        Assert.Equal(100.00m, Account(ledger, "node-1").Available);
        ledger.Refuse("node-2", new AcceptProposal(rejected), "already-rejected");
        ledger.Refuse("node-2", new AcceptProposal(expired), "expired");
        Assert.Equal([expired, rejected], ledger.Ask<ProposalsView>(new GetProposals("node-2")).Items.Select(item => item.Id));
        Assert.Empty(ledger.Ask<ProposalsView>(new GetProposals("node-2", OpenOnly: true)).Items);
    }

    [Fact]
    public void A_hold_for_another_entity_ends_with_that_entity_only()
    {
        var ledger = Opened("ann", "eva");
        ledger.Accept("ann", new HoldFunds("ann", "eva", 30_00, "auction/7", Guid.Empty, Stage.Noon.AddMinutes(1), true));
        var id = ledger.LastId.ToEntityKey();
        Assert.Null(ledger.Kind.NextDeadline(ledger.State));
        var open = Assert.Single(((LedgerState)ledger.State).OpenHolds);
        Assert.Equal((id, "auction/7", 30_00L), (open.Transfer, open.PurposeStream, open.AmountMinor));
        ledger.Refuse("ann", new VoidTransfer(id), "held-for-purpose");
        ledger.Refuse("eva", new PostTransfer(id), "held-for-purpose");
        ledger.Refuse("rialto", new PostHold(id, 30_01), "exceeds-pending");
        ledger.HoldsItsMemory();
        ledger.Accept("rialto", new PostHold(id, 20_00));
        ledger.Refuse("rialto", new ReleaseHold(id), "already-posted");
        Assert.Equal((80.00m, 120.00m), (Account(ledger, "ann").Available, Account(ledger, "eva").Balance));
        Assert.Empty(((LedgerState)ledger.State).OpenHolds);
        ledger.HoldsItsMemory();
    }

    [Fact]
    public void What_is_paid_out_of_holds_adds_up_also_beyond_what_a_transfer_may_reach()
    {
        var ledger = Opened("buyer", "seller");
        var state = ledger.State;
        for (var number = 1; number <= 10_000; number++)
        {
            state = ledger.Kind.Evolve(state, new FundsHeld($"hold-{number}", "buyer", LedgerBounds.Issuer, Amounts.MaxMinor, "book/1", Guid.Empty, Stage.Noon, false, null));
            state = ledger.Kind.Evolve(state, new HoldPaid($"hold-{number}", "buyer", "seller", Amounts.MaxMinor, 0, 0, "book/1", number));
        }
        // 10^19 is more than 64 bits with a sign can count.
        state = ledger.Kind.Load("kWh", ledger.Kind.Save(state));
        var balance = ((AccountView)ledger.Kind.Query(state, new GetAccount("seller", Viewer.Operator)).View!).Balance;
        Assert.Equal(100.00m + (10_000m * Amounts.ToDecimal(Amounts.MaxMinor, 2)), balance);
        Assert.True(((TrialBalanceView)ledger.Kind.Query(state, new GetTrialBalance(Viewer.Operator)).View!).Balanced);
        ledger.Refuse("buyer", Pay("buyer", "seller", 1), "exceeds-total");
    }

    [Fact]
    public void A_sealed_hold_is_in_the_payers_figures_and_the_operators_alone()
    {
        var ledger = Opened("ann", "eva");
        var held = ledger.Accept("ann", new HoldFunds("ann", "eva", 30_00, "auction/7", Guid.Empty, Stage.Noon, true))[0];
        var id = ledger.LastId.ToEntityKey();

        Assert.Equal((30.00m, 70.00m), (Account(ledger, "ann").PendingDebits, Account(ledger, "ann").Available));
        Assert.Equal((0.00m, 100.00m), (Account(ledger, "ann", "eva").PendingDebits, Account(ledger, "ann", "eva").Available));
        Assert.Equal(0.00m, Account(ledger, "eva").PendingCredits);
        Assert.Equal(30.00m, ledger.Ask<AccountView>(new GetAccount("eva", Viewer.Operator)).PendingCredits);
        Assert.Null(ledger.Ask<TransferView>(new GetTransfer(id, new Viewer("eva"))).Amount);
        Assert.Equal(30.00m, ledger.Ask<TransferView>(new GetTransfer(id, new Viewer("ann"))).Amount);
        Assert.Equal(0.00m, ledger.Ask<TrialBalanceView>(new GetTrialBalance(new Viewer("ann"))).PendingDebits);
        Assert.Equal(30.00m, ledger.Ask<TrialBalanceView>(new GetTrialBalance(Viewer.Operator)).PendingDebits);
        Assert.True(ledger.Ask<TrialBalanceView>(new GetTrialBalance(new Viewer("ann"))).Balanced);
        // A stranger learns nothing from which amounts go through; the owner is told what is left.
        foreach (var amount in new[] { 1, 70_00, 71_00 }) ledger.Refuse("eva", Pay("ann", "eva", amount), "sealed-funds");
        Assert.Contains(ledger.Refuse("ann", Pay("ann", "eva", 71_00), "insufficient-funds").Fields, field => field is { Name: "available", Number: 70.00m });

        Assert.Null(Assert.IsType<FundsHeld>(ledger.Kind.Conceal(ledger.State, held, new Viewer("eva"))).AmountMinor);
        Assert.Equal(held, ledger.Kind.Conceal(ledger.State, held, new Viewer("ann")));
        Assert.Equal(held, ledger.Kind.Conceal(ledger.State, held, Viewer.Operator));
        ledger.Accept("rialto", new ReleaseHold(id));
        Assert.Null(Assert.IsType<FundsHeld>(ledger.Kind.Conceal(ledger.State, held, new Viewer("eva"))).AmountMinor);
        Assert.Null(ledger.Ask<TransferView>(new GetTransfer(id, new Viewer("eva"))).Amount);
    }

    [Fact]
    public void Closed_transfers_are_forgotten_in_order_and_no_money_with_them()
    {
        var ledger = Opened();
        ledger.Accept("node-1", Pay("node-1", "node-2", 1));
        var first = ledger.LastId.ToEntityKey();
        ledger.Refuse("node-1", new PostTransfer(first), "already-posted");
        var state = ledger.State;
        for (var i = 0; i < LedgerBounds.MaxRememberedDirect; i++) state = ledger.Kind.Evolve(state, new TransferMade($"t{i}", "node-2", "node-3", 1));
        ledger.Refuse("node-1", new PostTransfer(first), "transfer-not-found");
        Assert.Equal(TransferStatus.Posted, ledger.Ask<TransferView>(new GetTransfer($"t{LedgerBounds.MaxRememberedDirect - 1}", Viewer.Nobody)).Status);
        Assert.Empty(ledger.Kind.Audit(state));
    }

    [Fact]
    public void A_trial_balance_is_paged_and_its_sums_are_of_all_accounts()
    {
        var ledger = Opened();
        var page = ledger.Ask<TrialBalanceView>(new GetTrialBalance(Viewer.Nobody, null, 3));
        Assert.Equal(["issuer", "node-1", "node-2"], page.Accounts.Select(line => line.Account));
        Assert.Equal((300.00m, 300.00m, 4, true), (page.PostedDebits, page.PostedCredits, page.AccountCount, page.Balanced));
        var rest = ledger.Ask<TrialBalanceView>(new GetTrialBalance(Viewer.Nobody, page.Next, 3));
        Assert.Equal(("node-3", null), (Assert.Single(rest.Accounts).Account, rest.Next));
        Assert.Equal("bad-cursor", ledger.RefusalOf(new GetTrialBalance(Viewer.Nobody, "-1")));
    }

    [Fact]
    public void A_ledger_tells_other_markets_its_facts_even_that_it_does_not_exist()
    {
        Assert.Equal(new LedgerFactsView("kWh", true, 2, true), Opened().Ask<LedgerFactsView>(new GetLedgerFacts("node-1")));
        Assert.Equal(new LedgerFactsView("none", false, 0, false), new Stage(new Ledger(), "none").Ask<LedgerFactsView>(new GetLedgerFacts("node-1")));
        Assert.Equal("ledger-not-found", new Stage(new Ledger(), "none").RefusalOf(new GetAccount("a", Viewer.Nobody)));
        Assert.Equal("account-not-found", Opened().RefusalOf(new GetAccount("a", Viewer.Nobody)));
        Assert.Equal("transfer-not-found", Opened().RefusalOf(new GetTransfer("a", Viewer.Nobody)));
        Assert.Equal("proposal-not-found", Opened().RefusalOf(new GetProposal("a")));
    }

    /// <summary>All refusals of a ledger's commands, one line each: who, what, and the code.</summary>
    public static TheoryData<string, Command, string> Refusals()
    {
        const long max = Amounts.MaxMinor;
        var longName = new string('a', Bounds.MaxNameLength + 1);
        var table = new TheoryData<string, Command, string>
        {
            { "ann", new CreateLedger(2), "ledger-exists" },
            { "ann", new CreateLedger(-1), "out-of-range" },
            { "ann", new CreateLedger(10), "out-of-range" },
            { "ann", new OpenAccount("node-1"), "account-exists" },
            { "ann", new OpenAccount("issuer"), "account-exists" },
            { "ann", new OpenAccount(""), "invalid-name" },
            { "ann", new OpenAccount(null!), "invalid-name" },
            { "ann", new OpenAccount("a b"), "invalid-name" },
            { "ann", new OpenAccount("ä"), "invalid-name" },
            { "ann", new OpenAccount(longName), "invalid-name" },
            { "ann", new OpenAccount("x", -1), "out-of-range" },
            { "ann", new OpenAccount("x", max + 1), "out-of-range" },
            { "ann", new OpenAccount("x", 0, -1), "out-of-range" },
            { "ann", new OpenAccount("x", 0, long.MaxValue), "out-of-range" },
            { "ann", new Transfer([]), "out-of-range" },
            { "ann", new Transfer([.. Enumerable.Repeat(new TransferOrder("node-1", "node-2", 1), 101)]), "out-of-range" },
            { "ann", new Transfer((TransferOrder)null!), "out-of-range" },
            { "ann", Pay("node-1", "nobody", 1), "account-not-found" },
            { "ann", Pay("nobody", "node-1", 1), "account-not-found" },
            { "ann", Pay(null!, "node-1", 1), "invalid-name" },
            { "ann", Pay("nobody", "nobody", 1), "same-account" },
            { "ann", Pay("node-1", "node-1", 1), "same-account" },
            { "ann", Pay("node-1", "node-2", 0), "amount-not-positive" },
            { "ann", Pay("node-1", "node-2", long.MinValue), "amount-not-positive" },
            { "ann", Pay("node-1", "node-2", max + 1), "out-of-range" },
            { "ann", Pay("node-1", "node-2", long.MaxValue), "out-of-range" },
            { "node-1", Pay("node-1", "node-2", 100_01), "insufficient-funds" },
            { "node-1", Pay("node-1", "node-2", 100_01, pending: true), "insufficient-funds" },
            { "ann", Pay("node-1", "node-2", 1), "sealed-funds" },
            { "ann", Pay("node-1", "node-2", 1, expires: 5), "not-pending" },
            { "ann", Pay("node-1", "node-2", 1, pending: true, expires: 0), "out-of-range" },
            { "ann", Pay("node-1", "node-2", 1, pending: true, expires: int.MaxValue), "out-of-range" },
            { "ann", new Transfer(new TransferOrder("node-1", "node-2", 1, Memo: new string('m', 201))), "too-long" },
            { "ann", new Transfer(new TransferOrder("node-1", "node-2", 1, Memo: "a\0b")), "invalid-text" },
            { "ann", new Transfer(new TransferOrder("node-1", "node-2", 1, Memo: "\ud800")), "invalid-text" },
            { "ann", new PostTransfer("none"), "transfer-not-found" },
            { "ann", new PostTransfer(null!), "transfer-not-found" },
            { "ann", new PostTransfer("direct"), "already-posted" },
            { "ann", new PostTransfer("voided"), "already-voided" },
            { "ann", new PostTransfer("expired"), "expired" },
            { "ann", new PostTransfer("held", 0), "amount-not-positive" },
            { "ann", new PostTransfer("held", -5), "amount-not-positive" },
            { "ann", new PostTransfer("held", 10_01), "exceeds-pending" },
            { "ann", new PostTransfer("for-auction"), "held-for-purpose" },
            { "ann", new PostTransfer("sale"), "held-for-purpose" },
            { "ann", new VoidTransfer("none"), "transfer-not-found" },
            { "ann", new VoidTransfer("direct"), "already-posted" },
            { "ann", new VoidTransfer("voided"), "already-voided" },
            { "ann", new VoidTransfer("expired"), "expired" },
            { "ann", new VoidTransfer("for-auction"), "held-for-purpose" },
            { "node-1", new HoldFunds("node-1", "node-2", 100_01, "auction/7", Guid.Empty, Stage.Noon, true), "insufficient-funds" },
            { "ann", new HoldFunds("nobody", "node-2", 1, "auction/7", Guid.Empty, Stage.Noon, true), "account-not-found" },
            { "ann", new HoldFunds("node-1", "node-1", 1, "auction/7", Guid.Empty, Stage.Noon, true), "same-account" },
            { "rialto", new PostHold("held", 1), "transfer-not-found" },
            { "rialto", new ReleaseHold("held"), "transfer-not-found" },
            { "rialto", new PostHold("for-auction", 0), "amount-not-positive" },
            { "rialto", new ReleaseHold("none"), "transfer-not-found" },
            { "ann", new ProposeTrade(TradeSide.Sell, "node-2", 0, "node-1"), "amount-not-positive" },
            { "ann", new ProposeTrade(TradeSide.Sell, "node-1", 1, "node-1"), "same-account" },
            { "ann", new ProposeTrade(TradeSide.Sell, "nobody", 1, "node-1"), "account-not-found" },
            { "ann", new ProposeTrade(TradeSide.Sell, "node-2", 1, "nobody"), "account-not-found" },
            { "ann", new ProposeTrade(TradeSide.Sell, "node-2", 1, null!), "invalid-name" },
            { "ann", new ProposeTrade((TradeSide)7, "node-2", 1, "node-1"), "out-of-range" },
            { "ann", new ProposeTrade(TradeSide.Sell, "node-2", 1, "node-1", false, 0), "out-of-range" },
            { "node-1", new ProposeTrade(TradeSide.Sell, "node-2", 100_01, "node-1"), "insufficient-funds" },
            { "ann", new ProposeTrade(TradeSide.Buy, "node-2", 100_01, "node-1", AutoAccept: true), "insufficient-funds" },
            { "node-2", new AcceptProposal("none"), "proposal-not-found" },
            { "node-2", new AcceptProposal(null!), "proposal-not-found" },
            { "node-1", new AcceptProposal("sale"), "not-counterparty" },
            { "node-1", new RejectProposal("sale"), "not-counterparty" },
            { "node-2", new RejectProposal("accepted"), "already-accepted" },
            { "node-2", new RejectProposal("rejected"), "already-rejected" },
            { "node-2", new AcceptProposal("lapsed"), "expired" },
            { "node-2", new AcceptProposal("too-big"), "insufficient-funds" },
        };
        return table;
    }

    private static readonly LedgerEvent[] Everything =
    [
        new LedgerCreated("kWh", 2, "issuer", "operator"),
        new AccountOpened("node-1", 0), new AccountOpened("node-2", 0),
        new FundsIssued("i1", "issuer", "node-1", 130_00), new FundsIssued("i2", "issuer", "node-2", 100_00),
        new TransferMade("direct", "node-2", "node-1", 1), new TransferMade("direct-2", "node-1", "node-2", 1),
        new TransferHeld("voided", "node-1", "node-2", 1, Stage.Noon), new TransferVoided("voided", "node-1", "node-2"),
        new TransferHeld("expired", "node-1", "node-2", 1, Stage.Noon), new TransferExpired("expired", "node-1", "node-2"),
        new TransferHeld("held", "node-1", "node-2", 10_00, Stage.Noon.AddHours(1)),
        new FundsHeld("for-auction", "node-1", "node-2", 10_00, "auction/7", Guid.Empty, Stage.Noon, true),
        new TradeProposed("sale", TradeSide.Sell, "node-1", "node-2", 10_00, Stage.Noon.AddHours(1)), new TransferHeld("sale", "node-1", "node-2", 10_00, Proposal: "sale"),
        new TradeProposed("accepted", TradeSide.Buy, "node-1", "node-2", 1, Stage.Noon.AddHours(1)), new ProposalAccepted("accepted"),
        new TradeProposed("rejected", TradeSide.Buy, "node-1", "node-2", 1, Stage.Noon.AddHours(1)), new ProposalRejected("rejected"),
        new TradeProposed("lapsed", TradeSide.Buy, "node-1", "node-2", 1, Stage.Noon.AddHours(1)), new ProposalExpired("lapsed"),
        new TradeProposed("too-big", TradeSide.Buy, "node-1", "node-2", 200_00, Stage.Noon.AddHours(1)),
    ];

    [Fact]
    public void What_is_not_as_it_should_be_is_refused_with_its_code_and_changes_nothing()
    {
        var ledger = new Stage(new Ledger(), "kWh").Given(Everything);
        Assert.Empty(ledger.Kind.Audit(ledger.State));
        var before = ledger.Kind.Save(ledger.State);
        foreach (var row in Refusals()) ledger.Refuse((string)row[0], (Command)row[1], (string)row[2]);
        Assert.Equal(before, ledger.Kind.Save(ledger.State));
    }

    [Fact]
    public void Without_a_ledger_everything_is_refused_but_its_creation()
    {
        foreach (var command in Samples.Commands.OfType<LedgerCommand>().Where(command => command is not CreateLedger and not ExpireDue))
            new Stage(new Ledger(), "kWh").Refuse("ann", command, "ledger-not-found");
        new Stage(new Ledger(), "k/Wh").Refuse("ann", new CreateLedger(2), "invalid-name");
    }
}
