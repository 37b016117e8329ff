using System.Collections.Immutable;
using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Tests.Protocols;

/// <summary>Every role meets every input; and what single steps promise.</summary>
public class NodeTests
{
    private static readonly ImmutableArray<Rank> Five = [new(1), new(2), new(3), new(4), new(5)];

    /// <summary>Ways into every role, for node 3 of five.</summary>
    private static readonly (string Role, Func<Node> Make)[] Ways =
    [
        (nameof(ElectionRole.Out), () => new Node(new Rank(3), new NodeSettings())),
        (nameof(ElectionRole.Out), () => After(new NodeInput.Start(Five, new Epoch(4), new Rank(5)), new NodeInput.Resign())),
        (nameof(ElectionRole.Out), () => After(Alone, new NodeInput.MembershipChanged([new(1), new(2)]))),
        (nameof(ElectionRole.Follower), () => After(new NodeInput.Start(Five, new Epoch(4), new Rank(5)))),
        (nameof(ElectionRole.Follower), () => After(new NodeInput.Start(Five, new Epoch(4), new Rank(2)))),
        (nameof(ElectionRole.Leaderless), () => After(new NodeInput.Start(Five, new Epoch(4), new Rank(5)), From(5, new NodeMessage.Resigned(new Epoch(4), null, new Rank(1), false)))),
        (nameof(ElectionRole.AwaitingAnswer), () => After(new NodeInput.Start(Five, new Epoch(4), null))),
        (nameof(ElectionRole.AwaitingCoordinator), () => After(new NodeInput.Start(Five, new Epoch(4), null), From(5, new NodeMessage.Answer(new Epoch(4), null)))),
        (nameof(ElectionRole.Claiming), () => After(Alone, Read)),
        (nameof(ElectionRole.Coordinator), () => After(Alone, Read, new NodeInput.ClaimGranted(new Epoch(5)))),
        (nameof(ElectionRole.Draining), () => After(Alone, Read, new NodeInput.ClaimGranted(new Epoch(5)), new NodeInput.ForceElection())),
        (nameof(ElectionRole.Draining), () => After(Alone, Read, new NodeInput.ClaimGranted(new Epoch(5)), new NodeInput.Resign())),
        (nameof(ElectionRole.AwaitingHandover), () => After(new NodeInput.Start([new(1), new(2), new(3)], new Epoch(4), new Rank(2)), new NodeInput.ForceElection())),
        (nameof(ElectionRole.Refreshing), () => Frozen(new NodeInput.Start(Five, new Epoch(4), new Rank(5)))),
        (nameof(ElectionRole.Refreshing), () => Frozen(Alone, Read, new NodeInput.ClaimGranted(new Epoch(5)))),
    ];

    private static NodeInput Alone => new NodeInput.Start([new(1), new(2), new(3)], new Epoch(4), null);

    private static NodeInput Read => new NodeInput.StorageRead(new Epoch(4), null, null);

    private static IEnumerable<NodeInput> AllInputs()
    {
        yield return new NodeInput.Tick(new Seq(9));
        yield return new NodeInput.ClaimFailed();
        yield return new NodeInput.ForceElection();
        yield return new NodeInput.Resign();
        yield return new NodeInput.Drained(new Seq(9));
        yield return new NodeInput.MembershipChanged(Five);
        yield return new NodeInput.MembershipChanged([new(3)]);
        yield return new NodeInput.MembershipChanged([new(1)]);
        yield return new NodeInput.MembershipChanged([]);
        for (var epoch = 0; epoch <= 7; epoch++)
        {
            yield return new NodeInput.ClaimGranted(new Epoch(epoch));
            yield return new NodeInput.LeaseRenewed(new Epoch(epoch));
            foreach (var holder in (Rank?[])[null, new Rank(1), new Rank(3), new Rank(5), new Rank(9)])
            {
                yield return new NodeInput.Start(Five, new Epoch(epoch), holder);
                yield return new NodeInput.ClaimRefused(new Epoch(epoch), holder);
                yield return new NodeInput.Fenced(new Epoch(epoch), holder);
                foreach (var age in (long?[])[null, 0, 100_000])
                {
                    yield return new NodeInput.StorageRead(new Epoch(epoch), holder, age);
                    yield return new NodeInput.StorageRead(new Epoch(epoch), holder, age, IsMember: false);
                }
                foreach (var from in new[] { 1, 2, 3, 5, 9 })
                    foreach (var message in AllMessages(new Epoch(epoch), holder))
                        yield return From(from, message);
            }
        }
        for (var peer = 0; peer <= 6; peer++)
        {
            yield return new NodeInput.PeerFailed(new Rank(peer));
            yield return new NodeInput.ConnectionLost(new Rank(peer));
            yield return new NodeInput.NobodyListens(new Rank(peer));
        }
    }

