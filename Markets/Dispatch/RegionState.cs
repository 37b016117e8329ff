using System.Collections.Immutable;

namespace Rialto.Markets.Dispatch;

/// <summary>
/// A region in memory: its units, its hospitals, and the incidents that are not finished. It changes in place. What is finished leaves it,
/// but for the newest few, so that ten years of incidents cost nothing.
/// </summary>
public sealed class RegionState
{
    private readonly Dictionary<string, Unit> _unitsByName = new(StringComparer.Ordinal);
    private readonly List<Unit> _units = [];
    private readonly List<Unit> _idle = [];
    private readonly Dictionary<string, Hospital> _hospitalsByName = new(StringComparer.Ordinal);
    private readonly List<Hospital> _hospitals = [];
    private readonly Dictionary<string, Incident> _active = new(StringComparer.Ordinal);
    private readonly Dictionary<long, Incident> _activeByNumber = [];
    private readonly Remembered<Incident> _finished = new(RegionBounds.MaxRememberedFinished);
    private readonly SortedSet<DueEntry> _due = [];
    private DateTimeOffset _termsSince;

    internal RegionState(string key) => Key = key;

    /// <summary>The region's name.</summary>
    public string Key { get; }

    /// <summary>How many events it has seen: its stream's version.</summary>
    public long Version { get; private set; }

    /// <summary>Whether anybody serves it.</summary>
    public bool Exists { get; private set; }

    internal RegionTerms Terms { get; private set; } = RegionTerms.Default;

    internal IReadOnlyList<Unit> Units => _units;

    /// <summary>The units that are available and not lost, in no order.</summary>
    internal IReadOnlyList<Unit> Idle => _idle;

    internal IReadOnlyList<Hospital> Hospitals => _hospitals;

    internal IReadOnlyDictionary<string, Incident> Active => _active;

    internal WaitingLine Queue { get; } = new();

    internal SortedSet<Incident> BedQueue { get; } = new(Urgency.Order);

    internal SkillTable Skills { get; } = new();

    /// <summary>How many incidents were ever reported.</summary>
    internal long Reported { get; private set; }

    /// <summary>How many of them were finished: completed or cancelled.</summary>
    internal long Finished { get; private set; }

    internal IEnumerable<DueEntry> Due => _due;

    internal DueEntry? NextDue => _due.Count == 0 ? null : _due.Min;

    internal Unit? FindUnit(string? name) => name is null ? null : _unitsByName.GetValueOrDefault(name);

    internal Unit UnitOf(DueEntry due) => _units[(int)due.Number];

    internal Incident IncidentOf(DueEntry due) => _activeByNumber[due.Number];

    internal Hospital? FindHospital(string? name) => name is null ? null : _hospitalsByName.GetValueOrDefault(name);

    internal Incident? FindActive(string? id) => id is null ? null : _active.GetValueOrDefault(id);

    internal Incident? FindIncident(string? id) => id is null ? null : FindActive(id) ?? _finished.Find(id);

    /// <summary>Whether it should have been heard from by now.</summary>
    internal bool IsSilent(Unit unit, DateTimeOffset now) => Terms.HeartbeatSeconds > 0 && Bounds.After(WatchedFrom(unit), Terms.HeartbeatSeconds) <= now;

    internal void Evolve(RegionEvent happened)
    {
        Version++;
        switch (happened)
        {
            case RegionOpened e: (Exists, Terms, _termsSince) = (true, e.Terms, e.At); break;
            case TermsChanged e: Change(e); break;
            case UnitRegistered e: Register(e); break;
            case UnitMoved e: Move(e); break;
            case UnitSeen e: See(UnitAt(e.Unit), e.At); break;
            case UnitLost e: Lose(UnitAt(e.Unit)); break;
            case UnitStatusChanged e: Change(e); break;
            case HospitalRegistered e: Register(e); break;
            case HospitalChanged e: (HospitalAt(e.Hospital).Free, HospitalAt(e.Hospital).IsOpen) = (e.Free, e.Open); break;
            case IncidentReported e: Report(e); break;
            case IncidentStep e: Take(e); break;
            default: throw new InvalidOperationException($"{happened.GetType().Name} cannot happen to region {Key}.");
        }
    }

