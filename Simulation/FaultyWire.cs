using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Simulation;

/// <summary>
/// What the network is like now. Everything between two nodes takes some time; it may take long, be lost, come twice, and overtake.
/// </summary>
internal sealed record Weather
{
    /// <summary>The shortest way, in microseconds.</summary>
    public int MinUs { get; init; } = 300;

    /// <summary>The longest usual way, in microseconds. As two messages take their own times, one may overtake the other.</summary>
    public int MaxUs { get; init; } = 1_500;

    /// <summary>How many are lost, in percent.</summary>
    public double LossPercent { get; init; }

    /// <summary>How many come twice, in percent.</summary>
    public double DoublePercent { get; init; }

    /// <summary>How many are late, in percent.</summary>
    public double LatePercent { get; init; }

    /// <summary>How late they are at most, in milliseconds.</summary>
    public int LateMaxMs { get; init; } = 800;
}

/// <summary>The network between the nodes of a run.</summary>
internal sealed class FaultyWire(Scheduler scheduler, Chance chance, Trace trace, Tally faults)
{
    private readonly HashSet<(Rank From, Rank To)> _cuts = [];

    public Weather Weather { get; set; } = new();

    /// <summary>How many messages were sent, by what they are.</summary>
    public Tally Sent { get; } = new();

    /// <summary>Looks at every message first; false if it is to be lost. For bugs that are made on purpose.</summary>
    public Func<Rank, Rank, object, bool>? Passes { get; set; }

    /// <summary>Nothing gets through from one to the other until <see cref="Mend"/>.</summary>
    public void Cut(Rank from, Rank to) => _cuts.Add((from, to));

    public void Mend(Rank from, Rank to) => _cuts.Remove((from, to));

    public void MendAll() => _cuts.Clear();

    public void Carry(Rank from, Rank to, object message, Action deliver)
    {
        var name = NameOf(message);
        Sent.Add(name);
        var copies = IsLost(from, to, message) ? 0 : 1;
        if (copies == 1 && chance.Percent(Weather.DoublePercent))
        {
            faults.Add("network: doubled");
            copies = 2;
        }
        if (copies == 0) Note(from, to, name, message, null);
        for (; copies > 0; copies--)
        {
            var delay = DelayTicks();
            Note(from, to, name, message, delay);
            scheduler.After(delay, () =>
            {
                if (!_cuts.Contains((from, to))) deliver();
            });
        }
    }

    private bool IsLost(Rank from, Rank to, object message)
    {
        if (Passes is not null && !Passes(from, to, message)) return true;
        if (_cuts.Contains((from, to)))
        {
            faults.Add("network: lost in a cut");
            return true;
        }
        if (!chance.Percent(Weather.LossPercent)) return false;
        faults.Add("network: lost");
        return true;
    }

    private long DelayTicks()
    {
        var us = (long)chance.Between(Weather.MinUs, Weather.MaxUs);
        if (Weather.LatePercent > 0 && chance.Percent(Weather.LatePercent))
        {
            faults.Add("network: late");
            us += chance.Below(Weather.LateMaxMs) * 1_000L;
        }
        return us * TimeSpan.TicksPerMicrosecond;
    }

    private void Note(Rank from, Rank to, string name, object message, long? delay)
    {
        trace.Mark(((long)from.Value << 48) ^ ((long)to.Value << 32) ^ name.Length ^ (delay ?? -1));
        if (trace.IsKept) trace.Carried(from, to, name, Describe(message), delay);
    }

    /// <summary>What a message is, in a word.</summary>
    public static string NameOf(object message) => message switch
    {
        NodeMessage.Heartbeat => "Heartbeat",
        NodeMessage => message.GetType().Name,
        NodeSignal => message.GetType().Name,
        IReadOnlyList<AppendRequest> => "Append",
        AppendOutcome[] => "Appended",
        CommandRequest => "Command",
        CommandReply => "CommandReply",
        Query => "Query",
        QueryReply => "QueryReply",
        _ => message.GetType().Name,
    };

    private static string Describe(object message) => message switch
    {
        NodeMessage.Election m => $"ELECTION e{m.Epoch} ({m.Reason})",
        NodeMessage.Answer m => $"ANSWER e{m.Epoch}",
        NodeMessage.Coordinator m => $"COORDINATOR e{m.Epoch}",
        NodeMessage.Heartbeat m => $"heartbeat e{m.Epoch} at {m.At}",
        NodeMessage.Findings m => $"findings e{m.Epoch}: {(m.NotWell.IsEmpty ? "all well" : string.Join(", ", m.NotWell.Select(finding => $"{finding.Peer} {finding.Phase}")))}",
        NodeMessage.HandoverRequest m => $"hand over e{m.Epoch} ({m.Reason})",
        NodeMessage.HandoverReady m => $"handed over e{m.Epoch} at {m.Last?.ToString() ?? "?"}",
        NodeMessage.Resigned m => $"resigned e{m.Epoch}",
        NodeMessage m => $"{m.GetType().Name} e{m.Epoch}",
        NodeSignal.Committed m => $"events {m.Span.First}..{m.Span.Last} e{m.Span.Epoch}",
        NodeSignal.Missing m => $"missing {m.Nack.First}..{m.Nack.Last}",
        IReadOnlyList<AppendRequest> m => $"append {m.Count}: {string.Join(", ", m.Take(3).Select(request => request.Streams[0].Stream.Text))}{(m.Count > 3 ? ", …" : "")}",
        AppendOutcome[] m => $"appended: {string.Join(", ", m.Take(3).Select(outcome => outcome.IsCommitted ? outcome.Last.ToString() : outcome.Status.ToString()))}{(m.Length > 3 ? ", …" : "")}",
        CommandRequest m => $"{m.Command.GetType().Name} {m.Entity}",
        CommandReply m => m.Refusal?.Code ?? $"receipt {m.Receipt.Seq}",
        Query m => m.GetType().Name,
        QueryReply m => m.Refusal?.Code ?? $"as of {m.VisibleTo}",
        _ => message.GetType().Name,
    };
}

/// <summary>The network as one process reaches it: when the process ends, nothing of it arrives any more.</summary>
internal sealed class WireOf(SimulatedProcess process, FaultyWire wire) : IWire
{
    /// <inheritdoc/>
    public void Carry(Rank from, Rank to, object message, Action deliver)
    {
        if (process.IsOver) return;
        wire.Carry(from, to, message, () =>
        {
            if (!process.IsOver) deliver();
        });
    }
}
