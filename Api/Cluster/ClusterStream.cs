using System.Buffers;
using Rialto.Api.Http;

namespace Rialto.Api.Cluster;

/// <summary>
/// The cluster as it goes on (server-sent events). Signs of life change all the time and are no events of the journal, so the whole view is
/// sent at a steady pace, fast enough that nobody is suspected or fails unseen.
/// </summary>
internal static class ClusterStream
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    public static async Task<Problem?> ServeAsync(Call call) =>
        EventStream.WantsNames(call, out var named) ?? await EventStream.ServeAsync(call, ending => RunAsync(call, named, ending));

    private static async Task RunAsync(Call call, bool named, CancellationToken ending)
    {
        await EventStream.BeginAsync(call.Http, ending);
        using var pace = new PeriodicTimer(Pace, call.Door.Time);
        var body = call.Http.Response.BodyWriter;
        do
        {
            Write(body, call, named);
            if ((await body.FlushAsync(ending)).IsCompleted) return;
        }
        while (await pace.WaitForNextTickAsync(ending));
    }

    private static void Write(IBufferWriter<byte> body, Call call, bool named)
    {
        var buffer = JsonBuffer.Take();
        ClusterEndpoints.Write(buffer.Writer, call.Engine.ViewCluster());
        body.Write(named ? "event: cluster\ndata: "u8 : "data: "u8);
        body.Write(buffer.Finish());
        body.Write("\n\n"u8);
    }
}
