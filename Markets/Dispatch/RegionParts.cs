using System.Collections.Immutable;

namespace Rialto.Markets.Dispatch;

/// <summary>A unit. Its number is its place in the order of registration, which settles ties.</summary>
internal sealed class Unit(long number, string name)
{
    public readonly long Number = number;
    public readonly string Name = name;
    public string Kind = RegionBounds.Ambulance;
    public Position Place;
    public DateTimeOffset PlacedAt;
    public DateTimeOffset SeenAt;
    public ImmutableArray<string> Skills = [];
    public ulong SkillBits;
    public UnitStatus Status;
    public bool IsLost;

    /// <summary>The incident that has it.</summary>
    public Incident? Job;

    /// <summary>Counts how often it came on duty: what it declined before, it may be asked again.</summary>
    public int Shift;

    /// <summary>Whether it has declined anything in this shift.</summary>
    public bool HasDeclined;

    /// <summary>Its place in the list of idle units, or -1.</summary>
    public int IdleAt = -1;

    /// <summary>When it is lost if it stays silent; null while nobody watches.</summary>
    public DateTimeOffset? LostAt;

    public void Write(BinaryWriter writer)
    {
        writer.Write(Name);
        writer.Write(Kind);
        writer.Write(Place);
        writer.WriteTime(PlacedAt);
        writer.WriteTime(SeenAt);
        writer.WriteAll(Skills.Length, Skills, static (to, skill) => to.Write(skill));
        writer.Write((byte)Status);
        writer.Write(IsLost);
        writer.Write(Shift);
        writer.Write(HasDeclined);
    }

    public static Unit Read(BinaryReader reader, long number)
    {
        var unit = new Unit(number, reader.ReadString())
        {
            Kind = reader.ReadString(),
            Place = reader.ReadPosition(),
            PlacedAt = reader.ReadTime(),
            SeenAt = reader.ReadTime(),
        };
        var skills = ImmutableArray.CreateBuilder<string>();
        reader.ReadAll(from => skills.Add(from.ReadString()));
        unit.Skills = skills.ToImmutable();
        (unit.Status, unit.IsLost, unit.Shift, unit.HasDeclined) = ((UnitStatus)reader.ReadByte(), reader.ReadBoolean(), reader.ReadInt32(), reader.ReadBoolean());
        return unit;
    }
}

/// <summary>A hospital. Of its free beds some are reserved for patients on their way.</summary>
internal sealed class Hospital(long number, string name)
{
    public readonly long Number = number;
    public readonly string Name = name;
    public Position Place;
    public int Beds;
    public int Free;
    public bool IsOpen;

    /// <summary>How many beds are free if there are so many in all: patients stay in theirs.</summary>
    public int FreeOf(int beds) => Math.Clamp(Free + beds - Beds, 0, beds);

    /// <summary>The incidents that have a bed reserved here, most severe and oldest first.</summary>
    public readonly SortedSet<Incident> Reserved = new(Urgency.Order);

    public void Write(BinaryWriter writer)
    {
        writer.Write(Name);
        writer.Write(Place);
        writer.Write(Beds);
        writer.Write(Free);
        writer.Write(IsOpen);
    }

    public static Hospital Read(BinaryReader reader, long number) => new(number, reader.ReadString())
    {
        Place = reader.ReadPosition(),
        Beds = reader.ReadInt32(),
        Free = reader.ReadInt32(),
        IsOpen = reader.ReadBoolean(),
    };
}

/// <summary>An incident, from its report to its end.</summary>
internal sealed class Incident(long number, string id, Position place, int severity, ImmutableArray<string> needs)
{
    private Dictionary<string, int>? _declined;

    public readonly long Number = number;
    public readonly string Id = id;
    public readonly Position Place = place;
    public readonly int Severity = severity;
    public readonly ImmutableArray<string> Needs = needs;
    public string Reporter = "";
    public string By = "";
    public DateTimeOffset ReportedAt;
    public DateTimeOffset? ClosedAt;
    public IncidentStatus Status;
    public Unit? Unit;

    /// <summary>Where its bed is, reserved or (<see cref="IsDelivered"/>) taken.</summary>
    public Hospital? Hospital;
    public bool IsDelivered;
    public DateTimeOffset? AcknowledgeBy;

    /// <summary>Why it waits, for a unit or a bed; null if it does not.</summary>
    public string? Reason;
    public bool IsQueued;
    public bool AwaitsBed;

    /// <summary>The version of its newest step: what follows names it as a cause.</summary>
    public long Last;

    /// <summary>The version of the event by which it has its unit: names that allocation.</summary>
    public long AllocatedBy;
    public readonly List<Step> Steps = [];

    /// <summary>The skills that it needs; null if some of them no unit has.</summary>
    public ulong? NeedBits;

    public bool IsOver => Status is IncidentStatus.Completed or IncidentStatus.Cancelled;

    public bool HasReservation => Hospital is not null && !IsDelivered;

    /// <summary>Whether this unit declined it, and has not come on duty again since.</summary>
    public bool IsDeclinedBy(Unit unit) => _declined is not null && _declined.TryGetValue(unit.Name, out var shift) && shift == unit.Shift;

