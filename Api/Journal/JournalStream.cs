using System.Buffers;
using System.Globalization;
using Rialto.Api.Http;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Api.Journal;

/// <summary>
/// The live event stream (server-sent events). It pulls from the replica's feed at the pace of its client: a slow one falls behind by itself
/// and holds up nobody. Whoever comes back with the last id goes on right after it, without a gap and without a repetition.
/// </summary>
internal static class JournalStream
{
    private const int Batch = 256;
    private static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);

    public static async Task<Problem?> ServeAsync(Call call)
    {
        if (JournalEndpoints.Select(call, out var selection) is { } wrongSelection) return wrongSelection;
        if (call.Number("after", 0, long.MaxValue, out var after) is { } wrongAfter) return wrongAfter;
        if (EventStream.WantsNames(call, out var named) is { } wrongNames) return wrongNames;
        if (LastEventId(call.Http.Request, out var last) is { } wrongLast) return wrongLast;
        // A client that comes back says where it was; without that, it is told what happens from now on.
        var from = new Seq(last ?? after ?? call.Engine.Replica.Applied.Value);
        if (await call.WaitForAsync(from) is { } behind) return behind;
        return await EventStream.ServeAsync(call, ending => RunAsync(call, selection, named, from, ending));
    }

    private static async Task RunAsync(Call call, Selection selection, bool named, Seq at, CancellationToken ending)
    {
        var (response, replica, time) = (call.Http.Response, call.Engine.Replica, call.Door.Time);
        response.Headers["X-Rialto-Seq"] = replica.Applied.Value.ToString(CultureInfo.InvariantCulture);
        await EventStream.BeginAsync(call.Http, ending);

        Task<IReadOnlyList<CommittedEvent>>? feed = null;
        using var heartbeat = new PeriodicTimer(HeartbeatEvery, time);
        var beat = heartbeat.WaitForNextTickAsync(ending).AsTask();
        while (!ending.IsCancellationRequested)
        {
            feed ??= replica.FeedAsync(at, Batch, ending).AsTask();
            if (await Task.WhenAny(feed, beat) == feed)
            {
                var events = await feed;
                feed = null;
                if (events.Count == 0)
                {
                    // The node that answered here is no more. Another goes on; if there is none, the client comes back by itself.
                    if (replica == call.Engine.Replica) return;
                    replica = call.Engine.Replica;
                    continue;
                }
                at = events[^1].Record.Seq;
                if (!Write(response, events, selection, named, replica, call.Viewer)) continue;
            }
            else
            {
                await beat;
                beat = heartbeat.WaitForNextTickAsync(ending).AsTask();
                response.BodyWriter.Write(": \n\n"u8);
            }
            var flushed = await response.BodyWriter.FlushAsync(ending);
            if (flushed.IsCompleted) return;
        }
    }

    private static bool Write(HttpResponse response, IReadOnlyList<CommittedEvent> events, Selection selection, bool named, Replica replica, Viewer viewer)
    {
        var any = false;
        Span<byte> number = stackalloc byte[20];
        foreach (var committed in events)
        {
            if (!selection.Has(committed.Record)) continue;
            any = true;
            var buffer = JsonBuffer.Take();
            JournalItem.Write(buffer.Writer, committed, replica, viewer);
            committed.Record.Seq.Value.TryFormat(number, out var digits, provider: CultureInfo.InvariantCulture);
            var body = response.BodyWriter;
            body.Write("id: "u8);
            body.Write(number[..digits]);
            if (named)
            {
                body.Write("\nevent: "u8);
                body.Write(System.Text.Encoding.UTF8.GetBytes(committed.Record.Type));
            }
            body.Write("\ndata: "u8);
            body.Write(buffer.Finish());
            body.Write("\n\n"u8);
        }
        return any;
    }

    private static Problem? LastEventId(HttpRequest request, out long? last)
    {
        last = null;
        var values = request.Headers["Last-Event-ID"];
        if (values.Count == 0 || (values.Count == 1 && values[0]!.Length == 0)) return null;
        if (values.Count > 1 || !long.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var parsed))
            return new Problem(400, "invalid-parameter", "Give Last-Event-ID once, as the id of an event.").With("field", "Last-Event-ID");
        last = parsed;
        return null;
    }
}
