namespace Rialto.Benchmarks;

/// <summary>This program was built without Orleans, because the package source could not supply it.</summary>
internal static class OrleansBenchmarks
{
    public static async Task<int> RunFailoverAsync(int faults, string? only)
    {
        await Console.Error.WriteLineAsync($"The {faults} faults ({only ?? "of every kind"}) need silos, and this program was built without Orleans, because the package source could not supply it.");
        return 2;
    }

    public static async Task<int> RunAsync(TimeSpan time)
    {
        await Console.Error.WriteLineAsync($"There is nothing to measure for {time}: this program was built without Orleans, because the package source could not supply it.");
        return 2;
    }
}
