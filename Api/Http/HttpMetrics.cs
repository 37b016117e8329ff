using System.Diagnostics.Metrics;

namespace Rialto.Api.Http;

/// <summary>The front door's metrics, under the meter <c>rialto.http</c>.</summary>
internal static class HttpMetrics
{
    private static readonly Meter Meter = new("rialto.http");
    private static readonly long[] AnsweredByStatus = new long[600];
    private static long s_streams;

    /// <summary>Counted in place and read when asked for: a request costs one addition.</summary>
    static HttpMetrics()
    {
        Meter.CreateObservableCounter("rialto.http.requests", ReadAnswered, "{request}", "Requests answered, by status.");
        Meter.CreateObservableGauge("rialto.http.streams", () => Interlocked.Read(ref s_streams), "{stream}", "Event streams that are open.");
    }

    public static void Answered(int status)
    {
        if ((uint)status < (uint)AnsweredByStatus.Length) Interlocked.Increment(ref AnsweredByStatus[status]);
    }

    public static void StreamOpened() => Interlocked.Increment(ref s_streams);

    public static void StreamClosed() => Interlocked.Decrement(ref s_streams);

    private static IEnumerable<Measurement<long>> ReadAnswered()
    {
        for (var status = 0; status < AnsweredByStatus.Length; status++)
        {
            var count = Interlocked.Read(ref AnsweredByStatus[status]);
            if (count > 0) yield return new Measurement<long>(count, new KeyValuePair<string, object?>("status", status));
        }
    }
}
