using System.Text;
using Rialto.Journal;
using Rialto.Protocols;
using Xunit.Abstractions;

namespace Rialto.Tests.Protocols;

/// <summary>
/// Thousands of random disasters: a faulty phase, in which nothing forbidden may happen (the world throws), then healing, after which one
/// node leads and all others follow it within a bounded time. A failing seed is named, with what was told of its run.
/// </summary>
public class NodeSimulationTests(ITestOutputHelper report)
{
    private const int FaultsMs = 30_000;
    private const int HealMs = 8_000;

    [Fact]
    public void In_any_weather_one_leader_per_epoch_and_after_it_one_leader_that_all_follow()
    {
        var seeds = int.Parse(Environment.GetEnvironmentVariable("RIALTO_SEEDS") ?? "1500", System.Globalization.CultureInfo.InvariantCulture);
        report.WriteLine($"seeds 1..{seeds}");
        var (elections, refused, longestMs) = (0L, 0L, 0L);
        for (var seed = 1UL; seed <= (ulong)seeds; seed++)
        {
            var (world, settledMs) = Run(seed, null);
            elections += world.Epoch.Value;
            refused += world.RefusedWrites;
            longestMs = Math.Max(longestMs, settledMs);
        }
        report.WriteLine($"{elections} epochs, {refused} refused writes, longest way back to one leader {longestMs} ms");
        Assert.True(refused > 0, "No deposed leader ever tried to write: the faults are too mild.");
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        for (var seed = 1UL; seed <= 20; seed++) Assert.Equal(Run(seed, null).World.TraceHash, Run(seed, null).World.TraceHash);
        Assert.NotEqual(Run(1, null).World.TraceHash, Run(2, null).World.TraceHash);
    }

    [Theory]
    [InlineData(false, false, 1_200)]
    [InlineData(true, false, 700)]
    [InlineData(false, true, 800)]
    [InlineData(true, true, 500)]
    public void A_crashed_leader_is_replaced_in_time(bool fast, bool knocks, int limitMs)
    {
        var settings = fast ? NodeSettings.Fast : new NodeSettings();
        var worstMs = 0L;
        for (var seed = 1UL; seed <= 300; seed++)
        {
            var chance = new Chance(seed);
            var world = new NodeWorld(chance, settings) { Weather = new Weather(DelayMinMs: 0, DelayMaxMs: 20, StorageMaxMs: 15), Knocking = (knocks, 0) };
            for (var rank = 1; rank <= 5; rank++) world.Add(rank);
            for (var rank = 1; rank <= 5; rank++) world.Start(rank);
            world.RunUntil(3_000 + chance.Below(1_000));
            var (crashedAt, epoch) = (world.Now, world.Epoch);
            world.Crash(world.Holder!.Value.Value);
            while (world.Now < crashedAt + 2 * limitMs && !world.Members.Any(member => member.Writes > epoch)) world.RunUntil(world.Now + 1);
            worstMs = Math.Max(worstMs, world.Now - crashedAt);
        }
        report.WriteLine($"slowest of 300: {worstMs} ms");
        Assert.True(worstMs <= limitMs, $"the slowest of 300 took {worstMs} ms, the limit is {limitMs} ms");
    }

    [Fact]
    public void Where_a_majority_is_well_and_connected_somebody_leads_who_is_in_touch_with_a_majority_and_soon()
    {
        var (worstMs, cutOff) = (0L, 0);
        for (var seed = 1UL; seed <= 300; seed++)
        {
            var chance = new Chance(seed);
            var nodes = chance.Between(2, 4) * 2 - 1;
            var settings = new NodeSettings { Preemption = chance.Percent(70) };
            var world = new NodeWorld(chance, settings) { Weather = new Weather(0, 10, StorageMaxMs: 10) };
            for (var rank = 1; rank <= nodes; rank++) world.Add(rank);
            for (var rank = 1; rank <= nodes; rank++) world.Start(rank);
            world.RunUntil(3_000 + chance.Below(1_000));
            var apart = Enumerable.Range(1, nodes).OrderBy(_ => chance.Next()).Take(chance.Between(1, nodes / 2)).ToHashSet();
            if (apart.Contains(world.Holder!.Value.Value)) cutOff++;
            var (cutAt, ways) = (world.Now, CutAtRandom(world, chance, nodes, apart));
            long? lostAt = cutAt;
            for (; world.Now < cutAt + 12_000; world.RunUntil(world.Now + 10))
            {
                var serves = world.Members.Any(member => member.Writes == world.Epoch && IsInTouch(member.Rank.Value));
                if (!serves) lostAt ??= world.Now;
                else if (lostAt is { } since)
                {
                    worstMs = Math.Max(worstMs, world.Now - since);
                    lostAt = null;
                }
            }
            Assert.True(lostAt is null, $"seed {seed}: since {lostAt - cutAt} ms after the cut nobody leads who is in touch with a majority");
            Assert.All(world.Evictions, eviction => Assert.True(
                ways.Contains((eviction.Peer.Value, eviction.By.Value)) || ways.Contains((eviction.By.Value, eviction.Peer.Value)),
                $"seed {seed}: {eviction.By} had {eviction.Peer} put out {eviction.AtMs - cutAt} ms after the cut, and nothing was cut between them"));

            bool IsInTouch(int rank) => 2 * (1 + Enumerable.Range(1, nodes).Count(other => other != rank && !ways.Contains((rank, other)) && !ways.Contains((other, rank)))) > nodes;
        }
        report.WriteLine($"the leader was among the minority {cutOff} times of 300; longest without a leader in touch with a majority {worstMs} ms");
        Assert.InRange(worstMs, 1, 3_000);
    }

