using System.Globalization;

namespace Rialto.Simulation;

/// <summary>
/// How many messages nodes exchange: at rest and under load, in clusters of several sizes; and how long it takes until all follow one leader
/// after faults. In virtual time, so the figures are the same on every machine.
/// </summary>
internal static class MessageTable
{
    private static readonly int[] Sizes = [5, 20, 100];

    /// <summary>What was counted in one cluster.</summary>
    /// <param name="Nodes">How many nodes.</param>
    /// <param name="RestPerSecond">Messages per second with no client.</param>
    /// <param name="LoadPerSecond">Messages per second under load.</param>
    /// <param name="EventsPerSecond">Events per second of that load.</param>
    /// <param name="Faulty">A run with faults of the network and of nodes.</param>
    internal sealed record Size(int Nodes, double RestPerSecond, double LoadPerSecond, double EventsPerSecond, RunResult Faulty);

    public static int Print()
    {
        Console.WriteLine("| nodes | messages/s at rest | a node | messages/s under load | events/s then | after faults: epochs | one leader, all well after |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        var isBroken = false;
        foreach (var nodes in Sizes)
        {
            var size = Measure(nodes);
            isBroken |= size.Faulty.Broken.Count > 0;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {nodes} | {size.RestPerSecond:0} | {size.RestPerSecond / nodes:0.0} | {size.LoadPerSecond:0} | {size.EventsPerSecond:0} | {size.Faulty.Epochs} | {size.Faulty.WellAfterMs?.ToString(CultureInfo.InvariantCulture) ?? "never"} ms |"));
            if (size.Faulty.Broken.Count > 0) Console.Error.WriteLine(ManyRuns.Explain(size.Faulty));
        }
        return isBroken ? 1 : 0;
    }

    /// <summary>Measures a cluster.</summary>
    public static Size Measure(int nodes)
    {
        var plan = new RunPlan { Seed = 1, Nodes = nodes, Faults = FaultKinds.None, RunMs = 20_000 };
        var rest = SimulatedRun.Execute(plan with { ThinkMs = 0 });
        var load = SimulatedRun.Execute(plan with { ThinkMs = 100 });
        var faulty = SimulatedRun.Execute(plan with { Faults = FaultKinds.Network | FaultKinds.Nodes, RunMs = 40_000 });
        return new Size(nodes, SteadyPerSecond(rest), SteadyPerSecond(load), load.Events * 1_000.0 / load.VirtualMs, faulty);
    }

    private static double SteadyPerSecond(RunResult run) => run.SteadyMessages * 1_000.0 / (run.Plan.FaultsUntilMs - run.Plan.RunMs / 4);
}
