using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Dispatch;
using Rialto.Markets.Ledgers;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Runtime;

/// <summary>What an entity does when it is told nothing, late, or of what others did: nothing is doubled, nothing is of yesterday, and nobody turns in circles.</summary>
public class InDoubtTests
{
    private static readonly StreamId Usd = EmbeddedMarket.Usd;
    private static readonly StreamId Violin = StreamId.Of("auction", "violin");
    private static readonly Command OneEuro = new Transfer(new TransferOrder("ann", "bob", 1_00));

    [Fact]
    public void After_a_try_that_may_have_been_written_only_an_answer_that_tells_what_became_of_it_counts()
    {
        Assert.Equal(Refusals.Busy, Refusals.AfterTry(Refusals.NoLeader, Refusals.Busy));
        var inDoubt = Refusals.AfterTry(Refusals.Busy, null);
        Assert.Equal(Refusals.OutcomeUnknown, inDoubt);
        // Whether its answer was lost, or it was told by who has lost it.
        Assert.Equal(Refusals.OutcomeUnknown, Refusals.AfterTry(Refusals.NoLeader, Refusals.OutcomeUnknown));
        foreach (var later in new[] { Refusals.NoLeader, Refusals.Busy, Refusals.Deposed, Refusals.Stopping }) Assert.Equal(Refusals.OutcomeUnknown, Refusals.AfterTry(inDoubt, later));
        var told = new Refusal(RefusalKind.Conflict, "insufficient-funds", "Not enough.");
        Assert.Equal(told, Refusals.AfterTry(inDoubt, told));
    }

    [Fact]
    public async Task A_host_that_is_behind_tells_another_command_under_a_used_id_from_the_first_though_its_events_are_the_same()
    {
        await using var nodes = await BehindAsync();
        Assert.Null((await ExecuteAsync(nodes, 1, Usd, OneEuro, "ann", "pay", fingerprint: 1)).Refusal);
        Assert.Equal("idempotency-key-reused", (await ExecuteAsync(nodes, 0, Usd, OneEuro, "ann", "pay", fingerprint: 2)).Refusal?.Code);
        // The same command is answered as it was.
        Assert.True((await ExecuteAsync(nodes, 0, Usd, OneEuro, "ann", "pay", fingerprint: 1)).Replayed);
    }

