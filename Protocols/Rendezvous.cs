using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// Rendezvous hashing: every node is weighed against the stream, the heaviest owns it (D. Thaler, C. Ravishankar, "Using Name-Based
/// Mappings to Increase Hit Rates", 1998). When a node leaves, only what it owned moves.
/// </summary>
public static class Rendezvous
{
    /// <summary>The owner of a stream among nodes; the same everywhere and for ever, whatever the order of the nodes.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="nodes">At least one.</param>
    public static Rank Owner(StreamId stream, ReadOnlySpan<Rank> nodes)
    {
        var hash = HashOf(stream.Text);
        var owner = nodes[0];
        var heaviest = Weigh(hash, owner);
        foreach (var node in nodes[1..])
        {
            var weight = Weigh(hash, node);
            if (weight < heaviest || (weight == heaviest && node.CompareTo(owner) < 0)) continue;
            (owner, heaviest) = (node, weight);
        }
        return owner;
    }

    // FNV-1a (G. Fowler, L. Noll, K. Vo): string.GetHashCode differs from process to process.
    private static ulong HashOf(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var character in text) hash = (hash ^ character) * 1099511628211UL;
        return hash;
    }

    // The finishing steps of MurmurHash3 (A. Appleby) spread the node's few bits over all of the weight's.
    private static ulong Weigh(ulong hash, Rank node)
    {
        var mixed = hash ^ ((ulong)node.Value * 0x9E3779B97F4A7C15UL);
        mixed = (mixed ^ (mixed >> 33)) * 0xFF51AFD7ED558CCDUL;
        mixed = (mixed ^ (mixed >> 33)) * 0xC4CEB9FE1A85EC53UL;
        return mixed ^ (mixed >> 33);
    }
}
