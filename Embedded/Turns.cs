using System.Collections.Concurrent;

namespace Rialto.Embedded;

/// <summary>
/// Does one thing after the other, in the order in which they were handed in, on the thread of whoever comes first. All steps of all
/// virtual nodes are taken here, so that no state machine needs a lock and messages between two nodes keep their order.
/// </summary>
internal sealed class Turns
{
    private readonly ConcurrentQueue<Action> _queue = new();
    private int _waiting;

    /// <summary>What went wrong in a turn, if anything ever did: a bug. Whoever sees it takes no more.</summary>
    public Exception? Failure { get; private set; }

    public void Post(Action turn)
    {
        _queue.Enqueue(turn);
        if (Interlocked.Increment(ref _waiting) != 1) return;
        do
        {
            _queue.TryDequeue(out var next);
            try
            {
                next!();
            }
            catch (Exception e)
            {
                Failure ??= e;
            }
        }
        while (Interlocked.Decrement(ref _waiting) > 0);
    }
}
