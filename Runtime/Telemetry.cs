using System.Diagnostics.Metrics;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>The runtime's metrics, under the meter <c>rialto.runtime</c>.</summary>
public static class Telemetry
{
    private static readonly Meter Meter = new("rialto.runtime");
    private static readonly Counter<long> Events = Meter.CreateCounter<long>("rialto.journal.events", "{event}", "Events committed by sequencers of this process.");
    private static readonly Histogram<int> BatchSize = Meter.CreateHistogram(
        "rialto.journal.batch", "{event}", "Events per commit.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000] });
    private static readonly Histogram<double> CommitTime = Meter.CreateHistogram(
        "rialto.journal.commit.duration", "s", "Time of one commit.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
    private static readonly Counter<long> JournalFailures = Meter.CreateCounter<long>("rialto.journal.failures", "{failure}", "Journal calls that failed without an answer.");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("rialto.loop.failures", "{failure}", "What nobody foresaw, by the loop that met it. Never, in a correct program.");
    private static readonly Counter<long> Commands = Meter.CreateCounter<long>("rialto.commands", "{command}", "Commands answered, by outcome.");
    private static readonly Counter<long> Reloads = Meter.CreateCounter<long>("rialto.entity.reloads", "{reload}", "Entities that reloaded after a conflict or an unknown outcome.");
    private static readonly Counter<long> Refused = Meter.CreateCounter<long>("rialto.reactions.refused", "{command}", "Commands of reactors that were refused, to be tried again if still due.");
    private static readonly Counter<long> Gaps = Meter.CreateCounter<long>("rialto.replica.gaps", "{gap}", "Gaps that a replica filled from the journal.");

    private static readonly Counter<long> NodeFailures = Meter.CreateCounter<long>("rialto.node.failures", "{failure}", "Nodes that stopped because of something that nobody foresaw. Never, in a correct program.");
    private static readonly Counter<long> Differences = Meter.CreateCounter<long>("rialto.replica.differences", "{entity}", "Entities that differed in a replica that was compared with others. Never, in a correct program.");

    // Set for a flow of calls and for all that it begins, and for nothing else that runs meanwhile.
    private static readonly AsyncLocal<bool> LeftOut = new();

    internal static bool IsRehearsal => LeftOut.Value;

    /// <summary>From here on this flow of calls counts nowhere: it is a rehearsal, and nobody's commands.</summary>
    public static void LeaveOut() => LeftOut.Value = true;

    internal static void NodeFailed(Exception failure) => NodeFailures.Add(1, new KeyValuePair<string, object?>("error", failure.GetType().Name));

    internal static void ReplicaDiffered(int entities) => Differences.Add(Math.Max(1, entities));

    internal static void Committed(int events, TimeSpan took)
    {
        if (IsRehearsal) return;
        Events.Add(events);
        BatchSize.Record(events);
        CommitTime.Record(took.TotalSeconds);
    }

    internal static void JournalFailed(Exception failure) => JournalFailures.Add(1, new KeyValuePair<string, object?>("error", failure.GetType().Name));

    /// <summary>A loop met what nobody foresaw.</summary>
    internal static void LoopFailed(string loop, Exception failure) =>
        Failures.Add(1, new KeyValuePair<string, object?>("loop", loop), new KeyValuePair<string, object?>("error", failure.GetType().Name));

    /// <summary>A market's rule ended in an exception where the leader asked it what follows.</summary>
    internal static void RuleFailed(Journal.StreamId entity, Exception failure) =>
        Failures.Add(1, new KeyValuePair<string, object?>("entity", entity.Text), new KeyValuePair<string, object?>("error", failure.GetType().Name));

    internal static void Reloaded(AppendStatus why) => Reloads.Add(1, new KeyValuePair<string, object?>("reason", why.ToString()));

    internal static void ReactionRefused(string code) => Refused.Add(1, new KeyValuePair<string, object?>("code", code));

    internal static void GapFilled()
    {
        if (!IsRehearsal) Gaps.Add(1);
    }

    internal static void Answered(string outcome)
    {
        if (!IsRehearsal) Commands.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
    }
}
