using Rialto.Journal;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Embedded;

/// <summary>
/// Between the virtual nodes of one process: delivers by rank, in order, unless one of the two is cut off, or the wire has it otherwise.
/// </summary>
internal sealed class Network(IReadOnlyDictionary<Rank, VirtualNode> nodes, IWire? wire)
{
    /// <summary>Whether anything that one sends can reach the other. A node always reaches itself.</summary>
    public static bool Connects(VirtualNode from, VirtualNode to) => from == to || (!from.IsIsolated && !to.IsIsolated);

    /// <summary>Sends a message of the protocols; it is lost if the receiver is cut off or gone when it would arrive.</summary>
    public void Send(VirtualNode from, Rank to, NodeMessage message)
    {
        var receiver = nodes[to];
        Carry(from, receiver, message, () =>
        {
            if (Connects(from, receiver)) receiver.Driver?.Feed(new NodeInput.Received(from.Rank, message));
        });
    }

    /// <summary>Sends what one host says to another; lost on the same conditions, and if the receiver is frozen.</summary>
    public void Send(VirtualNode from, Rank to, NodeSignal signal)
    {
        var receiver = nodes[to];
        if (IsDirect(from, receiver)) Deliver();
        else wire!.Carry(from.Rank, to, signal, Deliver);

        void Deliver()
        {
            if (!receiver.IsPaused && Connects(from, receiver)) receiver.Host?.Receive(from.Rank, signal);
        }
    }

    /// <summary>
    /// Asks another node and waits for its answer, which never comes if either is lost on the way. What throws there is lost, too: a node
    /// that is gone does not say so.
    /// </summary>
    public Task<TAnswer> CallAsync<TAnswer>(VirtualNode from, VirtualNode to, object question, Func<Task<TAnswer>> serve)
    {
        if (IsDirect(from, to)) return serve();
        var answered = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        wire!.Carry(from.Rank, to.Rank, question, () => _ = ServeAsync());
        return answered.Task;

        async Task ServeAsync()
        {
            if (!Connects(from, to)) return;
            TAnswer answer;
            try
            {
                answer = await serve();
            }
            catch (IOException)
            {
                return;
            }
            wire.Carry(to.Rank, from.Rank, answer!, () =>
            {
                if (Connects(from, to)) answered.TrySetResult(answer);
            });
        }
    }

    /// <summary>Whether nothing stands between the two.</summary>
    public bool IsDirect(VirtualNode from, VirtualNode to) => wire is null || from == to;

    private void Carry(VirtualNode from, VirtualNode to, object message, Action deliver)
    {
        if (IsDirect(from, to)) deliver();
        else wire!.Carry(from.Rank, to.Rank, message, deliver);
    }
}
