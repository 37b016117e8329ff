using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Rialto.Tests.Support;
using Xunit.Abstractions;

namespace Rialto.Tests.Api;

/// <summary>
/// Whatever comes in over the wire, also what no HTTP client would send and what is no HTTP at all, the answer is a refusal that can be read:
/// 4xx, a problem document, a code; never 5xx, and nothing is written. Requests are made from a seed and a number, so that one that fails can
/// be made again. Requests: RIALTO_FUZZ_REQUESTS. The same ones again: RIALTO_SEED.
/// </summary>
public class WireFuzzTests(ITestOutputHelper output)
{
    private const int Connections = 8;

    [Fact]
    public async Task Malformed_oversized_wrongly_typed_and_out_of_range_requests_are_refused_and_change_nothing()
    {
        _ = SmallRandom.FromEnvironment(out var seed);
        var requests = long.Parse(Environment.GetEnvironmentVariable("RIALTO_FUZZ_REQUESTS") ?? "3000", CultureInfo.InvariantCulture);
        output.WriteLine($"seed {seed}, {requests} requests");
        await using var server = await RialtoProcess.StartAsync();
        var auctions = (await server.As(null).GetAsync("/api/auctions")).Ok().Items().Select(auction => auction.Word("id")!).ToList();
        var before = await EndAsync(server);

        long next = 0;
        var codes = new Dictionary<string, long>();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            using var wire = new Wire(server.Port);
            for (var number = Interlocked.Increment(ref next); number <= requests; number = Interlocked.Increment(ref next))
            {
                var request = new Nonsense(new SmallRandom(seed + ((ulong)number * 0x9E3779B9)), auctions).Make();
                var code = await AskAsync(wire, request, $"seed {seed}, request {number}");
                lock (codes) codes[code] = codes.GetValueOrDefault(code) + 1;
            }
        })));

        foreach (var (code, count) in codes.OrderByDescending(entry => entry.Value)) output.WriteLine($"{count,8} {code}");
        Assert.Equal(before, await EndAsync(server));
        (await server.As(null).GetAsync("/health/ready")).Ok();
        Assert.DoesNotContain("fail:", server.Errors);
    }

    /// <summary>Sends a request and checks that it is refused; its code.</summary>
    private static async Task<string> AskAsync(Wire wire, NonsenseRequest request, string which)
    {
        var (status, contentType, body) = await wire.AskAsync(request);
        var told = $"{which}: {request} was answered {status} {contentType} {body}";
        Assert.True(status is >= 400 and < 500, told);
        Assert.True(contentType == "application/problem+json", told);
        using var problem = JsonDocument.Parse(body);
        Assert.True(problem.RootElement.GetProperty("status").GetInt32() == status, told);
        Assert.False(string.IsNullOrEmpty(problem.RootElement.GetProperty("detail").GetString()), told);
        return problem.RootElement.GetProperty("code").GetString() is { Length: > 0 } code ? code : throw new Xunit.Sdk.XunitException(told);
    }

    private static async Task<long> EndAsync(RialtoProcess server) => (await server.As("operator").GetAsync("/api/journal/verify")).Ok().Number("events");
}

/// <summary>A request that must be refused.</summary>
internal sealed record NonsenseRequest(string Method, string Path, IReadOnlyList<string> Headers, byte[] Body, bool IsNoHttp = false, bool IsChunked = false)
{
    public byte[] ToBytes()
    {
        if (IsNoHttp) return Body;
        var head = new StringBuilder($"{Method} {Path} HTTP/1.1\r\nHost: localhost\r\n");
        foreach (var header in Headers) head.Append(header).Append("\r\n");
        if (IsChunked) head.Append("Transfer-Encoding: chunked\r\n");
        else if (Body.Length > 0 || Method == "POST") head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length}\r\n");
        head.Append("\r\n");
        byte[] body = IsChunked && Body.Length > 0
            ? [.. Encoding.ASCII.GetBytes(Body.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), .. Body, .. "\r\n0\r\n\r\n"u8]
            : IsChunked ? [.. "0\r\n\r\n"u8] : Body;
        return [.. Encoding.Latin1.GetBytes(head.ToString()), .. body];
    }

    public override string ToString()
    {
        var bytes = ToBytes();
        return Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, 600));
    }
}

/// <summary>Makes requests each of which is wrong in a way that is known, so that a yes to any of them is a fault.</summary>
internal sealed class Nonsense(SmallRandom chance, IReadOnlyList<string> auctions)
{
    /// <summary>A write, the fields of its body, and a body that its form would allow.</summary>
    private sealed record Target(string Path, string Valid, params (string Name, Kind Kind, bool Required)[] Fields);