    private static IEnumerable<NodeMessage> AllMessages(Epoch epoch, Rank? leader)
    {
        var finding = new Finding(new Rank(3), PeerPhase.Failed, new Evidence(5, null, new Rank(5)));
        yield return new NodeMessage.Heartbeat(epoch, leader, new Seq(3), 1, new Rank(2), 5, 10);
        yield return new NodeMessage.Heartbeat(epoch, leader, new Seq(3), 0, null, 0, null);
        yield return new NodeMessage.Heartbeat(epoch, leader, new Seq(3), 0, null, 0, null, Asks: true);
        yield return new NodeMessage.Findings(epoch, leader, 2, [finding, finding with { Peer = new Rank(1) }, finding with { Peer = new Rank(42) }]);
        foreach (var reason in Enum.GetValues<ElectionReason>()) yield return new NodeMessage.Election(epoch, leader, new Rank(1), reason);
        yield return new NodeMessage.Answer(epoch, leader);
        yield return new NodeMessage.Coordinator(epoch, leader, new ElectionRecord(epoch, leader ?? new Rank(1), new Rank(1), ElectionReason.Start, [], 1));
        yield return new NodeMessage.Behind(epoch, leader);
        yield return new NodeMessage.HandoverRequest(epoch, leader, ElectionReason.Handover);
        yield return new NodeMessage.HandoverRequest(epoch, leader, ElectionReason.Forced);
        yield return new NodeMessage.HandoverReady(epoch, leader, new Seq(4));
        yield return new NodeMessage.HandoverReady(epoch, leader, null);
        foreach (var isLeaving in new[] { true, false })
            foreach (var successor in (Rank?[])[null, new Rank(3), new Rank(5)]) yield return new NodeMessage.Resigned(epoch, leader, successor, isLeaving);
        yield return new NodeMessage.Leaving(epoch, leader);
    }

    public static TheoryData<int> Roles => [.. Enumerable.Range(0, Ways.Length)];

    [Fact]
    public void Every_role_is_among_those_that_are_tried()
    {
        Assert.Equal(typeof(ElectionRole).GetNestedTypes().Select(role => role.Name).Order(), Ways.Select(way => way.Role).Distinct().Order());
        Assert.All(Ways, way => Assert.Equal(way.Role, way.Make().Role.GetType().Name));
        var kinds = AllInputs().Select(input => input.GetType()).Distinct();
        Assert.Equal(typeof(NodeInput).GetNestedTypes().Select(type => type.Name).Order(), kinds.Select(type => type.Name).Append(nameof(NodeInput.Received)).Distinct().Order());
        var messages = AllMessages(Epoch.None, null).Select(message => message.GetType()).Distinct();
        Assert.Equal(typeof(NodeMessage).GetNestedTypes().Select(type => type.Name).Order(), messages.Select(type => type.Name).Order());
    }

    [Theory, MemberData(nameof(Roles))]
    public void No_input_in_any_role_throws_lowers_the_epoch_or_leads_without_a_grant(int way)
    {
        foreach (var input in AllInputs())
            foreach (var later in new[] { 1, 150, 5_000 })
            {
                var node = Ways[way].Make();
                var (before, outputs) = (node.Epoch, new List<NodeOutput>());
                node.Step(input, 10_000 + later, outputs);
                Assert.True(node.Epoch >= before, $"{input}");
                if (outputs.OfType<NodeOutput.Lead>().Any()) Assert.IsType<NodeInput.ClaimGranted>(input);
                Assert.True(node.Role is ElectionRole.Out || node.DueAtMs < long.MaxValue, $"after {input} it waits for ever as {node.Role}");
                // And it lives on, whatever comes next.
                for (var at = 10_100 + later; at < 14_000 + later; at += 100) node.Step(new NodeInput.Tick(new Seq(9)), at, outputs);
            }
    }

