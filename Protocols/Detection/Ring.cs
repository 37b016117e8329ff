using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>The live nodes in a ring of ranks: each watches the one before it, and gives signs of life to the one after it.</summary>
/// <param name="Predecessor">The next lower live node, or the highest if there is none lower; null if no other lives.</param>
/// <param name="Successor">The next higher live node, or the lowest if there is none higher; null if no other lives.</param>
internal readonly record struct Ring(Rank? Predecessor, Rank? Successor)
{
    /// <summary>A node's neighbours.</summary>
    /// <param name="self">The node.</param>
    /// <param name="others">The others, ascending.</param>
    public static Ring Around(Rank self, IEnumerable<Peer> others)
    {
        Rank? lowest = null, highest = null, below = null, above = null;
        foreach (var peer in others)
        {
            if (!peer.IsLive) continue;
            lowest ??= peer.Rank;
            highest = peer.Rank;
            if (peer.Rank.CompareTo(self) < 0) below = peer.Rank;
            else above ??= peer.Rank;
        }
        return new Ring(below ?? highest, above ?? lowest);
    }
}
