using System.Net;
using System.Text.RegularExpressions;
using Rialto.Tests.Api;

namespace Rialto.Tests.Web;

/// <summary>How the front door serves the console.</summary>
public partial class ServingTests(LiveServer server) : IClassFixture<LiveServer>
{
    private const int MaxFirstLoadBytes = 300_000;

    [ConsoleFact]
    public async Task The_first_load_is_small_and_comes_from_here_alone()
    {
        var page = await AskAsync("/", "br");
        var text = await server.Process.Http.GetStringAsync("/");
        var total = page.Bytes.Length;
        Assert.DoesNotMatch("https?://", text);
        var files = Referred().Matches(text).Select(match => match.Groups[1].Value).ToList();
        Assert.True(files.Count >= 2, text);
        foreach (var file in files)
        {
            var answer = await AskAsync(file, "gzip, deflate, br, zstd");
            Assert.Equal((200, "br"), (answer.Status, answer.Encoding));
            total += answer.Bytes.Length;
        }
        Assert.InRange(total, 1_000, MaxFirstLoadBytes);
    }

    [ConsoleFact]
    public async Task The_page_is_asked_for_anew_and_what_it_refers_to_is_kept()
    {
        var page = await AskAsync("/", "");
        Assert.Equal(("no-cache", "text/html; charset=utf-8", null), (page.CacheControl, page.ContentType, page.Encoding));
        var script = Referred().Matches(await server.Process.Http.GetStringAsync("/")).Select(match => match.Groups[1].Value).First(file => file.EndsWith(".js", StringComparison.Ordinal));
        var kept = await AskAsync(script, "gzip");
        Assert.Equal(("public, max-age=31536000, immutable", "text/javascript; charset=utf-8", "gzip"), (kept.CacheControl, kept.ContentType, kept.Encoding));
        var again = await AskAsync("/", "", page.Tag);
        Assert.Equal((304, 0), (again.Status, again.Bytes.Length));
    }

    [ConsoleFact]
    public async Task The_page_may_run_nothing_but_its_own_files()
    {
        using var answer = await server.Process.Http.GetAsync("/");
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        foreach (var rule in new[] { "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'" }) Assert.Contains(rule, policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [ConsoleFact]
    public async Task What_is_not_there_is_a_problem_document_as_everywhere()
    {
        (await server.As(null).GetAsync("/assets/none.js")).Refused(404, "not-found");
        (await server.As(null).GetAsync("/assets/../appsettings.json")).Refused(404, "not-found");
        (await server.As(null).PostAsync("/assets/none.js")).Refused(404, "not-found");
    }

    [Fact]
    public async Task The_cluster_is_told_of_again_and_again()
    {
        using var stream = await server.Process.Http.GetStreamAsync("/api/cluster/stream");
        using var reader = new StreamReader(stream);
        using var patience = new CancellationTokenSource(30_000);
        for (var told = 0; told < 3;)
        {
            var line = await reader.ReadLineAsync(patience.Token) ?? throw new EndOfStreamException("The stream ended.");
            if (line.StartsWith("data: ", StringComparison.Ordinal) && line.Contains("\"leader\":3", StringComparison.Ordinal)) told++;
        }
    }

    private sealed record Served(int Status, string? Encoding, string? CacheControl, string? ContentType, string? Tag, byte[] Bytes);

    private async Task<Served> AskAsync(string path, string encodings, string? tag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (encodings.Length > 0) request.Headers.TryAddWithoutValidation("Accept-Encoding", encodings);
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        using var answer = await server.Process.Http.SendAsync(request);
        Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.NotModified });
        return new Served(
            (int)answer.StatusCode, answer.Content.Headers.ContentEncoding.SingleOrDefault(), answer.Headers.CacheControl is null ? null : Raw(answer, "Cache-Control"),
            answer.Content.Headers.ContentType?.ToString(), answer.Headers.ETag?.Tag, await answer.Content.ReadAsByteArrayAsync());
    }

    private static string Raw(HttpResponseMessage answer, string header) => answer.Headers.NonValidated[header].ToString();

    [GeneratedRegex("(?:src|href)=\"\\.(/[^\"]+)\"")]
    private static partial Regex Referred();
}
