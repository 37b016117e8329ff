using System.Globalization;

namespace Rialto.Simulation;

/// <summary>Prints one run so that a person can follow it.</summary>
internal static class SingleRun
{
    public static int PrintHash(RunPlan plan)
    {
        Console.WriteLine($"{SimulatedRun.Execute(plan).TraceHash:x16}");
        return 0;
    }

    public static int Print(RunPlan plan)
    {
        var result = SimulatedRun.Execute(plan);
        foreach (var line in result.Trace.Lines)
            Console.WriteLine($"{Trace.Time(line.AtUs)}  {(line.Node is { } node ? string.Create(CultureInfo.InvariantCulture, $"node {node,-3}") : "        ")}{line.Text}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nseed {plan.Seed}, trace {result.TraceHash:x16}, {result.Events} events, {result.Commands} answers, {result.Epochs} epochs"));
        if (result.Broken.Count == 0) return 0;
        Console.Error.WriteLine(ManyRuns.Explain(result));
        return 1;
    }
}
