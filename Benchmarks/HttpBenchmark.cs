using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
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
            var auctions = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => OpenAuctionAsync(http)));
            var sockets = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => HttpConnection.OpenAsync(server.Port)));
            var measured = await Measurement.RunAsync(connections, WarmUp, time, (caller, sent) => sockets[caller].BidAsync(auctions[caller], sent));
            foreach (var socket in sockets) socket.Dispose();
            table.Row(
                $"{home}, {connections} connections", Table.Count(measured.PerSecond), Table.Ms(measured.P50Ms), Table.Ms(measured.P99Ms),
                oneByOne is null ? "" : Table.Ratio(measured.PerSecond / oneByOne.PerSecond));
        }
    }

    private static async Task<string> OpenAuctionAsync(HttpClient http)
    {
        var body = """{"item":"Violin","format":"english","minimumBid":0.01,"increment":0.01,"minimumBidders":1,"closesInSeconds":86400}""";
        var created = await PostAsync(http, "/api/auctions", "seller", body);
        var id = created.GetProperty("id").GetString()!;
        foreach (var bidder in new[] { "ann", "bob" }) await PostAsync(http, $"/api/auctions/{id}/join", bidder, "{}");
        return id;
    }

    private static async Task<System.Text.Json.JsonElement> PostAsync(HttpClient http, string path, string actor, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Rialto-Actor", actor);
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>();
    }

    /// <summary>One HTTP/1.1 connection that sends a request when it has the answer to the last: as little client as will do, since it shares the cores with the server.</summary>
    private sealed class HttpConnection(Socket socket) : IDisposable
    {
        private readonly byte[] _buffer = new byte[16 * 1024];
        private readonly string _run = Guid.NewGuid().ToString("N")[..8];

        public static async Task<HttpConnection> OpenAsync(int port)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return new HttpConnection(socket);
        }

        public Task BidAsync(string auction, long sent)
        {
            var body = string.Create(CultureInfo.InvariantCulture, $"{{\"amount\":{(sent + 1) / 100}.{(sent + 1) % 100:00}}}");
            return SendAsync(string.Create(CultureInfo.InvariantCulture,
                $"POST /api/auctions/{auction}/bids HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Rialto-Actor: {(sent % 2 == 0 ? "ann" : "bob")}\r\nIdempotency-Key: {_run}-{sent}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        }

        public Task GetAsync(string path) => SendAsync($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");

        public void Dispose() => socket.Dispose();

        private async Task SendAsync(string request)
        {
            await socket.SendAsync(_buffer.AsMemory(0, Encoding.ASCII.GetBytes(request, _buffer)));
            var read = 0;
            while (true)
            {
                var more = await socket.ReceiveAsync(_buffer.AsMemory(read));
                if (more == 0) throw new IOException("The server closed the connection.");
                read += more;
                if (Length(_buffer.AsSpan(0, read)) is not { } whole || read < whole) continue;
                if (!_buffer.AsSpan().StartsWith("HTTP/1.1 20"u8)) throw new InvalidOperationException(Encoding.UTF8.GetString(_buffer, 0, read));
                return;
            }
        }

        /// <summary>The length of the whole answer once its head is there.</summary>
        private static int? Length(ReadOnlySpan<byte> answer)
        {
            var head = answer.IndexOf("\r\n\r\n"u8);
            if (head < 0) return null;
            var field = answer[..head].IndexOf("Content-Length: "u8);
            if (field < 0) throw new InvalidOperationException("An answer without Content-Length.");
            var digits = answer[(field + 16)..head];
            var end = digits.IndexOf((byte)'\r');
            return head + 4 + int.Parse(end < 0 ? digits : digits[..end], CultureInfo.InvariantCulture);
        }
    }
}