    [Fact]
    public void Messages_of_nodes_that_are_no_members_are_ignored()
    {
        var node = After(new NodeInput.Start(Five, new Epoch(4), new Rank(5)));
        node.Step(From(9, new NodeMessage.Behind(new Epoch(8), new Rank(9))), 10_000, []);
        Assert.Equal(new Epoch(4), node.Epoch);
    }

    [Fact]
    public void A_leader_that_is_no_member_counts_as_gone()
    {
        var node = After(new NodeInput.Start([new(1), new(3), new(5)], new Epoch(4), new Rank(5)), new NodeInput.MembershipChanged([new(1), new(3)]));
        Assert.IsType<ElectionRole.AwaitingAnswer>(node.Role);
    }

    [Fact]
    public void A_node_that_was_evicted_and_let_in_again_asks_storage_first()
    {
        var node = After(Alone, Read, new NodeInput.ClaimGranted(new Epoch(5)), new NodeInput.MembershipChanged([new(1), new(2)]), new NodeInput.MembershipChanged([new(1), new(2), new(3)]));
        Assert.Equal(new ElectionRole.Refreshing(false, 10_500), node.Role);
    }

    [Fact]
    public void An_epoch_that_a_node_was_fenced_from_is_never_learned_again()
    {
        var node = After(Alone, Read, new NodeInput.ClaimGranted(new Epoch(5)), new NodeInput.Fenced(new Epoch(6)));
        node.Step(From(1, new NodeMessage.Heartbeat(new Epoch(5), new Rank(3), Seq.None, 0, null, 0, 0)), 10_001, []);
        Assert.Equal((new Epoch(6), null), (node.Epoch, node.Leader));
    }

    [Fact]
    public void A_grant_that_nobody_waits_for_any_more_is_not_led_and_the_next_is_claimed()
    {
        var node = After(Alone, Read, From(2, new NodeMessage.Coordinator(new Epoch(5), new Rank(2), new ElectionRecord(new Epoch(5), new Rank(2), new Rank(2), ElectionReason.Start, [], 1))));
        var outputs = new List<NodeOutput>();
        node.Step(new NodeInput.ClaimGranted(new Epoch(6)), 10_001, outputs);
        Assert.DoesNotContain(outputs, output => output is NodeOutput.Lead);
        node.Step(new NodeInput.StorageRead(new Epoch(6), new Rank(3), 0), 10_002, outputs);
        Assert.Contains(new NodeOutput.ClaimEpoch(new Epoch(6)), outputs);
    }

    [Fact]
    public void A_leader_that_hears_no_majority_calls_nobody_failed_gives_up_the_lead_and_says_why()
    {
        var node = After(Alone, Read, new NodeInput.ClaimGranted(new Epoch(5)));
        var outputs = new List<NodeOutput>();
        for (var at = 10_000; at < 11_000; at += 10) node.Step(new NodeInput.Tick(Seq.None), at, outputs);
        Assert.IsType<ElectionRole.Coordinator>(node.Role);
        node.Step(new NodeInput.Tick(Seq.None), 11_000, outputs);
        Assert.Equal(StepDownReason.SmallerSide, Assert.IsType<ElectionRole.Draining>(node.Role).Why);
        for (var at = 11_010; at <= 11_200; at += 10) node.Step(new NodeInput.Tick(Seq.None), at, outputs);
        Assert.Equal(StepDownReason.SmallerSide, Assert.Single(outputs.OfType<NodeOutput.StepDown>()).Reason);
        Assert.DoesNotContain(outputs, output => output is NodeOutput.DeclareFailed or NodeOutput.Evict);
    }