    [Fact]
    public async Task What_stands_in_the_journal_though_its_host_decided_it_on_something_else_is_answered_from_the_journal()
    {
        await using var nodes = await BehindAsync();
        // Carol joins, then dave; node 0 does not hear of it. There, bob joins, and dave's command comes a second time.
        Assert.Null((await ExecuteAsync(nodes, 1, Violin, new JoinAuction(), "carol", "carol")).Refusal);
        var first = await ExecuteAsync(nodes, 1, Violin, new JoinAuction(), "dave", "dave");
        var (arrived, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        nodes.Sends = async (node, _) =>
        {
            if (node != 0) return;
            arrived.TrySetResult();
            await gate.Task;
        };
        var ahead = ExecuteAsync(nodes, 0, Usd, OneEuro, "ann", "ahead");
        await arrived.Task;
        // While that is on its way, both are decided, one on the other: they go in one batch.
        var (bob, dave) = (ExecuteAsync(nodes, 0, Violin, new JoinAuction(), "bob", "bob"), ExecuteAsync(nodes, 0, Violin, new JoinAuction(), "dave", "dave"));
        gate.SetResult();
        var again = await dave;
        Assert.Equal(first.Receipt, again.Receipt);
        Assert.Equal(first.View, again.View, (x, y) => MarketCodec.Encode(x!).AsSpan().SequenceEqual(MarketCodec.Encode(y!)));
        Assert.Equal(["carol", "dave", "bob"], Assert.IsType<AuctionView>((await bob).View).Participants.AsEnumerable());
        Assert.Null((await ahead).Refusal);
        Assert.Equal(3, (await nodes.Journal.ReadStreamAsync(Violin, 1, 100)).Count);
    }

    [Fact]
    public async Task What_was_decided_on_a_command_that_lost_a_race_is_never_sent()
    {
        await using var nodes = await BehindAsync();
        // Bob gives all away; node 0 does not hear of it.
        Assert.Null((await ExecuteAsync(nodes, 1, Usd, Pay("bob", "carol", 100_00), "bob", "away")).Refusal);
        var (arrived, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        nodes.Sends = async (node, _) =>
        {
            if (node != 0) return;
            arrived.TrySetResult();
            await gate.Task;
        };
        // There, bob pays ann, and ann pays with what she got while that is on its way.
        var lost = ExecuteAsync(nodes, 0, Usd, Pay("bob", "ann", 50_00), "bob", "lost");
        await arrived.Task;
        var built = ExecuteAsync(nodes, 0, Usd, Pay("ann", "carol", 150_00), "ann", "built on it");
        gate.SetResult();
        Assert.Equal(("insufficient-funds", "insufficient-funds"), ((await lost).Refusal?.Code, (await built).Refusal?.Code));
        Assert.Empty(await MarketAudit.RunAsync(nodes.Journal, (await nodes.Journal.ReadEndAsync()).Seq));
    }

    [Fact]
    public async Task A_leader_that_is_lost_between_its_write_and_its_answer_has_written_once()
    {
        var lone = await LoneEntity.StartAsync(TimeProvider.System, new RuntimeSettings { RetryAfterMs = 1 });
        var lost = lone.Leader;
        lone.Leader = async requests =>
        {
            Assert.All(await lost(requests), outcome => Assert.True(outcome.IsCommitted));
            lone.Leader = await lone.ElectAsync();
            throw new IOException("The leader is gone, and its answer with it (test).");
        };
        var reply = await lone.SendAsync(OneEuro, "pay");
        Assert.Null(reply.Refusal);
        Assert.Equal(2, lone.Sent.Count);
        // The next leader finds that it stands there already: nothing is decided anew.
        Assert.Equal((new Epoch(1), false), (reply.Receipt.Epoch, reply.Replayed));
        Assert.Equal(reply.Receipt.Seq, Assert.Single(await lone.Journal.ReadAsync(Seq.None, 100), record => record.Command == CommandId.From("pay")).Seq);
        Assert.Equal(99m, Assert.IsType<AccountView>((await lone.AskAsync()).View).Balance);
    }

    [Fact]
    public async Task What_was_under_way_when_the_leader_changed_is_sent_to_the_next_one_at_once()
    {
        // Its clock stands still: whoever rested would rest for ever.
        var lone = await LoneEntity.StartAsync(new Timers(), new RuntimeSettings());
        var first = lone.Leader;
        lone.Leader = async requests =>
        {
            lone.Leader = first;
            await Task.Yield();
            throw new LeaderChangedException();
        };
        Assert.Null((await lone.SendAsync(OneEuro, "pay")).Refusal);
        Assert.Equal(2, lone.Sent.Count);
    }

    [Fact]
    public async Task A_command_that_is_held_back_for_its_cause_is_sent_again_after_a_while_and_not_at_once()
    {
        var time = new Timers();
        var lone = await LoneEntity.StartAsync(time, new RuntimeSettings { RetryAfterMs = 70 });
        lone.Leader = requests => Task.FromResult(LoneEntity.All(requests, lone.Sent.Count < 100 ? AppendStatus.Held : AppendStatus.MissingCause));
        var waiting = time.NextOf(TimeSpan.FromMilliseconds(70));
        var answer = lone.SendAsync(OneEuro, "pay");
        Assert.Same(waiting, await Task.WhenAny(waiting, answer));
        Assert.Single(lone.Sent);
        waiting = time.NextOf(TimeSpan.FromMilliseconds(70));
        time.Advance(TimeSpan.FromMilliseconds(70));
        Assert.Same(waiting, await Task.WhenAny(waiting, answer));
        Assert.Equal(2, lone.Sent.Count);
        lone.Leader = requests => Task.FromResult(LoneEntity.All(requests, AppendStatus.MissingCause));
        time.Advance(TimeSpan.FromMilliseconds(70));
        Assert.Equal("missing-cause", (await answer).Refusal?.Code);
    }

    [Fact]
    public async Task A_question_that_others_overtake_all_the_time_is_answered_when_its_time_is_up()
    {
        var time = new ManualTime();
        var lone = await LoneEntity.StartAsync(time, new RuntimeSettings { CommandTimeoutMs = 1_000 });
        lone.Leader = requests =>
        {
            time.Advance(TimeSpan.FromMilliseconds(300));
            return Task.FromResult(LoneEntity.All(requests, lone.Sent.Count < 100 ? AppendStatus.Conflict : AppendStatus.MissingCause));
        };
        Assert.Equal("no-answer", (await lone.AskAsync()).Refusal?.Code);
        Assert.Equal(4, lone.Sent.Count);
    }

    [Fact]
    public async Task That_a_command_changed_nothing_is_told_again_only_once_the_leader_has_said_so()
    {
        var lone = await LoneEntity.StartAsync(TimeProvider.System, new RuntimeSettings());
        Assert.Null((await SendAsync(new RegisterHospital("hos-1", new Position(48_000_000, 9_000_000), 4, true), "open")).Refusal);
        var (leader, gate) = (lone.Leader, new TaskCompletionSource());
        lone.Leader = async requests =>
        {
            await gate.Task;
            return await leader(requests);
        };
        var (first, again) = (SendAsync(new ReportBeds("hos-1", Free: 4), "beds"), SendAsync(new ReportBeds("hos-1", Free: 4), "beds"));
        Assert.False(first.IsCompleted || again.IsCompleted);
        gate.SetResult();
        Assert.Null((await first).Refusal);
        Assert.Null((await again).Refusal);
        Assert.Null((await SendAsync(new ReportBeds("hos-1", Free: 3), "taken")).Refusal);
        var late = await SendAsync(new ReportBeds("hos-1", Free: 4), "beds");
        Assert.Equal((true, 4), (late.Replayed, ((HospitalView)late.View!).Free));

        Task<CommandReply> SendAsync(Command command, string id) =>
            lone.Entities.ExecuteAsync(new CommandRequest(StreamId.Of("region", "town"), command, "desk", CommandId.From(id), Fingerprint: 7)).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Who_was_let_go_and_asks_again_is_told_again_and_no_answer_is_given_without_its_place()
    {
        var lone = await LoneEntity.StartAsync(TimeProvider.System, new RuntimeSettings());
        var (leader, arrived, gate) = (lone.Leader, new TaskCompletionSource(), new TaskCompletionSource());
        lone.Leader = async requests =>
        {
            arrived.TrySetResult();
            await gate.Task;
            return await leader(requests);
        };
        var answer = lone.SendAsync(OneEuro, "pay");
        await arrived.Task;
        lone.Entities.ReleaseCallers();
        Assert.Equal("outcome-unknown", (await answer).Refusal?.Code);
        Assert.Equal("outcome-unknown", (await lone.SendAsync(OneEuro, "pay")).Refusal?.Code);
        // What is asked now shows the payment, which is still on its way; then both arrive.
        var question = lone.AskAsync();
        gate.SetResult();
        Assert.Equal("no-answer", (await question).Refusal?.Code);
        var shown = await lone.AskAsync();
        Assert.Equal((99m, (await lone.Journal.ReadEndAsync()).Seq), (Assert.IsType<AccountView>(shown.View).Balance, shown.VisibleTo));
    }

    [Fact]
    public async Task Who_waits_for_a_replica_that_has_stopped_is_told_so_at_once()
    {
        var time = new Looks();
        var replica = new Replica(new MemoryJournal(), time, new RuntimeSettings());
        var waiting = replica.WaitForAsync(new Seq(1), TimeSpan.FromHours(1), CancellationToken.None);
        replica.Stop();
        Assert.False(await waiting);
        Assert.False(await replica.WaitForAsync(new Seq(1), TimeSpan.FromHours(1), CancellationToken.None));
        Assert.InRange(time.Count, 0, 10);
    }

    [Fact]
    public async Task A_journal_that_fails_while_an_earlier_hold_is_looked_for_is_a_refusal_to_try_again()
    {
        var journal = new FaultyJournal(new MemoryJournal()) { ReadsFail = true };
        var funds = new Funds(new Replayed(), journal, TimeProvider.System, new RuntimeSettings());
        var need = new FundsNeed("USD", "bob", "ann", 30_00, Sealed: true);
        var (hold, refusal) = await funds.HoldAsync(need, Violin, new CommandRequest(Violin, new PlaceBid(30_00), "bob", CommandId.From("bid")));
        Assert.Null(hold);
        Assert.Equal((RefusalKind.Unavailable, "journal-unreachable"), (refusal!.Kind, refusal.Code));
    }

    private static Command Pay(string from, string to, long cents) => new Transfer(new TransferOrder(from, to, cents));

    /// <summary>Two nodes that host the same ledger and auction; the first hears of nothing that the second writes. Their clock stands still.</summary>
    private static async Task<TwoNodes> BehindAsync()
    {
        var nodes = await TwoNodes.StartAsync(new MemoryJournal(), new MemoryCheckpoints(), time: new ManualTime());
        var id = 0;
        foreach (var command in new Command[] { new CreateLedger(2), new OpenAccount("ann", 100_00), new OpenAccount("bob", 100_00), new OpenAccount("carol") })
            Assert.Null((await ExecuteAsync(nodes, 0, Usd, command, "ann", $"{id++}")).Refusal);
        Assert.Null((await ExecuteAsync(nodes, 0, Violin, new CreateAuction("Violin", "sealed-rounds", new AuctionOptions { MinimumBidders = 9 }, null), "ann", "violin")).Refusal);
        nodes.Delivers = (_, node) => node != 0;
        return nodes;
    }

    private static Task<CommandReply> ExecuteAsync(TwoNodes nodes, int node, StreamId entity, Command command, string actor, string id, ulong fingerprint = 0) =>
        nodes.Nodes[node].Entities.ExecuteAsync(new CommandRequest(entity, command, actor, CommandId.From(id), fingerprint)).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>A clock by hand that tells when somebody begins to wait so long.</summary>
    private sealed class Timers : TimeProvider
    {
        private readonly ManualTime _time = new();
        private TimeSpan _wanted;
        private TaskCompletionSource? _next;

        public override long TimestampFrequency => _time.TimestampFrequency;

        public Task NextOf(TimeSpan wanted)
        {
            (_wanted, _next) = (wanted, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return _next.Task;
        }

        public void Advance(TimeSpan by) => _time.Advance(by);

        public override DateTimeOffset GetUtcNow() => _time.GetUtcNow();

        public override long GetTimestamp() => _time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = _time.CreateTimer(callback, state, dueTime, period);
            if (dueTime == _wanted) _next?.TrySetResult();
            return timer;
        }
    }

    /// <summary>A clock that counts how often it is looked at, and goes on by that alone.</summary>
    private sealed class Looks : TimeProvider
    {
        public int Count { get; private set; }

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp() => ++Count;
    }

    /// <summary>Every command was carried out before.</summary>
    private sealed class Replayed : INodeLinks
    {
        public ValueTask<CommandReply> ExecuteAsync(CommandRequest request) => ValueTask.FromResult(new CommandReply(new Receipt(new Seq(1), new Epoch(1), 1), null, null, Replayed: true));

        public ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at) => throw new InvalidOperationException("Nothing is to be asked.");

        public Task<AppendOutcome[]> SubmitAsync(IReadOnlyList<AppendRequest> requests) => throw new InvalidOperationException("Nothing is to be sent.");

        public void Send(Rank to, NodeSignal signal)
        {
        }
    }
}
