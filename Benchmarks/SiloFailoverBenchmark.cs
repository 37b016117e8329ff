using System.Diagnostics;
using Rialto.Journal;
using Rialto.Tests.OnOrleans;

namespace Rialto.Benchmarks;

/// <summary>
/// What the loss of a leader costs when nodes are processes: three silos on PostgreSQL, and a front door that is their client. From the
/// fault to the first command that is acknowledged in a later epoch; the longest time until then in which nobody was acknowledged anything (a
/// leader that is told to end goes on until it hands the lead on), and within the second after it, whatever it was for; and how long the slowest
/// caller waited.
/// </summary>
internal static class SiloFailoverBenchmark
{
    private const int Ledgers = 24;
    private static readonly TimeSpan Frozen = TimeSpan.FromSeconds(5);

    /// <param name="faults">How many of each kind.</param>
    /// <param name="only">Which kind: <c>killed</c>, <c>terminated</c> or <c>frozen</c>; null for all.</param>
    public static async Task<int> RunAsync(int faults, string? only)
    {
        (string Kind, string What, Func<SiloProcesses, Task> Harm)[] kinds =
        [
            ("killed", "leader killed (kill -9)", cluster =>
            {
                cluster.Kill(3);
                return Task.CompletedTask;
            }),
            ("terminated", "leader terminated", cluster => cluster.TerminateAsync(3)),
            ("frozen", "leader frozen for 5 s, then woken", async cluster =>
            {
                cluster.Freeze(3);
                await Task.Delay(Frozen);
                cluster.Thaw(3);
                await cluster.EndOfAsync(3);
            }),
        ];
        var wanted = kinds.Where(kind => only is null || kind.Kind == only).ToList();
        if (wanted.Count == 0)
        {
            await Console.Error.WriteLineAsync($"--only is {only}; it is one of {string.Join(", ", kinds.Select(kind => kind.Kind))}.");
            return 2;
        }
        var table = new Table("three silo processes, PostgreSQL, 24 callers through a client", "faults", "p50 ms", "p99 ms", "worst ms", "gap p50 ms", "gap worst ms", "any gap ms", "slowest caller ms", "put out by mistake", "lost", "doubled", "problems");
        foreach (var (_, what, harm) in wanted) await MeasureAsync(table, what, faults, harm);
        return 0;
    }

    private static async Task MeasureAsync(Table table, string what, int faults, Func<SiloProcesses, Task> harm)
    {
        await using var cluster = await SiloProcesses.StartAsync();
        var load = new FailoverLoad(cluster.Engine, Ledgers);
        await load.StartAsync();
        var (times, gaps, longestGap, slowest, restarted) = (new List<double>(), new List<double>(), 0.0, 0.0, 0);
        for (var i = 0; i < faults; i++)
        {
            await cluster.UntilAsync("3 leads and all are well", view =>
            {
                restarted += cluster.RestartEnded();
                return view.Leader == new Rank(3) && view.Nodes.Count(node => node.State == "alive") == 3;
            });
            await Task.Delay(1_000);
            load.TakeWaits();
            var first = load.FirstAfter(cluster.Engine.ViewCluster().Epoch);
            var started = Stopwatch.GetTimestamp();
            var harmed = harm(cluster);
            await first.WaitAsync(TimeSpan.FromSeconds(30));
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await harmed;
            await Task.Delay(1_000);
            var waits = load.TakeWaits();
            Console.Error.WriteLine(FormattableString.Invariant($"{DateTime.UtcNow:HH:mm:ss} {what}: {times[^1]:0} ms; without an acknowledgement at the change {waits.ChangeGapMs:0} ms, at worst {waits.LongestGapMs:0} ms; slowest caller {waits.SlowestMs:0} ms"));
            gaps.Add(waits.ChangeGapMs);
            (longestGap, slowest) = (Math.Max(longestGap, waits.LongestGapMs), Math.Max(slowest, waits.SlowestMs));
            // Beside it there may be one that got no time of the processor for too long.
            restarted += cluster.RestartEnded() - 1;
        }
        await load.StopAsync();
        var (lost, doubled) = await load.CompareAsync(cluster.Engine.Journal);
        var verified = await JournalVerifier.VerifyAsync(cluster.Engine.Journal);
        times.Sort();
        gaps.Sort();
        table.Row(
            what, Table.Count(faults), Table.Ms(times[times.Count / 2]), Table.Ms(times[Math.Min(times.Count - 1, (int)(times.Count * 0.99))]), Table.Ms(times[^1]),
            Table.Ms(gaps[gaps.Count / 2]), Table.Ms(gaps[^1]), Table.Ms(longestGap), Table.Ms(slowest), Table.Count(restarted), Table.Count(lost), Table.Count(doubled), Table.Count(verified.ProblemsFound));
        if (Environment.GetEnvironmentVariable("RIALTO_TELL") is not null) Console.Error.WriteLine(cluster.Told());
    }
}
