using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Rialto.Silo.Cluster;

/// <summary>
/// The silos of a cluster as processes on this machine, children of the one that serves. A child that dies is started again; all end, in
/// order, when their input ends, which it does whatever becomes of their parent.
/// </summary>
public sealed class LocalCluster : IAsyncDisposable
{
    /// <summary>Set for a child: it stops when its standard input ends.</summary>
    internal const string UntilInputEnds = "RIALTO_UNTIL_INPUT_ENDS";

    private const int RestartAfterMs = 1_000;
    private const int StopWithinMs = 20_000;

    private readonly ClusterSettings _cluster;
    private readonly ConcurrentDictionary<int, Process> _children = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _keeping = [];

    private LocalCluster(ClusterSettings cluster) => _cluster = cluster;

    /// <summary>The cluster that they make up. Its name is of this start alone: what an earlier one left in the membership is nobody's.</summary>
    public ClusterSettings Cluster => _cluster;

    /// <summary>The processes that run now, by rank.</summary>
    public IReadOnlyDictionary<int, int> ProcessIds => _children.ToDictionary(child => child.Key, child => child.Value.Id);

    /// <summary>Starts so many silos, ranked 1, 2, 3, …; they need some seconds to come up.</summary>
    public static LocalCluster Start(ClusterSettings cluster, int nodes)
    {
        var local = new LocalCluster(cluster with { Name = $"{cluster.Name}-{Guid.NewGuid():N}" });
        for (var rank = 1; rank <= nodes; rank++)
        {
            var (kept, ports) = (rank, new[] { FreePort(), FreePort(), FreePort() });
            local._keeping.Add(Task.Run(() => local.KeepAsync(kept, ports)));
        }
        return local;
    }

    /// <summary>Ends all of them in order.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        // The lowest first: the lead is handed on once at most.
        foreach (var (_, child) in _children.OrderBy(child => child.Key)) child.StandardInput.Close();
        await Task.WhenAll(_keeping);
    }

    private async Task KeepAsync(int rank, int[] ports)
    {
        while (!_stopping.IsCancellationRequested)
        {
            using var child = Launch(rank, ports);
            _children[rank] = child;
            if (_stopping.IsCancellationRequested) child.StandardInput.Close();
            await WaitForEndAsync(child);
            if (_stopping.IsCancellationRequested) return;
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"rialto: the silo of rank {rank} ended with {child.ExitCode}; it is started again."));
            await Task.Delay(RestartAfterMs);
        }
    }

    private async Task WaitForEndAsync(Process child)
    {
        try
        {
            await child.WaitForExitAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            using var patience = new CancellationTokenSource(StopWithinMs);
            try
            {
                await child.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                child.Kill();
                await child.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private Process Launch(int rank, int[] ports)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Rialto.Silo.dll");
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo(host,
        [
            program, "--rank", Text(rank), "--cluster", _cluster.Name, "--address", "127.0.0.1", "--silo-port", Text(ports[0]), "--gateway-port", Text(ports[1]),
            "--urls", $"http://127.0.0.1:{Text(ports[2])}",
        ])
        {
            RedirectStandardInput = true,
            // What serves says so once, on its own standard output.
            RedirectStandardOutput = true,
        };
        // A password does not belong on a command line, where everybody on the machine can read it.
        start.Environment["RIALTO_POSTGRES"] = _cluster.Postgres;
        start.Environment[UntilInputEnds] = "1";
        var child = Process.Start(start) ?? throw new InvalidOperationException($"The silo of rank {rank} could not be started.");
        child.OutputDataReceived += static (_, _) => { };
        child.BeginOutputReadLine();
        return child;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
