using Rialto.Api.Options;
using Rialto.Grains.Engine;
using Rialto.Journal;
using Rialto.Silo.Cluster;
using Rialto.Silo.InProcess;

namespace Rialto.Api.Engines;

/// <summary>
/// The ways to run on Orleans. With the journal in files: all silos in this process. With PostgreSQL: as one silo of a cluster, as a front
/// door of a cluster, or with a cluster of child processes.
/// </summary>
internal static class OrleansEngines
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);

    public static Task<RunningEngine> StartAsync(ServerOptions options, IJournal journal, ICheckpoints checkpoints, TimeProvider time) =>
        options.Journal == JournalKind.File ? StartInProcessAsync(options, journal, checkpoints, time)
        : options.Rank is { } rank ? StartSiloAsync(options, new Rank(rank), journal, checkpoints, time)
        : StartFrontDoorAsync(options, journal, time);

    private static async Task<RunningEngine> StartInProcessAsync(ServerOptions options, IJournal journal, ICheckpoints checkpoints, TimeProvider time)
    {
        var cluster = await OrleansCluster.StartAsync(new OrleansSettings { Nodes = options.Nodes }, journal, checkpoints, time);
        return new RunningEngine(cluster, cluster.DisposeAsync, options.Nodes == 1 ? "1 node" : $"{options.Nodes} nodes");
    }

    private static async Task<RunningEngine> StartSiloAsync(ServerOptions options, Rank rank, IJournal journal, ICheckpoints checkpoints, TimeProvider time)
    {
        var which = new SiloSettings { Rank = rank, Address = options.SiloAddress, SiloPort = options.SiloPort, GatewayPort = options.GatewayPort };
        var silo = await SiloMember.StartAsync(Cluster(options), which, journal, checkpoints, time);
        return new RunningEngine(silo.Engine, silo.DisposeAsync, $"node {rank} of the cluster {options.Cluster}");
    }

    private static async Task<RunningEngine> StartFrontDoorAsync(ServerOptions options, IJournal journal, TimeProvider time)
    {
        var cluster = Cluster(options);
        var silos = options.IsGateway ? null : LocalCluster.Start(cluster, options.Nodes);
        var door = await FrontDoorClient.StartAsync(silos?.Cluster ?? cluster, journal, time);
        await UntilReadyAsync(door.Engine, silos is null);
        return new RunningEngine(door.Engine, EndAsync, silos is null ? $"a front door of the cluster {options.Cluster}" : $"{options.Nodes} silo processes");

        async ValueTask EndAsync()
        {
            await door.DisposeAsync();
            if (silos is not null) await silos.DisposeAsync();
        }
    }

    /// <summary>A cluster of one's own is waited for. Of another's, the health says whether it is there.</summary>
    private static async Task UntilReadyAsync(GatewayEngine engine, bool isOthers)
    {
        using var limit = new CancellationTokenSource(ReadyWithin);
        while (!isOthers && engine.NotReadyBecause is { } why)
        {
            if (limit.IsCancellationRequested) throw new BadOptionException($"The silos did not elect a leader within {ReadyWithin.TotalSeconds} s: {why} What they said is above.");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static ClusterSettings Cluster(ServerOptions options) => new() { Postgres = options.Postgres!, Name = options.Cluster };
}