    private enum Kind
    {
        Text,
        Number,
        Whole,
        Flag,
        Side,
        List,
    }

    private static readonly string[] WrongPlaces = ["/", "/api", "/api/nothing", "/api/auction", "/api/ledgers/USD/accounts/ann/balance", "/api/book", "/health", "/docs/none.js", "/openapi/v9.json", "/api/journal/x"];
    private static readonly string[] WrongNumbers = ["1e400", "-1e400", "99999999999999999999999999", "1e-30", "0.00000000000000000000000001", "1e308", "123456789012345678901234567890.123", "1E+99999999999", "10000000000000000"];
    private static readonly string[] WrongQueryNumbers = ["-1", "a", "1.5", "", "99999999999999999999", "0x10", "1e3", "%20", "%00", "null", "+1"];

    public NonsenseRequest Make() => chance.Between(0, 12) switch
    {
        0 => BrokenJson(),
        1 => WrongType(),
        2 => UnknownField(),
        3 => MissingField(),
        4 => OutOfRange(),
        5 => TwiceTheSame(),
        6 => BadHeaders(),
        7 => BadQuery(),
        8 => NoSuchThing(),
        9 => Oversized(),
        10 => NotNow(),
        _ => BadHttp(),
    };

    private Target AnyTarget()
    {
        var auction = "/api/auctions/" + chance.Pick(auctions);
        return chance.Between(0, 6) switch
        {
            0 => new("/api/auctions", """{"item":"Violin","minimumBid":10,"minimumRounds":2}""",
                ("item", Kind.Text, true), ("format", Kind.Text, false), ("minimumBid", Kind.Number, false), ("minimumRounds", Kind.Whole, false), ("minimumBidders", Kind.Whole, false),
                ("roundSeconds", Kind.Whole, false), ("startTimeoutSeconds", Kind.Whole, false), ("asset", Kind.Text, false), ("reserve", Kind.Number, false), ("closesInSeconds", Kind.Whole, false)),
            1 => new(auction + "/bids", """{"amount":12.50}""", ("amount", Kind.Number, true), ("maximum", Kind.Number, false)),
            2 => new("/api/ledgers", """{"asset":"SALT","scale":2}""", ("asset", Kind.Text, true), ("scale", Kind.Whole, false)),
            3 => new("/api/ledgers/USD/accounts", """{"account":"dora","initial":1}""", ("account", Kind.Text, true), ("initial", Kind.Number, false), ("limit", Kind.Number, false)),
            4 => new("/api/ledgers/USD/transfers", """{"debit":"ann","credit":"bob","amount":1}""",
                ("debit", Kind.Text, true), ("credit", Kind.Text, true), ("amount", Kind.Number, true), ("pending", Kind.Flag, false), ("expiresInSeconds", Kind.Whole, false),
                ("memo", Kind.Text, false), ("linked", Kind.List, false)),
            _ => new("/api/ledgers/USD/proposals", """{"side":"sell","counterparty":"bob","amount":1,"account":"ann"}""",
                ("side", Kind.Side, true), ("counterparty", Kind.Text, true), ("amount", Kind.Number, true), ("account", Kind.Text, false), ("autoAccept", Kind.Flag, false)),
        };
    }

    private NonsenseRequest Post(string path, string body) => Post(path, Encoding.UTF8.GetBytes(body));

    private NonsenseRequest Post(string path, byte[] body)
    {
        var headers = new List<string> { "X-Rialto-Actor: ann", "Content-Type: application/json" };
        if (chance.Between(0, 3) == 0) headers.Add($"Idempotency-Key: {chance.Next64():x}");
        return new NonsenseRequest("POST", path, headers, body, IsChunked: chance.Between(0, 5) == 0);
    }

    private NonsenseRequest BrokenJson()
    {
        var target = AnyTarget();
        var valid = Encoding.UTF8.GetBytes(target.Valid);
        switch (chance.Between(0, 8))
        {
            case 0: return Post(target.Path, valid[..chance.Between(0, valid.Length)]);
            case 1: return Post(target.Path, [.. valid, .. "]"u8]);
            case 2: return Post(target.Path, chance.Pick(["[]", "null", "1", "\"x\"", "true", "[{}]", "{,}", "{\"a\"}", "nul", "{'item':1}", "{\"item\":\"a\",}", "\u00a0{}x", "{}{}", "// {}\n{}"]));
            case 3: return Post(target.Path, new string('[', chance.Between(1, 5000)));
            case 4: return Post(target.Path, string.Concat(Enumerable.Repeat("{\"item\":", chance.Between(2, 2000))));
            case 5:
                // A byte that is no UTF-8, within a text.
                return Post(target.Path, [.. Encoding.UTF8.GetBytes($"{{\"{target.Fields[0].Name}\":\"a"), (byte)chance.Between(0x80, 0xC0), .. "\"}"u8]);
            case 6: return Post(target.Path, [.. "\ufeff"u8, .. valid]);
            default:
                var noise = new byte[chance.Between(1, 300)];
                for (var i = 0; i < noise.Length; i++) noise[i] = (byte)chance.Next64();
                noise[0] = (byte)'%';
                return Post(target.Path, noise);
        }
    }

