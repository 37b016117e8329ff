using System.Collections.Concurrent;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Runtime;

public class ReplicaTests
{
    private static readonly StreamId Usd = EmbeddedMarket.Usd;

    [Fact]
    public async Task A_lost_batch_is_noticed_at_the_next_and_read_from_the_journal()
    {
        await using var nodes = await TwoNodes.StartAsync(new MemoryJournal(), new MemoryCheckpoints());
        nodes.Delivers = (batch, node) => node == 1 || batch.First.Value % 2 == 0;
        for (var i = 0; i < 10; i++) await SendAsync(nodes, i == 0 ? new CreateLedger(2) : new OpenAccount($"a{i}"), i);
        await SendAsync(nodes, new OpenAccount("last"), 99);
        var end = nodes.Nodes[1].Sequencer!.Committed;
        nodes.Delivers = (_, _) => true;
        var after = await SendAsync(nodes, new OpenAccount("after"), 100);
        Assert.True(await nodes.Nodes[0].Replica.WaitForAsync(after.Receipt.Seq, TimeSpan.FromSeconds(10), default));
        Assert.IsType<AccountView>(nodes.Nodes[0].Replica.AskEntity(Usd, new GetAccount("last", Viewer.Operator))!.Value.View);
    }

    [Fact]
    public async Task The_feed_gives_every_event_once_in_order_from_memory_and_from_the_journal()
    {
        var settings = new RuntimeSettings { RecentEvents = 16, ReadPage = 7, RetryAfterMs = 1 };
        await using var nodes = await TwoNodes.StartAsync(new MemoryJournal(), new MemoryCheckpoints(), settings);
        await SendAsync(nodes, new CreateLedger(2), 0);
        for (var i = 1; i < 100; i++) await SendAsync(nodes, new OpenAccount($"a{i}"), i);
        var end = nodes.Nodes[1].Sequencer!.Committed;
        var seen = new List<long>();
        while (seen.Count < end.Value)
            seen.AddRange((await nodes.Nodes[0].Replica.FeedAsync(new Seq(seen.Count), 5, default)).Select(committed => committed.Record.Seq.Value));
        Assert.Equal(Enumerable.Range(1, (int)end.Value).Select(i => (long)i), seen);
    }

    [Fact]
    public async Task The_feed_waits_for_what_comes_next()
    {
        await using var nodes = await TwoNodes.StartAsync(new MemoryJournal(), new MemoryCheckpoints());
        var next = nodes.Nodes[0].Replica.FeedAsync(Seq.None, 10, default).AsTask();
        Assert.False(next.IsCompleted);
        await SendAsync(nodes, new CreateLedger(2), 0);
        Assert.Equal(1, (await next.WaitAsync(TimeSpan.FromSeconds(10)))[0].Record.Seq.Value);
    }

    [Fact]
    public async Task Waiting_for_a_place_that_does_not_come_ends_in_time()
    {
        await using var nodes = await TwoNodes.StartAsync(new MemoryJournal(), new MemoryCheckpoints());
        Assert.False(await nodes.Nodes[0].Replica.WaitForAsync(new Seq(5), TimeSpan.FromMilliseconds(10), default));
    }

    [Fact]
    public async Task A_replica_that_begins_anew_takes_over_a_snapshot_and_then_the_tail_and_knows_all_that_the_other_knows()
    {
        var settings = new RuntimeSettings { RetryAfterMs = 1, ReadPage = 10, Replicas = new ReplicaSettings { MinSnapshotEvents = 20, SnapshotPartBytes = 1_000 } };
        var journal = new FaultyJournal(new MemoryJournal());
        await using var nodes = await TwoNodes.StartAsync(journal, new MemoryCheckpoints(), settings);
        await FillAsync(nodes);
        var (asked, came) = (new List<int>(), new List<NodeSignal.SnapshotPart>());
        nodes.Alters = (_, signal) =>
        {
            if (signal is NodeSignal.SnapshotWanted wanted) asked.Add(wanted.Part);
            if (signal is NodeSignal.SnapshotPart part) came.Add(part);
            return signal;
        };
        await nodes.RestartAsync(0);
        Assert.True(came.Count > 2, $"The snapshot came in {came.Count} parts.");
        Assert.Equal(Enumerable.Range(0, came[0].Parts), asked);
        Assert.All(came, part => Assert.InRange(part.Bytes.Length, 1, 1_000));
        Assert.Single(came.Select(part => part.Snapshot).Distinct());
        await AssertSameAsync(nodes);
        // The commands before the snapshot too: once it leads, somebody may name one as a cause.
        var recent = nodes.Nodes[0].Replica.RecentCommands(out var upTo);
        Assert.Equal(Enumerable.Range(1, (int)upTo.Value), recent.Select(command => (int)command.At.Value));
        var next = await SendAsync(nodes, new OpenAccount("late"), 1_000);
        Assert.True(await nodes.Nodes[0].Replica.WaitForAsync(next.Receipt.Seq, TimeSpan.FromSeconds(10), default));
        await AssertSameAsync(nodes);
    }

