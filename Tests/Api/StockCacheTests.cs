using Rialto.Api.Orders;
using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets.Orders;

namespace Rialto.Tests.Api;

/// <summary>What the cache of stock lookups keeps, and for how long.</summary>
public sealed class StockCacheTests : IAsyncLifetime
{
    private EmbeddedCluster _engine = null!;

    public async Task InitializeAsync() => _engine = await EmbeddedCluster.StartAsync(new EmbeddedSettings { Nodes = 1 }, new MemoryJournal(), new MemoryCheckpoints(), TimeProvider.System);

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    private static StockView Stock(string name) => new(name, 15.99m, 100);

    private StockCache Cache(int capacity)
    {
        var cache = new StockCache(capacity, _engine);
        Assert.Null(cache.Find("GameStart"));
        return cache;
    }

    [Fact]
    public void The_least_recently_looked_up_goes_first()
    {
        var cache = Cache(2);
        foreach (var name in new[] { "GameStart", "Google" }) cache.Keep(Stock(name), new Seq(10));
        Assert.NotNull(cache.Find("GameStart"));
        cache.Keep(Stock("Apple"), new Seq(11));
        Assert.Equal((true, false, true), (cache.Find("GameStart") is not null, cache.Find("Google") is not null, cache.Find("Apple") is not null));
    }

    [Fact]
    public void What_changes_goes_and_takes_nobody_elses_place()
    {
        var cache = Cache(1);
        cache.Keep(Stock("GameStart"), new Seq(10));
        for (var i = 11; i < 20_011; i++) cache.Invalidate($"stock-{i}", new Seq(i));
        Assert.Equal(new Seq(10), cache.Find("GameStart")?.At);
        cache.Invalidate("GameStart", new Seq(20_011));
        Assert.Null(cache.Find("GameStart"));
    }

    [Fact]
    public void An_answer_from_before_a_change_is_not_kept_also_when_the_change_is_long_forgotten_or_somebody_had_it_dropped()
    {
        var cache = Cache(1);
        cache.Invalidate("Google", new Seq(101));
        cache.Evict("Google");
        cache.Keep(Stock("Google"), new Seq(100));
        Assert.Null(cache.Find("Google"));
        cache.Keep(Stock("Google"), new Seq(101));
        Assert.NotNull(cache.Find("Google"));
        for (var i = 200; i < 20_200; i++) cache.Invalidate($"stock-{i}", new Seq(i));
        cache.Evict("Google");
        cache.Keep(Stock("Google"), new Seq(102));
        Assert.Null(cache.Find("Google"));
        cache.Keep(Stock("Google"), new Seq(20_200));
        Assert.NotNull(cache.Find("Google"));
    }
}