    private void Take(IncidentStep step)
    {
        var incident = _active.GetValueOrDefault(step.Incident) ?? throw Impossible(step, "no such incident is under way");
        incident.Last = Version;
        incident.AddStep(new Step(Version, MarketCodec.TypeOf(step), RegionNotes.Of(step), step.Causes.IsDefault ? [] : step.Causes));
        switch (step)
        {
            case IncidentQueued e: Enqueue(incident, e.Reason); break;
            case UnitAllocated e: Allocate(incident, e); break;
            case HospitalAllocated e: Reserve(incident, e); break;
            case BedAwaited e: AwaitBed(incident, e.Reason); break;
            case HospitalReleased e: Unreserve(incident, e); break;
            case WorkflowStarted or CommandsSent: break;
            case UnitAcknowledged e: Acknowledge(incident, e); break;
            case UnitArrived e: Advance(incident, e.Unit, e.At, IncidentStatus.OnScene, UnitStatus.OnScene); break;
            case TransportStarted e: Advance(incident, e.Unit, e.At, IncidentStatus.Transporting, UnitStatus.Transporting); break;
            case PatientDelivered e: Deliver(incident, e); break;
            case UnitReleased e: Release(incident, e); break;
            case IncidentCompleted e: Complete(incident, e); break;
            case IncidentCancelled e: Finish(incident, IncidentStatus.Cancelled, e.At); break;
            default: throw Impossible(step, "nobody knows this step");
        }
    }

    // Units.

    private void Register(UnitRegistered e)
    {
        if (!_unitsByName.TryGetValue(e.Unit, out var unit))
        {
            unit = new Unit(_units.Count, e.Unit);
            _unitsByName.Add(e.Unit, unit);
            _units.Add(unit);
        }
        unit.Kind = e.Kind;
        (unit.Place, unit.PlacedAt) = (e.Place, e.At);
        unit.Skills = e.Skills.IsDefault ? [] : e.Skills;
        if (Skills.Learn(unit.Skills)) LookAtNeedsAgain();
        unit.SkillBits = Skills.KnownBitsOf(unit.Skills);
        if (unit.Job is null) ComeOnDuty(unit);
        See(unit, e.At);
    }

    /// <summary>What was beyond all units may not be any more.</summary>
    private void LookAtNeedsAgain()
    {
        foreach (var incident in _active.Values)
        {
            if (incident.NeedBits is not null || Skills.BitsOf(incident.Needs) is not { } bits) continue;
            if (incident.IsQueued) Queue.Remove(incident);
            incident.NeedBits = bits;
            if (incident.IsQueued) Queue.Add(incident);
        }
    }

    private static void ComeOnDuty(Unit unit)
    {
        unit.Status = UnitStatus.Available;
        unit.Shift++;
        unit.HasDeclined = false;
    }

    private void Move(UnitMoved e)
    {
        var unit = UnitAt(e.Unit);
        (unit.Place, unit.PlacedAt) = (e.Place, Later(unit.PlacedAt, e.At));
        See(unit, e.At);
    }

    private void See(Unit unit, DateTimeOffset at)
    {
        unit.SeenAt = Later(unit.SeenAt, at);
        unit.IsLost = false;
        Settle(unit);
    }

    private void Lose(Unit unit)
    {
        unit.IsLost = true;
        Settle(unit);
    }

    private void Change(UnitStatusChanged e)
    {
        var unit = UnitAt(e.Unit);
        if (unit.Job is not null) throw Impossible(e, $"incident {unit.Job.Id} has this unit");
        if (e.Status == UnitStatus.Available) ComeOnDuty(unit);
        else unit.Status = e.Status;
        See(unit, e.At);
    }