    private NonsenseRequest WrongType()
    {
        var target = AnyTarget();
        var (name, kind, _) = chance.Pick(target.Fields);
        return Post(target.Path, With(target, name, chance.Pick(kind switch
        {
            Kind.Text => ["1", "true", "{}", "[]", "[\"a\"]", "1.5"],
            Kind.Number => ["\"1\"", "true", "{}", "[1]", "\"NaN\"", "\"\""],
            Kind.Whole => ["\"1\"", "1.5", "true", "{}", "[]", "1e0"],
            Kind.Flag => ["\"true\"", "1", "0", "{}", "[]"],
            Kind.Side => ["\"Sell\"", "\"both\"", "0", "1", "null", "true", "\"\"", "{}"],
            _ => new[] { "{}", "1", "\"a\"", "[1]", "[null]", "[[]]", "[{}]", "true" },
        })));
    }

    private NonsenseRequest UnknownField()
    {
        var target = AnyTarget();
        var name = chance.Pick(["Amount", "ITEM", "amount ", "__proto__", "$type", "id", "x", "", "seq", "émile", new string('a', 3000)]);
        return Post(target.Path, With(target, name, chance.Pick(["1", "null", "\"a\"", "{\"a\":[1,2,{}]}"])));
    }

    private NonsenseRequest MissingField()
    {
        var target = AnyTarget();
        var (missing, _, _) = chance.Pick(target.Fields.Where(field => field.Required).ToList());
        using var document = JsonDocument.Parse(target.Valid);
        var rest = document.RootElement.EnumerateObject().Where(field => field.Name != missing).Select(field => $"\"{field.Name}\":{field.Value.GetRawText()}");
        return Post(target.Path, $"{{{string.Join(',', rest)}}}");
    }

    private NonsenseRequest OutOfRange()
    {
        var target = AnyTarget();
        var (name, kind, _) = chance.Pick(target.Fields.Where(field => field.Kind is Kind.Number or Kind.Whole or Kind.Text).ToList());
        var value = kind switch
        {
            Kind.Number => chance.Pick([.. WrongNumbers, "-1", "0.001", "-0.01"]),
            Kind.Whole => chance.Pick(["-1", "2147483647", "-2147483648", "99999999999999999999", "2147483648"]),
            _ => $"\"{chance.Pick(["\\u0000", new string('x', 201), "a\\nb", "\\ud800", "\\udc00\\ud800", "\\u0007", new string('\u00fc', 400)])}\"",
        };
        return Post(target.Path, With(target, name, value));
    }

    private NonsenseRequest TwiceTheSame()
    {
        var target = AnyTarget();
        using var document = JsonDocument.Parse(target.Valid);
        var field = chance.Pick(document.RootElement.EnumerateObject().ToList());
        return Post(target.Path, $"{target.Valid[..^1]},\"{field.Name}\":{field.Value.GetRawText()}}}");
    }

