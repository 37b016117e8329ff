using System.Collections.Concurrent;
using System.Diagnostics;

namespace Rialto.Tests.Support;

/// <summary>Hears the runtime's spans. Whatever runs in this process meanwhile is traced too, so these tests run when nothing else does.</summary>
internal sealed class SpanListener : IDisposable
{
    /// <summary>The collection of tests that listen.</summary>
    public const string Alone = "Tests that listen to traces";

    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public SpanListener()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "rialto.runtime",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The spans of a name that have ended.</summary>
    public List<Activity> Named(string name) => [.. _ended.Where(span => span.OperationName == name)];

    public void Dispose() => _listener.Dispose();
}

/// <summary>Nothing else runs beside them.</summary>
[CollectionDefinition(SpanListener.Alone, DisableParallelization = true)]
public class AloneWithSpans;