    private void Change(TermsChanged e)
    {
        (Terms, _termsSince) = (e.Terms, e.At);
        foreach (var unit in _units) Settle(unit);
    }

    /// <summary>Brings what follows from a unit's status up to date: the list of idle units, and the watch.</summary>
    private void Settle(Unit unit)
    {
        var isIdle = unit is { Status: UnitStatus.Available, IsLost: false, Job: null };
        if (isIdle && unit.IdleAt < 0)
        {
            unit.IdleAt = _idle.Count;
            _idle.Add(unit);
        }
        else if (!isIdle && unit.IdleAt >= 0)
        {
            var last = _idle[^1];
            _idle[unit.IdleAt] = last;
            last.IdleAt = unit.IdleAt;
            _idle.RemoveAt(_idle.Count - 1);
            unit.IdleAt = -1;
        }

        var isWatched = Terms.HeartbeatSeconds > 0 && !unit.IsLost && unit.Status != UnitStatus.OffDuty;
        DateTimeOffset? lostAt = isWatched ? Bounds.After(WatchedFrom(unit), Terms.HeartbeatSeconds) : null;
        if (unit.LostAt == lostAt) return;
        if (unit.LostAt is { } before) _due.Remove(new DueEntry(before, false, unit.Number));
        if (lostAt is { } at) _due.Add(new DueEntry(at, false, unit.Number));
        unit.LostAt = lostAt;
    }

    private DateTimeOffset WatchedFrom(Unit unit) => Later(unit.SeenAt, _termsSince);

    // Hospitals.

    private void Register(HospitalRegistered e)
    {
        if (!_hospitalsByName.TryGetValue(e.Hospital, out var hospital))
        {
            hospital = new Hospital(_hospitals.Count, e.Hospital);
            _hospitalsByName.Add(e.Hospital, hospital);
            _hospitals.Add(hospital);
        }
        (hospital.Place, hospital.Free, hospital.Beds, hospital.IsOpen) = (e.Place, hospital.FreeOf(e.Beds), e.Beds, e.Open);
    }

    private void Reserve(Incident incident, HospitalAllocated e)
    {
        if (incident.Hospital is not null) throw Impossible(e, $"it has a bed in {incident.Hospital.Name}");
        var hospital = HospitalAt(e.Hospital);
        if (!hospital.IsOpen || hospital.Reserved.Count >= hospital.Free) throw Impossible(e, "no bed is free there");
        incident.Hospital = hospital;
        hospital.Reserved.Add(incident);
        AwaitNoBed(incident);
    }

    private void Unreserve(Incident incident, HospitalReleased e)
    {
        if (!incident.HasReservation || incident.Hospital!.Name != e.Hospital) throw Impossible(e, "it has no bed reserved there");
        incident.Hospital.Reserved.Remove(incident);
        incident.Hospital = null;
    }

    private void AwaitBed(Incident incident, string reason)
    {
        incident.Reason = reason;
        incident.AwaitsBed = true;
        BedQueue.Add(incident);
    }

    private void AwaitNoBed(Incident incident)
    {
        if (!incident.AwaitsBed) return;
        incident.AwaitsBed = false;
        incident.Reason = null;
        BedQueue.Remove(incident);
    }

    // Incidents.

    private void Report(IncidentReported e)
    {
        var incident = new Incident(++Reported, e.Incident, e.Place, e.Severity, e.Needs.IsDefault ? [] : e.Needs)
        {
            Reporter = e.Reporter,
            By = e.By,
            ReportedAt = e.At,
            Status = IncidentStatus.Queued,
            Last = Version,
        };
        incident.NeedBits = Skills.BitsOf(incident.Needs);
        incident.AddStep(new Step(Version, MarketCodec.TypeOf(e), RegionNotes.Of(e), []));
        _active.Add(incident.Id, incident);
        _activeByNumber.Add(incident.Number, incident);
    }

