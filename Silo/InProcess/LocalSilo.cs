using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Rialto.Grains;
using Rialto.Grains.Engine;
using Rialto.Grains.Nodes;
using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Silo.InProcess;

/// <summary>
/// One of the silos of a process: a whole Orleans silo, with sockets of its own on the loopback address. It can be crashed, frozen and cut
/// off. One that is out of reach for longer than the others wait is put out of their cluster, as a process would be; after that it cannot
/// go on, and a new silo takes its rank.
/// </summary>
internal sealed class LocalSilo
{
    /// <summary>How long what a frozen node still had under way may take, once it wakes, to be refused, in milliseconds.</summary>
    private const int LastWordsMs = 100;

    private readonly IHost _host;
    private readonly Life _life;
    private readonly Lock _gate = new();
    private Task? _stopping;
    private bool _isPutOut;

    private LocalSilo(IHost host, Life life)
    {
        (_host, _life) = (host, life);
        Engine = host.Services.GetRequiredService<OrleansEngine>();
    }

    public OrleansEngine Engine { get; }

    public SiloNode Node => Engine.Node;

    /// <summary>Whether it takes part and can be reached.</summary>
    public bool IsWell => !Node.IsClosed && !Node.Faults.IsOutOfReach;

    public bool IsPaused => Node.Faults.IsPaused;

    public bool IsIsolated => Node.Faults.IsIsolated;

    /// <summary>Whether it is gone for good. One that was put out while it was frozen or cut off does not know that yet.</summary>
    public bool IsCrashed => Node.IsClosed && !IsPaused && !IsIsolated;

    /// <summary>Builds a silo and starts it; it takes part when this returns.</summary>
    /// <param name="rank">Its rank.</param>
    /// <param name="cluster">The name of the cluster, which no other on this machine has.</param>
    /// <param name="membership">The membership that it shares with the others.</param>
    /// <param name="settings">Times and limits.</param>
    /// <param name="journal">The journal.</param>
    /// <param name="services">What else the node needs.</param>
    /// <param name="cancellation">Gives up starting.</param>
    public static async Task<LocalSilo> StartAsync(
        Rank rank, string cluster, SharedMembership membership, SiloNodeSettings settings, IJournal journal, Action<IServiceCollection> services, CancellationToken cancellation)
    {
        var life = new Life();
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ToStandardError();
        builder.Services.AddSingleton<IJournal>(new LivingJournal(journal, life));
        services(builder.Services);
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster, "rialto"));
            silo.ConfigureEndpoints(IPAddress.Loopback, FreePort(), gatewayPort: 0);
            silo.Services.AddSingleton<IMembershipTable>(membership);
            silo.AddRialto(rank, settings);
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellation);
            return new LocalSilo(host, life);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Loses all memory. The others will put its silo out.</summary>
    public void Crash()
    {
        lock (_gate) End();
    }

    /// <summary>Freezes it where it is.</summary>
    public void Pause()
    {
        lock (_gate)
        {
            _life.Freeze();
            Node.Pause();
        }
    }

    /// <summary>A frozen one goes on where it was. True if it was put out meanwhile: what it still had under way is refused by the journal, and it is over.</summary>
    public async Task<bool> ResumeAsync()
    {
        lock (_gate)
        {
            _life.Thaw();
            Node.Resume();
            if (!_isPutOut || IsIsolated) return false;
        }
        await Task.Delay(LastWordsMs);
        lock (_gate) End();
        return true;
    }

    /// <summary>Cuts it off.</summary>
    public void Isolate() => Node.Isolate();

    /// <summary>One that was cut off hears the others again. True if it was put out meanwhile, and is over.</summary>
    public bool Heal()
    {
        lock (_gate)
        {
            Node.Heal();
            if (!_isPutOut || IsPaused) return false;
            End();
            return true;
        }
    }

    /// <summary>The others count it out: ends its silo, if it cannot be reached. One that is only slow is left alone.</summary>
    public Task PutOutAsync()
    {
        lock (_gate)
        {
            if (IsWell) return Task.CompletedTask;
            _isPutOut = true;
            // What it has in memory it keeps, to wake up with.
            if (IsPaused || IsIsolated) Node.Close();
        }
        return ClearAwayAsync();
    }

    /// <summary>Ends in order: hands the lead on, commits what was taken.</summary>
    public async Task StopAsync()
    {
        if (IsPaused) await ResumeAsync();
        if (IsIsolated) Heal();
        await EndAsync(CancellationToken.None);
    }

    /// <summary>The node is gone already; takes its silo out of the cluster.</summary>
    public Task ClearAwayAsync() => EndAsync(new CancellationToken(canceled: true));

    private void End()
    {
        _life.End();
        Node.Crash();
    }

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
