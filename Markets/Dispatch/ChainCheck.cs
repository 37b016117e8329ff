using System.Collections.Immutable;
using Rialto.Journal;

namespace Rialto.Markets.Dispatch;

/// <summary>
/// Holds a region's history against the causal order that its events claim: every step but a report names causes, each cause is an event of
/// this region and stands before its effect, and one of them belongs to the same incident, so that each chain goes back to its report. Also
/// replays the region, so that an allocation that cannot have been (a unit or a bed given twice, an illegal move) is told, and looks at its
/// end: nobody was lost between the events.
/// To be fed with the whole stream in order.
/// </summary>
public sealed class ChainCheck(string region)
{
    /// <summary>It stops telling after so many problems.</summary>
    public const int MaxProblems = 100;

    private readonly Region _kind = new();
    private readonly List<(Seq Seq, int Incident)> _events = [];
    private readonly Dictionary<string, int> _incidents = new(StringComparer.Ordinal);
    private readonly List<ChainProblem> _problems = [];
    private object? _state = new RegionState(region);
    private long _edges;

    /// <summary>How many events it was fed with.</summary>
    public long Count => _events.Count;

    /// <summary>Takes in the next event of the stream.</summary>
    public void Feed(JournalRecord record)
    {
        if (record.Version != _events.Count + 1) Report(record.Seq, "version-gap", $"Version {_events.Count + 1} is missing: the next event has version {record.Version}.");
        var happened = MarketCodec.Decode(record.Type, record.Data.Span);
        var incident = -1;
        if (happened is IncidentReported report)
        {
            incident = _incidents.Count;
            if (!_incidents.TryAdd(report.Incident, incident)) Report(record.Seq, "reported-twice", $"Incident {report.Incident} was reported before.");
        }
        else if (happened is IncidentStep step)
        {
            incident = _incidents.GetValueOrDefault(step.Incident, -1);
            if (incident < 0) Report(record.Seq, "missing-cause", $"Incident {step.Incident} was never reported.");
            CheckCauses(record, step, incident);
        }
        _events.Add((record.Seq, incident));
        Replay(record, happened);
    }

    /// <summary>What was found.</summary>
    public ChainReport Finish()
    {
        if (_state is RegionState state)
        {
            foreach (var problem in _kind.Audit(_state)) Report(LastSeq, "unsound", problem);
            foreach (var incident in state.Active.Values)
                if (incident.Unit is null && !incident.IsQueued) Report(LastSeq, "forgotten", $"Incident {incident.Id} has no unit and is not in the queue.");
                else if (incident is { Unit: not null, Hospital: null, AwaitsBed: false }) Report(LastSeq, "forgotten", $"Incident {incident.Id} has no bed and awaits none.");
            foreach (var hospital in state.Hospitals)
                if (hospital.Reserved.Count > (hospital.IsOpen ? hospital.Free : 0)) Report(LastSeq, "unsound", $"Hospital {hospital.Name} has promised more beds than it can give.");
        }
        return new ChainReport(region, _events.Count, _incidents.Count, _edges, _problems.Count == 0, [.. _problems]);
    }

    private Seq LastSeq => _events.Count == 0 ? Seq.None : _events[^1].Seq;

    private void CheckCauses(JournalRecord record, IncidentStep step, int incident)
    {
        if (step.Causes.IsDefaultOrEmpty)
        {
            Report(record.Seq, "missing-cause", $"{record.Type} names no cause.");
            return;
        }
        var (follows, sound) = (false, true);
        foreach (var cause in step.Causes)
        {
            _edges++;
            sound &= cause >= 1 && cause < record.Version && cause <= _events.Count;
            if (cause >= record.Version) Report(record.Seq, "future-cause", $"{record.Type} at version {record.Version} follows from version {cause}, which is not before it.");
            else if (cause < 1 || cause > _events.Count) Report(record.Seq, "missing-cause", $"{record.Type} follows from version {cause}, which is not there.");
            else follows |= _events[(int)cause - 1].Incident == incident;
        }
        if (sound && !follows) Report(record.Seq, "broken-chain", $"{record.Type} follows from no event of its own incident.");
    }

    private void Replay(JournalRecord record, Event happened)
    {
        if (_state is null) return;
        try
        {
            _state = _kind.Evolve(_state, happened);
        }
        catch (InvalidOperationException e)
        {
            Report(record.Seq, "impossible", e.Message);
            _state = null;
        }
    }

    private void Report(Seq at, string code, string detail)
    {
        if (_problems.Count < MaxProblems) _problems.Add(new ChainProblem(at.Value, code, detail));
    }
}

/// <summary>What came of a <see cref="ChainCheck"/>.</summary>
/// <param name="Region">Which region.</param>
/// <param name="Events">How many events it has.</param>
/// <param name="Incidents">How many incidents were reported.</param>
/// <param name="Causes">How many causes are named: the edges of the graph.</param>
/// <param name="Ok">Whether all is well.</param>
/// <param name="Problems">What is not.</param>
public sealed record ChainReport(string Region, long Events, long Incidents, long Causes, bool Ok, ImmutableArray<ChainProblem> Problems);

/// <summary>Something that is wrong with a chain.</summary>
/// <param name="Seq">Where.</param>
/// <param name="Code"><c>missing-cause</c>, <c>future-cause</c>, <c>broken-chain</c>, <c>impossible</c>, …</param>
/// <param name="Detail">A sentence for people.</param>
public sealed record ChainProblem(long Seq, string Code, string Detail);
