using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// Which failed nodes a leader has put out. It has to find the failure itself, and to hear the larger part of the members after that: so
/// nobody is put out by a leader that is just losing touch with all. Half of the members without the highest rank may do so only when
/// their leader has led for a while, and nobody has taken the lead from it.
/// </summary>
internal sealed class Evictions(NodeSettings settings, IReadOnlyCollection<Peer> peers, Sides sides)
{
    private long _leadsSinceMs;
    private long _notBeforeMs;

    /// <summary>Another leads now, or this node does: a new leader asks for itself who is to be put out.</summary>
    public void Begin(long nowMs)
    {
        _leadsSinceMs = nowMs;
        foreach (var peer in peers) peer.EvictionAskedAtMs = null;
    }

    /// <summary>This node was frozen: what it takes in first may have lain in wait, and is no sign that anybody lives.</summary>
    public void Pause(long nowMs) => _notBeforeMs = nowMs + settings.FailedAfterMs;

    /// <summary>Whether this leader has led for so long that any other side would have taken the lead from it.</summary>
    public bool HasLedAWhile(long nowMs) => nowMs - _leadsSinceMs >= settings.SmallerSideWaitsMs;

    /// <summary>The failed nodes that are to be put out now; each again after a while, if it still is a member.</summary>
    public IEnumerable<Rank> Take(long nowMs)
    {
        if (nowMs < _notBeforeMs) yield break;
        foreach (var failed in peers)
        {
            if (failed.Shown != PeerPhase.Failed || failed.Own != PeerPhase.Failed || nowMs - failed.EvictionAskedAtMs < settings.EvictAgainAfterMs || failed.IsCertain) continue;
            // What the leader before this one said is no reason: it may have been the one that was cut off.
            if (!failed.FoundHere && nowMs - failed.SilentSinceMs < settings.FailedAfterMs) continue;
            var side = sides.HeardSinceFailed(failed, nowMs);
            if (side != Side.Larger && !(side == Side.LowerHalf && HasLedAWhile(nowMs))) continue;
            failed.EvictionAskedAtMs = nowMs;
            yield return failed.Rank;
        }
    }
}
