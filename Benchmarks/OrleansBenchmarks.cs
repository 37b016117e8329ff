namespace Rialto.Benchmarks;

/// <summary>What is measured on Orleans.</summary>
internal static class OrleansBenchmarks
{
    public static async Task<int> RunFailoverAsync(int faults)
    {
        await SiloFailoverBenchmark.RunAsync(faults);
        return 0;
    }

    public static async Task<int> RunAsync(TimeSpan time)
    {
        await OrleansBenchmark.RunAsync(time);
        return 0;
    }
}
