using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;

namespace Rialto.Benchmarks;

/// <summary>One HTTP/1.1 connection that sends a request when it has the answer to the last: as little client as will do, since it shares the cores with the server.</summary>
internal sealed class HttpConnection(Socket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];

    public static async Task<HttpConnection> OpenAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new HttpConnection(socket);
    }

    /// <summary>An English auction of one's own, in which two bidders may outbid each other by a cent.</summary>
    public static async Task<string> OpenAuctionAsync(HttpClient http)
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