    [Fact]
    public async Task Who_has_not_joined_yet_gives_nothing_to_others()
    {
        var settings = new RuntimeSettings { RetryAfterMs = 1, Replicas = new ReplicaSettings { MinSnapshotEvents = 20 } };
        await using var nodes = await TwoNodes.StartAsync(new MemoryJournal(), new MemoryCheckpoints(), settings);
        await FillAsync(nodes);
        var (part, digest) = (new TaskCompletionSource<NodeSignal.SnapshotPart>(), new TaskCompletionSource<NodeSignal.DigestTaken>());
        nodes.Alters = (_, signal) =>
        {
            if (signal is NodeSignal.SnapshotPart given) part.TrySetResult(given);
            if (signal is NodeSignal.DigestTaken taken) digest.TrySetResult(taken);
            return signal;
        };
        var joining = nodes.Renew(0);
        joining.Receive(new Rank(2), new NodeSignal.SnapshotWanted(0, 0));
        joining.Receive(new Rank(2), new NodeSignal.DigestWanted(1, Seq.None));
        Assert.Equal(0, (await part.Task.WaitAsync(TimeSpan.FromSeconds(30))).Parts);
        Assert.Null((await digest.Task.WaitAsync(TimeSpan.FromSeconds(30))).Digest);
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("cut")]
    [InlineData("empty")]
    [InlineData("foreign")]
    [InlineData("forgotten")]
    public async Task A_snapshot_that_is_no_good_costs_time_and_nothing_else(string how)
    {
        var settings = new RuntimeSettings { RetryAfterMs = 1, Replicas = new ReplicaSettings { MinSnapshotEvents = 20, SnapshotTimeoutMs = 30, SnapshotPartBytes = 1_000 } };
        await using var nodes = await TwoNodes.StartAsync(new MemoryJournal(), new MemoryCheckpoints(), settings);
        await FillAsync(nodes);
        nodes.Alters = (_, signal) => signal is not NodeSignal.SnapshotPart part ? signal : how switch
        {
            "lost" => part.Part == 0 ? part : null,
            "cut" => part with { Bytes = part.Bytes[..(part.Bytes.Length / 2)] },
            "empty" => part with { Bytes = default },
            "foreign" => part with { Bytes = new byte[] { 99, 0, 0, 0, 1, 2, 3 } },
            _ => part.Part == 0 ? part : part with { Parts = 0, Bytes = default },
        };
        await nodes.RestartAsync(0);
        await AssertSameAsync(nodes);
    }

