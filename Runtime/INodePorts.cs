using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>What a node last knew of the cluster; replaced as a whole after every step.</summary>
/// <param name="Leader">Who leads.</param>
/// <param name="Epoch">The newest epoch.</param>
/// <param name="Peers">The others.</param>
/// <param name="Alive">The ranks that have not failed or left, itself included; ascending.</param>
/// <param name="AtMs">When, in milliseconds of the node's own steady clock.</param>
public sealed record Outlook(Rank? Leader, Epoch Epoch, IReadOnlyList<PeerView> Peers, Rank[] Alive, long AtMs);

/// <summary>
/// What an engine gives to the driver of a node: turns, a way to the others, the membership. All else (who claims, leads, drains, follows, and
/// when) is the driver's and the state machine's, and the same on every engine.
/// </summary>
public interface INodePorts
{
    /// <summary>The members, as the engine counts them now.</summary>
    IReadOnlyCollection<Rank> Members { get; }

    /// <summary>
    /// Has a step taken: one at a time, in the order in which they came. A node that is frozen takes it when it goes on. One that is no more
    /// never takes it.
    /// </summary>
    void Post(Action step);

    /// <summary>Has <see cref="NodeDriver.Tick"/> called in so many milliseconds, instead of when it was asked for before; never if it is null.</summary>
    void TickIn(long? milliseconds);

    /// <summary>Sends a message of the protocols. Never waits; it may be lost.</summary>
    void Tell(Rank to, NodeMessage message);

    /// <summary>Whether the membership, asked now, has this node as active.</summary>
    /// <exception cref="IOException">It does not answer.</exception>
    ValueTask<bool> IsMemberAsync() => ValueTask.FromResult(true);

    /// <summary>
    /// Opens a connection to where another node is reached, at once, and tells <see cref="NodeDriver.NobodyListens"/> if it is refused. An engine whose
    /// nodes are no processes lets this pass.
    /// </summary>
    void Knock(Rank peer) { }

    /// <summary>Another node has failed, as far as can be told.</summary>
    void OnPeerFailed(Rank peer, Evidence evidence) { }

    /// <summary>Another node has left in order.</summary>
    void OnDeparted(Rank peer) { }

    /// <summary>The membership is to put a failed node out. May be said again.</summary>
    void Evict(Rank peer) { }

    /// <summary>The node's outlook is another.</summary>
    void OnLooked(Outlook outlook) { }

    /// <summary>This node leads, from the journal's end on.</summary>
    void OnLeading(Epoch epoch, Seq after) { }

    /// <summary>This node leads no more.</summary>
    void OnSteppedDown(StepDownReason why) { }

    /// <summary>An election is over.</summary>
    void OnElected(ElectionRecord record) { }

    /// <summary>The node did nothing for longer than it wanted, in milliseconds.</summary>
    void OnStalled(long milliseconds) { }

    /// <summary>Storage does not answer this node.</summary>
    void OnStorageFailed(JournalException failure) { }

    /// <summary>Something unforeseen went wrong in the driver: a fault in Rialto. It leads and steps no more; the engine ends the node, or starts it anew.</summary>
    void OnFailed(Exception failure);

    /// <summary>An epoch is about to be claimed.</summary>
    void OnClaiming(Epoch epoch) { }

    /// <summary>The claim of an epoch was refused.</summary>
    void OnRefused(Epoch epoch) { }

    /// <summary>Whether an epoch was begun by nobody of this cluster: another process has taken the journal, and there is nothing to be outbid.</summary>
    bool IsForeign(Epoch epoch) => false;

    /// <summary>Another process has taken the journal.</summary>
    void OnTaken() { }
}