    [Fact]
    public void A_leader_has_a_node_put_out_only_when_it_has_heard_a_majority_after_it_found_that_node_failed()
    {
        var node = After(Alone, Read, new NodeInput.ClaimGranted(new Epoch(5)));
        var outputs = new List<NodeOutput>();
        for (var at = 10_000; at <= 11_010; at += 10)
        {
            if (at == 10_900) node.Step(From(2, new NodeMessage.Heartbeat(new Epoch(5), new Rank(3), Seq.None, 0, null, 0, 0)), at, outputs);
            node.Step(new NodeInput.Tick(Seq.None), at, outputs);
        }
        Assert.Equal(new Rank(1), Assert.Single(outputs.OfType<NodeOutput.DeclareFailed>()).Peer);
        Assert.DoesNotContain(outputs, output => output is NodeOutput.Evict);
        node.Step(From(2, new NodeMessage.Heartbeat(new Epoch(5), new Rank(3), Seq.None, 0, null, 0, 0)), 11_015, outputs);
        Assert.Equal(new Rank(1), Assert.Single(outputs.OfType<NodeOutput.Evict>()).Peer);
    }

    [Fact]
    public void A_lost_connection_proves_nothing_and_a_refused_one_ends_the_waiting_at_once()
    {
        var node = After(new NodeInput.Start(Five, new Epoch(4), new Rank(5)));
        node.Step(From(5, new NodeMessage.Heartbeat(new Epoch(4), new Rank(5), Seq.None, 0, null, 0, null)), 10_100, []);
        var outputs = new List<NodeOutput>();
        node.Step(new NodeInput.NobodyListens(new Rank(5)), 10_110, outputs);
        node.Step(new NodeInput.ConnectionLost(new Rank(5)), 10_120, outputs);
        Assert.Equal(new NodeOutput.Knock(new Rank(5)), Assert.Single(outputs));
        Assert.IsType<ElectionRole.Follower>(node.Role);
        node.Step(new NodeInput.NobodyListens(new Rank(5)), 10_121, outputs);
        Assert.Equal(new Rank(5), Assert.Single(outputs.OfType<NodeOutput.DeclareFailed>()).Peer);
        Assert.IsType<ElectionRole.Leaderless>(node.Role);
        node.Step(From(5, new NodeMessage.Heartbeat(new Epoch(4), new Rank(5), Seq.None, 0, null, 0, null)), 10_122, outputs);
        Assert.IsType<ElectionRole.Leaderless>(node.Role);
    }

    [Fact]
    public void A_node_is_knocked_at_a_few_times_after_its_connection_was_lost_and_what_it_says_meanwhile_counts()
    {
        var node = After(new NodeInput.Start(Five, new Epoch(4), new Rank(5)));
        var outputs = new List<NodeOutput>();
        node.Step(new NodeInput.ConnectionLost(new Rank(5)), 10_010, outputs);
        node.Step(new NodeInput.ConnectionLost(new Rank(5)), 10_011, outputs);
        node.Step(From(5, new NodeMessage.Heartbeat(new Epoch(4), new Rank(5), Seq.None, 0, null, 0, null)), 10_012, outputs);
        node.Step(new NodeInput.NobodyListens(new Rank(5)), 10_013, outputs);
        Assert.IsType<ElectionRole.Follower>(node.Role);
        for (var at = 10_015; at < 10_400; at += 5) node.Step(new NodeInput.Tick(Seq.None), at, outputs);
        Assert.Equal(new NodeSettings().MaxKnocks, outputs.OfType<NodeOutput.Knock>().Count());
        Assert.DoesNotContain(outputs, output => output is NodeOutput.DeclareFailed);
    }

    [Fact]
    public void A_suspected_leader_where_nobody_listens_is_missed_at_once_and_one_that_is_well_is_not()
    {
        var node = After(new NodeInput.Start(Five, new Epoch(4), new Rank(5)));
        var outputs = new List<NodeOutput>();
        node.Step(new NodeInput.NobodyListens(new Rank(5)), 10_050, outputs);
        Assert.IsType<ElectionRole.Follower>(node.Role);
        for (var at = 10_100; at <= 10_610; at += 10) node.Step(new NodeInput.Tick(Seq.None), at, outputs);
        Assert.Contains(outputs, output => output is NodeOutput.Suspect { Peer.Value: 5 });
        Assert.DoesNotContain(outputs, output => output is NodeOutput.DeclareFailed);
        node.Step(new NodeInput.NobodyListens(new Rank(5)), 10_611, outputs);
        Assert.Equal(new Rank(5), Assert.Single(outputs.OfType<NodeOutput.DeclareFailed>()).Peer);
        Assert.IsType<ElectionRole.Leaderless>(node.Role);
        Assert.Null(node.Leader);
    }