    public void Decline(Unit unit) => (_declined ??= new Dictionary<string, int>(StringComparer.Ordinal))[unit.Name] = unit.Shift;

    public void Close(IncidentStatus status, DateTimeOffset at)
    {
        (Status, ClosedAt, AcknowledgeBy, Reason, _declined) = (status, at, null, null, null);
    }

    public void AddStep(Step step)
    {
        // The report stays: the chain begins with it.
        if (Steps.Count == RegionBounds.MaxSteps) Steps.RemoveAt(1);
        Steps.Add(step);
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(Number);
        writer.Write(Id);
        writer.Write(Place);
        writer.Write(Severity);
        writer.WriteAll(Needs.Length, Needs, static (to, need) => to.Write(need));
        writer.Write(Reporter);
        writer.Write(By);
        writer.WriteTime(ReportedAt);
        writer.WriteOptional(ClosedAt);
        writer.Write((byte)Status);
        writer.WriteOptional(Unit?.Name);
        writer.WriteOptional(Hospital?.Name);
        writer.Write(IsDelivered);
        writer.WriteOptional(AcknowledgeBy);
        writer.WriteOptional(Reason);
        writer.Write(IsQueued);
        writer.Write(AwaitsBed);
        writer.Write(Last);
        writer.Write(AllocatedBy);
        writer.WriteAll(_declined?.Count ?? 0, _declined?.OrderBy(pair => pair.Key, StringComparer.Ordinal) ?? Enumerable.Empty<KeyValuePair<string, int>>(), static (to, pair) =>
        {
            to.Write(pair.Key);
            to.Write(pair.Value);
        });
        writer.WriteAll(Steps.Count, Steps, static (to, step) => step.Write(to));
    }

    public static Incident Read(BinaryReader reader, Func<string, Unit> unitOf, Func<string, Hospital> hospitalOf)
    {
        var (number, id, place, severity) = (reader.ReadInt64(), reader.ReadString(), reader.ReadPosition(), reader.ReadInt32());
        var needs = ImmutableArray.CreateBuilder<string>();
        reader.ReadAll(from => needs.Add(from.ReadString()));
        var incident = new Incident(number, id, place, severity, needs.ToImmutable())
        {
            Reporter = reader.ReadString(),
            By = reader.ReadString(),
            ReportedAt = reader.ReadTime(),
            ClosedAt = reader.ReadOptionalTime(),
            Status = (IncidentStatus)reader.ReadByte(),
            Unit = reader.ReadOptionalText() is { } unit ? unitOf(unit) : null,
            Hospital = reader.ReadOptionalText() is { } hospital ? hospitalOf(hospital) : null,
            IsDelivered = reader.ReadBoolean(),
            AcknowledgeBy = reader.ReadOptionalTime(),
            Reason = reader.ReadOptionalText(),
            IsQueued = reader.ReadBoolean(),
            AwaitsBed = reader.ReadBoolean(),
            Last = reader.ReadInt64(),
            AllocatedBy = reader.ReadInt64(),
        };
        reader.ReadAll(from => (incident._declined ??= new Dictionary<string, int>(StringComparer.Ordinal)).Add(from.ReadString(), from.ReadInt32()));
        reader.ReadAll(from => incident.Steps.Add(Step.Read(from)));
        return incident;
    }
}

/// <summary>A step of an incident, as it is shown.</summary>
internal readonly record struct Step(long Version, string Type, string Note, ImmutableArray<long> Causes)
{
    public void Write(BinaryWriter writer)
    {
        writer.Write(Version);
        writer.Write(Type);
        writer.Write(Note);
        writer.WriteAll(Causes.Length, Causes, static (to, cause) => to.Write(cause));
    }

    public static Step Read(BinaryReader reader)
    {
        var (version, type, note) = (reader.ReadInt64(), reader.ReadString(), reader.ReadString());
        var causes = ImmutableArray.CreateBuilder<long>();
        reader.ReadAll(from => causes.Add(from.ReadInt64()));
        return new Step(version, type, note, causes.ToImmutable());
    }
}

/// <summary>Who is served first: the more severe, then the older.</summary>
internal sealed class Urgency : IComparer<Incident>
{
    public static readonly Urgency Order = new();

    public int Compare(Incident? x, Incident? y) => x!.Severity != y!.Severity ? x.Severity.CompareTo(y.Severity) : x.Number.CompareTo(y.Number);
}

/// <summary>Something that is due: an acknowledgement, or a unit's sign of life.</summary>
internal readonly record struct DueEntry(DateTimeOffset At, bool IsAcknowledgement, long Number) : IComparable<DueEntry>
{
    public int CompareTo(DueEntry other) =>
        At != other.At ? At.CompareTo(other.At)
        : IsAcknowledgement != other.IsAcknowledgement ? (IsAcknowledgement ? -1 : 1)
        : Number.CompareTo(other.Number);
}

internal static class PositionCheckpoint
{
    public static void Write(this BinaryWriter writer, Position place)
    {
        writer.Write(place.LatE6);
        writer.Write(place.LonE6);
    }

    public static Position ReadPosition(this BinaryReader reader) => new(reader.ReadInt32(), reader.ReadInt32());
}
