using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>A server that stands behind another one: under a path of its, and under the name that people know.</summary>
public class ProxyTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Under_a_prefix_everything_that_is_answered_leads_back_through_the_proxy(bool takesPrefixAway)
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false", "--path-base", "/rialto");
        await using var proxy = await SmallProxy.StartAsync(() => server.Address, takesPrefixAway ? TakePrefixAway : null);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(proxy.Address), DefaultRequestHeaders = { { Client.ActorHeader, "eva" } } };

        using var created = await http.PostAsJsonAsync("/rialto/api/auctions", new { item = "Violin" });
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.StartsWith("/rialto/api/auctions/", created.Headers.Location!.OriginalString);
        Assert.Equal("Violin", (await http.GetFromJsonAsync<JsonElement>(created.Headers.Location)).Word("item"));

        using var refused = await http.GetAsync("/rialto/api/nothing");
        Assert.Equal("/rialto/problems/not-found", (await refused.Content.ReadFromJsonAsync<JsonElement>()).Word("type"));
        using var original = await http.GetAsync("/rialto/stocks/none");
        Assert.Equal(404L, (await original.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").Number("code"));

        var description = await http.GetFromJsonAsync<JsonElement>("/rialto/openapi/v1.json");
        Assert.Equal("/rialto", description.GetProperty("servers")[0].Word("url"));
        using var docs = await http.GetAsync("/rialto/docs");
        using var page = await http.GetAsync(new Uri(new Uri(proxy.Address + "/rialto/docs"), docs.Headers.Location!));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        using var home = await http.GetAsync("/rialto/");
        Assert.DoesNotMatch("(href|src)=\"/", await home.Content.ReadAsStringAsync());

        // Whoever comes without the prefix, as probes do, is answered as well.
        Assert.Equal(200, (await server.As(null).GetAsync("/health/ready")).Status);
    }

    [Fact]
    public async Task The_prefix_alone_leads_to_the_folder()
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false", "--path-base", "/shops/rialto/");
        var folder = await server.As(null).GetAsync("/shops/rialto?x=1");
        Assert.Equal((308, "/shops/rialto/?x=1"), (folder.Status, folder.Headers["Location"]));
        Assert.Equal(200, (await server.As(null).GetAsync("/shops/rialto/")).Status);
        (await server.As(null).GetAsync("/shops/rialtoto/api/cluster")).Refused(404, "not-found");
    }

    [Fact]
    public async Task A_named_proxy_says_by_which_name_and_for_whom_it_asks()
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false", "--proxies", "127.0.0.1;10.0.0.0/8", "--hosts", "market.test", "--max-streams", "40");
        (await WriteAsync(server, "market.test", "https://market.test")).Ok(201);
        (await WriteAsync(server, "evil.test", "https://evil.test")).Refused(421, "unknown-host");

        var open = new List<HttpResponseMessage>();
        try
        {
            for (var i = 0; i < 11; i++) open.Add(await ListenAsync(server, "192.0.2.1"));
            Assert.Equal(HttpStatusCode.TooManyRequests, open[^1].StatusCode);
            open.Add(await ListenAsync(server, "192.0.2.2"));
            Assert.Equal(HttpStatusCode.OK, open[^1].StatusCode);
            // What a client says of itself stands before what the nearest proxies say.
            open.Add(await ListenAsync(server, "203.0.113.9, 192.0.2.1, 10.0.0.1"));
            Assert.Equal(HttpStatusCode.TooManyRequests, open[^1].StatusCode);
        }
        finally
        {
            open.ForEach(answer => answer.Dispose());
        }
    }

    [Fact]
    public async Task Nobody_else_is_believed()
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false", "--hosts", "market.test", "--max-streams", "40", "--proxies", "192.0.2.7");
        (await WriteAsync(server, "market.test", "https://market.test")).Refused(403, "cross-site");
        (await WriteAsync(server, "evil.test", null)).Ok(201);
        var open = new List<HttpResponseMessage>();
        for (var i = 0; i < 11; i++) open.Add(await ListenAsync(server, $"192.0.2.{i}"));
        Assert.Equal(HttpStatusCode.TooManyRequests, open[^1].StatusCode);
        open.ForEach(answer => answer.Dispose());
    }

    private static Task<Answer> WriteAsync(RialtoProcess server, string forwardedHost, string? origin)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/auctions") { Content = Client.Json("""{"item":"Fan"}""") };
        request.Headers.Add("X-Forwarded-Host", forwardedHost);
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-For", "198.51.100.1");
        if (origin is not null) request.Headers.Add("Origin", origin);
        return server.As("eva").SendAsync(request);
    }

    private static Task<HttpResponseMessage> ListenAsync(RialtoProcess server, string forwardedFor)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/cluster/stream") { Headers = { { "X-Forwarded-For", forwardedFor } } };
        return server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static void TakePrefixAway(HttpContext http, HttpRequestMessage request)
    {
        var (path, target) = (http.Request.Path, request.RequestUri!);
        Assert.True(path.StartsWithSegments("/rialto", out var rest), path);
        request.RequestUri = new Uri(new Uri(target.GetLeftPart(UriPartial.Authority)), (rest.HasValue ? rest.Value : "/") + target.Query);
        request.Headers.Host = null;
    }
}
