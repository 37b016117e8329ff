using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Tests.Protocols;

public class ClockAndPlacementTests
{
    private static readonly Rank[] Five = [new(1), new(2), new(3), new(4), new(5)];

    [Fact]
    public void A_node_that_applied_an_event_is_after_it_and_others_are_concurrent()
    {
        var (a, b, c) = (new NodeClock(new Rank(1)), new NodeClock(new Rank(2)), new NodeClock(new Rank(3)));
        var first = a.Tick();
        b.Merge(first);
        var second = b.Tick();
        var aside = c.Tick();
        Assert.Equal(ClockRelation.Before, first.CompareTo(second));
        Assert.Equal(ClockRelation.After, second.CompareTo(first));
        Assert.Equal(ClockRelation.Concurrent, second.CompareTo(aside));
        Assert.Equal(ClockRelation.Equal, first.CompareTo(VectorClock.Of([(new Rank(1), 1)])));
    }

    [Fact]
    public void A_restarted_node_counts_on_from_what_the_journal_says_of_it()
    {
        var before = new NodeClock(new Rank(1));
        before.Tick();
        var last = before.Tick();
        var restarted = new NodeClock(new Rank(1));
        restarted.Merge(last);
        Assert.Equal(3, restarted.Tick()[new Rank(1)]);
    }

    [Fact]
    public void Streams_are_spread_evenly_and_only_those_of_a_lost_node_move()
    {
        var streams = Enumerable.Range(0, 10_000).Select(i => StreamId.Of("auction", $"{i}")).ToList();
        var owners = streams.ToDictionary(stream => stream, stream => Rendezvous.Owner(stream, Five));
        foreach (var node in Five) Assert.InRange(owners.Values.Count(owner => owner == node), 1_800, 2_200);
        foreach (var (stream, owner) in owners)
            if (owner != new Rank(3)) Assert.Equal(owner, Rendezvous.Owner(stream, [new(1), new(2), new(4), new(5)]));
    }

    [Fact]
    public void The_owner_does_not_depend_on_the_order_of_the_nodes_nor_on_the_process()
    {
        var stream = StreamId.Of("ledger", "USD");
        Assert.Equal(Rendezvous.Owner(stream, Five), Rendezvous.Owner(stream, [.. Five.Reverse()]));
        Assert.Equal("ledger/USD:2 auction/7:1", string.Join(' ', new[] { stream, StreamId.Of("auction", "7") }.Select(s => $"{s}:{Rendezvous.Owner(s, Five)}")));
    }
}
