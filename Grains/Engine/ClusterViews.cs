using Rialto.GrainInterfaces;
using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Grains.Engine;

/// <summary>The cluster as the runtime shows it, and as it goes between processes.</summary>
internal static class ClusterViews
{
    public static ClusterReport ToReport(this ClusterView view) => new(
        view.Leader?.Value ?? 0, view.Epoch.Value,
        [.. view.Nodes.Select(node => new NodeReport(
            node.Rank.Value, node.State, node.LastHeardMs, [.. node.Clock.Entries.Select(entry => KeyValuePair.Create(entry.Node.Value, entry.Ticks))],
            node.AppliedSeq.Value, node.AppliedSeq.Value + node.Lag, node.Entities))],
        [.. view.Elections.Select(election => new ElectionReport(
            election.Epoch.Value, election.Winner.Value, election.StartedBy.Value, election.Reason, [.. election.Answered.Select(rank => rank.Value)], election.Milliseconds))],
        view.RefusedWrites);

    public static ClusterView ToView(this ClusterReport report) => new(
        "orleans", report.Leader == 0 ? null : new Rank(report.Leader), new Epoch(report.Epoch),
        [.. report.Nodes.Select(node => new NodeView(
            new Rank(node.Rank), node.State, node.Rank == report.Leader, node.LastHeardMs, VectorClock.Of(node.Clock.Select(entry => (new Rank(entry.Key), entry.Value))),
            new Seq(node.AppliedSeq), Math.Max(0, node.CommittedSeq - node.AppliedSeq), node.Entities))],
        [.. report.Elections.Select(election => new ElectionView(
            new Epoch(election.Epoch), new Rank(election.Winner), new Rank(election.StartedBy), election.Reason, [.. election.Answered.Select(rank => new Rank(rank))], election.Milliseconds))],
        report.RefusedWrites);

    public static ReconcileAnswer ToAnswer(this ReconcileReport report) =>
        new(report.At, report.Agree, [.. report.Rebuilt.Select(one => (one.Node, one.Differences))], report.Silent);

    public static ReconcileReport ToReport(this ReconcileAnswer answer) =>
        new(answer.At, answer.Agree, [.. answer.Rebuilt.Select(one => new RebuiltReplica(one.Node, one.Differences))], answer.Silent);

    /// <summary>Asks the coordinator of an epoch; null if nobody leads in it now.</summary>
    public static async ValueTask<ReconcileReport?> ReconcileAsync(this IGrainFactory grains, Epoch epoch)
    {
        try
        {
            return await grains.GetGrain<ICoordinatorGrain>(epoch.Value).ReconcileAsync() is { } answer ? answer.ToReport() : null;
        }
        catch (Exception e) when (EntityRouter.IsLost(e))
        {
            return null;
        }
    }
}
