using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Rialto.Tests.Support;

/// <summary>Who calls a server.</summary>
internal static class Clients
{
    /// <summary>Calls it as an actor, or unnamed.</summary>
    public static Client As(this RialtoProcess server, string? actor) => new(server.Http, actor, server.Written);
}

/// <summary>Somebody who calls a server over HTTP, as an actor or unnamed. Of the server it knows the address, and what was written there.</summary>
internal sealed class Client(HttpClient http, string? actor, NewestWrite written)
{
    public const string KeyHeader = "Idempotency-Key";
    public const string ActorHeader = "X-Rialto-Actor";

    /// <summary>The same server, as somebody else.</summary>
    public Client As(string? other) => new(http, other, written);

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    /// <summary>
    /// What a node's replica tells, with all that was written by way of it. Replicas follow within a moment, and a test that reads one without
    /// saying how far goes wrong now and then. Entities answer for themselves, and need no such thing.
    /// </summary>
    public Task<Answer> SeeAsync(string path) => GetAsync(WithWritten(path));

    public Task<Answer> PostAsync(string path, object? body = null, string? key = null) =>
        SendAsync(HttpMethod.Post, path, Json(JsonSerializer.Serialize(body ?? new object(), JsonSerializerOptions.Web)), key);

    public Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content = null, string? key = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null) request.Headers.TryAddWithoutValidation(KeyHeader, key);
        return SendAsync(request);
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using var sent = request;
        if (actor is not null) sent.Headers.TryAddWithoutValidation(ActorHeader, actor);
        using var response = await http.SendAsync(sent);
        var answer = new Answer(
            $"{request.Method} {request.RequestUri}", (int)response.StatusCode, response.Content.Headers.ContentType, await response.Content.ReadAsStringAsync(),
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));
        if (request.Method != HttpMethod.Get && answer.IsSuccess && answer.Headers.ContainsKey(Answer.SeqHeader)) written.Take(answer.Seq);
        return answer;
    }

    /// <summary>The live stream of events, from a place or from now on.</summary>
    public Task<EventFeed> ListenAsync(string query = "", long? lastEventId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/api/journal/stream{query}");
        if (actor is not null) request.Headers.TryAddWithoutValidation(ActorHeader, actor);
        if (lastEventId is { } id) request.Headers.TryAddWithoutValidation("Last-Event-ID", id.ToString(CultureInfo.InvariantCulture));
        return EventFeed.OpenAsync(http, request);
    }

    /// <summary>All pages of a list, a few entries at a time, with all that was written by way of this server.</summary>
    public async Task<List<JsonElement>> GetAllAsync(string path, int limit)
    {
        path = WithWritten(path);
        var all = new List<JsonElement>();
        var separator = path.Contains('?') ? '&' : '?';
        for (string? cursor = null, next = path + separator; next is not null; next = cursor is null ? null : $"{path}{separator}cursor={Uri.EscapeDataString(cursor)}&")
        {
            var page = (await GetAsync(FormattableString.Invariant($"{next}limit={limit}"))).Ok();
            var items = page.GetProperty("items").EnumerateArray().ToList();
            Assert.InRange(items.Count, 0, limit);
            all.AddRange(items);
            cursor = page.GetProperty("next").GetString();
        }
        return all;
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private string WithWritten(string path) =>
        path.Contains("minSeq=", StringComparison.Ordinal) ? path : string.Create(CultureInfo.InvariantCulture, $"{path}{(path.Contains('?') ? '&' : '?')}minSeq={written.Seq}");
}

/// <summary>What a server answered.</summary>
internal sealed record Answer(string Request, int Status, MediaTypeHeaderValue? ContentType, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public const string SeqHeader = "X-Rialto-Seq";

    public JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Text);
            return document.RootElement.Clone();
        }
    }

    /// <summary>How far the journal is visible in this answer; for a write, its own place.</summary>
    public long Seq => long.Parse(Headers[SeqHeader], CultureInfo.InvariantCulture);

    public bool IsReplayed => Headers.TryGetValue("Idempotency-Replayed", out var replayed) && replayed == "true";

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>A problem's code; null in any other answer.</summary>
    public string? Code => ContentType?.MediaType == "application/problem+json" ? Json.GetProperty("code").GetString() : null;

    /// <summary>The body of an answer that must be a yes.</summary>
    public JsonElement Ok(int status = 0)
    {
        Assert.True(status == 0 ? IsSuccess : Status == status, $"{Request} was answered {Status}: {Text}");
        return Json;
    }

    /// <summary>Checks that this is a whole problem document with this status and code, and returns it.</summary>
    public JsonElement Refused(int status, string code)
    {
        Assert.True(Status == status && Code == code, $"{Request} should be refused with {status} {code}, and was answered {Status}: {Text}");
        var problem = Json;
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrWhiteSpace(problem.GetProperty("type").GetString()), Text);
        Assert.False(string.IsNullOrWhiteSpace(problem.GetProperty("title").GetString()), Text);
        Assert.False(string.IsNullOrWhiteSpace(problem.GetProperty("detail").GetString()), Text);
        return problem;
    }
}

/// <summary>Short ways to read JSON in tests.</summary>
internal static class JsonReading
{
    public static string? Word(this JsonElement json, string name) => json.GetProperty(name).GetString();

    public static decimal Amount(this JsonElement json, string name) => json.GetProperty(name).GetDecimal();

    public static long Number(this JsonElement json, string name) => json.GetProperty(name).GetInt64();

    public static List<JsonElement> Items(this JsonElement json, string name = "items") => [.. json.GetProperty(name).EnumerateArray()];

    /// <summary>Whether a field is absent or null, which mean the same to a client.</summary>
    public static bool Lacks(this JsonElement json, string name) => !json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null;
}

/// <summary>Names that no other test uses.</summary>
internal static class Unique
{
    private static int s_last;

    public static string Name(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{Interlocked.Increment(ref s_last)}");
}
