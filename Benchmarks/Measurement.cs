using System.Buffers.Binary;
using System.Diagnostics;
using Rialto.Journal;

namespace Rialto.Benchmarks;

/// <summary>What one measurement gave: how many operations in what time, and how long single ones took.</summary>
internal sealed record Measurement(long Operations, TimeSpan Elapsed, double P50Ms, double P99Ms)
{
    private static readonly long Run = Random.Shared.NextInt64();
    private static long _ids;

    public double PerSecond => Operations / Elapsed.TotalSeconds;

    /// <summary>A command id that no other has. A random one is read from the kernel, and callers would take part of the machine for that.</summary>
    public static CommandId NextId()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Run);
        // Spread as random ones are.
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], unchecked(Interlocked.Increment(ref _ids) * (long)0x9E3779B97F4A7C15));
        return new CommandId(new Guid(bytes));
    }

    /// <summary>
    /// Runs closed-loop callers: each sends its next operation when it has the answer to its last. After the warm-up, counts for the given time.
    /// </summary>
    /// <param name="callers">How many at once.</param>
    /// <param name="warmUp">Not counted.</param>
    /// <param name="time">Counted.</param>
    /// <param name="operation">One operation of a caller: its number, and how many it has sent before.</param>
    public static async Task<Measurement> RunAsync(int callers, TimeSpan warmUp, TimeSpan time, Func<int, long, Task> operation)
    {
        var counting = false;
        var stop = false;
        var tasks = new Task<List<long>>[callers];
        for (var caller = 0; caller < callers; caller++)
        {
            var number = caller;
            tasks[caller] = Task.Run(async () =>
            {
                var ticks = new List<long>(1 << 14);
                for (var sent = 0L; !Volatile.Read(ref stop); sent++)
                {
                    var started = Stopwatch.GetTimestamp();
                    await operation(number, sent);
                    if (Volatile.Read(ref counting)) ticks.Add(Stopwatch.GetTimestamp() - started);
                }
                return ticks;
            });
        }
        await Task.Delay(warmUp);
        var watch = Stopwatch.StartNew();
        Volatile.Write(ref counting, true);
        await Task.Delay(time);
        Volatile.Write(ref counting, false);
        watch.Stop();
        Volatile.Write(ref stop, true);
        var all = (await Task.WhenAll(tasks)).SelectMany(ticks => ticks).Order().ToArray();
        return new Measurement(all.Length, watch.Elapsed, Percentile(all, 0.50), Percentile(all, 0.99));
    }

    private static double Percentile(long[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)] * 1_000.0 / Stopwatch.Frequency;
}
