using System.Collections.Concurrent;
using Rialto.GrainInterfaces;
using Rialto.Grains.Engine;
using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Grains.Nodes;

/// <summary>The cluster as a node shows it to people: what it knows itself, and what the others say of themselves when they are asked.</summary>
internal sealed class ClusterLook(NodeDriver driver, NodeHost host, Membership membership, NodePost post, IJournal journal, ElectionHistory elections)
{
    /// <summary>How long what another node said of itself is shown, in milliseconds.</summary>
    private const int ReportFreshMs = 500;

    private readonly ConcurrentDictionary<Rank, string> _ends = new();
    private readonly ConcurrentDictionary<Rank, (NodeReport Said, long AtMs)> _reports = new();
    private long _askedAtMs;

    /// <summary>How a node ended that is no member any more: <c>failed</c> or <c>left</c>.</summary>
    public void OnEnded(Rank peer, string how) => _ends[peer] = how;

    /// <summary>Nodes are members again.</summary>
    public void OnMembers(IEnumerable<Rank> members)
    {
        foreach (var rank in members) _ends.TryRemove(rank, out _);
    }

    /// <summary>How this node is.</summary>
    public NodeReport Report() => new(
        host.Rank.Value, "alive", 0, [.. host.Clock.Entries.Select(entry => KeyValuePair.Create(entry.Node.Value, entry.Ticks))],
        host.Replica.Applied.Value, (host.Sequencer?.Committed ?? host.Replica.Applied).Value, host.Entities.Count);

    /// <summary>The cluster as this node sees it. What others say of themselves may be half a second old.</summary>
    public ClusterView View()
    {
        AskOthers();
        var (seen, now) = (driver.Outlook, driver.NowMs);
        var own = Report();
        var committed = Math.Max(own.CommittedSeq, seen.Peers.Select(peer => peer.At.Value).DefaultIfEmpty().Max());
        var nodes = membership.Members.Append(host.Rank).Concat(membership.Gone).Distinct().Order()
            .Select(rank => rank == host.Rank ? View(own, seen, committed, "alive", 0) : ViewOther(rank, seen, committed, now));
        return new ClusterView("orleans", seen.Leader, seen.Epoch, [.. nodes], elections.All, journal.RefusedWrites);
    }

    private NodeView ViewOther(Rank rank, Outlook seen, long committed, long nowMs)
    {
        var peer = seen.Peers.FirstOrDefault(peer => peer.Peer == rank);
        var isMember = peer.Peer == rank;
        var isHeard = _reports.TryGetValue(rank, out var last);
        var report = isHeard ? last.Said : new NodeReport(rank.Value, "", 0, [], 0, 0, 0);
        report = report with { AppliedSeq = Math.Max(report.AppliedSeq, peer.At.Value), Entities = isMember ? report.Entities : 0 };
        var state = isMember ? peer.Phase.ToString().ToLowerInvariant() : _ends.GetValueOrDefault(rank, "left");
        // Not every node sends this one heartbeats; what it answered when it was asked is a sign of life as well.
        var silentMs = peer.Evidence.SilentMs + nowMs - seen.AtMs;
        return View(report, seen, committed, state, isMember ? Math.Max(0, isHeard ? Math.Min(silentMs, nowMs - last.AtMs) : silentMs) : 0);
    }

    private static NodeView View(NodeReport report, Outlook seen, long committed, string state, long silentMs)
    {
        var rank = new Rank(report.Rank);
        return new NodeView(
            rank, state, rank == seen.Leader, silentMs, VectorClock.Of(report.Clock.Select(entry => (new Rank(entry.Key), entry.Value))),
            new Seq(report.AppliedSeq), Math.Max(0, committed - report.AppliedSeq), report.Entities);
    }

    private void AskOthers()
    {
        var (last, now) = (Volatile.Read(ref _askedAtMs), driver.NowMs);
        if (now - last < ReportFreshMs && last != 0 || Interlocked.CompareExchange(ref _askedAtMs, now, last) != last) return;
        foreach (var rank in membership.Members)
            if (rank != host.Rank && membership.AddressOf(rank) is { } address) _ = AskAsync(rank, address);
    }

    private async Task AskAsync(Rank rank, SiloAddress address)
    {
        try
        {
            _reports[rank] = (await post.AskAsync(address), driver.NowMs);
        }
        catch (Exception e) when (EntityRouter.IsLost(e))
        {
            // It is shown as it was.
        }
    }
}
