using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>What a node wants done. Outputs are carried out in the order in which they stand.</summary>
public abstract record NodeOutput
{
    private NodeOutput() { }

    /// <summary>Has it carried out by whoever can.</summary>
    public abstract void CarryOut(INodeOutputs by);

    /// <summary>Send a message; it may be lost.</summary>
    /// <param name="To">The receiver.</param>
    /// <param name="Message">What to say.</param>
    public sealed record Send(Rank To, NodeMessage Message) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>
    /// Claim the epoch after <paramref name="Seen"/>: a compare-and-set in storage, answered by <see cref="NodeInput.ClaimGranted"/>,
    /// <see cref="NodeInput.ClaimRefused"/> or <see cref="NodeInput.ClaimFailed"/>. The answer may also never come.
    /// </summary>
    /// <param name="Seen">The claim holds only if this is the newest epoch.</param>
    public sealed record ClaimEpoch(Epoch Seen) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>Read the newest epoch, its holder and the age of its lease, and whether this node is a member; answer with <see cref="NodeInput.StorageRead"/>, or not at all if storage fails.</summary>
    public sealed record ReadStorage : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>
    /// Note in storage that this epoch's holder is alive and in touch with a majority: a write conditional on the epoch. Say
    /// <see cref="NodeInput.LeaseRenewed"/>, or <see cref="NodeInput.Fenced"/> if it is refused. Storage that keeps no leases lets this pass.
    /// </summary>
    /// <param name="Epoch">The epoch.</param>
    public sealed record RenewLease(Epoch Epoch) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>This node has claimed an epoch and leads: read the journal's end, then start the sequencer.</summary>
    /// <param name="Epoch">The epoch.</param>
    public sealed record Lead(Epoch Epoch) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>This node leads no more: stop the sequencer at once, if it still runs.</summary>
    /// <param name="Epoch">The epoch that is over for it.</param>
    /// <param name="Reason">Why.</param>
    public sealed record StepDown(Epoch Epoch, StepDownReason Reason) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>Another node leads: append requests go there.</summary>
    /// <param name="Leader">The node.</param>
    /// <param name="Epoch">Its epoch.</param>
    public sealed record Follow(Rank Leader, Epoch Epoch) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>The sequencer is to take no more, commit what it has, stop, and say <see cref="NodeInput.Drained"/>.</summary>
    /// <param name="Epoch">The epoch.</param>
    public sealed record DrainAndResign(Epoch Epoch) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>A node has given no sign of life for a while. To be shown.</summary>
    /// <param name="Peer">The node.</param>
    /// <param name="Evidence">What that is based on.</param>
    public sealed record Suspect(Rank Peer, Evidence Evidence) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>
    /// Open a connection to where a node is reached, at once, and say <see cref="NodeInput.NobodyListens"/> if it is refused; anything else,
    /// and an answer after <see cref="NodeSettings.FailedAfterMs"/>, tells nothing. An engine whose nodes are no processes lets this pass.
    /// </summary>
    /// <param name="Peer">The node.</param>
    public sealed record Knock(Rank Peer) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>A node has failed, as far as can be told: others stop counting on it. To be shown. It may be said again of the same node.</summary>
    /// <param name="Peer">The node.</param>
    /// <param name="Evidence">What that is based on.</param>
    public sealed record DeclareFailed(Rank Peer, Evidence Evidence) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>
    /// Have the membership put a failed node out. Only a leader says so that hears the larger part of the members; it says so again after
    /// <see cref="NodeSettings.EvictAgainAfterMs"/> if the node is still a member. Nothing else is a reason to put a node out.
    /// </summary>
    /// <param name="Peer">The node.</param>
    public sealed record Evict(Rank Peer) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>A node that was suspected, failed or had left is well.</summary>
    /// <param name="Peer">The node.</param>
    public sealed record Recovered(Rank Peer) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>A node has left in order.</summary>
    /// <param name="Peer">The node.</param>
    public sealed record Departed(Rank Peer) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }

    /// <summary>An election is over; to be kept for those who want to read about it.</summary>
    /// <param name="Record">How it went.</param>
    public sealed record RecordElection(ElectionRecord Record) : NodeOutput
    {
        /// <inheritdoc/>
        public override void CarryOut(INodeOutputs by) => by.CarryOut(this);
    }
}

/// <summary>
/// Carries outputs out: one method for each, so that a new output does not compile before every driver handles it.
/// </summary>
public interface INodeOutputs
{
    /// <summary>See <see cref="NodeOutput.Send"/>.</summary>
    void CarryOut(NodeOutput.Send output);

    /// <summary>See <see cref="NodeOutput.ClaimEpoch"/>.</summary>
    void CarryOut(NodeOutput.ClaimEpoch output);

    /// <summary>See <see cref="NodeOutput.ReadStorage"/>.</summary>
    void CarryOut(NodeOutput.ReadStorage output);

    /// <summary>See <see cref="NodeOutput.RenewLease"/>.</summary>
    void CarryOut(NodeOutput.RenewLease output);

    /// <summary>See <see cref="NodeOutput.Lead"/>.</summary>
    void CarryOut(NodeOutput.Lead output);

    /// <summary>See <see cref="NodeOutput.StepDown"/>.</summary>
    void CarryOut(NodeOutput.StepDown output);

    /// <summary>See <see cref="NodeOutput.Follow"/>.</summary>
    void CarryOut(NodeOutput.Follow output);

    /// <summary>See <see cref="NodeOutput.DrainAndResign"/>.</summary>
    void CarryOut(NodeOutput.DrainAndResign output);

    /// <summary>See <see cref="NodeOutput.Suspect"/>.</summary>
    void CarryOut(NodeOutput.Suspect output);

    /// <summary>See <see cref="NodeOutput.DeclareFailed"/>.</summary>
    void CarryOut(NodeOutput.DeclareFailed output);

    /// <summary>See <see cref="NodeOutput.Knock"/>.</summary>
    void CarryOut(NodeOutput.Knock output);

    /// <summary>See <see cref="NodeOutput.Evict"/>.</summary>
    void CarryOut(NodeOutput.Evict output);

    /// <summary>See <see cref="NodeOutput.Recovered"/>.</summary>
    void CarryOut(NodeOutput.Recovered output);

    /// <summary>See <see cref="NodeOutput.Departed"/>.</summary>
    void CarryOut(NodeOutput.Departed output);

    /// <summary>See <see cref="NodeOutput.RecordElection"/>.</summary>
    void CarryOut(NodeOutput.RecordElection output);
}

/// <summary>Why a leader leads no more.</summary>
public enum StepDownReason
{
    /// <summary>It met a higher epoch.</summary>
    Deposed,
    /// <summary>Storage refused its write.</summary>
    Fenced,
    /// <summary>A higher rank took over in order.</summary>
    HandedOver,
    /// <summary>An election was forced.</summary>
    Forced,
    /// <summary>It is shutting down.</summary>
    Resigned,
    /// <summary>Storage has not answered it for too long.</summary>
    StorageLost,
    /// <summary>It is no member of the cluster any more.</summary>
    NotAMember,
    /// <summary>It is in touch with fewer than half of the members, or with half of them and not the highest: the others may have another leader.</summary>
    SmallerSide,
}
