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

    private static string TextOf(TraceMessage message) => string.Create(CultureInfo.InvariantCulture,
        $"   {message.From} -> {message.To}  {message.Text}{(message.ArrivesUs is { } at ? $", arrives {(at - message.SentUs) / 1_000.0:0.0} ms later" : ": LOST")}");

    public static int Print(RunPlan plan)
    {
        var result = SimulatedRun.Execute(plan);
        var lines = result.Trace.Lines.Select(line => (line.AtUs, Text: line.Node is { } node ? string.Create(CultureInfo.InvariantCulture, $"node {node,-3}{line.Text}") : $"        {line.Text}"))
            .Concat(result.Trace.Messages.Where(SequenceChart.IsAboutLeading).Select(message => (AtUs: message.SentUs, Text: TextOf(message))));
        foreach (var (atUs, text) in lines.OrderBy(line => line.AtUs)) Console.WriteLine($"{Trace.Time(atUs)}  {text}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nseed {plan.Seed}, trace {result.TraceHash:x16}, {result.Events} events, {result.Commands} answers, {result.Epochs} epochs"));
        var chart = string.Create(CultureInfo.InvariantCulture, $"trace-{plan.Seed}.html");
        File.WriteAllText(chart, SequenceChart.Draw(result));
        Console.WriteLine($"The chart of its faults and elections is in {Path.GetFullPath(chart)}.");
        if (result.Broken.Count == 0) return 0;
        Console.Error.WriteLine(ManyRuns.Explain(result));
        return 1;
    }
}