    /// <summary>Cuts ways, one or both, between any node and those that are to be apart; the others stay connected.</summary>
    private static HashSet<(int From, int To)> CutAtRandom(NodeWorld world, Chance chance, int nodes, HashSet<int> apart)
    {
        var (ways, percent) = (new HashSet<(int, int)>(), chance.Between(1, 4) * 25);
        for (var from = 1; from <= nodes; from++)
            for (var to = 1; to <= nodes; to++)
                if (from != to && (apart.Contains(from) || apart.Contains(to)) && chance.Percent(percent))
                {
                    ways.Add((from, to));
                    world.Cut(from, to);
                }
        return ways;
    }

    [Fact]
    public void A_fifth_of_all_messages_lost_both_ways_costs_little_time_and_no_minority_puts_anybody_out()
    {
        var (longestMs, evictions, epochs) = (0L, 0, 0L);
        for (var seed = 1UL; seed <= 100; seed++)
        {
            var chance = new Chance(seed);
            var nodes = chance.Between(3, 5);
            var world = new NodeWorld(chance, new NodeSettings()) { Weather = new Weather(0, 10, LossPercent: 20, StorageMaxMs: 10) };
            for (var rank = 1; rank <= nodes; rank++) world.Add(rank);
            for (var rank = 1; rank <= nodes; rank++) world.Start(rank);
            world.RunUntil(2_000);
            var ledAt = world.Now;
            for (; world.Now < 32_000; world.RunUntil(world.Now + 10))
            {
                if (world.Members.Any(member => member.Writes == world.Epoch)) ledAt = world.Now;
                longestMs = Math.Max(longestMs, world.Now - ledAt);
            }
            (evictions, epochs) = (evictions + world.Evictions.Count, epochs + world.Epoch.Value);
        }
        report.WriteLine($"100 runs of 30 s: {epochs} epochs, {evictions} put out, longest without a leader {longestMs} ms");
        Assert.InRange(longestMs, 0, 3_000);
    }

    [Fact]
    public void Messages_grow_with_the_nodes_and_not_with_their_square()
    {
        var table = new StringBuilder("nodes | at rest, messages/s | per node | crash of the leader, messages in 3 s\n");
        var perNode = new List<double>();
        foreach (var nodes in new[] { 3, 5, 20, 100 })
        {
            var world = new NodeWorld(new Chance(7), new NodeSettings()) { Weather = new Weather(DelayMinMs: 1, DelayMaxMs: 5) };
            for (var rank = 1; rank <= nodes; rank++) world.Add(rank);
            for (var rank = 1; rank <= nodes; rank++) world.Start(rank);
            world.RunUntil(5_000);
            var before = world.Messages;
            world.RunUntil(15_000);
            var atRest = (world.Messages - before) / 10.0;
            before = world.Messages;
            world.Crash(nodes);
            world.RunUntil(18_000);
            Assert.Equal(new Rank(nodes - 1), world.Holder);
            table.Append(System.Globalization.CultureInfo.InvariantCulture, $"{nodes} | {atRest:F0} | {atRest / nodes:F1} | {world.Messages - before}\n");
            perNode.Add(atRest / nodes);
            Assert.True(world.Messages - before < 100 * nodes, table.ToString());
        }
        report.WriteLine(table.ToString());
        Assert.All(perNode, rate => Assert.InRange(rate, 5, 15));
    }

    private static (NodeWorld World, long SettledMs) Run(ulong seed, StringBuilder? transcript)
    {
        var chance = new Chance(seed);
        var nodes = chance.Between(3, 7);
        var settings = (chance.Percent(50) ? new NodeSettings() : NodeSettings.Fast) with { Preemption = chance.Percent(70) };
        var world = new NodeWorld(chance, settings) { Transcript = transcript, Knocking = (chance.Percent(50), chance.Below(30)), EvictionEnds = chance.Percent(50) };
        try
        {
            for (var rank = 1; rank <= nodes; rank++) world.Add(rank);
            world.Weather = new Weather(0, chance.Between(2, 120), chance.Below(25), chance.Below(20), chance.Below(15), chance.Between(1, 80));
            for (var rank = 1; rank <= nodes; rank++)
                if (chance.Percent(80)) world.Start(rank);
            var epoch = world.Epoch;
            while (world.Now < FaultsMs)
            {
                Disturb(world, chance, nodes);
                for (var until = world.Now + chance.Between(20, 900); world.Now < until;)
                {
                    world.RunUntil(Math.Min(until, world.Now + 40));
                    world.Write(chance.Between(1, nodes));
                    if (world.Epoch < epoch) throw new InvalidOperationException($"The epoch went from {epoch} to {world.Epoch}.");
                    epoch = world.Epoch;
                }
            }
            return (world, Settle(world, nodes, settings));
        }
        catch (Exception e) when (transcript is null)
        {
            var told = new StringBuilder();
            try { Run(seed, told); } catch (InvalidOperationException) { }
            var tail = string.Join('\n', told.ToString().Split('\n').Where(line => !line.Contains(": seq ", StringComparison.Ordinal)));
            throw new InvalidOperationException($"seed {seed}: {e.Message}\n{tail[Math.Max(0, tail.Length - 6_000)..]}", e);
        }
    }

