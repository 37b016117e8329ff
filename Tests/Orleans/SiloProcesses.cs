using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Npgsql;
using Rialto.Grains.Engine;
using Rialto.Journal;
using Rialto.Journal.Postgres;
using Rialto.Runtime;
using Rialto.Silo.Cluster;
using Rialto.Tests.Support;

namespace Rialto.Tests.OnOrleans;

/// <summary>Three silos that are processes, on a database of their own, and a front door in this process. They are ended with the test.</summary>
internal sealed class SiloProcesses : IAsyncDisposable
{
    private const int SignalTerminate = 15, SignalStop = 19, SignalContinue = 18;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly SortedDictionary<int, Silo> _silos = [];
    private readonly LocalPostgres _postgres;
    private readonly string _database;
    private readonly string _name = $"test-{Guid.NewGuid():N}";
    private FrontDoorClient? _door;
    private PostgresJournal? _journal;

    private SiloProcesses(LocalPostgres postgres)
    {
        _postgres = postgres;
        _database = postgres.CreateDatabase();
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
    }

    private sealed class Silo(int rank)
    {
        public readonly int SiloPort = Ports.Free(), GatewayPort = Ports.Free(), HttpPort = Ports.Free();
        public readonly StringBuilder Told = new();
        public readonly int Rank = rank;
        public Process? Process;
    }

    public GatewayEngine Engine => _door!.Engine;

    public string Name => _name;

    public string ConnectionString => _database;

    /// <summary>Where a silo tells its health and shows the dashboard.</summary>
    public Uri AddressOf(int rank) => new($"http://127.0.0.1:{Text(_silos[rank].HttpPort)}");

    public static async Task<SiloProcesses> StartAsync(int nodes = 3, LocalPostgres? postgres = null)
    {
        var cluster = new SiloProcesses(postgres ?? LocalPostgres.Shared);
        try
        {
            for (var rank = 1; rank <= nodes; rank++) cluster._silos[rank] = new Silo(rank);
            foreach (var silo in cluster._silos.Values) cluster.Launch(silo);
            cluster._journal = await PostgresJournal.OpenAsync(cluster._database);
            cluster._door = await FrontDoorClient.StartAsync(new ClusterSettings { Postgres = cluster._database, Name = cluster._name }, cluster._journal, TimeProvider.System);
            // Where all start at once on a busy machine, one may get no turn for so long that the others put it out; its supervisor starts it again.
            await cluster.UntilAsync(
                "the highest leads and all are alive",
                view => cluster.RestartEnded() == 0 && view.Leader == new Rank(nodes) && view.Nodes.Count(node => node.State == "alive") == nodes);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL.</summary>
    public void Kill(int rank)
    {
        _silos[rank].Process!.Kill();
        _silos[rank].Process!.WaitForExit();
    }

    /// <summary>SIGTERM; returns the exit code once it has ended.</summary>
    public async Task<int> TerminateAsync(int rank)
    {
        Signal(rank, SignalTerminate);
        return await EndOfAsync(rank);
    }

    public void Freeze(int rank) => Signal(rank, SignalStop);

    public void Thaw(int rank) => Signal(rank, SignalContinue);

    /// <summary>Waits until a silo has ended by itself, and returns its exit code.</summary>
    public async Task<int> EndOfAsync(int rank)
    {
        using var patience = new CancellationTokenSource(Limit);
        await _silos[rank].Process!.WaitForExitAsync(patience.Token);
        return _silos[rank].Process!.ExitCode;
    }

    public bool HasEnded(int rank) => _silos[rank].Process!.HasExited;

    /// <summary>Starts a silo again that has ended.</summary>
    public void Restart(int rank) => Launch(_silos[rank]);

    /// <summary>Starts all silos again that have ended, as a supervisor would; returns how many.</summary>
    public int RestartEnded()
    {
        var ended = _silos.Keys.Where(HasEnded).ToList();
        ended.ForEach(Restart);
        return ended.Count;
    }

    /// <summary>Waits until the cluster is seen like this.</summary>
    public Task<ClusterView> UntilAsync(string what, Func<ClusterView, bool> condition) => Engine.UntilReadyAsync(what, condition, Limit, Told);

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        if (_door is not null) await _door.DisposeAsync();
        if (_journal is not null) await _journal.DisposeAsync();
        KillAll();
        NpgsqlConnection.ClearAllPools();
        _postgres.DropDatabase(_database);
    }

    /// <summary>What the silos said, for the message of a failure.</summary>
    public string Told()
    {
        var told = new StringBuilder();
        foreach (var silo in _silos.Values)
            lock (silo.Told) told.AppendLine().Append(CultureInfo.InvariantCulture, $"--- silo {silo.Rank}").AppendLine().Append(silo.Told);
        return told.ToString();
    }

    private void Launch(Silo silo)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Path.Combine(House.Root, "Silo", "bin", configuration, "net10.0", "Rialto.Silo.dll");
        var start = new ProcessStartInfo("dotnet",
        [
            program, "--rank", Text(silo.Rank), "--cluster", _name, "--address", "127.0.0.1", "--silo-port", Text(silo.SiloPort), "--gateway-port", Text(silo.GatewayPort),
            "--urls", $"http://127.0.0.1:{Text(silo.HttpPort)}",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var setting in start.Environment.Keys.Where(key => key.StartsWith("RIALTO_", StringComparison.OrdinalIgnoreCase)).ToList()) start.Environment.Remove(setting);
        start.Environment["RIALTO_POSTGRES"] = _database;
        silo.Process?.Dispose();
        silo.Process = Process.Start(start)!;
        silo.Process.OutputDataReceived += (_, line) => Keep(line.Data);
        silo.Process.ErrorDataReceived += (_, line) => Keep(line.Data);
        silo.Process.BeginOutputReadLine();
        silo.Process.BeginErrorReadLine();

        void Keep(string? line)
        {
            lock (silo.Told)
                if (line is not null) silo.Told.AppendLine(line);
        }
    }

    private void Signal(int rank, int signal)
    {
        if (SendSignal(_silos[rank].Process!.Id, signal) != 0) throw new InvalidOperationException($"Silo {rank} could not be signalled.{Told()}");
    }

    private void KillAtExit(object? sender, EventArgs e) => KillAll();

    private void KillAll()
    {
        foreach (var silo in _silos.Values)
            if (silo.Process is { HasExited: false }) Kill(silo.Rank);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
