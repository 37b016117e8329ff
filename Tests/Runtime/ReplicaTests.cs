using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;

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

    private static async Task<CommandReply> SendAsync(TwoNodes nodes, Command command, int id)
    {
        var reply = await nodes.ExecuteAsync(new CommandRequest(Usd, command, "ann", CommandId.From($"{id}")));
        Assert.Null(reply.Refusal);
        return reply;
    }
}
