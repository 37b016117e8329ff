using System.Collections.Immutable;
using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>All that can happen to a node. The time comes beside it.</summary>
public abstract record NodeInput
{
    private NodeInput() { }

    /// <summary>
    /// The node takes part from now on: its process has started, has read where the journal ends, and could lead at once (its replica has
    /// caught up, its paths are warm). After a crash this begins a new node with an empty memory.
    /// </summary>
    /// <param name="Members">All nodes of the cluster, this one among them.</param>
    /// <param name="Epoch">The newest epoch in storage.</param>
    /// <param name="Holder">Who claimed it, or null.</param>
    public sealed record Start(ImmutableArray<Rank> Members, Epoch Epoch, Rank? Holder) : NodeInput;

    /// <summary>Time has passed. Due at <see cref="Node.DueAtMs"/>; earlier and more often does no harm.</summary>
    /// <param name="At">The last place that the leader committed, or that another node's replica applied.</param>
    public sealed record Tick(Seq At) : NodeInput;

    /// <summary>A message has come.</summary>
    /// <param name="From">Its sender.</param>
    /// <param name="Message">What it says.</param>
    public sealed record Received(Rank From, NodeMessage Message) : NodeInput;

    /// <summary>Storage has granted a claim.</summary>
    /// <param name="Epoch">The epoch that is now this node's: the one after the epoch that the claim had seen.</param>
    public sealed record ClaimGranted(Epoch Epoch) : NodeInput;

    /// <summary>Storage has refused a claim, because another epoch is the newest.</summary>
    /// <param name="Current">The newest epoch.</param>
    /// <param name="Holder">Who claimed it, if storage says so.</param>
    public sealed record ClaimRefused(Epoch Current, Rank? Holder) : NodeInput;

    /// <summary>Storage failed. Whether the claim was granted is unknown.</summary>
    public sealed record ClaimFailed : NodeInput;

    /// <summary>What <see cref="NodeOutput.ReadStorage"/> asked for.</summary>
    /// <param name="Epoch">The newest epoch in storage.</param>
    /// <param name="Holder">Who claimed it, or null before the first claim.</param>
    /// <param name="LeaseAgeMs">How long ago its holder claimed it or renewed its lease, by storage's clock, in milliseconds; null if this storage keeps no leases.</param>
    /// <param name="IsMember">Whether the membership, read after the question, has this node as active.</param>
    public sealed record StorageRead(Epoch Epoch, Rank? Holder, long? LeaseAgeMs, bool IsMember = true) : NodeInput;

    /// <summary>
    /// Storage has noted a lease. Storage that keeps no leases never says so; where it has said so once, a leader that hears no more of it
    /// gives up the lead to a node that can reach storage.
    /// </summary>
    /// <param name="Epoch">The epoch of the lease.</param>
    public sealed record LeaseRenewed(Epoch Epoch) : NodeInput;

    /// <summary>A write, or the renewal of a lease, was refused because a newer epoch has begun.</summary>
    /// <param name="Current">The newest epoch.</param>
    /// <param name="Holder">Who claimed it, if storage said so.</param>
    public sealed record Fenced(Epoch Current, Rank? Holder = null) : NodeInput;

    /// <summary>The sequencer has stopped, and all that it had taken is committed or answered.</summary>
    /// <param name="Last">The last committed place.</param>
    public sealed record Drained(Seq Last) : NodeInput;

    /// <summary>The cluster has other members now. Messages of nodes that are no members are ignored; a leader that is no member counts as gone.</summary>
    /// <param name="Members">All of them; if this node is not among them, it leads and votes no more.</param>
    public sealed record MembershipChanged(ImmutableArray<Rank> Members) : NodeInput;

    /// <summary>Somebody knows for certain that a node is dead: its process is gone, its membership has ended.</summary>
    /// <param name="Peer">The node.</param>
    public sealed record PeerFailed(Rank Peer) : NodeInput;

    /// <summary>
    /// A connection to a node, or from it, has closed or was reset. It proves nothing, and a node that is well is not touched by it: the node
    /// has <see cref="NodeOutput.Knock"/> carried out. An engine may say it of every connection that ends, and more than once.
    /// </summary>
    /// <param name="Peer">The node at the other end.</param>
    public sealed record ConnectionLost(Rank Peer) : NodeInput;

    /// <summary>
    /// What <see cref="NodeOutput.Knock"/> asked for, if a new connection was refused: nobody listens where the node was, so its process has
    /// ended, and nobody need wait for the time limit. A node that has been heard since the knock is not touched by it.
    /// </summary>
    /// <param name="Peer">The node.</param>
    public sealed record NobodyListens(Rank Peer) : NodeInput;

    /// <summary>An election is to be held, although nothing is wrong.</summary>
    public sealed record ForceElection : NodeInput;

    /// <summary>The node is shutting down: it hands the lead on, if it has it, and leaves.</summary>
    public sealed record Resign : NodeInput;
}
