using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;

namespace Rialto.Simulation.Workloads;

/// <summary>
/// Payments between the same few accounts of two ledgers, so that they meet: direct ones, several in one, held ones that are posted, voided or
/// expire, trades that are proposed and answered, and attempts to spend what is not there.
/// </summary>
internal sealed class LedgerWorkload : IWorkload
{
    /// <summary>What everybody has at first, in minor units: enough for every sealed bid of a run.</summary>
    private const long InitialMinor = 900_000_000_000_000;

    private static readonly StreamId[] Ledgers = [StreamId.Of("ledger", "USD"), StreamId.Of("ledger", "EUR")];

    private readonly List<(StreamId Ledger, string Transfer)> _held = [];
    private readonly List<(StreamId Ledger, string Proposal)> _proposed = [];
    private readonly List<string> _poor = [];
    private IReadOnlyList<string> _names = [];
    private int _opened;

    /// <inheritdoc/>
    public async Task PrepareAsync(Actor founder, IReadOnlyList<string> names)
    {
        _names = names;
        foreach (var ledger in Ledgers)
        {
            await founder.DoAsync(ledger, new CreateLedger(2), givesUp: false);
            foreach (var name in names) await founder.DoAsync(ledger, new OpenAccount(name, InitialMinor), givesUp: false);
        }
    }

    /// <inheritdoc/>
    public Task ActAsync(Actor actor)
    {
        var ledger = actor.Chance.Pick(Ledgers);
        return actor.Chance.Below(12) switch
        {
            0 => actor.DoAsync(ledger, new Transfer([Order(actor), Order(actor), Order(actor)])),
            1 => HoldAsync(actor, ledger),
            2 => EndHoldAsync(actor),
            3 => ProposeAsync(actor, ledger),
            4 => AnswerProposalAsync(actor),
            5 => OpenPoorAsync(actor, ledger),
            6 => actor.AskAsync(ledger, new GetTrialBalance(new Viewer(actor.Name))),
            7 => actor.AskAsync(ledger, new GetAccount(actor.Chance.Pick(_names), new Viewer(actor.Name))),
            8 => actor.GlanceAsync(ledger, new GetAccount(actor.Name, new Viewer(actor.Name)), Seq.None),
            9 => PayAndLookAsync(actor, ledger),
            _ => actor.DoAsync(ledger, new Transfer(Order(actor))),
        };
    }

    private TransferOrder Order(Actor actor)
    {
        // The poor pay what they may not have.
        var debit = _poor.Count > 0 && actor.Chance.Percent(20) ? actor.Chance.Pick(_poor) : actor.Name;
        var credit = _poor.Count > 0 && actor.Chance.Percent(20) ? actor.Chance.Pick(_poor) : actor.Chance.Pick(_names);
        return new TransferOrder(debit, credit, actor.Chance.Between(1, 5_000));
    }

    private async Task HoldAsync(Actor actor, StreamId ledger)
    {
        var order = Order(actor) with { Pending = true, ExpiresInSeconds = actor.Chance.Between(1, 15) };
        if (await actor.DoAsync(ledger, new Transfer(order)) is { View: TransferView held }) _held.Add((ledger, held.Id));
    }

    private async Task EndHoldAsync(Actor actor)
    {
        if (_held.Count == 0) return;
        var (ledger, id) = actor.Chance.Pick(_held);
        await actor.DoAsync(ledger, actor.Chance.Percent(60) ? new PostTransfer(id, actor.Chance.Percent(30) ? 1 : null) : new VoidTransfer(id));
        await actor.AskAsync(ledger, new GetTransfer(id, new Viewer(actor.Name)));
    }

    private async Task ProposeAsync(Actor actor, StreamId ledger)
    {
        var side = actor.Chance.Percent(50) ? TradeSide.Sell : TradeSide.Buy;
        var propose = new ProposeTrade(side, actor.Chance.Pick(_names), actor.Chance.Between(1, 5_000), actor.Name, actor.Chance.Percent(10), actor.Chance.Between(1, 12));
        if (await actor.DoAsync(ledger, propose) is { View: ProposalView proposed }) _proposed.Add((ledger, proposed.Id));
    }

    private async Task AnswerProposalAsync(Actor actor)
    {
        if (_proposed.Count == 0) return;
        var (ledger, id) = actor.Chance.Pick(_proposed);
        await actor.DoAsync(ledger, actor.Chance.Percent(70) ? new AcceptProposal(id) : new RejectProposal(id));
        await actor.AskAsync(ledger, new GetProposal(id));
    }

    private async Task OpenPoorAsync(Actor actor, StreamId ledger)
    {
        if (_opened >= 6) return;
        var name = $"poor{++_opened}";
        if (await actor.DoAsync(ledger, new OpenAccount(name, actor.Chance.Between(0, 9_000), actor.Chance.Between(0, 2_000))) is { Refusal: null }) _poor.Add(name);
    }

    /// <summary>Everybody reads their own writes, anywhere.</summary>
    private static async Task PayAndLookAsync(Actor actor, StreamId ledger)
    {
        if (await actor.DoAsync(ledger, new Transfer(new TransferOrder(actor.Name, LedgerBounds.Issuer, 1))) is { Refusal: null } paid)
            await actor.GlanceAsync(ledger, new GetAccount(actor.Name, new Viewer(actor.Name)), paid.Receipt.Seq);
    }
}
