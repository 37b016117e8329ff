using FsCheck;
using FsCheck.Fluent;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Xunit.Abstractions;

namespace Rialto.Tests.Markets;

public sealed class LedgerPropertyTests(ITestOutputHelper output)
{
    private static readonly string[] Names = ["issuer", "a", "b", "c", "nobody"];

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public void Whatever_is_asked_debits_equal_credits_nobody_is_overdrawn_and_replay_gives_the_same(ulong seed)
    {
        output.WriteLine($"seed {seed}");
        var dice = new Dice(seed);
        var ledger = new Stage(new Ledger(), "kWh");
        var ids = new List<string> { "none" };
        int accepted = 0, refused = 0;
        for (var step = 0; step < 2500; step++)
        {
            ledger.Now = ledger.Now.AddSeconds(dice.Below(20));
            while (dice.OneIn(3) && ledger.Kind.NextDeadline(ledger.State) is { } due && due.At <= ledger.Now) ledger.LetDeadlineCome();
            // Stage audits after every accepted command: debits, credits, limits, pending sums.
            var asked = Ask(dice, ids);
            // Often the payer: others cannot spend from an account part of which backs a sealed bid.
            var payer = asked switch { Transfer { Orders: [var order, ..] } => order.Debit, HoldFunds hold => hold.Debit, _ => null };
            if (ledger.When(payer is not null && !dice.OneIn(4) ? payer : dice.Of("a", "b", "c", "operator"), asked) is Decision.Refused)
            {
                refused++;
                continue;
            }
            accepted++;
            if (asked is Transfer or HoldFunds or ProposeTrade) ids.Add(ledger.LastId.ToEntityKey());
        }
        ledger.HoldsItsMemory();
        Assert.True(accepted > 400 && refused > 300, $"{accepted} accepted, {refused} refused: the run says too little.");
        output.WriteLine($"{accepted} accepted, {refused} refused, {ledger.History.Count} events");
    }

    private static LedgerCommand Ask(Dice dice, List<string> ids)
    {
        string Name() => dice.OneIn(20) ? "nobody" : Names[dice.Below(Names.Length - 1)];
        string Id() => ids[ids.Count - 1 - dice.Below(Math.Min(ids.Count, 12))];
        long Amount() => dice.Of(0, -1, 1, 7_00, 30_00, 100_00, Amounts.MaxMinor, long.MaxValue, long.MinValue, dice.Below(50_00));
        TransferOrder Order() => new(Name(), Name(), 1 + dice.Below(20_00), dice.OneIn(2), null);
        return dice.Below(20) switch
        {
            0 => new CreateLedger(dice.Below(4)),
            1 => new OpenAccount(Name(), 500_00 + dice.Below(200_00), dice.OneIn(2) ? 0 : dice.Below(20_00)),
            2 or 3 or 14 or 15 => new Transfer(new TransferOrder(Name(), Name(), Amount())),
            4 or 16 => new Transfer(new TransferOrder(Name(), Name(), dice.Below(30_00), true, 1 + dice.Below(60))),
            5 => new Transfer([Order(), Order(), Order()]),
            6 => new PostTransfer(Id(), dice.OneIn(2) ? null : Amount()),
            7 or 17 => new VoidTransfer(Id()),
            8 => new HoldFunds(Name(), Name(), dice.Below(20_00), "auction/7", Guid.Empty, Stage.Noon, dice.OneIn(2)),
            9 => new PostHold(Id(), Amount()),
            10 => new ReleaseHold(Id()),
            11 => new ProposeTrade(dice.Of(TradeSide.Sell, TradeSide.Buy), Name(), dice.Below(20_00), Name(), dice.OneIn(3), 1 + dice.Below(60)),
            12 or 18 => new AcceptProposal(Id()),
            _ => new RejectProposal(Id()),
        };
    }

    /// <summary>Any decimal that survives the way to minor units comes back the same; any other is refused, and none throws.</summary>
    [Fact]
    public void Amounts_go_in_and_out_unchanged_or_not_at_all() =>
        Prop.ForAll(ArbMap.Default.ArbFor<decimal>(), ArbMap.Default.ArbFor<byte>(), (amount, any) =>
        {
            var scale = any % (Amounts.MaxScale + 1);
            return Amounts.TryToMinor(amount, scale, out var minor) is not null || Amounts.ToDecimal(minor, scale) == amount;
        }).QuickCheckThrowOnFailure();

    /// <summary>What a linked list of transfers does is what its members do one by one, if all of them can be done; else nothing.</summary>
    [Fact]
    public void Linked_transfers_are_all_or_nothing() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Debit, byte Credit, ushort Amount, bool Pending)[]>(), wanted =>
        {
            var orders = wanted.Take(LedgerBounds.MaxLinked).Select(one => new TransferOrder(Names[one.Debit % 4], Names[one.Credit % 4], one.Amount, one.Pending)).ToArray();
            if (orders.Length == 0) return;
            var (linked, single) = (LedgerTests.Opened("a", "b", "c"), LedgerTests.Opened("a", "b", "c"));
            var before = linked.Kind.Save(linked.State);
            var together = linked.When("a", new Transfer([.. orders]));
            var oneByOne = orders.Select(order => single.When("a", new Transfer(order))).TakeWhile(decision => decision is Decision.Accepted).Count();
            Assert.Equal(oneByOne == orders.Length, together is Decision.Accepted);
            if (together is Decision.Refused) Assert.Equal(before, linked.Kind.Save(linked.State));
            else foreach (var name in Names.Take(4)) Assert.Equal(LedgerTests.Account(single, name), LedgerTests.Account(linked, name));
        }).QuickCheckThrowOnFailure();
}
