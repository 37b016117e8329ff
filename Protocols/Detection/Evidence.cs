using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>How a node seems to be.</summary>
public enum PeerPhase
{
    /// <summary>It gives signs of life.</summary>
    Alive,
    /// <summary>A sign of life is late.</summary>
    Suspected,
    /// <summary>It has been silent for too long.</summary>
    Failed,
    /// <summary>It said that it was leaving.</summary>
    Left,
}

/// <summary>What a finding is based on.</summary>
/// <param name="SilentMs">How long ago the last sign of life was, in milliseconds, when the finding was made.</param>
/// <param name="HeardBy">Who had that sign of life; null if nobody has heard the node since watching began.</param>
/// <param name="FoundBy">Who says so.</param>
public readonly record struct Evidence(long SilentMs, Rank? HeardBy, Rank FoundBy);

/// <summary>What a leader has found out about a node that is not well.</summary>
/// <param name="Peer">The node.</param>
/// <param name="Phase">How it seems to be.</param>
/// <param name="Evidence">What that is based on.</param>
public readonly record struct Finding(Rank Peer, PeerPhase Phase, Evidence Evidence);

/// <summary>A node as another sees it.</summary>
/// <param name="Peer">The node.</param>
/// <param name="Phase">How it seems to be.</param>
/// <param name="Evidence">What that is based on.</param>
/// <param name="At">The last place that it said it had come to.</param>
public readonly record struct PeerView(Rank Peer, PeerPhase Phase, Evidence Evidence, Seq At);
