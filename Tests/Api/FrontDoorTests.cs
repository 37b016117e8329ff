using System.Text.Json;

namespace Rialto.Tests.Api;

/// <summary>What describes the server and tells how it is.</summary>
public class FrontDoorTests(LiveServer server) : IClassFixture<LiveServer>
{
    [Fact]
    public async Task The_description_lists_every_route_of_the_contract()
    {
        string[] contract =
        [
            "post /api/auctions", "get /api/auctions", "get /api/auctions/{id}", "post /api/auctions/{id}/join", "post /api/auctions/{id}/start", "post /api/auctions/{id}/bids",
            "post /api/auctions/{id}/cancel", "post /api/ledgers", "get /api/ledgers", "get /api/ledgers/{asset}", "post /api/ledgers/{asset}/accounts",
            "get /api/ledgers/{asset}/accounts/{account}", "get /api/ledgers/{asset}/accounts/{account}/history", "post /api/ledgers/{asset}/transfers",
            "post /api/ledgers/{asset}/transfers/{id}/post", "post /api/ledgers/{asset}/transfers/{id}/void", "post /api/ledgers/{asset}/proposals",
            "post /api/ledgers/{asset}/proposals/{id}/accept", "post /api/ledgers/{asset}/proposals/{id}/reject", "get /api/cluster", "get /api/cluster/stream", "get /api/journal", "get /api/journal/stream",
            "get /api/journal/{seq}", "get /api/journal/compare", "get /api/journal/verify", "get /api/journal/export", "get /health/live", "get /health/ready",
        ];
        var description = (await server.As(null).GetAsync("/openapi/v1.json")).Ok(200);
        Assert.StartsWith("3.", description.GetProperty("openapi").GetString());
        var described = description.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name} {path.Name}")).ToList();
        Assert.Empty(contract.Except(described));
        foreach (var operation in description.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()))
            Assert.False(string.IsNullOrWhiteSpace(operation.Value.GetProperty("summary").GetString()), operation.Name);
    }

    [Fact]
    public async Task The_description_refers_to_nothing_that_is_not_in_it()
    {
        var text = (await server.As(null).GetAsync("/openapi/v1.json")).Ok(200);
        var references = References(text).Distinct().ToList();
        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.True(reference.Split('/').Skip(1).Aggregate((JsonElement?)text, Step) is not null, reference));

        static JsonElement? Step(JsonElement? at, string name) => at is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(name, out var next) ? next : null;

        static IEnumerable<string> References(JsonElement json) => json.ValueKind switch
        {
            JsonValueKind.Object => json.EnumerateObject().SelectMany(field => field.Name == "$ref" && field.Value.ValueKind == JsonValueKind.String ? [field.Value.GetString()!] : References(field.Value)),
            JsonValueKind.Array => json.EnumerateArray().SelectMany(References),
            _ => [],
        };
    }

    [Fact]
    public async Task The_interactive_page_is_served_with_all_that_it_needs()
    {
        var page = await server.As(null).GetAsync("/docs/index.html");
        Assert.Equal((200, "text/html"), (page.Status, page.ContentType?.MediaType));
        Assert.Contains((await server.As(null).GetAsync("/docs")).Status, new[] { 200, 301, 302, 307, 308 });
        foreach (var file in new[] { "swagger-ui-bundle.js", "swagger-ui.css" }) Assert.Equal(200, (await server.As(null).GetAsync($"/docs/{file}")).Status);
    }

    [Fact]
    public async Task Health_says_that_the_server_lives_and_is_ready()
    {
        Assert.Equal(200, (await server.As(null).GetAsync("/health/live")).Status);
        Assert.Equal(200, (await server.As(null).GetAsync("/health/ready")).Status);
    }

    [Fact]
    public async Task Metrics_can_be_read_by_prometheus_and_count()
    {
        await server.OpenLedgerAsync(("ann", 1));
        var metrics = await server.As(null).GetAsync("/metrics");
        Assert.Equal((200, "text/plain"), (metrics.Status, metrics.ContentType?.MediaType));
        var lines = metrics.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Matches("""^(# (HELP|TYPE) rialto_\w+ .*|rialto_\w+(\{.*\})? [-+0-9.eE]+|rialto_\w+(\{.*\})? (NaN|[+-]Inf))$""", line));
        Assert.Contains(lines, line => line.StartsWith("rialto_", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_cluster_shows_its_nodes_and_the_highest_one_leads()
    {
        var cluster = (await server.As(null).GetAsync("/api/cluster")).Ok(200);
        Assert.Equal(server.Engine, cluster.GetProperty("engine").GetString());
        Assert.Equal(3, cluster.GetProperty("leader").GetInt32());
        Assert.True(cluster.GetProperty("epoch").GetInt64() >= 1);
        Assert.Equal(0, cluster.GetProperty("refusedWrites").GetInt64());
        var nodes = cluster.GetProperty("nodes").EnumerateArray().ToList();
        Assert.Equal([1, 2, 3], nodes.Select(node => node.GetProperty("rank").GetInt32()));
        Assert.Equal([false, false, true], nodes.Select(node => node.GetProperty("leader").GetBoolean()));
        Assert.All(nodes, node => Assert.Equal("alive", node.GetProperty("state").GetString()));
        Assert.Equal(3, Assert.Single(cluster.GetProperty("elections").EnumerateArray()).GetProperty("winner").GetInt32());
    }
}
