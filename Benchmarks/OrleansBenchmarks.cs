namespace Rialto.Benchmarks;

/// <summary>What is measured on Orleans.</summary>
internal static class OrleansBenchmarks
{
    public static Task<int> RunFailoverAsync(int faults, string? only) => SiloFailoverBenchmark.RunAsync(faults, only);

    public static async Task<int> RunAsync(TimeSpan time)
    {
        await OrleansBenchmark.RunAsync(time);
        return 0;
    }
}
