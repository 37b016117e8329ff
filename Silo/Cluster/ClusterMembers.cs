using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rialto.Grains.Engine;
using Rialto.Grains.Nodes;
using Rialto.Journal;
using Rialto.Silo.Storage;

namespace Rialto.Silo.Cluster;

/// <summary>A silo of a cluster inside another program, which serves what the silo knows.</summary>
public sealed class SiloMember : IAsyncDisposable
{
    private readonly IHost _host;

    private SiloMember(IHost host) => (_host, Engine) = (host, host.Services.GetRequiredService<OrleansEngine>());

    /// <summary>The market, as this silo has it.</summary>
    public OrleansEngine Engine { get; }

    /// <summary>Starts a silo; it takes part when this returns.</summary>
    /// <exception cref="JournalException">The database cannot be reached.</exception>
    public static async Task<SiloMember> StartAsync(ClusterSettings cluster, SiloSettings which, IJournal journal, ICheckpoints checkpoints, TimeProvider time)
    {
        var orleans = await OrleansSchema.ApplyAsync(cluster.Postgres);
        var builder = ClusterSilo.CreateHost(journal, time);
        builder.Services.AddSingleton(checkpoints);
        builder.AddClusterSilo(cluster, which, orleans);
        var host = builder.Build();
        await host.StartAsync();
        return new SiloMember(host);
    }

    /// <summary>Hands the lead on, commits what was taken, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}

/// <summary>A front door of a cluster: a client of its silos.</summary>
public sealed class FrontDoorClient : IAsyncDisposable
{
    private readonly IHost _host;

    private FrontDoorClient(IHost host, GatewayEngine engine) => (_host, Engine) = (host, engine);

    /// <summary>The market, by way of the silos.</summary>
    public GatewayEngine Engine { get; }

    /// <summary>Connects to the silos, as soon as there is one.</summary>
    /// <exception cref="JournalException">The database cannot be reached.</exception>
    public static async Task<FrontDoorClient> StartAsync(ClusterSettings cluster, IJournal journal, TimeProvider time)
    {
        var orleans = await OrleansSchema.ApplyAsync(cluster.Postgres);
        var builder = ClusterSilo.CreateHost(journal, time);
        builder.AddClusterClient(cluster, orleans);
        var host = builder.Build();
        await host.StartAsync();
        var settings = new SiloNodeSettings { Protocol = cluster.Protocol, Runtime = cluster.Runtime };
        return new FrontDoorClient(host, await GatewayEngine.StartAsync(host.Services.GetRequiredService<IGrainFactory>(), journal, settings, time, CancellationToken.None));
    }

    /// <summary>Ends; the silos go on.</summary>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await _host.StopAsync();
        _host.Dispose();
    }
}