    [Fact]
    public void Where_a_node_is_not_watched_the_leaders_word_counts_and_not_that_nobody_listens()
    {
        // Node 3 watches its leader, 5, and the one before it in the ring, 2.
        var node = After(new NodeInput.Start(Five, new Epoch(4), new Rank(5)));
        var finding = new Finding(new Rank(1), PeerPhase.Suspected, new Evidence(650, null, new Rank(5)));
        node.Step(From(5, new NodeMessage.Findings(new Epoch(4), new Rank(5), 1, [finding])), 10_100, []);
        var outputs = new List<NodeOutput>();
        node.Step(new NodeInput.NobodyListens(new Rank(1)), 10_110, outputs);
        Assert.DoesNotContain(outputs, output => output is NodeOutput.DeclareFailed);
    }

    [Fact]
    public void A_leader_without_a_majority_goes_by_silence_alone()
    {
        var node = After(Alone, Read, new NodeInput.ClaimGranted(new Epoch(5)));
        var outputs = new List<NodeOutput>();
        for (var at = 10_000; at <= 10_610; at += 10) node.Step(new NodeInput.Tick(Seq.None), at, outputs);
        Assert.Equal(2, outputs.OfType<NodeOutput.Suspect>().Count());
        node.Step(new NodeInput.NobodyListens(new Rank(1)), 10_611, outputs);
        Assert.DoesNotContain(outputs, output => output is NodeOutput.DeclareFailed);
        node.Step(From(2, new NodeMessage.Heartbeat(new Epoch(5), new Rank(3), Seq.None, 0, null, 0, 0)), 10_612, outputs);
        node.Step(new NodeInput.NobodyListens(new Rank(1)), 10_613, outputs);
        Assert.Equal(new Rank(1), Assert.Single(outputs.OfType<NodeOutput.DeclareFailed>()).Peer);
    }

    [Fact]
    public void A_leader_knows_of_a_silent_node_who_heard_it_last()
    {
        var node = After(Alone, Read, new NodeInput.ClaimGranted(new Epoch(5)));
        var outputs = new List<NodeOutput>();
        for (var at = 10_000; at <= 11_100; at += 10)
        {
            if (at % 200 == 0) node.Step(From(2, new NodeMessage.Heartbeat(new Epoch(5), new Rank(3), Seq.None, 0, new Rank(1), Math.Max(0, at - 10_450), 0)), at, outputs);
            node.Step(new NodeInput.Tick(Seq.None), at, outputs);
        }
        var failed = Assert.Single(outputs.OfType<NodeOutput.DeclareFailed>());
        Assert.Equal((new Rank(1), new Evidence(550, new Rank(2), new Rank(3))), (failed.Peer, failed.Evidence));
        Assert.Contains(node.View(11_100), peer => peer.Peer == new Rank(1) && peer.Phase == PeerPhase.Failed);
    }

    [Fact]
    public void Settings_that_cannot_work_together_are_refused_with_the_reason()
    {
        Assert.Null(new NodeSettings().Problem);
        Assert.Null(NodeSettings.Fast.Problem);
        foreach (var wrong in (NodeSettings[])[new() { HeartbeatEveryMs = 0 }, new() { SuspectedAfterMs = 200 }, new() { FailedAfterMs = 600 }, new() { LeaseFreshMs = 401 }, new() { StallAfterMs = 100 }, new() { MaxClaimTries = 0 }])
            Assert.Throws<ArgumentException>(() => new Node(new Rank(1), wrong));
    }

    private static NodeInput From(int rank, NodeMessage message) => new NodeInput.Received(new Rank(rank), message);

    /// <summary>Node 3 after some inputs, all at the same time.</summary>
    private static Node After(params NodeInput[] inputs)
    {
        var node = new Node(new Rank(3), new NodeSettings());
        foreach (var input in inputs) node.Step(input, 10_000, []);
        return node;
    }

    private static Node Frozen(params NodeInput[] inputs)
    {
        var node = new Node(new Rank(3), new NodeSettings());
        foreach (var input in inputs) node.Step(input, 9_000, []);
        node.Step(new NodeInput.Tick(Seq.None), 10_000, []);
        return node;
    }
}
