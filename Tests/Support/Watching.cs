using Rialto.Runtime;

namespace Rialto.Tests.Support;

/// <summary>Waiting for a cluster to be as it should become.</summary>
internal static class Watching
{
    /// <summary>Waits until an engine takes commands again and its cluster is seen like this.</summary>
    public static Task<ClusterView> UntilReadyAsync(this IEngine engine, string what, Func<ClusterView, bool> condition, TimeSpan limit, Func<string>? told = null) =>
        engine.UntilAsync(what, view => engine.NotReadyBecause is null && condition(view), limit, told);

    /// <summary>Waits until an engine's cluster is seen like this.</summary>
    /// <param name="engine">Who sees it.</param>
    /// <param name="what">The condition, for the message of a failure.</param>
    /// <param name="condition">The condition.</param>
    /// <param name="limit">How long.</param>
    /// <param name="told">More for the message of a failure.</param>
    public static async Task<ClusterView> UntilAsync(this IEngine engine, string what, Func<ClusterView, bool> condition, TimeSpan limit, Func<string>? told = null)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var patience = new CancellationTokenSource(limit);
        while (true)
        {
            var view = engine.ViewCluster();
            if (condition(view)) return view;
            if (patience.IsCancellationRequested)
                throw new TimeoutException($"After {limit} there was still not: {what}. {view.Epoch} led by {view.Leader}, {string.Join(", ", view.Nodes)}; {view.RefusedWrites} refused writes; ready: {engine.NotReadyBecause}{told?.Invoke()}");
            await timer.WaitForNextTickAsync();
        }
    }
}
