namespace Rialto.Benchmarks;

/// <summary>This program was built without Orleans, because the package source could not supply it.</summary>
internal static class OrleansBenchmarks
{
    public static async Task<int> RunFailoverAsync(int faults)
    {
        await Console.Error.WriteLineAsync($"The {faults} faults need silos, and this program was built without Orleans, because the package source could not supply it.");
        return 2;
    }
}
