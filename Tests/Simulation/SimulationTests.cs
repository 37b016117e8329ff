using System.Diagnostics;
using System.Globalization;
using Rialto.Simulation;
using Rialto.Tests.Support;

namespace Rialto.Tests.Simulation;

/// <summary>The whole cluster in virtual time. RIALTO_SEEDS sets how many seeds are run.</summary>
public class SimulationTests
{
    private static readonly int Seeds = int.Parse(Environment.GetEnvironmentVariable("RIALTO_SEEDS") is { Length: > 0 } text ? text : "40", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("all")]
    [InlineData("network")]
    [InlineData("nodes")]
    [InlineData("disk")]
    [InlineData("none")]
    public void All_promises_hold_through_faults_and_progress_returns_after_them(string faults)
    {
        var seeds = faults == "all" ? Seeds : Math.Max(1, Seeds / 10);
        var broken = Runs(seeds, Options.Parse(["--faults", faults]).Faults, Bug.None).Where(run => run.Broken.Count > 0).Select(ManyRuns.Explain).ToList();
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [Fact]
    public void A_run_meets_faults_of_every_kind_and_goes_on_through_elections()
    {
        var runs = Runs(10, FaultKinds.All, Bug.None);
        var faults = runs.SelectMany(run => run.Faults.Counts).Select(fault => fault.Key.Split(':')[0]).Distinct();
        Assert.Equal(["disk", "network", "nodes"], faults.Order(StringComparer.Ordinal));
        Assert.All(runs, run => Assert.True(run.Events > 100 && run.Commands > 100, $"seed {run.Plan.Seed}: {run.Events} events, {run.Commands} answers"));
        Assert.True(runs.Sum(run => run.Epochs) > 2 * runs.Count, "hardly an election was held");
    }

    [Fact]
    public void The_same_seed_is_the_same_run_in_another_process()
    {
        var here = SimulatedRun.Execute(RunPlan.For(7, 5, FaultKinds.All));
        Assert.Equal($"{here.TraceHash:x16}", TraceInAnotherProcess("7"));
        Assert.NotEqual(here.TraceHash, SimulatedRun.Execute(RunPlan.For(8, 5, FaultKinds.All)).TraceHash);
    }

    [Fact]
    public void A_run_that_is_traced_is_the_same_run()
    {
        var plain = SimulatedRun.Execute(RunPlan.For(3, 5, FaultKinds.All));
        var traced = SimulatedRun.Execute(RunPlan.For(3, 5, FaultKinds.All, keepTrace: true));
        Assert.Equal(plain.TraceHash, traced.TraceHash);
        Assert.NotEmpty(traced.Trace.Lines);
    }

    [Fact]
    public void Messages_grow_with_the_nodes_and_not_with_their_square_and_one_leads_after_faults()
    {
        var (few, many) = (MessageTable.Measure(5), MessageTable.Measure(20));
        Assert.True(many.RestPerSecond / many.Nodes < 2 * few.RestPerSecond / few.Nodes, $"{few.RestPerSecond} messages a second in a cluster of 5, {many.RestPerSecond} in one of 20");
        Assert.All([few, many], size => Assert.Empty(size.Faulty.Broken));
        Assert.All([few, many], size => Assert.NotNull(size.Faulty.WellAfterMs));
    }

    public static TheoryData<string> Mistakes => [.. Bugs.All.Select(Bugs.NameOf)];

    /// <summary>Who trusts a simulator has seen it find something.</summary>
    [Theory, MemberData(nameof(Mistakes))]
    public void A_bug_that_is_made_on_purpose_is_found_within_two_hundred_seeds(string name)
    {
        var bug = Bugs.All.First(bug => Bugs.NameOf(bug) == name);
        for (ulong seed = 1; seed <= 200; seed++)
            if (SimulatedRun.Execute(RunPlan.For(seed, 5, FaultKinds.All, bug)).Broken.Count > 0) return;
        Assert.Fail($"No promise was broken in 200 seeds though there was the bug {name}.");
    }

    private static List<RunResult> Runs(int seeds, FaultKinds faults, Bug bug)
    {
        var results = new RunResult[seeds];
        var next = 0;
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            for (int seed; (seed = Interlocked.Increment(ref next)) <= seeds;) results[seed - 1] = SimulatedRun.Execute(RunPlan.For((ulong)seed, 5, faults, bug));
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return [.. results];
    }

    private static string TraceInAnotherProcess(string seed)
    {
        var program = Path.Combine(House.Root, "Simulation", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "Rialto.Simulation.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, "--seed", seed, "--hash"]) { RedirectStandardOutput = true })!;
        var printed = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return printed.Trim();
    }
}
