using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>What a failure detector knows of one other node. Times are in milliseconds of this node's own clock.</summary>
internal sealed class Peer(Rank rank, long nowMs)
{
    public readonly Rank Rank = rank;
    public bool Heard;
    public long HeardAtMs;
    public bool Watched;
    public long WatchedSinceMs;
    /// <summary>From then on it may be silent for a whole time limit: it is new, or this node was frozen.</summary>
    public long TrustedSinceMs = nowMs;
    public PeerPhase Own;
    public PeerPhase Shown;
    public PeerPhase Told;
    public Evidence ToldEvidence;
    public Rank? ReportedBy;
    public long ReportedAliveAtMs;
    public long HearsUsAtMs;
    public long FindingsVersion;
    public long FindingsSentAtMs;
    public Seq At;
    /// <summary>A connection to where it was has been refused: its process has ended.</summary>
    public bool Gone;
    public long GoneAtMs;
    /// <summary>Its end is the membership's own word.</summary>
    public bool IsCertain;
    public long FailedAtMs;
    /// <summary>This node has found out itself that it failed, and does not only go by another's word.</summary>
    public bool FoundHere;
    public long? EvictionAskedAtMs;
    public long? KnockedAtMs;
    public int KnocksLeft;

    public long SilentSinceMs => Math.Max(HeardAtMs, WatchedSinceMs);

    public bool IsLive => Shown is PeerPhase.Alive or PeerPhase.Suspected;
}
