using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Embedded;

/// <summary>
/// Between the virtual nodes of one process: delivers messages by rank, in order, unless one of the two is cut off. This is the place
/// where a network's faults act.
/// </summary>
internal sealed class Network(Turns turns, IReadOnlyDictionary<Rank, VirtualNode> nodes)
{
    /// <summary>Whether anything that one sends can reach the other. A node always reaches itself.</summary>
    public static bool Connects(VirtualNode from, VirtualNode to) => from == to || (!from.IsIsolated && !to.IsIsolated);

    /// <summary>Sends a message; it is lost if the receiver is cut off or gone when it would arrive.</summary>
    public void Send(VirtualNode from, Rank to, NodeMessage message)
    {
        var receiver = nodes[to];
        turns.Post(() =>
        {
            if (Connects(from, receiver)) receiver.Take(new NodeInput.Received(from.Rank, message));
        });
    }
}
