using System.Collections.Immutable;
using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Runtime;

/// <summary>A command on its way to an entity.</summary>
/// <param name="Entity">Who is asked.</param>
/// <param name="Command">What for.</param>
/// <param name="Actor">Who asks.</param>
/// <param name="Id">Which command this is: the same id is the same command.</param>
/// <param name="Fingerprint">A hash of the command's content if its sender may send the id again, else 0.</param>
/// <param name="Causes">What its events must stand after, or null if its sender names nothing.</param>
public sealed record CommandRequest(StreamId Entity, Command Command, string Actor, CommandId Id, ulong Fingerprint = 0, NamedCauses? Causes = null);

/// <summary>What a command depends on. It is ordered after all of it; if some of it does not come in time, it is refused as <c>missing-cause</c>.</summary>
/// <param name="Events">Events by their places.</param>
/// <param name="Commands">Commands by their ids, which may still be on their way. Each once.</param>
public sealed record NamedCauses(ImmutableArray<Seq> Events, ImmutableArray<CommandId> Commands);

/// <summary>Where a command's last event stands: it is durable there.</summary>
public readonly record struct Receipt(Seq Seq, Epoch Epoch, long Version);

/// <summary>What became of a command. Either <see cref="Refusal"/> or <see cref="View"/> is set.</summary>
/// <param name="Receipt">Where it stands; for a command that changed nothing, where the entity stood.</param>
/// <param name="View">The entity, or the part of it that the command is about, right after the command.</param>
/// <param name="Refusal">Why not. Kind <see cref="RefusalKind.Unavailable"/> with code <c>outcome-unknown</c>: it may or may not have happened; ask again with the same id.</param>
/// <param name="Replayed">
/// Whether the command had been sent before, and this is the answer given then. For a command with a fingerprint it was its sender who sent it
/// before, and never the runtime, which may try one sending several times.
/// </param>
public readonly record struct CommandReply(Receipt Receipt, View? View, Refusal? Refusal, bool Replayed)
{
    /// <summary>What the sender is told after several tries of one sending: if an earlier one may have been written, it is not the sender who repeats.</summary>
    /// <param name="request">What was sent.</param>
    /// <param name="known">What was known before the last try.</param>
    public CommandReply AfterTries(CommandRequest request, Refusal known) =>
        Replayed && request.Fingerprint != 0 && known.Code == Refusals.OutcomeUnknown.Code ? this with { Replayed = false } : this;
}

/// <summary>What a question to one entity was answered.</summary>
/// <param name="View">The view, or null.</param>
/// <param name="Refusal">Why there is none, or null.</param>
/// <param name="VisibleTo">The journal is visible up to here in the answer.</param>
public readonly record struct QueryReply(View? View, Refusal? Refusal, Seq VisibleTo);

/// <summary>
/// A running market, as its front door sees it, whatever hosts it. All methods may be called from many threads, and all answer in bounded time.
/// </summary>
public interface IEngine
{
    /// <summary>A word for people: <c>embedded</c> or <c>orleans</c>.</summary>
    string Name { get; }

    /// <summary>Has an entity decide, and answers when the outcome is durable.</summary>
    ValueTask<CommandReply> ExecuteAsync(CommandRequest request);

    /// <summary>Asks one entity. Linearizable when <paramref name="at"/> is null; else the answer is as of that place, by replay.</summary>
    ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at = null);

    /// <summary>The read models of the node that answers here.</summary>
    Replica Replica { get; }

    /// <summary>The journal, to be read only.</summary>
    IJournal Journal { get; }

    /// <summary>The cluster as the answering node sees it now.</summary>
    ClusterView ViewCluster();

    /// <summary>Has an election held although nothing is wrong. Null when it has begun, or another is under way; else why not.</summary>
    ValueTask<Refusal?> ElectAsync();

    /// <summary>Has the leader compare the replicas of all nodes, and build those again that differ. Null if nobody leads now.</summary>
    ValueTask<ReconcileReport?> ReconcileAsync();

    /// <summary>Does something to a node that lives in this process. Null when it is done, else why it is not.</summary>
    ValueTask<Refusal?> ChangeNodeAsync(Rank rank, NodeChange change);

    /// <summary>Whether commands can be taken now; if not, a sentence that says why.</summary>
    string? NotReadyBecause { get; }
}

