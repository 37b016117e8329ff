using Rialto.Tests.Support;

namespace Rialto.Benchmarks;

/// <summary>
/// Loopback HTTP: the real server in a process of its own, and closed-loop clients here, on the same cores. Durable bids: each
/// connection has an English auction of its own, in which two bidders outbid each other by a cent; every bid carries an idempotency key.
/// Reads: a stock at the dealer, with the front door's cache and without it, and an entity that has none.
/// </summary>
internal static class HttpBenchmark
{
    private const int Readers = 64;
    private const int ReadTurns = 3;
    private static readonly string[] Stocks = ["GameStart", "CICSorg", "Google", "Acorn", "BlueFin"];
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(TimeSpan time)
    {
        await BidAsync(time);
        Console.WriteLine();
        await ReadAsync(time);
    }

    /// <summary>
    /// Without the cache a lookup asks the stock itself, and that asks the leader whether it is still the newest; with it, neither is asked. All
    /// are measured in turns, and of each the middle turn counts, so that what else the machine does falls on all alike.
    /// </summary>
    private static async Task ReadAsync(TimeSpan time)
    {
        await using var without = await RialtoProcess.StartAsync("--cache-size", "0");
        await using var with = await RialtoProcess.StartAsync("--cache-size", "1000");
        (string What, int Port, Func<long, string> PathOf)[] kinds =
        [
            ("GET /stocks/{name}, --cache-size 0", without.Port, sent => $"/stocks/{Stocks[sent % Stocks.Length]}"),
            ("GET /stocks/{name}, --cache-size 1000", with.Port, sent => $"/stocks/{Stocks[sent % Stocks.Length]}"),
            ("GET of an account (linearizable)", with.Port, _ => "/api/ledgers/USD/accounts/ann"),
        ];
        var turns = kinds.Select(_ => new List<Measurement>()).ToList();
        for (var turn = 0; turn < ReadTurns; turn++)
            for (var kind = 0; kind < kinds.Length; kind++)
                turns[kind].Add(await ReadAsync(kinds[kind].Port, kinds[kind].PathOf, turn == 0 ? WarmUp : WarmUp / 6, time));

        var table = new Table("http, reads", "reads/s", "p50 ms", "p99 ms", "of no cache");
        var middle = turns.Select(measured => measured.OrderBy(one => one.PerSecond).ElementAt(ReadTurns / 2)).ToList();
        for (var kind = 0; kind < kinds.Length; kind++)
            table.Row(
                $"{kinds[kind].What}, {Readers} connections", Table.Count(middle[kind].PerSecond), Table.Ms(middle[kind].P50Ms), Table.Ms(middle[kind].P99Ms),
                Table.Ratio(middle[kind].PerSecond / middle[0].PerSecond));
    }

    private static async Task<Measurement> ReadAsync(int port, Func<long, string> pathOf, TimeSpan warmUp, TimeSpan time)
    {
        var connections = await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => HttpConnection.OpenAsync(port)));
        var measured = await Measurement.RunAsync(Readers, warmUp, time, (caller, sent) => connections[caller].GetAsync(pathOf(sent)));
        foreach (var connection in connections) connection.Dispose();
        return measured;
    }

    private static async Task BidAsync(TimeSpan time)
    {
        var table = new Table("http", "bids/s", "p50 ms", "p99 ms", "of 1-by-1");
        if (LocalPostgres.Unavailable is { } why)
        {
            Console.WriteLine(why);
            await MeasureAsync(table, "files", null, time, "--journal", "file");
            return;
        }
        await using var raw = await RawPostgres.OpenAsync(LocalPostgres.Shared.CreateDatabase());
        var oneByOne = await raw.OneByOneAsync(16, TimeSpan.FromSeconds(1), time);
        table.Row("PostgreSQL, raw: one insert per event, 16 connections", Table.Count(oneByOne.PerSecond), Table.Ms(oneByOne.P50Ms), Table.Ms(oneByOne.P99Ms), "");
        await MeasureAsync(table, "PostgreSQL", oneByOne, time, "--journal", "postgres", "--postgres", LocalPostgres.Shared.CreateDatabase());
        await MeasureAsync(table, "files", oneByOne, time, "--journal", "file");
    }

    private static async Task MeasureAsync(Table table, string home, Measurement? oneByOne, TimeSpan time, params string[] options)
    {
        await using var server = await RialtoProcess.StartAsync([.. options, "--sample", "false"]);
        using var http = new HttpClient { BaseAddress = new Uri(server.Address) };
        foreach (var connections in new[] { 16, 64, 256 })
        {
            var auctions = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => HttpConnection.OpenAuctionAsync(http)));
            var sockets = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => HttpConnection.OpenAsync(server.Port)));
            var measured = await Measurement.RunAsync(connections, WarmUp, time, (caller, sent) => sockets[caller].BidAsync(auctions[caller], sent));
            foreach (var socket in sockets) socket.Dispose();
            table.Row(
                $"{home}, {connections} connections", Table.Count(measured.PerSecond), Table.Ms(measured.P50Ms), Table.Ms(measured.P99Ms),
                oneByOne is null ? "" : Table.Ratio(measured.PerSecond / oneByOne.PerSecond));
        }
    }
}
