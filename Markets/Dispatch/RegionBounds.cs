namespace Rialto.Markets.Dispatch;

/// <summary>What a region accepts at most, and what it assumes where nothing is said.</summary>
public static class RegionBounds
{
    /// <summary>The one kind of unit that answers to incidents today.</summary>
    public const string Ambulance = "ambulance";

    /// <summary>The most units of a region.</summary>
    public const int MaxUnits = 10_000;

    /// <summary>The most hospitals of a region.</summary>
    public const int MaxHospitals = 1_000;

    /// <summary>The most beds of one hospital: what a hospital that closes has to divert fits into one command.</summary>
    public const int MaxBeds = 200;

    /// <summary>The most incidents that are not finished.</summary>
    public const int MaxActive = 100_000;

    /// <summary>The most skills of a unit, or needs of an incident.</summary>
    public const int MaxSkills = 16;

    /// <summary>The most different skills that the units of one region have.</summary>
    public const int MaxDistinctSkills = 64;

    /// <summary>The least severe incident; 1 is the most severe.</summary>
    public const int LeastSevere = 5;

    /// <summary>How long a unit has to acknowledge if nothing is said, in seconds.</summary>
    public const int DefaultAcknowledgeSeconds = 30;

    /// <summary>After how much silence a unit is lost if nothing is said, in seconds.</summary>
    public const int DefaultHeartbeatSeconds = 15;

    /// <summary>How old a unit's position may be if nothing is said, in seconds.</summary>
    public const int DefaultPositionSeconds = 300;

    /// <summary>How many finished incidents a region remembers with all their steps. Older ones are the <see cref="RegionDirectory"/>'s.</summary>
    public const int MaxRememberedFinished = 200;

    /// <summary>The most steps that are kept of one incident; the journal keeps all.</summary>
    public const int MaxSteps = 50;

    /// <summary>
    /// The most deadlines that one command meets (what is left is due at once again), and the most units that new terms send: whoever can go by
    /// them and is not among those goes as soon as it is heard from.
    /// </summary>
    public const int MaxAtOnce = 100;
}
