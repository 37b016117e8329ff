using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Tests.Protocols;

public class ReplicationTests
{
    private readonly ReplicaSettings _settings = new() { MinSnapshotEvents = 100, LiveWithinEvents = 10, SnapshotTimeoutMs = 1_000, DigestTimeoutMs = 500, DigestAheadEvents = 20 };
    private readonly List<JoinOrder> _orders = [];
    private readonly List<ReconcileOrder> _asked = [];

    [Fact]
    public void A_replica_takes_a_snapshot_then_the_tail_then_goes_live()
    {
        var join = Join(applied: 0, end: 5_000);
        join.SnapshotCame(new Rank(3), new Seq(4_900), 50, _orders);
        join.TailRead(new Seq(4_950), new Seq(5_100), _orders);
        join.TailRead(new Seq(5_100), new Seq(5_105), _orders);
        Assert.Equal([new JoinOrder.AskSnapshot(new Rank(3)), new JoinOrder.Install(new Seq(4_900)), new JoinOrder.ReadTail(new Seq(4_900)),
            new JoinOrder.ReadTail(new Seq(4_950)), new JoinOrder.GoLive(new Seq(5_100))], _orders);
        Assert.True(join.IsLive);
    }

    [Fact]
    public void A_short_journal_needs_no_snapshot()
    {
        Join(applied: 0, end: 100);
        Assert.Equal([new JoinOrder.ReadTail(Seq.None)], _orders);
        _orders.Clear();
        Join(applied: 95, end: 100);
        Assert.Equal([new JoinOrder.GoLive(new Seq(95))], _orders);
    }

    [Fact]
    public void Who_has_no_snapshot_is_passed_over_and_without_any_the_journal_is_read()
    {
        var join = Join(applied: 0, end: 5_000);
        join.SnapshotRefused(new Rank(3), 10, _orders);
        join.SnapshotCame(new Rank(3), new Seq(9), 20, _orders);
        join.Tick(1_009, _orders);
        join.Tick(1_010, _orders);
        Assert.Equal([new JoinOrder.AskSnapshot(new Rank(3)), new JoinOrder.AskSnapshot(new Rank(2)), new JoinOrder.ReadTail(Seq.None)], _orders);
    }

    [Fact]
    public void A_snapshot_that_is_older_than_what_there_is_is_not_installed()
    {
        var join = Join(applied: 1_000, end: 5_000);
        join.SnapshotCame(new Rank(3), new Seq(900), 10, _orders);
        Assert.Equal(new JoinOrder.AskSnapshot(new Rank(2)), _orders[^1]);
    }

    [Fact]
    public void A_snapshot_of_one_that_joins_itself_is_passed_over_unless_it_is_the_last()
    {
        var join = Join(applied: 0, end: 5_000);
        join.SnapshotCame(new Rank(3), new Seq(4_899), 10, _orders);
        Assert.Equal(new JoinOrder.AskSnapshot(new Rank(2)), _orders[^1]);
        join.SnapshotCame(new Rank(2), new Seq(300), 20, _orders);
        Assert.Equal([new JoinOrder.Install(new Seq(300)), new JoinOrder.ReadTail(new Seq(300))], _orders[^2..]);
    }

    [Fact]
    public void A_failed_reading_of_the_tail_is_tried_again()
    {
        var join = Join(applied: 0, end: 50);
        join.ReadFailed(10);
        join.Tick(109, _orders);
        Assert.Single(_orders);
        join.Tick(110, _orders);
        Assert.Equal(2, _orders.Count);
    }

    [Fact]
    public void Replicas_that_agree_are_left_alone()
    {
        var round = Begin();
        for (var rank = 1; rank <= 3; rank++) round.DigestCame(new Rank(rank), 1, new Seq(120), Digest(7), _asked);
        var outcome = Outcome();
        Assert.Equal([1, 2, 3], outcome.Agree.Select(rank => rank.Value));
        Assert.Equal((0, 0), (outcome.Differ.Length, outcome.Silent.Length));
        Assert.False(round.IsUnderWay);
    }

    [Fact]
    public void The_one_that_differs_is_rebuilt()
    {
        var round = Begin();
        round.DigestCame(new Rank(1), 1, new Seq(120), Digest(7), _asked);
        round.DigestCame(new Rank(3), 1, new Seq(120), Digest(8), _asked);
        round.DigestCame(new Rank(2), 1, new Seq(120), Digest(7), _asked);
        Assert.Equal([new ReconcileOrder.Rebuild(new Rank(3), new Rank(2), new Seq(120))], _asked.OfType<ReconcileOrder.Rebuild>());
    }