    private void Enqueue(Incident incident, string reason)
    {
        incident.Reason = reason;
        incident.IsQueued = true;
        Queue.Add(incident);
    }

    private void Allocate(Incident incident, UnitAllocated e)
    {
        var unit = UnitAt(e.Unit);
        if (incident.Unit is not null) throw Impossible(e, $"it has the unit {incident.Unit.Name}");
        if (unit.IdleAt < 0) throw Impossible(e, $"the unit is {unit.Status}{(unit.Job is null ? "" : $" for incident {unit.Job.Id}")}");
        if (incident.IsQueued) Queue.Remove(incident);
        (incident.IsQueued, incident.Reason) = (false, null);
        (incident.Unit, unit.Job) = (unit, incident);
        (incident.Status, unit.Status) = (IncidentStatus.Dispatched, UnitStatus.Dispatched);
        (incident.AcknowledgeBy, incident.AllocatedBy) = (e.AcknowledgeBy, Version);
        _due.Add(AcknowledgementOf(incident));
        Settle(unit);
    }

    private void Acknowledge(Incident incident, UnitAcknowledged e)
    {
        ExpectNoAnswer(incident);
        Advance(incident, e.Unit, e.At, IncidentStatus.Acknowledged, UnitStatus.Dispatched);
    }

    private void Advance(Incident incident, string name, DateTimeOffset at, IncidentStatus status, UnitStatus doing)
    {
        if (incident.Unit is not { } unit || unit.Name != name)
            throw new InvalidOperationException($"Incident {incident.Id} of region {Key} becomes {status} by the unit {name}, which is not on it.");
        incident.Status = status;
        unit.Status = doing;
        See(unit, at);
    }

    private void Deliver(Incident incident, PatientDelivered e)
    {
        if (!incident.HasReservation || incident.Hospital!.Name != e.Hospital) throw Impossible(e, "it has no bed reserved there");
        Advance(incident, e.Unit, e.At, IncidentStatus.AtHospital, UnitStatus.AtHospital);
        incident.Hospital.Reserved.Remove(incident);
        incident.Hospital.Free--;
        incident.IsDelivered = true;
    }

    private void Release(Incident incident, UnitReleased e)
    {
        if (incident.Unit is not { } unit || unit.Name != e.Unit) throw Impossible(e, "the unit is not on it");
        ExpectNoAnswer(incident);
        AwaitNoBed(incident);
        (incident.Unit, unit.Job) = (null, null);
        incident.Status = IncidentStatus.Queued;
        unit.Status = e.Reason is ReleaseReason.NotAcknowledged or ReleaseReason.OffDuty ? UnitStatus.OffDuty : UnitStatus.Available;
        if (e.Reason == ReleaseReason.Declined)
        {
            incident.Decline(unit);
            unit.HasDeclined = true;
        }
        if (e.Reason is ReleaseReason.Declined or ReleaseReason.OffDuty) See(unit, e.At);
        else Settle(unit);
    }

    private void Complete(Incident incident, IncidentCompleted e)
    {
        if (incident.Unit is not { } unit || unit.Name != e.Unit) throw Impossible(e, "the unit is not on it");
        unit.Job = null;
        ComeOnDuty(unit);
        See(unit, e.At);
        Finish(incident, IncidentStatus.Completed, e.At);
    }

    private void Finish(Incident incident, IncidentStatus status, DateTimeOffset at)
    {
        ExpectNoAnswer(incident);
        AwaitNoBed(incident);
        if (incident.IsQueued) Queue.Remove(incident);
        incident.IsQueued = false;
        incident.Close(status, at);
        _active.Remove(incident.Id);
        _activeByNumber.Remove(incident.Number);
        _finished.Add(incident.Id, incident);
        Finished++;
    }

