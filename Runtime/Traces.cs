using System.Diagnostics;
using Rialto.Journal;

namespace Rialto.Runtime;

/// <summary>
/// The runtime's traces, under the source <c>rialto.runtime</c>: a span for a command's whole way, for a commit, for an election. While nobody
/// listens, as in a simulation, nothing is made and no clock is read. A span's ids are made by <see cref="Activity"/>, and only for a listener;
/// its times are those of the node's clock.
/// </summary>
public static class Traces
{
    private static readonly ActivitySource Source = new("rialto.runtime");

    /// <summary>Whether anybody listens: asked first, so that whoever is not heard pays nothing.</summary>
    public static bool AreHeard => Source.HasListeners();

    /// <summary>A loop that lives on is no part of the call that happened to begin it.</summary>
    internal static void Detach() => Activity.Current = null;

    /// <summary>A command has come; what its entity asks of others while it decides is within it.</summary>
    internal static Activity? BeginCommand(CommandRequest request, ActivityContext parent, Rank node, TimeProvider time)
    {
        if (Telemetry.IsRehearsal) return null;
        var type = request.Command.GetType().Name;
        var span = Source.StartActivity($"{request.Entity.Category} {type}", ActivityKind.Internal, parent, startTime: time.GetUtcNow());
        return span?.SetTag("rialto.entity", request.Entity.Text).SetTag("rialto.command", type).SetTag("rialto.node", node.Value);
    }

    /// <summary>It is answered; without a reply it failed.</summary>
    internal static void EndCommand(Activity? span, CommandReply? answered, TimeProvider time)
    {
        if (span is null) return;
        span.SetTag("rialto.outcome", answered is { } known ? OutcomeOf(known) : "failed");
        if (answered is { Refusal: null } reply) span.SetTag("rialto.seq", reply.Receipt.Seq.Value).SetTag("rialto.epoch", reply.Receipt.Epoch.Value).SetTag("rialto.version", reply.Receipt.Version);
        if (answered?.Refusal is { } refusal) span.SetTag("rialto.refusal", refusal.Code);
        // A refusal is an answer like any other; that there is none is a fault of the world.
        if (answered is null or { Refusal.Kind: Markets.RefusalKind.Unavailable }) span.SetStatus(ActivityStatusCode.Error);
        End(span, time.GetUtcNow());
    }

    /// <summary>A batch was written, or refused because a newer epoch has begun.</summary>
    internal static void Committed(IReadOnlyList<JournalRecord> batch, Epoch epoch, bool isWritten, TimeSpan took, TimeProvider time)
    {
        if (Telemetry.IsRehearsal) return;
        Tell("rialto.commit", took, time, span =>
        {
            span.SetTag("rialto.outcome", isWritten ? "committed" : "fenced").SetTag("rialto.epoch", epoch.Value).SetTag("rialto.events", batch.Count);
            span.SetTag("rialto.seq.first", batch[0].Seq.Value).SetTag("rialto.seq.last", batch[^1].Seq.Value);
            if (!isWritten) span.SetStatus(ActivityStatusCode.Error);
        });
    }

    /// <summary>An election was won.</summary>
    internal static void Elected(ElectionView election, TimeProvider time) => Tell("rialto.election", TimeSpan.FromMilliseconds(election.Milliseconds), time, span =>
    {
        span.SetTag("rialto.epoch", election.Epoch.Value).SetTag("rialto.winner", election.Winner.Value);
        span.SetTag("rialto.started_by", election.StartedBy.Value).SetTag("rialto.reason", election.Reason);
    });

    /// <summary>The word for a reply, the same that <c>rialto.commands</c> counts under.</summary>
    private static string OutcomeOf(in CommandReply reply) => reply switch
    {
        { Refusal.Kind: Markets.RefusalKind.Unavailable } => "unavailable",
        { Refusal: not null } => "refused",
        { Replayed: true } => "replayed",
        _ => "accepted",
    };

    /// <summary>Tells afterwards of what many callers wait for, and which is none of theirs alone: a trace of its own.</summary>
    private static void Tell(string name, TimeSpan took, TimeProvider time, Action<Activity> describe)
    {
        var (around, end) = (Activity.Current, time.GetUtcNow());
        Activity.Current = null;
        if (Source.StartActivity(name, ActivityKind.Internal, parentContext: default, startTime: end - took) is { } span)
        {
            describe(span);
            End(span, end);
        }
        Activity.Current = around;
    }

    private static void End(Activity span, DateTimeOffset at)
    {
        span.SetEndTime(at.UtcDateTime);
        span.Stop();
    }
}
