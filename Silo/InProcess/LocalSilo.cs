using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Rialto.Grains;
using Rialto.Grains.Engine;
using Rialto.Grains.Nodes;
using Rialto.Journal;

namespace Rialto.Silo.InProcess;

/// <summary>One of the silos of a process: a whole Orleans silo, with sockets of its own on the loopback address.</summary>
internal sealed class LocalSilo
{
    private readonly IHost _host;
    private readonly Lock _gate = new();
    private Task? _stopping;

    private LocalSilo(IHost host, int port)
    {
        _host = host;
        Port = port;
        Engine = host.Services.GetRequiredService<OrleansEngine>();
    }

    public int Port { get; }

    public OrleansEngine Engine { get; }

    public SiloNode Node => Engine.Node;

    /// <summary>Whether it has crashed or ends.</summary>
    public bool IsOver => Node.IsClosed;

    /// <summary>Builds a silo and starts it; it takes part when this returns.</summary>
    /// <param name="rank">Its rank.</param>
    /// <param name="cluster">The name of the cluster, which no other on this machine has.</param>
    /// <param name="primaryPort">The port of the silo that keeps the membership; 0 if it is this one.</param>
    /// <param name="settings">Times and limits.</param>
    /// <param name="services">The journal and what else the node needs.</param>
    /// <param name="cancellation">Gives up starting.</param>
    public static async Task<LocalSilo> StartAsync(
        Rank rank, string cluster, int primaryPort, SiloNodeSettings settings, Action<IServiceCollection> services, CancellationToken cancellation)
    {
        var port = FreePort();
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ToStandardError();
        services(builder.Services);
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster, "rialto"));
            silo.ConfigureEndpoints(IPAddress.Loopback, port, gatewayPort: 0);
            silo.UseDevelopmentClustering(new IPEndPoint(IPAddress.Loopback, primaryPort == 0 ? port : primaryPort));
            silo.AddRialto(rank, settings);
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellation);
            return new LocalSilo(host, port);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Ends in order: hands the lead on, commits what was taken.</summary>
    public Task StopAsync() => EndAsync(CancellationToken.None);

    /// <summary>The node is gone already; takes its silo out of the cluster.</summary>
    public Task ClearAwayAsync() => EndAsync(new CancellationToken(canceled: true));

    private Task EndAsync(CancellationToken patience)
    {
        lock (_gate) return _stopping ??= Task.Run(() => EndOnceAsync(patience), CancellationToken.None);
    }

    private async Task EndOnceAsync(CancellationToken patience)
    {
        try
        {
            await _host.StopAsync(patience);
        }
        catch (OperationCanceledException)
        {
            // It was given no time to end in order.
        }
        _host.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
