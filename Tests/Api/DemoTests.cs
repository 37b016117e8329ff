using Rialto.Tests.Support;
using Xunit.Abstractions;

namespace Rialto.Tests.Api;

/// <summary>The bots of <c>--demo</c>, as whoever looks at the stream sees them.</summary>
public class DemoTests(ITestOutputHelper output)
{
    /// <summary>A bid takes some turns: an auction is opened, bidders join, and it is started.</summary>
    private const int PatienceMs = 60_000;

    /// <summary>What nobody but somebody who plays brings about, in every market.</summary>
    private static readonly (string Filter, string Type)[] Play =
    [
        ("category=auction", "auction.bid-placed"), ("category=book", "book.order-placed"), ("category=stock", "stock.traded"), ("stream=shelf/ca/toronto/rialto/gondola", "shelf.stocked"),
        ("category=ledger", "ledger.trade-proposed"), ("category=region", "region.unit-acknowledged"),
    ];

    [Theory, InlineData("true"), InlineData("false")]
    public async Task Every_market_is_alive_soon_and_again_after_the_leader_crashed_and_after_the_server_was_killed(string sample)
    {
        await using var server = await RialtoProcess.StartAsync("--demo", "--sample", sample);
        await WatchAsync(server, after: 0);
        (await server.As("operator").PostAsync("/api/cluster/nodes/3/crash")).Ok();
        await WatchAsync(server, await EndAsync(server));
        server.KillHard();
        await server.RestartAsync();
        await WatchAsync(server, await EndAsync(server));
        await CheckAsync(server);
        Assert.Equal(0, await server.TerminateAsync());
        output.WriteLine(server.Errors);
        Assert.DoesNotContain("stumbled", server.Errors, StringComparison.Ordinal);
    }

    /// <summary>Waits until bots have played in every market.</summary>
    internal static Task WatchAsync(RialtoProcess server, long after) => Task.WhenAll(Play.Select(async play =>
    {
        await using var feed = await server.As(null).ListenAsync(FormattableString.Invariant($"?after={after}&{play.Filter}"));
        await feed.ReadUntilAsync(happened => happened.Type == play.Type, PatienceMs);
    }));

    /// <summary>Whatever they did was by the rules.</summary>
    internal static async Task CheckAsync(RialtoProcess server)
    {
        foreach (var verify in new[] { "/api/journal/verify", "/api/dispatch/stuttgart/verify" })
        {
            var verified = (await server.As("operator").GetAsync(verify)).Ok();
            Assert.True(verified.GetProperty("ok").GetBoolean(), verified.GetRawText());
        }
    }

    private static async Task<long> EndAsync(RialtoProcess server) => (await server.As(null).GetAsync("/api/ledgers?limit=1")).Seq;
}