    [Fact]
    public void Where_no_side_has_more_all_are_rebuilt_from_the_journal()
    {
        var round = Begin();
        round.DigestCame(new Rank(1), 1, new Seq(120), Digest(7), _asked);
        round.DigestCame(new Rank(2), 1, new Seq(120), Digest(8), _asked);
        round.Tick(499, _asked);
        Assert.True(round.IsUnderWay);
        round.Tick(500, _asked);
        Assert.Equal([1, 2], _asked.OfType<ReconcileOrder.Rebuild>().Select(order => order.Peer.Value));
        Assert.All(_asked.OfType<ReconcileOrder.Rebuild>(), order => Assert.Null(order.RightPeer));
        Assert.Equal(new Rank(3), Assert.Single(Outcome().Silent));
    }

    [Fact]
    public void A_digest_of_another_comparison_tells_nothing()
    {
        var round = Begin();
        round.DigestCame(new Rank(1), 0, new Seq(120), Digest(7), _asked);
        round.DigestCame(new Rank(1), 1, new Seq(119), Digest(7), _asked);
        round.DigestCame(new Rank(9), 1, new Seq(120), Digest(7), _asked);
        round.Tick(500, _asked);
        Assert.Equal(3, Outcome().Silent.Length);
        Assert.False(round.Begin([], Seq.None, 0, 0, _asked));
    }

    [Fact]
    public void A_comparison_whose_place_a_node_had_passed_is_begun_again_and_late_digests_of_it_tell_nothing()
    {
        var round = Begin();
        round.DigestCame(new Rank(1), 1, new Seq(120), Digest(7), _asked);
        round.PlacePassed(new Rank(2), 1, new Seq(119), _asked);
        Assert.True(round.IsUnderWay);
        round.PlacePassed(new Rank(2), 1, new Seq(120), _asked);
        Assert.False(round.IsUnderWay);
        Assert.IsType<ReconcileOrder.BeginAgain>(_asked[^1]);
        Assert.True(round.Begin([new(1)], new Seq(130), 0, 0, _asked));
        round.DigestCame(new Rank(1), 1, new Seq(120), Digest(7), _asked);
        Assert.True(round.IsUnderWay);
        round.DigestCame(new Rank(1), 2, new Seq(130), Digest(7), _asked);
        Assert.Equal(new Rank(1), Assert.Single(Outcome().Agree));
    }

    [Fact]
    public void A_difference_is_missing_duplicate_or_conflicting()
    {
        ItemDigest[] right = [Item("a/same", 3, 1), Item("a/behind", 3, 1), Item("a/absent", 1, 1), Item("a/ahead", 3, 1), Item("a/other", 3, 1), Item("a/twice", 2, 1)];
        ItemDigest[] found = [Item("a/same", 3, 1), Item("a/behind", 2, 1), Item("a/ahead", 4, 1), Item("a/other", 3, 2), Item("a/unknown", 1, 1), Item("a/twice", 2, 1), Item("a/twice", 2, 1)];
        Assert.Equal(
            ["absent:Missing:1:0", "ahead:Duplicate:3:4", "behind:Missing:3:2", "other:Conflicting:3:3", "twice:Duplicate:2:2", "unknown:Duplicate:0:1"],
            ReplicaDifference.Between(right, found).Select(d => $"{d.Stream.Key}:{d.Kind}:{d.RightVersion}:{d.FoundVersion}"));
    }

    private ReplicaJoin Join(long applied, long end)
    {
        var join = new ReplicaJoin(_settings, new Seq(applied), [new Rank(3), new Rank(2)]);
        join.Begin(new Seq(end), 0, _orders);
        return join;
    }

    private Reconciliation Begin()
    {
        var round = new Reconciliation(_settings);
        Assert.True(round.Begin([new(1), new(2), new(3)], new Seq(100), ahead: 20, 0, _asked));
        Assert.False(round.Begin([new(1)], new Seq(100), ahead: 20, 0, _asked));
        Assert.All(_asked, order => Assert.Equal(new Seq(120), Assert.IsType<ReconcileOrder.AskDigest>(order).At));
        return round;
    }

    private ReconcileOutcome Outcome() => Assert.Single(_asked.OfType<ReconcileOrder.Report>()).Outcome;

    private static Hash256 Digest(ulong value) => new(value, 0, 0, 0);

    private static ItemDigest Item(string stream, long version, ulong digest) => new(StreamId.Parse(stream), version, Digest(digest));
}
