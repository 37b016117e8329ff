using Rialto.Tests.Support;

namespace Rialto.Benchmarks;

/// <summary>
/// The two engines beside each other, over HTTP on PostgreSQL, and if one is named an earlier version of the embedded one: three virtual nodes
/// in one process; and three silo processes with a front door. Durable bids as in <see cref="HttpBenchmark"/>. All are measured in turns, and of
/// each the middle turn counts. A request that is not answered with success counts as failed, and its caller goes on.
/// </summary>
internal static class EnginesBenchmark
{
    private const int Turns = 3;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    /// <param name="time">How long each row is measured in each turn.</param>
    /// <param name="earlier">The folder of an earlier version, built in Release; null for none.</param>
    public static async Task RunAsync(TimeSpan time, string? earlier)
    {
        if (LocalPostgres.Unavailable is { } why)
        {
            Console.WriteLine(why);
            return;
        }
        await using var embedded = await StartAsync(House.Root, "embedded");
        await using var orleans = await StartAsync(House.Root, "orleans");
        await using var before = earlier is null ? null : await StartAsync(earlier, "embedded");
        (string What, RialtoProcess? Server)[] kinds = [("embedded", embedded), ("Orleans: three silo processes and a front door", orleans), ("embedded, the earlier version", before)];
        var table = new Table("bids over HTTP, PostgreSQL", "bids/s", "p50 ms", "p99 ms", "failed", "of embedded");
        foreach (var callers in new[] { 1, 64, 256 })
        {
            var turns = kinds.ToDictionary(kind => kind.What, _ => new List<(Measurement Measured, long Failed)>());
            for (var turn = 0; turn < Turns; turn++)
                foreach (var (what, server) in kinds)
                    if (server is not null) turns[what].Add(await MeasureAsync(server, callers, time));
            var middle = turns.Where(kind => kind.Value.Count > 0).ToDictionary(kind => kind.Key, kind => kind.Value.OrderBy(one => one.Measured.PerSecond).ElementAt(Turns / 2).Measured);
            foreach (var (what, measured) in middle)
                table.Row(
                    $"{what}, {callers} callers", Table.Count(measured.PerSecond), Table.Ms(measured.P50Ms), Table.Ms(measured.P99Ms), Table.Count(turns[what].Sum(one => one.Failed)),
                    Table.Ratio(measured.PerSecond / middle["embedded"].PerSecond));
        }
        await orleans.TerminateAsync();
    }

    private static Task<RialtoProcess> StartAsync(string sources, string engine) =>
        RialtoProcess.StartFromAsync(sources, "--engine", engine, "--nodes", "3", "--journal", "postgres", "--postgres", LocalPostgres.Shared.CreateDatabase(), "--sample", "false");

    private static async Task<(Measurement Measured, long Failed)> MeasureAsync(RialtoProcess server, int callers, TimeSpan time)
    {
        var auctions = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => HttpConnection.OpenAuctionAsync(server.Http)));
        var sockets = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => HttpConnection.OpenAsync(server.Port)));
        var failed = 0L;
        var measured = await Measurement.RunAsync(callers, WarmUp, time, async (caller, sent) =>
        {
            try
            {
                await sockets[caller].BidAsync(auctions[caller], sent);
            }
            catch (InvalidOperationException)
            {
                Interlocked.Increment(ref failed);
            }
        });
        foreach (var socket in sockets) socket.Dispose();
        return (measured, failed);
    }
}
