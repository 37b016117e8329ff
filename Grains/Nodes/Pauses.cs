using Microsoft.Extensions.Logging;
using Rialto.Journal;

namespace Rialto.Grains.Nodes;

/// <summary>Tells of a node that stood still, and how much of that was the collecting of memory.</summary>
internal sealed class Pauses(Rank rank, ILogger log)
{
    /// <summary>How long memory may be collected, in milliseconds, before it is worth a line in the log.</summary>
    private const int LongCollectionMs = 100;

    private TimeSpan _collected = GC.GetTotalPauseDuration();

    /// <summary>The node did nothing for so long.</summary>
    public void OnStalled(long milliseconds) => log.WasFrozen(rank, milliseconds, TakeCollectingMs());

    /// <summary>For how long memory was collected since this was asked last, in milliseconds; a long time is told.</summary>
    public long TakeCollectingMs()
    {
        var total = GC.GetTotalPauseDuration();
        var collectingMs = (long)(total - _collected).TotalMilliseconds;
        _collected = total;
        if (collectingMs < LongCollectionMs) return collectingMs;
        var last = GC.GetGCMemoryInfo(GCKind.Any);
        log.StoodStill(rank, collectingMs, last.Generation, last.HeapSizeBytes >> 20);
        return collectingMs;
    }
}
