using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>The last elections that a node has heard of, each once.</summary>
public sealed class ElectionHistory
{
    private const int MaxElections = 100;

    private readonly Lock _gate = new();
    private readonly List<ElectionView> _elections = [];

    /// <summary>The elections, oldest first.</summary>
    public IReadOnlyList<ElectionView> All
    {
        get
        {
            lock (_gate) return [.. _elections];
        }
    }

    /// <summary>Keeps the record of an election, if it is not known yet.</summary>
    /// <param name="record">The record.</param>
    /// <param name="by">The node that has heard of it. Traces are told by the winner alone.</param>
    /// <param name="time">That node's clock.</param>
    public void Record(ElectionRecord record, Rank by, TimeProvider time)
    {
        var election = new ElectionView(record.Epoch, record.Winner, record.StartedBy, NameOf(record.Reason), record.Answered, record.DurationMs);
        if (by == record.Winner && Traces.AreHeard) Traces.Elected(election, time);
        lock (_gate)
        {
            if (_elections.Any(known => known.Epoch == record.Epoch)) return;
            _elections.Add(election);
            _elections.Sort((a, b) => a.Epoch.CompareTo(b.Epoch));
            if (_elections.Count > MaxElections) _elections.RemoveAt(0);
        }
    }

    private static string NameOf(ElectionReason reason) => reason switch
    {
        ElectionReason.Start => "start",
        ElectionReason.LeaderFailed => "leader-failed",
        ElectionReason.LeaderLeft => "leader-left",
        ElectionReason.LeaderResigned => "leader-resigned",
        ElectionReason.Handover => "handover",
        ElectionReason.Forced => "forced",
        _ => "nobody-leads",
    };
}
