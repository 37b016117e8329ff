using System.Text.Json;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>Commands that say what they depend on.</summary>
public class CauseTests(LiveServer server) : IClassFixture<LiveServer>
{
    [Fact]
    public async Task A_command_is_ordered_after_a_cause_that_is_still_on_its_way()
    {
        var (effects, causes) = (await server.OpenLedgerAsync(("ann", 100), ("bob", 0)), await server.OpenLedgerAsync(("ann", 100), ("bob", 0)));
        var key = Unique.Name("later");
        var before = await HeldAsync();
        var effect = PayAsync(effects, $"key={key}");
        using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5)))
        {
            // The leader has said at least once that it holds it back.
            while (await HeldAsync() == before && !effect.IsCompleted) await timer.WaitForNextTickAsync();
        }
        Assert.False(effect.IsCompleted);
        var cause = await server.As("ann").PostAsync($"/api/ledgers/{causes}/transfers", new { debit = "ann", credit = "bob", amount = 1 }, key);
        var (causeSeq, effectSeq) = (cause.Ok(201).Number("seq"), (await effect).Ok(201).Number("seq"));
        Assert.True(causeSeq < effectSeq);
        var item = (await server.As("ann").GetAsync($"/api/journal?after={effectSeq - 1}&limit=1&minSeq={effectSeq}")).Ok().Items("items")[0];
        Assert.Contains(causeSeq, item.GetProperty("causes").EnumerateArray().Select(one => one.GetInt64()));
        Assert.Equal("before", (await server.As("ann").GetAsync($"/api/journal/compare?a={causeSeq}&b={effectSeq}")).Ok().Word("relation"));
    }

    [Fact]
    public async Task A_cause_can_be_named_by_its_place_and_by_its_command_id()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        var first = (await PayAsync(asset, null)).Ok(201).Number("seq");
        var id = (await server.As("ann").GetAsync($"/api/journal?after={first - 1}&limit=1&minSeq={first}")).Ok().Items("items")[0].Word("commandId");
        var second = (await PayAsync(asset, $"{first}, {id}")).Ok(201).Number("seq");
        var causes = (await server.As("ann").GetAsync($"/api/journal?after={second - 1}&limit=1&minSeq={second}")).Ok().Items("items")[0].GetProperty("causes").EnumerateArray().Select(one => one.GetInt64());
        Assert.Equal([first], causes.Distinct());
    }

    [Fact]
    public async Task A_cause_that_never_comes_is_refused_in_time_and_nothing_is_written()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        (await PayAsync(asset, "key=never")).Refused(409, "missing-cause");
        (await PayAsync(asset, "999999999")).Refused(409, "missing-cause");
        Assert.Equal(100, (await server.AccountAsync(asset, "ann")).Amount("balance"));
        (await PayAsync(asset, null)).Ok(201);
    }

    [Fact]
    public async Task Two_that_wait_for_each_other_are_told_so()
    {
        var (one, other) = (await server.OpenLedgerAsync(("ann", 100), ("bob", 0)), await server.OpenLedgerAsync(("ann", 100), ("bob", 0)));
        var (a, b) = (Unique.Name("a"), Unique.Name("b"));
        var answers = await Task.WhenAll(PayAsync(one, $"key={b}", a), PayAsync(other, $"key={a}", b));
        Assert.Contains(answers, answer => answer.Status == 409 && answer.Json.Word("code") == "causal-cycle");
        Assert.All(answers, answer => Assert.Equal(409, answer.Status));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("key=")]
    [InlineData("1,,2")]
    [InlineData("1 2")]
    public async Task What_cannot_be_read_as_causes_is_refused(string causes)
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        (await PayAsync(asset, causes)).Refused(400, "invalid-causes");
        (await PayAsync(asset, string.Join(',', Enumerable.Range(1, 64)))).Refused(400, "invalid-causes");
    }

    /// <summary>How often the leader said so far that it holds something back, as the server counts it.</summary>
    private async Task<long> HeldAsync()
    {
        const string line = "rialto_entity_reloads_total{reason=\"Held\"} ";
        var told = (await server.As(null).GetAsync("/metrics")).Text.Split('\n').FirstOrDefault(one => one.StartsWith(line, StringComparison.Ordinal));
        return told is null ? 0 : long.Parse(told[line.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<Answer> PayAsync(string asset, string? causes, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/ledgers/{asset}/transfers") { Content = Client.Json(JsonSerializer.Serialize(new { debit = "ann", credit = "bob", amount = 1 })) };
        if (causes is not null) request.Headers.TryAddWithoutValidation("X-Rialto-Causes", causes);
        if (key is not null) request.Headers.TryAddWithoutValidation(Client.KeyHeader, key);
        return await server.As("ann").SendAsync(request);
    }
}