    private void ExpectNoAnswer(Incident incident)
    {
        if (incident.AcknowledgeBy is null) return;
        _due.Remove(AcknowledgementOf(incident));
        incident.AcknowledgeBy = null;
    }

    private static DueEntry AcknowledgementOf(Incident incident) => new(incident.AcknowledgeBy!.Value, true, incident.Number);

    private Unit UnitAt(string name) => FindUnit(name) ?? throw new InvalidOperationException($"Region {Key} knows no unit {name}.");

    private Hospital HospitalAt(string name) => FindHospital(name) ?? throw new InvalidOperationException($"Region {Key} knows no hospital {name}.");

    private InvalidOperationException Impossible(RegionEvent happened, string why) => new($"{happened} cannot happen to region {Key}: {why}.");

    private static DateTimeOffset Later(DateTimeOffset x, DateTimeOffset y) => x >= y ? x : y;

    // Checkpoints.

    internal static void Save(RegionState state, BinaryWriter writer)
    {
        writer.Write(state.Exists);
        writer.Write(state.Version);
        writer.Write(state.Reported);
        writer.Write(state.Finished);
        writer.Write(state.Terms.AcknowledgeSeconds);
        writer.Write(state.Terms.HeartbeatSeconds);
        writer.Write(state.Terms.PositionSeconds);
        writer.WriteTime(state._termsSince);
        writer.WriteAll(state.Skills.Names.Count, state.Skills.Names, static (to, skill) => to.Write(skill));
        writer.WriteAll(state._units.Count, state._units, static (to, unit) => unit.Write(to));
        writer.WriteAll(state._hospitals.Count, state._hospitals, static (to, hospital) => hospital.Write(to));
        writer.WriteAll(state._active.Count, state._active.Values.OrderBy(incident => incident.Number), static (to, incident) => incident.Write(to));
        writer.WriteAll(state._finished.Count, state._finished.OldestFirst, static (to, incident) => incident.Write(to));
    }

    internal static RegionState Load(string key, ReadOnlySpan<byte> bytes)
    {
        using var reader = Checkpoint.Open(bytes);
        var state = new RegionState(key) { Exists = reader.ReadBoolean(), Version = reader.ReadInt64(), Reported = reader.ReadInt64(), Finished = reader.ReadInt64() };
        state.Terms = new RegionTerms(reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        state._termsSince = reader.ReadTime();
        reader.ReadAll(from => state.Skills.Learn([from.ReadString()]));
        reader.ReadAll(from =>
        {
            var unit = Unit.Read(from, state._units.Count);
            unit.SkillBits = state.Skills.KnownBitsOf(unit.Skills);
            state._unitsByName.Add(unit.Name, unit);
            state._units.Add(unit);
        });
        reader.ReadAll(from =>
        {
            var hospital = Hospital.Read(from, state._hospitals.Count);
            state._hospitalsByName.Add(hospital.Name, hospital);
            state._hospitals.Add(hospital);
        });
        reader.ReadAll(from => state.Restore(Incident.Read(from, state.UnitAt, state.HospitalAt)));
        reader.ReadAll(from =>
        {
            var incident = Incident.Read(from, state.UnitAt, state.HospitalAt);
            state._finished.Add(incident.Id, incident);
        });
        foreach (var unit in state._units) state.Settle(unit);
        return state;
    }

    private void Restore(Incident incident)
    {
        _active.Add(incident.Id, incident);
        _activeByNumber.Add(incident.Number, incident);
        incident.NeedBits = Skills.BitsOf(incident.Needs);
        if (incident.Unit is not null) incident.Unit.Job = incident;
        if (incident.HasReservation) incident.Hospital!.Reserved.Add(incident);
        if (incident.IsQueued) Queue.Add(incident);
        if (incident.AwaitsBed) BedQueue.Add(incident);
        if (incident.AcknowledgeBy is not null) _due.Add(AcknowledgementOf(incident));
    }
}
