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
    public void Record(ElectionRecord record)
    {
        lock (_gate)
        {
            if (_elections.Any(known => known.Epoch == record.Epoch)) return;
            _elections.Add(new ElectionView(record.Epoch, record.Winner, record.StartedBy, NameOf(record.Reason), record.Answered, record.DurationMs));
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
