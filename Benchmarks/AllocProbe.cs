using System.Diagnostics.Tracing;
namespace Rialto.Benchmarks;
internal sealed class AllocProbe : EventListener
{
    public readonly Dictionary<string, long> Bytes = [];
    protected override void OnEventSourceCreated(EventSource source)
    {
        if (source.Name == "Microsoft-Windows-DotNETRuntime") EnableEvents(source, EventLevel.Verbose, (EventKeywords)1);
    }
    protected override void OnEventWritten(EventWrittenEventArgs e)
    {
        if (e.EventName is null || !e.EventName.StartsWith("GCAllocationTick")) return;
        lock (Bytes) { var n = (string)e.Payload![5]!; Bytes[n] = Bytes.GetValueOrDefault(n) + (long)(ulong)e.Payload[3]!; }
    }
}
