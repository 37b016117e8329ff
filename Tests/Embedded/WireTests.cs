using System.Collections.Concurrent;
using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;

namespace Rialto.Tests.Embedded;

/// <summary>A wire between the nodes that does not keep what it is given.</summary>
public class WireTests
{
    [Fact]
    public async Task Multicasts_that_are_lost_doubled_and_reordered_reach_every_replica_once_and_in_order()
    {
        var wire = new BadWire();
        await using var market = await FaultyCluster.StartAsync(wire: wire);
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(300);
        await market.AssertSoundAsync();
        Assert.True(wire.Lost > 10 && wire.Doubled > 10 && wire.Late > 10, $"{wire.Lost} lost, {wire.Doubled} doubled, {wire.Late} late");
        Assert.True(wire.AskedAgain > 0, "nobody asked the leader for what was missing");
    }

    [Fact]
    public async Task Questions_and_answers_that_are_doubled_take_effect_once()
    {
        await using var market = await FaultyCluster.StartAsync(wire: new DoublingWire());
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(300);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_question_or_an_answer_that_is_lost_on_the_way_is_asked_again_and_the_caller_learns_what_became_of_it()
    {
        var wire = new LosingWire();
        await using var market = await FaultyCluster.StartAsync(wire: wire, runtime: new RuntimeSettings { AttemptTimeoutMs = 50 });
        var (questions, answers) = (0, 0);
        wire.Loses = message => message switch
        {
            CommandRequest => questions++ % 2 == 0,
            CommandReply => answers++ % 2 == 0,
            _ => false,
        };
        for (var i = 0; i < 6; i++) await market.Payers.DoAsync(i, Pay(), $"lost {i}");
        Assert.True(questions >= 4 && answers >= 2, "every owner was the front node itself");
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task An_owner_that_waits_long_for_storage_is_asked_again_and_its_answer_is_the_callers()
    {
        var wire = new LosingWire();
        await using var market = await FaultyCluster.StartAsync(wire: wire, runtime: new RuntimeSettings { AttemptTimeoutMs = 50 });
        var asked = new ConcurrentDictionary<CommandId, int>();
        var again = new TaskCompletionSource();
        wire.Loses = message =>
        {
            if (message is CommandRequest request && asked.AddOrUpdate(request.Id, 1, (_, times) => times + 1) == 3) again.TrySetResult();
            return false;
        };
        _ = market.Journal.HoldAppends();
        var waiting = Enumerable.Range(0, 6).Select(i => market.Payers.DoAsync(i, Pay(), $"slow {i}")).ToList();
        await again.Task.WaitAsync(TimeSpan.FromSeconds(20));
        market.Journal.Release();
        await Task.WhenAll(waiting);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task Who_learns_no_outcome_in_time_is_told_so_and_learns_it_by_asking_again()
    {
        var wire = new LosingWire();
        await using var market = await FaultyCluster.StartAsync(wire: wire, runtime: new RuntimeSettings { AttemptTimeoutMs = 50, CommandTimeoutMs = 200 });
        var request = PayAt(await FarLedgerAsync(market, wire), "lost");
        wire.Loses = message => message is CommandReply;
        Assert.Equal(Refusals.OutcomeUnknown, (await market.Cluster.ExecuteAsync(request)).Refusal);
        wire.Loses = _ => false;
        var reply = await market.Cluster.ExecuteAsync(request);
        Assert.True(reply is { Refusal: null, Replayed: true }, $"{reply}");
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task Who_may_have_written_is_not_told_that_nothing_was_written_when_another_process_takes_the_journal()
    {
        var wire = new LosingWire();
        await using var market = await FaultyCluster.StartAsync(wire: wire, runtime: new RuntimeSettings { AttemptTimeoutMs = 50 });
        var far = await FarLedgerAsync(market, wire);
        var lost = new TaskCompletionSource();
        wire.Loses = message => message is CommandReply && (lost.TrySetResult() || true);
        var inDoubt = market.Cluster.ExecuteAsync(PayAt(far, "in doubt")).AsTask();
        await lost.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await market.Journal.ClaimEpochAsync((await market.Journal.ReadEndAsync()).Epoch, new Rank(9), 0);
        // Whose write is refused finds it out.
        Assert.NotNull((await market.Cluster.ExecuteAsync(PayAt(far, "too late"))).Refusal);
        Assert.Equal(Refusals.OutcomeUnknown, (await inDoubt).Refusal);
    }

    /// <summary>A ledger that the front node must ask another node for.</summary>
    private static async Task<StreamId> FarLedgerAsync(FaultyCluster market, LosingWire wire)
    {
        StreamId? far = null;
        wire.Loses = message =>
        {
            if (message is CommandRequest request) far = request.Entity;
            return false;
        };
        for (var i = 0; far is null && i < 6; i++) await market.Payers.DoAsync(i, Pay(), $"far {i}");
        return far ?? throw new InvalidOperationException("The front node owns every ledger.");
    }

    private static CommandRequest PayAt(StreamId ledger, string id) => new(ledger, Pay(), "ann", CommandId.From(id));

    private static Transfer Pay() => new(new TransferOrder("ann", "bob", 1));

    /// <summary>Loses what it is told to.</summary>
    private sealed class LosingWire : IWire
    {
        public Func<object, bool> Loses { get; set; } = _ => false;

        public void Carry(Rank from, Rank to, object message, Action deliver)
        {
            if (!Loses(message)) deliver();
        }
    }

    private sealed class DoublingWire : IWire
    {
        public void Carry(Rank from, Rank to, object message, Action deliver)
        {
            deliver();
            deliver();
        }
    }

    /// <summary>Of every seven batches one is lost, one doubled, and one comes after the next.</summary>
    private sealed class BadWire : IWire
    {
        private readonly Lock _gate = new();
        private Action? _late;
        private int _batches;

        public int Lost { get; private set; }

        public int Doubled { get; private set; }

        public int Late { get; private set; }

        public int AskedAgain { get; private set; }

        public void Carry(Rank from, Rank to, object message, Action deliver)
        {
            if (message is NodeSignal.Missing)
                lock (_gate) AskedAgain++;
            if (message is NodeSignal.Committed) Spoil(deliver);
            else deliver();
        }

        private void Spoil(Action deliver)
        {
            Action? late;
            lock (_gate)
            {
                (late, _late) = (_late, null);
                switch (_batches++ % 7)
                {
                    case 1:
                        Lost++;
                        return;
                    case 3:
                        Doubled++;
                        late = deliver;
                        break;
                    case 5:
                        Late++;
                        _late = deliver;
                        return;
                }
            }
            deliver();
            late?.Invoke();
        }
    }
}
