using System.Globalization;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Simulation;

/// <summary>What a run is made of. Beyond what somebody asked for, the seed decides: every seed is another cluster with other limits.</summary>
internal sealed record RunPlan
{
    public required ulong Seed { get; init; }

    public int Nodes { get; init; } = 5;

    public FaultKinds Faults { get; init; } = FaultKinds.All;

    /// <summary>How long clients and faults go on, in milliseconds; healing and settling come after two thirds and are part of it.</summary>
    public int RunMs { get; init; } = 60_000;

    /// <summary>How many clients.</summary>
    public int Clients { get; init; } = 12;

    /// <summary>How long a client thinks between two requests, on average, in milliseconds; 0: there is no load.</summary>
    public int ThinkMs { get; init; } = 400;

    /// <summary>The bug that is made on purpose, or none.</summary>
    public Bug Bug { get; init; }

    /// <summary>Whether the trace is kept in words.</summary>
    public bool KeepTrace { get; init; }

    public NodeSettings Protocol { get; init; } = new();

    public RuntimeSettings Runtime { get; init; } = new();

    /// <summary>How often something else than the oldest comes first, in percent.</summary>
    public int DisorderPercent { get; init; }

    /// <summary>When faults stop.</summary>
    public int FaultsUntilMs => RunMs * 2 / 3;

    /// <summary>When clients stop beginning anything.</summary>
    public int LoadUntilMs => RunMs * 3 / 4;

    /// <summary>
    /// How long after the faults the cluster may take to be well, in milliseconds. A working leader is there much sooner; but a highest rank
    /// that could not claim lets five handovers pass before it asks for one again.
    /// </summary>
    public int WellWithinMs => 5 * Protocol.HandoverRetryMs + 5_000;

    /// <summary>A plan with limits that the seed picks: small ones, so that they are reached.</summary>
    public static RunPlan For(ulong seed, int nodes, FaultKinds faults, Bug bug = Bug.None, bool keepTrace = false)
    {
        var chance = new Chance(seed ^ 0xA5A5_5A5A_1234_4321);
        return new RunPlan
        {
            Seed = seed,
            Nodes = nodes,
            Faults = faults,
            Bug = bug,
            KeepTrace = keepTrace,
            DisorderPercent = chance.Pick([0, 5, 30]),
            ThinkMs = chance.Pick([150, 400, 400, 1_000]),
            Protocol = chance.Percent(50) ? new NodeSettings() : NodeSettings.Fast,
            Runtime = new RuntimeSettings
            {
                CommandTimeoutMs = chance.Pick([2_000, 5_000, 10_000]),
                AttemptTimeoutMs = chance.Pick([500, 1_000, 3_000]),
                RetryAfterMs = chance.Pick([20, 100]),
                MaxBatchCommands = chance.Pick([2, 16, 2_000]),
                CheckpointEveryEvents = chance.Pick([5, 50, 1_000]),
                IdleAfterMs = chance.Pick([1_000, 5_000, 300_000]),
                ReadPage = chance.Pick([3, 50, 1_000]),
                RecentEvents = chance.Pick([16, 256, 16_384]),
                MaxUnappliedBatches = chance.Pick([4, 256]),
                HoldForMs = chance.Pick([4_000, 8_000]),
                MaxReactionsUnderWay = chance.Pick([2, 256]),
                Replicas = new ReplicaSettings { MinSnapshotEvents = chance.Pick([20, 10_000]), SnapshotPartBytes = chance.Pick([2_000, 1 << 20]), SnapshotTries = 2 },
            },
        };
    }

    /// <summary>The command that runs this again.</summary>
    public string Replay => string.Create(CultureInfo.InvariantCulture,
        $"dotnet run -c Release --project Simulation -- --seed {Seed} --nodes {Nodes} --faults {NameOf(Faults)}{(Bug == Bug.None ? "" : $" --bug {Bugs.NameOf(Bug)}")} --trace");

    public static string NameOf(FaultKinds faults) => faults switch
    {
        FaultKinds.All => "all",
        FaultKinds.None => "none",
        _ => string.Join(',', Enum.GetValues<FaultKinds>().Where(kind => kind is FaultKinds.Network or FaultKinds.Nodes or FaultKinds.Disk && faults.HasFlag(kind)).Select(kind => kind.ToString().ToLowerInvariant())),
    };
}
