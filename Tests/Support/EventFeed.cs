using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Rialto.Tests.Support;

/// <summary>One event of the live stream, as it was sent.</summary>
internal sealed record FeedEvent(long Id, string Type, JsonElement Item)
{
    public JsonElement Data => Item.GetProperty("data");
}

/// <summary>A client's end of the live stream of events (server-sent events), read at the test's pace. Every wait is bounded.</summary>
internal sealed class EventFeed : IAsyncDisposable
{
    private const int PatienceMs = 20_000;

    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private EventFeed(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _lines = new StreamReader(body);
    }

    public string? ContentType => _response.Content.Headers.ContentType?.MediaType;

    public static async Task<EventFeed> OpenAsync(HttpClient http, HttpRequestMessage request)
    {
        using var sent = request;
        var response = await http.SendAsync(sent, HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode == HttpStatusCode.OK) return new EventFeed(response, await response.Content.ReadAsStreamAsync());
        throw new InvalidOperationException($"The stream was refused with {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>Reads up to and with the first event for which this holds, and returns all that were read.</summary>
    public async Task<List<FeedEvent>> ReadUntilAsync(Func<FeedEvent, bool> isLast, int patienceMs = PatienceMs)
    {
        var read = new List<FeedEvent>();
        using var patience = new CancellationTokenSource(patienceMs);
        try
        {
            while (read.Count == 0 || !isLast(read[^1])) read.Add(await NextAsync(patience.Token));
            return read;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The event did not come within {patienceMs} ms; these came: {string.Join(", ", read.Select(e => $"{e.Id} {e.Type}"))}.");
        }
    }

    /// <summary>Reads up to and with the next event of a type.</summary>
    public Task<List<FeedEvent>> ReadUntilAsync(string type) => ReadUntilAsync(read => read.Type == type);

    public ValueTask DisposeAsync()
    {
        _response.Dispose();
        _lines.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<FeedEvent> NextAsync(CancellationToken cancellation)
    {
        string? id = null, type = null, data = null;
        while (await _lines.ReadLineAsync(cancellation) is { } line)
        {
            if (line.Length == 0 && data is not null) return Of(id, type, data);
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal)) type = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data += line[6..];
        }
        throw new EndOfStreamException("The stream ended.");
    }

    private static FeedEvent Of(string? id, string? type, string data)
    {
        using var document = JsonDocument.Parse(data);
        return new FeedEvent(long.Parse(id!, CultureInfo.InvariantCulture), type!, document.RootElement.Clone());
    }
}
