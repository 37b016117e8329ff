namespace Rialto.GrainInterfaces;

/// <summary>
/// The coordinator of one epoch: it runs the sequence, and answers for the election. Its key is the epoch, so at every change of leader it
/// is another grain, and no stale address leads to the one before. It lives on the leader's silo, and where it does not it takes nothing.
/// </summary>
[Alias("rialto.coordinator")]
public interface ICoordinatorGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Has a batch ordered and committed; answers when every request in it has its outcome. All of them are fenced if this silo does not lead
    /// in this epoch.
    /// </summary>
    [Alias("append"), ResponseTimeout("00:00:10")]
    Task<AppendAnswer> AppendAsync([Immutable] AppendBatch batch);

    /// <summary>The cluster as the leader sees it; null if this silo does not lead in this epoch.</summary>
    [Alias("view"), ResponseTimeout("00:00:02")]
    Task<ClusterReport?> ViewAsync();

    /// <summary>Has an election held although nothing is wrong. False if this silo does not lead in this epoch.</summary>
    [Alias("elect"), ResponseTimeout("00:00:02")]
    Task<bool> ElectAsync();

    /// <summary>Compares the replicas of all nodes, and has those built again that differ; null if this silo does not lead in this epoch.</summary>
    [Alias("reconcile"), ResponseTimeout("00:00:30")]
    Task<ReconcileAnswer?> ReconcileAsync();
}

/// <summary>The cluster as a node sees it.</summary>
/// <param name="Leader">The rank that leads, or 0.</param>
/// <param name="Epoch">The newest epoch that the node knows.</param>
/// <param name="Nodes">The members, ascending by rank.</param>
/// <param name="Elections">The last elections, oldest first.</param>
/// <param name="RefusedWrites">Journal writes of deposed leaders that were refused, as counted by the node's process.</param>
[GenerateSerializer, Immutable, Alias("rialto.cluster-report")]
public sealed record ClusterReport(
    [property: Id(0)] int Leader, [property: Id(1)] long Epoch, [property: Id(2)] NodeReport[] Nodes, [property: Id(3)] ElectionReport[] Elections,
    [property: Id(4)] long RefusedWrites);

/// <summary>A member of the cluster.</summary>
/// <param name="Rank">Its rank.</param>
/// <param name="State"><c>alive</c>, <c>suspected</c>, <c>failed</c> or <c>left</c>.</param>
/// <param name="LastHeardMs">How long ago it gave a sign of life, in milliseconds.</param>
/// <param name="Clock">Its vector clock: ranks and counts.</param>
/// <param name="AppliedSeq">How far its replica has come.</param>
/// <param name="CommittedSeq">How far it knows the journal to go.</param>
/// <param name="Entities">How many entities live there.</param>
[GenerateSerializer, Immutable, Alias("rialto.node-report")]
public sealed record NodeReport(
    [property: Id(0)] int Rank, [property: Id(1)] string State, [property: Id(2)] long LastHeardMs, [property: Id(3)] KeyValuePair<int, long>[] Clock,
    [property: Id(4)] long AppliedSeq, [property: Id(5)] long CommittedSeq, [property: Id(6)] int Entities);

/// <summary>An election that was held.</summary>
/// <param name="Epoch">The epoch that it ended in.</param>
/// <param name="Winner">Who leads in it.</param>
/// <param name="StartedBy">Who began it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Answered">Who answered.</param>
/// <param name="Milliseconds">From its beginning to the granted claim.</param>
[GenerateSerializer, Immutable, Alias("rialto.election-report")]
public sealed record ElectionReport(
    [property: Id(0)] long Epoch, [property: Id(1)] int Winner, [property: Id(2)] int StartedBy, [property: Id(3)] string Reason, [property: Id(4)] int[] Answered,
    [property: Id(5)] long Milliseconds);
