using System.Diagnostics;
using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Files;
using Rialto.Journal.Memory;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Benchmarks;

/// <summary>
/// What the loss of a leader costs: under load, from the fault to the first command that is acknowledged in a later epoch. In the end
/// everything that was acknowledged is looked for in the journal, and the journal is verified.
/// </summary>
internal static class FailoverBenchmark
{
    private const int Ledgers = 24;

    public static async Task RunAsync(int faults)
    {
        var table = new Table("five virtual nodes, file journal, 24 callers", "faults", "p50 ms", "p99 ms", "worst ms", "refused", "lost", "doubled", "problems");
        foreach (var (profile, settings) in new[] { ("default settings", new NodeSettings()), ("fast profile", NodeSettings.Fast) })
        {
            await MeasureAsync(table, $"{profile}, leader crashes", settings, faults, NodeChange.Crash, NodeChange.Restart);
            await MeasureAsync(table, $"{profile}, leader freezes", settings, faults, NodeChange.Pause, NodeChange.Resume);
            await MeasureAsync(table, $"{profile}, election forced (handover)", settings, faults, null, null);
        }
    }

    private static async Task MeasureAsync(Table table, string what, NodeSettings protocol, int faults, NodeChange? harm, NodeChange? cure)
    {
        var folder = Directory.CreateTempSubdirectory("rialto-failover-");
        await using var journal = FileJournal.Open(Path.Combine(folder.FullName, "journal"));
        var cluster = await EmbeddedCluster.StartAsync(new EmbeddedSettings { Nodes = 5, Protocol = protocol }, journal, new MemoryCheckpoints(), TimeProvider.System);
        var load = new FailoverLoad(cluster, Ledgers);
        await load.StartAsync();
        var times = new List<double>();
        for (var i = 0; i < faults; i++)
        {
            var leader = await LeaderAsync(cluster);
            var first = load.FirstAfter(cluster.ViewCluster().Epoch);
            var started = Stopwatch.GetTimestamp();
            if (harm is { } fault) await cluster.ChangeNodeAsync(leader, fault);
            else await cluster.ElectAsync();
            await first.WaitAsync(TimeSpan.FromSeconds(30));
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (cure is { } remedy) await cluster.ChangeNodeAsync(leader, remedy);
        }
        await load.StopAsync();
        var refusedWrites = cluster.ViewCluster().RefusedWrites;
        await cluster.DisposeAsync();
        var (lost, doubled) = await load.CompareAsync(journal);
        var verified = await JournalVerifier.VerifyAsync(journal);
        times.Sort();
        table.Row(
            what, Table.Count(faults), Table.Ms(times[times.Count / 2]), Table.Ms(times[Math.Min(times.Count - 1, (int)(times.Count * 0.99))]), Table.Ms(times[^1]),
            Table.Count(refusedWrites), Table.Count(lost), Table.Count(doubled), Table.Count(verified.ProblemsFound));
        folder.Delete(recursive: true);
    }

    /// <summary>The highest, when it leads again and all are well.</summary>
    private static async Task<Rank> LeaderAsync(EmbeddedCluster cluster)
    {
        var limit = Stopwatch.StartNew();
        while (true)
        {
            var view = cluster.ViewCluster();
            if (view.Leader == view.Nodes[^1].Rank && cluster.NotReadyBecause is null && view.Nodes.All(node => node.State == "alive" && node.Lag < 1_000)) return view.Nodes[^1].Rank;
            if (limit.Elapsed > TimeSpan.FromSeconds(30)) throw new TimeoutException($"The cluster did not settle: {view}; {string.Join(", ", view.Nodes)}; {cluster.NotReadyBecause}");
            await Task.Delay(20);
        }
    }
}
