using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>Which part of the members a node is with, if the members fall apart.</summary>
internal enum Side
{
    /// <summary>Fewer than half of them.</summary>
    Smaller,
    /// <summary>Half of them, and the highest rank is with the others.</summary>
    LowerHalf,
    /// <summary>More than half of them, or half with the highest rank.</summary>
    Larger,
}

/// <summary>
/// Counts the members on a node's side. A member that has left in order counts no more, and one that the membership has put out is none:
/// the members are those that all last agreed on. A node whose process has ended counts where its vote could harm, and only there.
/// </summary>
internal sealed class Sides(Rank self, NodeSettings settings, IReadOnlyCollection<Peer> others)
{
    /// <summary>
    /// The side of this node by whom it has heard just now. What is new here, or may have been missed while this node was frozen, is trusted
    /// for one time limit.
    /// </summary>
    public Side Heard(long nowMs) => Of(peer => IsHeard(peer, nowMs) || nowMs - peer.TrustedSinceMs < settings.FailedAfterMs, countsGone: false);

    /// <summary>The side of a leader: whom it hears, and who hear it, for as long as silence must last to be believed.</summary>
    public Side InTouch(long nowMs) => Of(peer => IsInTouch(peer, nowMs, settings.FailedAfterMs, settings.FailedAfterMs + settings.HeartbeatEveryMs), countsGone: false);

    /// <summary>Whether a leader may have a lease: it has just heard the larger part of the members, and they have heard it.</summary>
    public bool MayLease(long nowMs) => Side.Larger == Of(peer => IsInTouch(peer, nowMs, 2 * settings.HeartbeatEveryMs, 3 * settings.HeartbeatEveryMs), countsGone: true);

    /// <summary>
    /// Whether a leader may believe that a machine refuses a connection. It may not if it hardly hears anybody: then the network itself may
    /// refuse.
    /// </summary>
    public bool MayBelieveRefusal(long nowMs) => Side.Larger == Of(peer => nowMs - peer.SilentSinceMs < settings.SuspectedAfterMs, countsGone: true);

    /// <summary>The side of a leader by whom it has heard just now, and after it found a node failed.</summary>
    public Side HeardSinceFailed(Peer failed, long nowMs) =>
        Of(peer => IsHeard(peer, nowMs) && peer.Own < PeerPhase.Failed && peer.HeardAtMs >= failed.FailedAtMs, countsGone: true);

    private bool IsHeard(Peer peer, long nowMs) => peer.Heard && nowMs - peer.HeardAtMs < 2 * settings.HeartbeatEveryMs;

    private static bool IsInTouch(Peer peer, long nowMs, int heardWithinMs, int hearsWithinMs) =>
        nowMs - peer.SilentSinceMs < heardWithinMs && nowMs - Math.Max(peer.HearsUsAtMs, peer.WatchedSinceMs) < hearsWithinMs;

    private Side Of(Func<Peer, bool> isWithUs, bool countsGone)
    {
        var (all, ours, highest, isHighestOurs) = (1, 1, self, true);
        foreach (var peer in others)
        {
            if (peer.Shown == PeerPhase.Left || (peer.Gone && !countsGone)) continue;
            var isOurs = isWithUs(peer);
            all++;
            if (isOurs) ours++;
            if (peer.Rank.CompareTo(highest) > 0) (highest, isHighestOurs) = (peer.Rank, isOurs);
        }
        return 2 * ours > all ? Side.Larger : 2 * ours < all ? Side.Smaller : isHighestOurs ? Side.Larger : Side.LowerHalf;
    }
}
