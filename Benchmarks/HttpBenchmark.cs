namespace Rialto.Benchmarks;
internal static class HttpBenchmark { public static Task RunAsync(TimeSpan time) => Task.CompletedTask; }