    [Fact]
    public async Task The_last_batch_that_is_lost_is_noticed_when_the_leader_says_how_far_it_is_and_sent_again()
    {
        await using var nodes = await TwoNodes.StartAsync(new MemoryJournal(), new MemoryCheckpoints());
        await SendAsync(nodes, new CreateLedger(2), 0);
        nodes.Delivers = (_, node) => node == 1;
        var last = await SendAsync(nodes, new OpenAccount("last"), 1);
        var asked = 0;
        nodes.Delivers = (_, _) => true;
        nodes.Alters = (_, signal) =>
        {
            if (signal is NodeSignal.Missing) asked++;
            return signal;
        };
        nodes.Nodes[0].PeerIsAt(new Rank(2), last.Receipt.Epoch, last.Receipt.Seq);
        Assert.True(await nodes.Nodes[0].Replica.WaitForAsync(last.Receipt.Seq, TimeSpan.FromSeconds(10), default));
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_replica_that_differs_is_found_reported_and_built_again_from_the_journal()
    {
        await using var nodes = await TwoNodes.StartAsync(new MemoryJournal(), new MemoryCheckpoints(), count: 3);
        // Node 1 is told that everybody gets ten times as much: the journal, and everybody else, know better.
        nodes.Alters = (node, signal) => node != 0 || signal is not NodeSignal.Committed told ? signal : new NodeSignal.Committed(told.Span with { Content = Exaggerate(told.Span.Content) });
        await FillAsync(nodes);
        nodes.Alters = (_, signal) => signal;
        var report = await nodes.Nodes[2].ReconcileAsync();
        Assert.Equal([new Rank(2), new Rank(3)], report!.Agree);
        Assert.Empty(report.Silent);
        var rebuilt = Assert.Single(report.Rebuilt);
        Assert.Equal(new Rank(1), rebuilt.Node);
        Assert.Equal([new ReplicaDifference(Usd, DifferenceKind.Conflicting, report.At.Value, report.At.Value)], rebuilt.Differences!);
        Assert.Equal([new Rank(1), new Rank(2), new Rank(3)], (await nodes.Nodes[2].ReconcileAsync())!.Agree);
    }

    [Fact]
    public async Task Replicas_are_compared_while_the_market_goes_on()
    {
        await using var nodes = await TwoNodes.StartAsync(new MemoryJournal(), new MemoryCheckpoints(), count: 3);
        await SendAsync(nodes, new CreateLedger(2), 0);
        var comparing = nodes.Nodes[2].ReconcileAsync();
        for (var i = 1; !comparing.IsCompleted; i++) await SendAsync(nodes, new OpenAccount($"a{i}"), i);
        var report = await comparing;
        Assert.Equal([new Rank(1), new Rank(2), new Rank(3)], report!.Agree);
        Assert.Empty(report.Rebuilt);
    }

    [Fact]
    public async Task Nodes_are_compared_now_and_then_and_one_that_is_alone_is_not()
    {
        var (time, asked) = (new ManualTime(), new ConcurrentQueue<int>());
        var every = TimeSpan.FromSeconds(1);
        await using var nodes = await TwoNodes.StartAsync(new MemoryJournal(), new MemoryCheckpoints(), new RuntimeSettings { ReconcileEveryMs = 1_000 }, time);
        nodes.Alters = (node, signal) =>
        {
            if (signal is NodeSignal.DigestWanted) asked.Enqueue(node);
            return signal;
        };
        var leader = nodes.Nodes[1];
        await UntilAskedAsync(2);
        leader.SetMembers([leader.Rank]);
        for (var i = 0; i < 30; i++) time.Advance(every / 10);
        leader.SetMembers([.. nodes.Nodes.Select(node => node.Rank)]);
        await UntilAskedAsync(4);
        Assert.Equal([0, 0, 1, 1], asked.Order());

        async Task UntilAskedAsync(int times)
        {
            time.Advance(every);
            // The leader watches commits for a while of this clock, and goes on in its own time.
            for (var started = Environment.TickCount64; asked.Count < times; await Task.Delay(1))
            {
                Assert.True(Environment.TickCount64 - started < 30_000, $"{asked.Count} were asked, and not {times}.");
                time.Advance(every / 100);
            }
        }
    }

    private static CommittedBatch Exaggerate(CommittedBatch batch) =>
        new([.. batch.Events.Select(committed => committed.Happened is TransferMade made ? new CommittedEvent(committed.Record, made with { AmountMinor = made.AmountMinor * 10 }) : committed)]);

    private static async Task FillAsync(TwoNodes nodes)
    {
        var id = 0;
        await SendAsync(nodes, new CreateLedger(2), id++);
        await SendAsync(nodes, new OpenAccount("ann", 1_000_00), id++);
        await SendAsync(nodes, new OpenAccount("bob"), id++);
        for (var i = 0; i < 30; i++) await SendAsync(nodes, new Transfer(new TransferOrder("ann", "bob", 1 + i)), id++);
        var last = await SendAsync(nodes, new Transfer(new TransferOrder("ann", "bob", 5, Pending: true)), id);
        foreach (var node in nodes.Nodes) Assert.True(await node.Replica.WaitForAsync(last.Receipt.Seq, TimeSpan.FromSeconds(10), default));
    }

    private static async Task AssertSameAsync(TwoNodes nodes)
    {
        var (one, other) = (nodes.Nodes[0], nodes.Nodes[1]);
        var end = other.Sequencer!.Committed;
        foreach (var node in nodes.Nodes) Assert.True(await node.Replica.WaitForAsync(end, TimeSpan.FromSeconds(10), default));
        Assert.Equal(other.Replica.Digest(), one.Replica.Digest());
        Assert.Equal(BytesOf(other), BytesOf(one));
        // A node's own clock goes on from its last event.
        foreach (var record in await ReadAllAsync(one.Replica, end)) Assert.NotEqual(ClockRelation.After, record.Clock.CompareTo(one.Clock));
    }

    private static byte[] BytesOf(NodeHost node) => [.. node.Replica.Save(VectorClock.Zero).SelectMany(part => part.ToArray())];

    private static async Task<List<JournalRecord>> ReadAllAsync(Replica replica, Seq end)
    {
        var records = new List<JournalRecord>();
        while (records.Count < end.Value) records.AddRange((await replica.FeedAsync(new Seq(records.Count), 1_000, default)).Select(committed => committed.Record));
        return records;
    }

    private static async Task<CommandReply> SendAsync(TwoNodes nodes, Command command, int id)
    {
        var reply = await nodes.ExecuteAsync(new CommandRequest(Usd, command, "ann", CommandId.From($"{id}")));
        Assert.Null(reply.Refusal);
        return reply;
    }
}