/// <summary>What can be done to a node, to see what the others make of it.</summary>
public enum NodeChange
{
    /// <summary>It loses all that it has in memory, and is gone.</summary>
    Crash,
    /// <summary>A crashed node begins anew, from the journal.</summary>
    Restart,
    /// <summary>It freezes where it is.</summary>
    Pause,
    /// <summary>A frozen node goes on where it was.</summary>
    Resume,
    /// <summary>No message reaches it or leaves it.</summary>
    Isolate,
    /// <summary>Its messages come and go again.</summary>
    Heal,
}

/// <summary>A node that shares its process with others, as somebody finds it who wants to change it.</summary>
/// <param name="Rank">Which.</param>
/// <param name="IsCrashed">Whether it has lost its memory and is gone.</param>
/// <param name="IsPaused">Whether it is frozen.</param>
/// <param name="IsIsolated">Whether it is cut off.</param>
/// <param name="IsLastWell">Whether nobody else is well.</param>
public readonly record struct NodeCondition(Rank Rank, bool IsCrashed, bool IsPaused, bool IsIsolated, bool IsLastWell)
{
    /// <summary>Why a change makes no sense now; null if it does.</summary>
    public Refusal? WhyNot(NodeChange change) => change switch
    {
        NodeChange.Restart when !IsCrashed => No("not-crashed", "has not crashed"),
        NodeChange.Restart => null,
        NodeChange.Heal when !IsIsolated => No("not-isolated", "is not cut off"),
        NodeChange.Heal => null,
        _ when IsCrashed => No(change == NodeChange.Crash ? "already-crashed" : "crashed", "has crashed"),
        NodeChange.Pause when IsPaused => No("already-paused", "is paused already"),
        NodeChange.Resume when !IsPaused => No("not-paused", "is not paused"),
        NodeChange.Isolate when IsIsolated => No("already-isolated", "is cut off already"),
        NodeChange.Crash or NodeChange.Pause or NodeChange.Isolate when IsLastWell => No("last-node", "is the last one that is well"),
        _ => null,
    };

    private Refusal No(string code, string why) => new(RefusalKind.Conflict, code, $"Node {Rank} {why}.");
}

/// <summary>The cluster at one moment.</summary>
/// <param name="Engine">What hosts it.</param>
/// <param name="Leader">Who leads, if anybody.</param>
/// <param name="Epoch">The newest epoch known.</param>
/// <param name="Nodes">The members, ascending by rank.</param>
/// <param name="Elections">The last elections, oldest first.</param>
/// <param name="RefusedWrites">Journal writes of deposed leaders that were refused, as counted by this process.</param>
/// <param name="AreChangeable">Whether the nodes live in this process, and can be crashed, frozen and cut off from here.</param>
public sealed record ClusterView(
    string Engine, Rank? Leader, Epoch Epoch, IReadOnlyList<NodeView> Nodes, IReadOnlyList<ElectionView> Elections, long RefusedWrites, bool AreChangeable = false);

/// <summary>One member of the cluster.</summary>
/// <param name="Rank">Its rank.</param>
/// <param name="State"><c>alive</c>, <c>suspected</c>, <c>failed</c> or <c>left</c>.</param>
/// <param name="IsLeader">Whether it leads.</param>
/// <param name="LastHeardMs">How long ago it gave a sign of life, in milliseconds.</param>
/// <param name="Clock">Its vector clock.</param>
/// <param name="AppliedSeq">How far its replica has come.</param>
/// <param name="Lag">How many committed events its replica has not applied.</param>
/// <param name="Entities">How many entities live there.</param>
public sealed record NodeView(Rank Rank, string State, bool IsLeader, long LastHeardMs, VectorClock Clock, Seq AppliedSeq, long Lag, int Entities);

/// <summary>One election that was held.</summary>
public sealed record ElectionView(Epoch Epoch, Rank Winner, Rank StartedBy, string Reason, IReadOnlyList<Rank> Answered, long Milliseconds);