    private NonsenseRequest BadHeaders()
    {
        var target = AnyTarget();
        var body = Encoding.UTF8.GetBytes(target.Valid);
        string[] headers = chance.Between(0, 6) switch
        {
            0 => ["Content-Type: application/json"],
            1 => [$"X-Rialto-Actor: {chance.Pick(["a b", new string('x', 65), "ann,bob", "ann/bob", "\u00e9", "<ann>", "", "a\tb", "%61nn", "\"ann\""])}", "Content-Type: application/json"],
            2 => ["X-Rialto-Actor: ann", "X-Rialto-Actor: bob", "Content-Type: application/json"],
            3 => ["X-Rialto-Actor: ann", "Content-Type: application/json", $"Idempotency-Key: {chance.Pick([new string('k', 129), "", "a\tb", new string('k', 8000)])}"],
            4 => ["X-Rialto-Actor: ann", "Content-Type: application/json", "Idempotency-Key: a", "Idempotency-Key: b"],
            _ => ["X-Rialto-Actor: ann", $"Content-Type: {chance.Pick(["", "text/plain", "application/xml", "application/json; charset=utf-16", "application/x-www-form-urlencoded", "nonsense", "application/jsonx", "json"])}"],
        };
        return new NonsenseRequest("POST", target.Path, headers, body);
    }

    private NonsenseRequest BadQuery()
    {
        var number = chance.Pick(WrongQueryNumbers);
        var path = chance.Between(0, 9) switch
        {
            0 => $"/api/auctions?limit={chance.Pick([.. WrongQueryNumbers, "0", "1001"])}",
            1 => $"/api/auctions?minSeq={number}",
            2 => $"/api/auctions?status={chance.Pick(["Open", "closed", "1", "%ff", "open,sold"])}",
            3 => $"/api/auctions?cursor={chance.Pick(["-1", "a", "99999999999999999999", "%00", "1.0"])}",
            4 => $"/api/auctions/{chance.Pick(auctions)}?at={number}",
            5 => $"/api/journal?after={number}",
            6 => $"/api/journal?stream={chance.Pick(["x", "/", "/x", "x/", new string('s', 300)])}",
            7 => $"/api/journal/{chance.Pick(["compare", "compare?a=1", "compare?b=1", "compare?a=x&b=1", "compare?a=0&b=1", "compare?a=1&b=999999", "stream?after=" + number, "0", "-5", "999999999", "export"])}",
            _ => $"/api/ledgers/USD{chance.Pick(["?limit=0", "?cursor=x", "?at=x", "/accounts/ann/history?limit=2000", "/accounts/ann/history?cursor=%2F", "/proposals?open=maybe", "/accounts/ann/statement?minSeq=x", "/accounts/ann/history?at=1", "?limit=1&limit=2"])}",
        };
        return new NonsenseRequest("GET", path, chance.Between(0, 2) == 0 ? [] : ["X-Rialto-Actor: ann"], []);
    }

    private NonsenseRequest NoSuchThing()
    {
        var name = chance.Pick(["x", "%2F", "a%2Fb", "%ff%fe", "%", "%zz", new string('n', 300), "a;b", "*", "%E2%82%AC", "'", "%3Cscript%3E", "a+b", "0", "-1", "null"]);
        if (chance.Between(0, 3) == 0) return new NonsenseRequest(chance.Pick(["PUT", "DELETE", "PATCH", "FOO", "OPTIONS"]), chance.Pick(WrongPlaces), [], []);
        if (chance.Between(0, 2) == 0)
            return new NonsenseRequest("GET", chance.Pick([$"/api/auctions/{name}", $"/api/ledgers/{name}", $"/api/ledgers/USD/accounts/{name}", $"/api/ledgers/USD/transfers/{name}",
                $"/api/ledgers/USD/proposals/{name}", $"/api/ledgers/{name}/accounts/ann/history", $"/api/ledgers/USD/accounts/{name}/statement", $"/api/{name}"]), [], []);
        return Post(chance.Pick([$"/api/auctions/{name}/join", $"/api/auctions/{name}/start", $"/api/auctions/{name}/cancel", $"/api/ledgers/USD/transfers/{name}/post",
            $"/api/ledgers/USD/transfers/{name}/void", $"/api/ledgers/USD/proposals/{name}/accept", $"/api/ledgers/{name}/transfers/x/void", $"/api/{name}"]), chance.Between(0, 2) == 0 ? "{}" : "");
    }

    private NonsenseRequest Oversized()
    {
        var target = AnyTarget();
        var size = chance.Pick([64 * 1024 + 1, 70_000, 100_000, 300_000]);
        var body = Encoding.UTF8.GetBytes($"{{\"{target.Fields[0].Name}\":\"{new string('a', size)}\"}}");
        return Post(target.Path, body);
    }

    /// <summary>Well formed, and refused by the market itself.</summary>
    private NonsenseRequest NotNow() => chance.Between(0, 8) switch
    {
        0 => Post($"/api/auctions/{chance.Pick(auctions)}/bids", """{"amount":100}"""),
        1 => Post($"/api/auctions/{chance.Pick(auctions)}/start", "{}"),
        2 => Post($"/api/auctions/{chance.Pick(auctions)}/cancel", """{"reason":"I want to."}"""),
        3 => Post("/api/ledgers/USD/transfers", """{"debit":"ann","credit":"bob","amount":1000000}"""),
        4 => Post("/api/ledgers/USD/transfers", """{"linked":[{"debit":"ann","credit":"bob","amount":1},{"debit":"ann","credit":"nobody","amount":1}]}"""),
        5 => Post("/api/ledgers", """{"asset":"USD"}"""),
        6 => Post("/api/ledgers/kWh/accounts", """{"account":"node-1","initial":5}"""),
        _ => Post("/api/auctions", chance.Pick(["""{"item":"x","format":"dutch"}""", """{"item":"x","asset":"nothing"}""", """{"item":"x","asset":"USD","minimumBid":0.001}""", """{"item":"x","buyNow":-1,"format":"english"}"""])),
    };

    private NonsenseRequest BadHttp() => new("", "", [], chance.Between(0, 10) switch
    {
        0 => "\u0000\u0001\u0002\r\n\r\n"u8.ToArray(),
        1 => "GET /api/auctions\r\n\r\n"u8.ToArray(),
        2 => "GET /api/auctions HTTP/1.1\r\n\r\n"u8.ToArray(),
        3 => "GET /api/auctions/%00 HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(),
        4 => "POST /api/auctions HTTP/1.1\r\nHost: x\r\nX-Rialto-Actor: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"u8.ToArray(),
        5 => "POST /api/auctions HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n"u8.ToArray(),
        6 => "POST /api/auctions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde"u8.ToArray(),
        7 => Encoding.ASCII.GetBytes($"GET /{new string('a', 9000)} HTTP/1.1\r\nHost: x\r\n\r\n"),
        8 => Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: x\r\nLong: {new string('a', 40_000)}\r\n\r\n"),
        _ => "GET /api/auctions HTTP/9.9\r\nHost: x\r\n\r\n"u8.ToArray(),
    }, IsNoHttp: true);

    /// <summary>The target's body with one field set.</summary>
    private static string With(Target target, string name, string value)
    {
        using var document = JsonDocument.Parse(target.Valid);
        var fields = document.RootElement.EnumerateObject().Where(field => field.Name != name).Select(field => $"\"{field.Name}\":{field.Value.GetRawText()}");
        return $"{{{string.Join(',', fields.Append($"{JsonSerializer.Serialize(name)}:{value}"))}}}";
    }
}

