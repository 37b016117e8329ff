using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Rialto.Grains;
using Rialto.Grains.Nodes;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Silo.Storage;

namespace Rialto.Silo.Cluster;

/// <summary>A silo that is a process of its own: membership in PostgreSQL, beside the journal and its checkpoints.</summary>
public static class ClusterSilo
{
    private const string Invariant = "Npgsql";

    /// <summary>Makes a host's silo a node of a cluster. The journal, its checkpoints and the clock must be among the host's services.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="which">Which of its silos.</param>
    /// <param name="orleans">The connection string that <see cref="OrleansSchema.ApplyAsync"/> gave.</param>
    public static void AddClusterSilo(this IHostApplicationBuilder builder, ClusterSettings cluster, SiloSettings which, string orleans)
    {
        var address = which.Address ?? OwnAddress();
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster.Name, "rialto"));
            // A silo that was never put out (all of them were lost at once) is not waited for long by those that come after.
            silo.Configure<ClusterMembershipOptions>(options => options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5));
            silo.Services.AddSingleton<IFatalErrorHandler, EndAtOnce>();
            silo.ConfigureEndpoints(address, which.SiloPort, which.GatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(address));
            silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, orleans));
            silo.AddRialto(which.Rank, new SiloNodeSettings
            {
                Protocol = cluster.Protocol,
                Runtime = cluster.Runtime,
                // Salts are written with what they seal, and need not agree between silos.
                Sealing = new SealingKey(RandomNumberGenerator.GetBytes(32)),
                OnFault = EndAtOnce.OnFault,
            });
        });
    }

    /// <summary>Makes a host a client of a cluster.</summary>
    public static void AddClusterClient(this IHostApplicationBuilder builder, ClusterSettings cluster, string orleans) => builder.UseOrleansClient(client =>
    {
        client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster.Name, "rialto"));
        client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromMilliseconds(cluster.Runtime.CommandTimeoutMs));
        // Silos come and go: a front door looks for them often.
        client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2));
        // A front door may be there before the first silo.
        client.UseConnectionRetryFilter(static async (_, cancellation) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
            return true;
        });
        client.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, orleans));
    });

    /// <summary>A host without anything of its own, for a silo or a client inside another program.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="time">The clock.</param>
    internal static HostApplicationBuilder CreateHost(IJournal journal, TimeProvider time)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ToStandardError();
        builder.Services.AddSingleton(journal).AddSingleton(time);
        return builder;
    }

    /// <summary>The address at which others reach this machine: its first one that is not loopback.</summary>
    private static IPAddress OwnAddress() =>
        Dns.GetHostAddresses(Dns.GetHostName()).FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address)) ?? IPAddress.Loopback;
}
