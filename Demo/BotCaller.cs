using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rialto.Demo;

/// <summary>What the market said to a bot.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">What was asked for, or the problem document.</param>
internal readonly record struct Told(int Status, JsonElement Body)
{
    public bool IsYes => Status is >= 200 and < 300;

    /// <summary>Why not; null in a yes.</summary>
    public string? Code => IsYes ? null : Body.Text("code");
}

/// <summary>
/// A bot's way to the market: HTTP to the front door, under the bot's own name. A write has a key of its own and is sent again under it until
/// it is answered, so it takes effect once, also while a leader is lost. A refusal is an answer like any other; only a request that is
/// wrong in itself is a fault, the bot's.
/// </summary>
/// <param name="http">A client with the front door's address.</param>
/// <param name="name">Who acts.</param>
/// <param name="run">What sets this run's keys apart from those of other runs and processes.</param>
/// <param name="stopping">When to stop, also in the middle of a call.</param>
internal sealed class BotCaller(HttpClient http, string name, string run, CancellationToken stopping)
{
    /// <summary>Who is not answered so often goes on with something else.</summary>
    private const int MaxTries = 20;

    private static readonly TimeSpan BeforeNextTry = TimeSpan.FromMilliseconds(500);

    private long _writes;

    public string Name => name;

    public CancellationToken Stopping => stopping;

    /// <summary>What is at this address; null if there is nothing.</summary>
    public async Task<JsonElement?> ReadAsync(string path) => await SendAsync(HttpMethod.Get, path, null, null) is { IsYes: true } told ? told.Body : null;

    /// <summary>The first page of a list; empty if there is none.</summary>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string path) => await ReadAsync(path) is { } page ? [.. page.GetProperty("items").EnumerateArray()] : [];

    public Task<Told> PostAsync(string path, JsonObject? body = null) => WriteAsync(HttpMethod.Post, path, (body ?? []).ToJsonString(), "application/json");

    public Task<Told> PostCsvAsync(string path, string csv) => WriteAsync(HttpMethod.Post, path, csv, "text/csv");

    public Task<Told> DeleteAsync(string path) => WriteAsync(HttpMethod.Delete, path, "{}", "application/json");

    private Task<Told> WriteAsync(HttpMethod method, string path, string body, string type)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{run}-{++_writes}");
        return SendAsync(method, path, key, () => new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type)));
    }

    private async Task<Told> SendAsync(HttpMethod method, string path, string? key, Func<HttpContent>? body)
    {
        for (var tried = 1; ; tried++)
        {
            if (await TrySendAsync(method, path, key, body?.Invoke(), isLast: tried == MaxTries) is { } told)
            {
                if (told.Status is 400 or 401 or 405 or 413 or 415 or 500) throw new InvalidOperationException($"{method} {path} was answered {told.Status}: {told.Body.Text("detail")}");
                return told;
            }
            await Task.Delay(BeforeNextTry, stopping);
        }
    }

    /// <summary>Null if no answer came, or one that says to try again.</summary>
    private async Task<Told?> TrySendAsync(HttpMethod method, string path, string? key, HttpContent? body, bool isLast)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.Add("X-Rialto-Actor", name);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        try
        {
            using var response = await http.SendAsync(request, stopping);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable && !isLast) return null;
            using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(stopping));
            return new Told((int)response.StatusCode, document.RootElement.Clone());
        }
        catch (Exception e) when (!isLast && e is HttpRequestException or IOException or TaskCanceledException && !stopping.IsCancellationRequested)
        {
            return null;
        }
    }
}

/// <summary>Short ways to read what the market says. A field that is not there reads like one that is null.</summary>
internal static class Reading
{
    public static string? Text(this JsonElement json, string field) => json.TryGetProperty(field, out var value) ? value.GetString() : null;

    public static decimal? Amount(this JsonElement json, string field) =>
        json.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDecimal() : null;

    public static bool Says(this JsonElement json, string field) => json.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.True;

    public static IEnumerable<JsonElement> Each(this JsonElement json, string field) => json.GetProperty(field).EnumerateArray();
}
