namespace Rialto.Protocols;

/// <summary>
/// Finds out whether the process of a node has ended: a connection to where it listened is then refused. A process that ends may close
/// where it listens a moment later than its connections, so it is knocked at more than once.
/// </summary>
internal sealed class Knocks(NodeSettings settings, IReadOnlyCollection<Peer> peers)
{
    /// <summary>When the next knock is due, in milliseconds.</summary>
    public long DueAtMs { get; private set; } = long.MaxValue;

    /// <summary>Begins to knock at a node, unless that is under way.</summary>
    /// <param name="peer">The node.</param>
    /// <param name="times">How often.</param>
    /// <param name="nowMs">When, in milliseconds.</param>
    public void Begin(Peer peer, int times, long nowMs)
    {
        if (peer.KnocksLeft > 0) return;
        peer.KnocksLeft = times;
        DueAtMs = nowMs;
    }

    /// <summary>Gives up all knocking.</summary>
    public void End()
    {
        DueAtMs = long.MaxValue;
        foreach (var peer in peers) peer.KnocksLeft = 0;
    }

    /// <summary>Knocks where that is due.</summary>
    public void CarryOn(long nowMs, List<NodeOutput> outputs)
    {
        if (nowMs < DueAtMs) return;
        DueAtMs = long.MaxValue;
        foreach (var peer in peers)
        {
            if (!peer.IsLive) peer.KnocksLeft = 0;
            if (peer.KnocksLeft == 0) continue;
            peer.KnocksLeft--;
            peer.KnockedAtMs = nowMs;
            outputs.Add(new NodeOutput.Knock(peer.Rank));
            if (peer.KnocksLeft > 0) DueAtMs = nowMs + settings.KnockEveryMs;
        }
    }

    /// <summary>Whether a refusal proves anything of a node: it was knocked at, and has not been heard since.</summary>
    public static bool IsProof(Peer peer) => peer.IsLive && peer.KnockedAtMs is { } knockedAtMs && knockedAtMs >= peer.HeardAtMs;
}
