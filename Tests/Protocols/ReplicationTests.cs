using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Tests.Protocols;

public class ReplicationTests
{
    private readonly ReplicaSettings _settings = new() { SnapshotTries = 3, MinSnapshotEvents = 100, LiveWithinEvents = 10, SnapshotTimeoutMs = 1_000, DigestTimeoutMs = 500, DigestAheadEvents = 20 };
    private readonly Rank _two = new(2);
    private readonly Rank _three = new(3);
    private readonly List<JoinOrder> _orders = [];
    private readonly List<ReconcileOrder> _asked = [];

    [Fact]
    public void A_replica_takes_a_snapshot_part_by_part_then_the_tail_then_goes_live()
    {
        var join = Join(applied: 0, end: 5_000);
        Assert.True(join.PartCame(_three, 7, 0, parts: 2, 10, _orders));
        Assert.True(join.PartCame(_three, 7, 1, parts: 2, 20, _orders));
        join.SnapshotCame(_three, new Seq(4_900), 50, _orders);
        join.TailRead(new Seq(4_950), new Seq(5_100), _orders);
        join.TailRead(new Seq(5_100), new Seq(5_105), _orders);
        Assert.Equal([new JoinOrder.AskPart(_three, 0, 0), new JoinOrder.AskPart(_three, 7, 1), new JoinOrder.Load(_three), new JoinOrder.Install(new Seq(4_900)),
            new JoinOrder.ReadTail(new Seq(4_900)), new JoinOrder.ReadTail(new Seq(4_950)), new JoinOrder.GoLive(new Seq(5_100))], _orders);
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
        Assert.False(join.PartCame(_three, 0, 0, parts: 0, 10, _orders));
        join.SnapshotCame(_three, new Seq(9), 20, _orders);
        join.SnapshotDamaged(_three, 20, _orders);
        Assert.False(join.PartCame(_two, 0, 0, parts: 0, 30, _orders));
        Assert.Equal([new JoinOrder.AskPart(_three, 0, 0), new JoinOrder.AskPart(_two, 0, 0), new JoinOrder.ReadTail(Seq.None)], _orders);
        Assert.Equal(long.MaxValue, join.DueAtMs);
    }

    [Fact]
    public void A_part_that_does_not_come_is_asked_for_a_few_times_and_then_the_next_node_from_its_first_part_on()
    {
        var join = Join(applied: 0, end: 5_000);
        join.PartCame(_three, 7, 0, parts: 3, 10, _orders);
        Assert.Equal(1_010, join.DueAtMs);
        _orders.Clear();
        join.Tick(1_009, _orders);
        Assert.Empty(_orders);
        for (var at = 1_010; at <= 3_010; at += 1_000) join.Tick(at, _orders);
        Assert.Equal([new JoinOrder.AskPart(_three, 7, 1), new JoinOrder.AskPart(_three, 7, 1), new JoinOrder.AskPart(_two, 0, 0)], _orders);
        // Each part has as many tries.
        join.PartCame(_two, 1, 0, parts: 2, 3_020, _orders);
        _orders.Clear();
        for (var at = 4_020; at <= 6_020; at += 1_000) join.Tick(at, _orders);
        Assert.Equal([new JoinOrder.AskPart(_two, 1, 1), new JoinOrder.AskPart(_two, 1, 1), new JoinOrder.ReadTail(Seq.None)], _orders);
    }

    [Fact]
    public void A_part_that_is_late_doubled_or_of_another_snapshot_is_not_kept()
    {
        var join = Join(applied: 0, end: 5_000);
        Assert.False(join.PartCame(_two, 7, 0, parts: 3, 10, _orders));
        Assert.False(join.PartCame(_three, 7, 1, parts: 3, 10, _orders));
        Assert.True(join.PartCame(_three, 7, 0, parts: 3, 10, _orders));
        Assert.False(join.PartCame(_three, 7, 0, parts: 3, 10, _orders));
        Assert.False(join.PartCame(_three, 8, 1, parts: 3, 10, _orders));
        Assert.True(join.PartCame(_three, 7, 1, parts: 3, 10, _orders));
        Assert.True(join.PartCame(_three, 7, 2, parts: 3, 10, _orders));
        Assert.False(join.PartCame(_three, 7, 2, parts: 3, 10, _orders));
        Assert.Single(_orders.OfType<JoinOrder.Load>());
        join.Tick(60_000, _orders);
        Assert.IsType<JoinOrder.Load>(_orders[^1]);
    }

    [Fact]
    public void A_snapshot_that_is_damaged_or_older_than_what_there_is_is_not_installed()
    {
        var join = JoinThatLoads(applied: 1_000);
        join.SnapshotCame(_three, new Seq(900), 10, _orders);
        Assert.Equal(new JoinOrder.AskPart(_two, 0, 0), _orders[^1]);
        join = JoinThatLoads(applied: 1_000);
        join.SnapshotDamaged(_three, 10, _orders);
        Assert.Equal(new JoinOrder.AskPart(_two, 0, 0), _orders[^1]);
    }

    [Fact]
    public void A_snapshot_of_one_that_joins_itself_is_passed_over_unless_it_is_the_last()
    {
        var join = JoinThatLoads(applied: 0);
        join.SnapshotCame(_three, new Seq(4_899), 10, _orders);
        Assert.Equal(new JoinOrder.AskPart(_two, 0, 0), _orders[^1]);
        join.PartCame(_two, 1, 0, parts: 1, 10, _orders);
        join.SnapshotCame(_two, new Seq(300), 20, _orders);
        Assert.Equal([new JoinOrder.Install(new Seq(300)), new JoinOrder.ReadTail(new Seq(300))], _orders[^2..]);
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
        var join = new ReplicaJoin(_settings, new Seq(applied), [_three, _two]);
        join.Begin(new Seq(end), 0, _orders);
        return join;
    }

    private ReplicaJoin JoinThatLoads(long applied)
    {
        var join = Join(applied, end: 5_000);
        Assert.True(join.PartCame(_three, 1, 0, parts: 1, 10, _orders));
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
