namespace Rialto.Runtime;

/// <summary>
/// Tells any number of waiters, once, that something happened. Setting it never runs who waits, so it may be set under a lock.
/// </summary>
/// <remarks>
/// A promise that resumes its waiters asynchronously hands the waits that <c>WaitAsync</c>, <c>WhenAny</c> and <c>WhenAll</c> make on it to
/// the thread pool, whatever scheduler the awaiting code is on. The task of an async method does not. A simulation runs everything on one
/// thread, so here and in <see cref="Plainly{T}"/> such a promise is wrapped before anything but <c>await</c> touches it.
/// </remarks>
public sealed class Signal
{
    private readonly TaskCompletionSource _set = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _task;

    /// <summary>Whether it has been set.</summary>
    public bool IsSet => _set.Task.IsCompleted;

    /// <summary>Completes when it is set. May be given to anything that waits for tasks, as often as one likes.</summary>
    public Task Task => _task ?? Interlocked.CompareExchange(ref _task, ForwardAsync(_set.Task), null) ?? _task;

    /// <summary>Sets it, if it is not.</summary>
    public void Set() => _set.TrySetResult();

    /// <summary>A task as it can be given to anything that waits for tasks. Costs nothing for the task of an async method.</summary>
    public static Task<T> Plainly<T>(Task<T> task) =>
        task.IsCompleted || (task.CreationOptions & TaskCreationOptions.RunContinuationsAsynchronously) == 0 ? task : ForwardAsync(task);

    private static async Task ForwardAsync(Task task) => await task;

    private static async Task<T> ForwardAsync<T>(Task<T> task) => await task;
}
