using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rialto.Cli;

/// <summary>
/// A market's front door over HTTP. A write carries an idempotency key, so when an answer is lost on its way, or a leader has just died, it
/// is sent again with the same key until it is known what became of it; it takes effect once. A stream that breaks goes on after the last
/// event that was seen.
/// </summary>
internal sealed class Market : IDisposable
{
    public const string DefaultAddress = "http://127.0.0.1:5080";

    /// <summary>The actor who may see what is sealed and steer the cluster.</summary>
    public const string Operator = "operator";

    private const int AttemptsMax = 10;
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan UploadLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient _http;
    private readonly Action<string> _note;

    /// <summary>Connects to nobody yet.</summary>
    /// <param name="address">The server's; null is <see cref="DefaultAddress"/>.</param>
    /// <param name="actor">Who acts; null is nobody, who may only look.</param>
    /// <param name="note">Told what goes on meanwhile.</param>
    public Market(string? address, string? actor, Action<string> note)
    {
        if (!Uri.TryCreate(address ?? DefaultAddress, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new Failure(ExitCode.BadUsage, $"'{address}' is no address of a server: write one such as {DefaultAddress}.");
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, UseProxy = !uri.IsLoopback, ConnectTimeout = TimeSpan.FromSeconds(5) })
        {
            BaseAddress = uri,
            // A verification of a long journal takes its time; Ctrl-C ends what lasts too long.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _note = note;
        Actor = actor;
    }

    public string? Actor { get; private set; }

    public string Address => _http.BaseAddress!.GetLeftPart(UriPartial.Authority);

    public static string NewKey() => Guid.CreateVersion7().ToString("N");

    /// <summary>Who acts if nobody was named.</summary>
    public Market OrAs(string actor)
    {
        Actor ??= actor;
        return this;
    }

    /// <summary>Who acts; a failure if nobody was named.</summary>
    public string RequireActor() => Actor ?? throw new Failure(ExitCode.BadUsage, "Say who acts: --as NAME, or RIALTO_ACTOR in the environment.");

    public Task<Reply> GetAsync(string path, CancellationToken ending) => SendAsync(() => Request(HttpMethod.Get, path, null, null), null, Timeout.InfiniteTimeSpan, ending);

    /// <summary>Sends a write, again and again until its outcome is known. Sending it with the same key later does no more than sending it once.</summary>
    public Task<Reply> SendAsync(HttpMethod method, string path, JsonObject body, string key, CancellationToken ending)
    {
        RequireActor();
        var json = body.ToJsonString();
        return SendAsync(() => Request(method, path, new StringContent(json, Encoding.UTF8, "application/json"), key), key, WriteLimit, ending);
    }

    /// <summary>Sends a file as a write, and tells how much of it is sent, from 0 to 1.</summary>
    public Task<Reply> UploadAsync(string path, byte[] file, string mediaType, string key, Action<double> progress, CancellationToken ending)
    {
        RequireActor();
        return SendAsync(() => Request(HttpMethod.Post, path, new UploadedFile(file, mediaType, progress), key), key, UploadLimit, ending);
    }

    /// <summary>Sends one request once, whatever comes of it, for who measures. Whoever cannot be reached throws an <see cref="HttpRequestException"/>.</summary>
    public async Task<HttpStatusCode> SendOnceAsync(HttpMethod method, string path, HttpContent? content, string? key, CancellationToken ending)
    {
        using var request = Request(method, path, content, key);
        using var response = await _http.SendAsync(request, ending);
        return response.StatusCode;
    }

    /// <summary>A body of any length, read as it comes.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path, string accept, long? lastEventId, CancellationToken ending)
    {
        using var request = Request(HttpMethod.Get, path, null, null);
        request.Headers.Accept.ParseAdd(accept);
        if (lastEventId is { } last) request.Headers.Add("Last-Event-ID", last.ToString(CultureInfo.InvariantCulture));
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ending);
            if (response.IsSuccessStatusCode) return response;
            using (response) throw Refusal(response.StatusCode, await response.Content.ReadAsStringAsync(ending));
        }
        catch (HttpRequestException)
        {
            throw Unreachable();
        }
    }

    /// <summary>Events as they are committed, without an end, a gap or a repetition, also when the connection breaks or the server starts anew.</summary>
    /// <param name="path">The stream's address.</param>
    /// <param name="after">The place after which it begins; null is now.</param>
    /// <param name="ending">Ends it.</param>
    /// <param name="isKnown">Whether the server has answered before, and so is waited for from the beginning.</param>
    public async IAsyncEnumerable<StreamedEvent> FollowAsync(string path, long? after, [EnumeratorCancellation] CancellationToken ending, bool isKnown = false)
    {
        var last = after;
        for (var (isFirst, isLost) = (!isKnown, false); ; isFirst = false)
        {
            using var response = await TryOpenAsync(path, last, isFirst, ending);
            if (response is null)
            {
                if (!isLost) _note("The connection was lost; trying to get it back.");
                isLost = true;
            }
            else
            {
                // Where "now" is: from here on nothing is missed.
                if (last is null && response.Headers.TryGetValues("X-Rialto-Seq", out var seq)) last = long.Parse(seq.First(), CultureInfo.InvariantCulture);
                if (isLost) _note($"The connection is back; going on after event {last}.");
                isLost = false;
                await using var items = ReadAsync(response, ending).GetAsyncEnumerator(ending);
                while (await NextAsync(items))
                {
                    last = items.Current.Seq;
                    yield return items.Current;
                }
            }
            await Task.Delay(Pause, ending);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Null while the server is gone for a moment; one that is not there at the first call is not.</summary>
    private async Task<HttpResponseMessage?> TryOpenAsync(string path, long? last, bool isFirst, CancellationToken ending)
    {
        try
        {
            return await OpenAsync(path, "text/event-stream", last, ending);
        }
        catch (Failure e) when (!isFirst && e.ExitCode == ExitCode.Unavailable)
        {
            return null;
        }
    }

    private static async IAsyncEnumerable<StreamedEvent> ReadAsync(HttpResponseMessage response, [EnumeratorCancellation] CancellationToken ending)
    {
        await using var body = await response.Content.ReadAsStreamAsync(ending);
        await foreach (var item in SseParser.Create(body).EnumerateAsync(ending))
        {
            if (item.EventId is not { Length: > 0 }) continue;
            using var document = JsonDocument.Parse(item.Data);
            yield return new StreamedEvent(long.Parse(item.EventId, CultureInfo.InvariantCulture), item.EventType, item.Data, document.RootElement.Clone());
        }
    }

    /// <summary>False at the end of a stream, however it ended.</summary>
    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<StreamedEvent> items)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return false;
        }
    }

    private async Task<Reply> SendAsync(Func<HttpRequestMessage> make, string? key, TimeSpan limit, CancellationToken ending)
    {
        for (var attempt = 1; ; attempt++)
        {
            string why;
            try
            {
                var (status, text, isReplayed) = await TryAsync(make, limit, ending);
                if ((int)status < 300) return Read(text, isReplayed);
                var refusal = Refusal(status, text);
                if (status != HttpStatusCode.ServiceUnavailable || attempt == AttemptsMax) throw refusal;
                why = refusal.Message;
            }
            // Who is not there at the first call was not there before: nothing was sent.
            catch (HttpRequestException e) when (attempt == 1 && NeverConnected(e))
            {
                throw Unreachable();
            }
            catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !ending.IsCancellationRequested))
            {
                why = "The connection was lost.";
                if (attempt == AttemptsMax) throw new Failure(ExitCode.Unavailable, key is null ? why : $"{why} It is not known whether this took effect: repeat it with --key {key}, and it takes effect once.");
            }
            if (attempt == 1) _note($"{why} Trying again{(key is null ? "" : " with the same key")} …");
            await Task.Delay(Pause, ending);
        }
    }

    private async Task<(HttpStatusCode Status, string Text, bool IsReplayed)> TryAsync(Func<HttpRequestMessage> make, TimeSpan limit, CancellationToken ending)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ending);
        patience.CancelAfter(limit);
        using var request = make();
        using var response = await _http.SendAsync(request, patience.Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(patience.Token), response.Headers.Contains("Idempotency-Replayed"));
    }

    private static bool NeverConnected(HttpRequestException e) =>
        e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;

    private static Reply Read(string text, bool isReplayed)
    {
        try
        {
            return Reply.Of(text, isReplayed);
        }
        catch (JsonException)
        {
            throw NotRialto("with no JSON");
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content, string? key)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        if (Actor is not null) request.Headers.TryAddWithoutValidation("X-Rialto-Actor", Actor);
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return request;
    }

    /// <summary>A problem document (RFC 9457) as one sentence with its code; of any other answer, the status.</summary>
    private static Failure Refusal(HttpStatusCode status, string text)
    {
        var exitCode = (int)status >= 500 ? ExitCode.Unavailable : ExitCode.Refused;
        try
        {
            var problem = Reply.Of(text).Json;
            if (problem.Word("detail") is { Length: > 0 } detail) return new Failure(exitCode, $"{detail} ({problem.Word("code")})", text);
        }
        catch (JsonException)
        {
            // Not Rialto's own words, then.
        }
        return NotRialto($"with {(int)status}");
    }

    private static Failure NotRialto(string how) => new(ExitCode.BadUsage, $"Somebody answered {how}, and not as Rialto does: is --server right?");

    private Failure Unreachable() => new(ExitCode.Unavailable, $"No server answers at {Address}. Start one with ./run, or name another with --server.");
}