    private static void Disturb(NodeWorld world, Chance chance, int nodes)
    {
        var rank = chance.Between(1, nodes);
        var member = world[rank];
        switch (chance.Below(14))
        {
            case 0 or 1: world.Crash(rank); break;
            case 2 or 3 or 4: if (member.Node is null) world.Start(rank); break;
            case 5: world.Pause(rank); break;
            case 6 or 7: if (member.IsPaused) world.Resume(rank); break;
            case 8: world.Isolate(rank); break;
            case 9: world.Cut(rank, chance.Between(1, nodes)); break;
            case 10 or 11: world.Heal(); break;
            case 12:
                world.IsStorageDown = chance.Percent(30);
                if (!world.WithoutStorage.Remove(new Rank(rank)) && chance.Percent(50)) world.WithoutStorage.Add(new Rank(rank));
                break;
            default:
                switch (chance.Below(7))
                {
                    case 0: world.Feed(rank, new NodeInput.ForceElection()); break;
                    case 1: world.Feed(rank, new NodeInput.Resign()); break;
                    case 2: world.ClaimAnswersToLose = 1; break;
                    case 3: world.Crash(rank); world.Start(rank); break;
                    case 4: world.LoseConnection(rank, chance.Between(1, nodes)); break;
                    case 5: if (world.Holder is { } holder) world.Crash(holder.Value); break;
                    default: if (world.Holder is { } leader) world.Pause(leader.Value); break;
                }
                break;
        }
    }

    private static long Settle(NodeWorld world, int nodes, NodeSettings settings)
    {
        world.Heal();
        world.EvictionEnds = false;
        world.IsStorageDown = false;
        world.WithoutStorage.Clear();
        world.ClaimAnswersToLose = 0;
        world.Weather = new Weather(1, 10);
        for (var rank = 1; rank <= nodes; rank++)
            if (world[rank].IsPaused) world.Resume(rank);
        world.RunUntil(world.Now + 500);
        for (var rank = 1; rank <= nodes; rank++)
        {
            if (world[rank].Node?.Role is ElectionRole.Out) world.Crash(rank);
            if (world[rank].Node is null) world.Start(rank);
        }
        var healedAt = world.Now;
        long? settledMs = null;
        while (world.Now < healedAt + HealMs)
        {
            world.RunUntil(world.Now + 50);
            foreach (var member in world.Members) world.Write(member.Rank.Value);
            if (settledMs is null && WhyUnsettled(world, settings, final: false) is null) settledMs = world.Now - healedAt;
        }
        // A node that could not claim may ask for the lead later; until then a lower one leads.
        world.RunUntil(world.Now + 5 * settings.HandoverRetryMs + 5_000);
        if (WhyUnsettled(world, settings, final: true) is { } why) throw new InvalidOperationException($"After {world.Now - healedAt} ms without faults: {why}");
        var (epoch, until) = (world.Epoch, world.Now + 5_000);
        world.RunUntil(until);
        if (world.Epoch != epoch) throw new InvalidOperationException($"At rest the epoch went from {epoch} to {world.Epoch}.");
        return settledMs ?? throw new InvalidOperationException($"It took more than {HealMs} ms until one node led.");
    }

    private static string? WhyUnsettled(NodeWorld world, NodeSettings settings, bool final)
    {
        var leaders = world.Members.Where(member => member.Writes == world.Epoch).ToList();
        if (leaders.Count != 1) return $"{leaders.Count} nodes lead in epoch {world.Epoch}";
        if (final && settings.Preemption && leaders[0].Rank != world.Members.Last().Rank) return $"{leaders[0].Rank} leads, and a higher one lives";
        foreach (var member in world.Members)
        {
            if (member.Writes != Epoch.None && member != leaders[0]) return $"{member.Rank} believes that it leads in {member.Writes}";
            if (member.Node!.Leader != leaders[0].Rank || member.Node.Epoch != world.Epoch) return $"{member.Rank} follows {member.Node.Leader} in {member.Node.Epoch} as {member.Node.Role}";
            if (final && member.Node.View(world.Now).FirstOrDefault(peer => peer.Phase != PeerPhase.Alive) is { Peer.Value: > 0 } unwell) return $"{member.Rank} sees {unwell}";
        }
        return null;
    }
}
