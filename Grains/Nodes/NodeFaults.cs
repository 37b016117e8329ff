namespace Rialto.Grains.Nodes;

/// <summary>
/// What is done on purpose to a node that shares its process with others, to see what they make of it: it is frozen, or cut off. Whoever
/// calls it then waits, as for a process that is stopped or behind a broken wire; what is told it is lost.
/// </summary>
public sealed class NodeFaults
{
    private readonly Lock _gate = new();
    private volatile TaskCompletionSource? _wayBack;

    /// <summary>Whether it is frozen.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Whether it is cut off.</summary>
    public bool IsIsolated { get; private set; }

    /// <summary>Whether nothing reaches it or leaves it.</summary>
    public bool IsOutOfReach => _wayBack is not null;

    /// <summary>Completes at once if it can be reached, else when it can be again, or is gone for good.</summary>
    public Task ReachableAsync() => _wayBack?.Task ?? Task.CompletedTask;

    internal void Set(bool? paused = null, bool? isolated = null)
    {
        lock (_gate)
        {
            (IsPaused, IsIsolated) = (paused ?? IsPaused, isolated ?? IsIsolated);
            if (IsPaused || IsIsolated) _wayBack ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            else Release();
        }
    }

    /// <summary>It is gone: whoever waits for it is let go, and finds it closed.</summary>
    internal void LetGo()
    {
        lock (_gate) Release();
    }

    private void Release()
    {
        var wayBack = _wayBack;
        _wayBack = null;
        wayBack?.TrySetResult();
    }
}
