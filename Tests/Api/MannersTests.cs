using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>What HTTP lets a client ask for everywhere.</summary>
public class MannersTests(LiveServer server) : IClassFixture<LiveServer>
{
    [Fact]
    public async Task Head_is_answered_wherever_get_is_without_a_body()
    {
        var paths = (await server.As(null).GetAsync("/openapi/v1.json")).Ok().GetProperty("paths").EnumerateObject()
            .Where(path => path.Value.TryGetProperty("get", out _) && !path.Name.Contains('{')).Select(path => path.Name).Append("/openapi/v1.json").Append("/docs/index.html").ToList();
        Assert.True(paths.Count > 20);
        foreach (var path in paths)
        {
            using var head = await server.Process.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
            using var get = await server.Process.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
            Assert.True((get.StatusCode, get.Content.Headers.ContentType?.ToString()) == (head.StatusCode, head.Content.Headers.ContentType?.ToString()), $"{path}: {head}");
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        }
        var wrong = await server.As(null).SendAsync(HttpMethod.Put, "/api/journal");
        Assert.Equal((405, "GET, HEAD"), (wrong.Status, wrong.Headers["Allow"].Replace(",", ", ").Replace("  ", " ")));
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task A_large_answer_takes_less_room_for_whoever_can_read_it(string encoding)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json") { Headers = { AcceptEncoding = { new StringWithQualityHeaderValue(encoding) } } };
        using var answer = await server.Process.Http.SendAsync(request);
        Assert.Equal([encoding], answer.Content.Headers.ContentEncoding);
        Assert.Contains("Accept-Encoding", answer.Headers.Vary);
        await using var body = await answer.Content.ReadAsStreamAsync();
        await using Stream unpacked = encoding == "br" ? new BrotliStream(body, CompressionMode.Decompress) : new GZipStream(body, CompressionMode.Decompress);
        Assert.Equal((await server.As(null).GetAsync("/openapi/v1.json")).Text, await new StreamReader(unpacked).ReadToEndAsync());
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/api/nothing")]
    [InlineData("/api/journal/stream")]
    public async Task A_small_answer_a_no_and_a_stream_are_sent_as_they_are(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { AcceptEncoding = { new StringWithQualityHeaderValue("br") } } };
        using var answer = await server.Process.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Empty(answer.Content.Headers.ContentEncoding);
    }

    [Theory]
    [InlineData("If-Match", "\"7\"")]
    [InlineData("If-None-Match", "*")]
    [InlineData("If-Unmodified-Since", "Tue, 01 Dec 2026 09:00:00 GMT")]
    public async Task A_condition_on_a_write_is_refused_and_not_passed_over(string header, string value)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/auctions") { Content = Client.Json("""{"item":"Fan"}""") };
        request.Headers.TryAddWithoutValidation(header, value);
        Assert.Equal(header, (await server.As("ann").SendAsync(request)).Refused(400, "condition-not-supported").Word("field"));
    }

    [Fact]
    public async Task The_type_of_every_problem_leads_to_a_page_that_explains_it()
    {
        foreach (var code in RefusalTests.Table.Select(row => (string)row[5]).Concat(["unknown-host", "cross-site", "idempotency-key-reused", "too-many-streams", "busy", "internal", "stopping"]).Distinct())
        {
            var page = await server.As(null).GetAsync("/problems/" + code);
            Assert.True((200, "text/html") == (page.Status, page.ContentType?.MediaType), $"{code}: {page.Status}");
            Assert.Contains($"<code>{code}</code>", page.Text);
        }
        (await server.As(null).GetAsync("/problems/nonsense")).Refused(404, "not-found");
    }

    [Fact]
    public async Task A_stream_comes_without_names_for_whoever_hears_only_such_events()
    {
        (await server.As("eva").PostAsync("/api/auctions", new { item = "Fan" })).Ok(201);
        foreach (var path in new[] { "/api/journal/stream?after=0&names=off", "/api/cluster/stream?names=off" })
        {
            using var lines = new StreamReader(await server.Process.Http.GetStreamAsync(path));
            using var patience = new CancellationTokenSource(20_000);
            string? line;
            do
            {
                line = await lines.ReadLineAsync(patience.Token);
                Assert.False(line!.StartsWith("event:", StringComparison.Ordinal), line);
            }
            while (!line.StartsWith("data: ", StringComparison.Ordinal));
        }
        (await server.As(null).GetAsync("/api/journal/stream?names=no")).Refused(400, "invalid-parameter");
    }

    [Fact]
    public async Task A_client_hears_at_once_that_its_stream_is_open_though_nothing_happens()
    {
        using var stream = await server.Process.Http.GetAsync("/api/journal/stream?stream=auction/none", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (stream.StatusCode, stream.Content.Headers.ContentType!.MediaType));
    }
}