/// <summary>One connection that sends bytes as they are, and is made anew when the server ends it.</summary>
internal sealed class Wire(int port) : IDisposable
{
    private readonly byte[] _buffer = new byte[256 * 1024];
    private Socket? _socket;

    public void Dispose() => _socket?.Dispose();

    /// <summary>Sends a request and reads its answer; status 0 if the server just ended the connection.</summary>
    public async Task<(int Status, string ContentType, string Body)> AskAsync(NonsenseRequest request)
    {
        for (var attempt = 1; ; attempt++)
        {
            var isNew = _socket is null;
            if (_socket is null)
            {
                _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await _socket.ConnectAsync(System.Net.IPAddress.Loopback, port);
            }
            var (status, contentType, body) = await ExchangeAsync(_socket, request);
            // A connection that was kept may have been ended by the server before it saw this request.
            if (status == 0 && !isNew && attempt == 1)
            {
                Close();
                continue;
            }
            if (status == 0 || request.IsNoHttp) Close();
            return (status, contentType, body);
        }
    }

    private async Task<(int Status, string ContentType, string Body)> ExchangeAsync(Socket socket, NonsenseRequest request)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var got = 0;
        try
        {
            await socket.SendAsync(request.ToBytes(), patience.Token);
            while (true)
            {
                var read = await socket.ReceiveAsync(_buffer.AsMemory(got), patience.Token);
                if (read == 0) return (0, "", Encoding.Latin1.GetString(_buffer, 0, got));
                got += read;
                if (Read(got) is { } answer)
                {
                    if (answer.Closes) Close();
                    return (answer.Status, answer.ContentType, answer.Body);
                }
            }
        }
        catch (SocketException)
        {
            return (0, "", "");
        }
    }

    private (int Status, string ContentType, string Body, bool Closes)? Read(int got)
    {
        var end = _buffer.AsSpan(0, got).IndexOf("\r\n\r\n"u8);
        if (end < 0) return null;
        var lines = Encoding.Latin1.GetString(_buffer, 0, end).Split("\r\n");
        string Header(string name) => lines.Skip(1).FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim() ?? "";
        var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var length = int.TryParse(Header("Content-Length"), out var given) ? given : -1;
        if (length < 0) return (status, Header("Content-Type"), Encoding.UTF8.GetString(_buffer, end + 4, got - end - 4), true);
        if (got < end + 4 + length) return null;
        return (status, Header("Content-Type"), Encoding.UTF8.GetString(_buffer, end + 4, length), Header("Connection") == "close");
    }

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }
}
