using System.Collections.Immutable;
using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// What nodes tell each other. Every message carries the newest epoch that its sender knows and whom it takes for that epoch's leader, so
/// that whoever is behind learns it from anybody. Messages may be lost, doubled, late and out of order; each means only what it says.
/// </summary>
public abstract record NodeMessage
{
    private NodeMessage(Epoch epoch, Rank? leader)
    {
        Epoch = epoch;
        Leader = leader;
    }

    /// <summary>The newest epoch that the sender knows.</summary>
    public Epoch Epoch { get; }

    /// <summary>Who leads in that epoch, as far as the sender knows; null if it knows of nobody. Only its own name is a promise.</summary>
    public Rank? Leader { get; }

    /// <summary>A sign of life. Its size does not grow with the cluster, and it ticks no clock.</summary>
    /// <param name="Epoch">See <see cref="NodeMessage.Epoch"/>.</param>
    /// <param name="Leader">See <see cref="NodeMessage.Leader"/>.</param>
    /// <param name="At">A leader's last committed place; another's last applied one.</param>
    /// <param name="FindingsVersion">The newest findings of this epoch's leader that the sender has, or as the leader has made; 0 if it has made none, -1 if the sender knows of none.</param>
    /// <param name="Watched">The node before the sender in the ring, if it is watched.</param>
    /// <param name="WatchedSilentMs">How long the sender has not heard it, in milliseconds.</param>
    /// <param name="LeaderSilentMs">How long the sender has not heard the leader that it follows, in milliseconds; null if it has never heard it, or follows nobody.</param>
    /// <param name="Asks">Whether the sender wants a heartbeat back at once: it finds out who hears whom.</param>
    public sealed record Heartbeat(Epoch Epoch, Rank? Leader, Seq At, long FindingsVersion, Rank? Watched, long WatchedSilentMs, long? LeaderSilentMs, bool Asks = false) : NodeMessage(Epoch, Leader);

    /// <summary>The leader tells what it has found out about nodes: all that are not well, with the evidence.</summary>
    /// <param name="Epoch">See <see cref="NodeMessage.Epoch"/>.</param>
    /// <param name="Leader">See <see cref="NodeMessage.Leader"/>.</param>
    /// <param name="Version">Grows with every change in an epoch.</param>
    /// <param name="NotWell">The nodes that are suspected, failed or have left; the others are well.</param>
    public sealed record Findings(Epoch Epoch, Rank? Leader, long Version, ImmutableArray<Finding> NotWell) : NodeMessage(Epoch, Leader);

    /// <summary>ELECTION: is there anybody above me?</summary>
    /// <param name="Epoch">See <see cref="NodeMessage.Epoch"/>.</param>
    /// <param name="Leader">See <see cref="NodeMessage.Leader"/>.</param>
    /// <param name="StartedBy">Who began this election.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Election(Epoch Epoch, Rank? Leader, Rank StartedBy, ElectionReason Reason) : NodeMessage(Epoch, Leader);

    /// <summary>ANSWER: there is; leave it to me.</summary>
    /// <param name="Epoch">See <see cref="NodeMessage.Epoch"/>.</param>
    /// <param name="Leader">See <see cref="NodeMessage.Leader"/>; a leader that answers names itself.</param>
    public sealed record Answer(Epoch Epoch, Rank? Leader) : NodeMessage(Epoch, Leader);

    /// <summary>COORDINATOR: I have claimed this epoch, and lead.</summary>
    /// <param name="Epoch">See <see cref="NodeMessage.Epoch"/>.</param>
    /// <param name="Leader">The sender.</param>
    /// <param name="Record">How it came about.</param>
    public sealed record Coordinator(Epoch Epoch, Rank? Leader, ElectionRecord Record) : NodeMessage(Epoch, Leader);

    /// <summary>You are behind: this is the epoch. A coordinator that reads it is deposed.</summary>
    /// <param name="Epoch">See <see cref="NodeMessage.Epoch"/>.</param>
    /// <param name="Leader">See <see cref="NodeMessage.Leader"/>.</param>
    public sealed record Behind(Epoch Epoch, Rank? Leader) : NodeMessage(Epoch, Leader);

    /// <summary>A higher rank asks the leader to hand over.</summary>
    /// <param name="Epoch">See <see cref="NodeMessage.Epoch"/>.</param>
    /// <param name="Leader">The one that is asked.</param>
    /// <param name="Reason">Because the sender has returned, or because it was told to.</param>
    public sealed record HandoverRequest(Epoch Epoch, Rank? Leader, ElectionReason Reason) : NodeMessage(Epoch, Leader);

    /// <summary>The old leader has committed what it had, writes no more in this epoch, and leaves the next to the receiver.</summary>
    /// <param name="Epoch">The epoch that is over.</param>
    /// <param name="Leader">Nobody.</param>
    /// <param name="Last">The last committed place; null if it gave up waiting for that.</param>
    public sealed record HandoverReady(Epoch Epoch, Rank? Leader, Seq? Last) : NodeMessage(Epoch, Leader);

    /// <summary>The leader leads no more, of its own will.</summary>
    /// <param name="Epoch">The epoch that is over.</param>
    /// <param name="Leader">Nobody.</param>
    /// <param name="Successor">Who was asked to claim the next, or null.</param>
    /// <param name="IsLeaving">Whether it leaves the cluster, too.</param>
    public sealed record Resigned(Epoch Epoch, Rank? Leader, Rank? Successor, bool IsLeaving) : NodeMessage(Epoch, Leader);

    /// <summary>A node that does not lead leaves the cluster in order: it has not failed.</summary>
    /// <param name="Epoch">See <see cref="NodeMessage.Epoch"/>.</param>
    /// <param name="Leader">See <see cref="NodeMessage.Leader"/>.</param>
    public sealed record Leaving(Epoch Epoch, Rank? Leader) : NodeMessage(Epoch, Leader);
}
