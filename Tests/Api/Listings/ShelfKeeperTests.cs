using Microsoft.AspNetCore.Http;
using Rialto.Api.Listings;
using Rialto.Api.Listings.Sources;
using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets.Listings;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>Freshness, single flight and quota, on a clock that goes on only when told to, and MarketCheck beside a stand-in.</summary>
public sealed class ShelfKeeperTests
{
    private static readonly ShelfName Corollas = new("CA", "Toronto", "Toyota", "Corolla");
    private static readonly StreamId Stream = StreamId.Of("shelf", Corollas.Key);

    /// <summary>A market whose engine runs in real time, and a keeper whose clock is the test's.</summary>
    private sealed class Market : IAsyncDisposable
    {
        private readonly MemoryJournal _journal = new();

        public ManualTime Time { get; } = new();

        public EmbeddedCluster Cluster { get; private set; } = null!;

        public static async Task<Market> StartAsync()
        {
            var market = new Market();
            market.Cluster = await market.NewClusterAsync();
            // Shelves carry the engine's time: the keeper's begins there.
            market.Time.Advance(DateTimeOffset.UtcNow - market.Time.GetUtcNow());
            return market;
        }

        public async Task RestartAsync()
        {
            await Cluster.DisposeAsync();
            Cluster = await NewClusterAsync();
        }

        public ShelfKeeper Keeper(IListingSource source) => new(Cluster, source, Time, TimeSpan.FromHours(24));

        public async Task<IReadOnlyList<JournalRecord>> EventsAsync() => await Cluster.Journal.ReadStreamAsync(Stream, 0, 1_000);

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();

        private Task<EmbeddedCluster> NewClusterAsync() => EmbeddedCluster.StartAsync(new EmbeddedSettings { Nodes = 1 }, _journal, new MemoryCheckpoints(), TimeProvider.System);
    }

    private sealed class CountingSource(Func<int, Fetched> answer, int? quota = null) : IListingSource
    {
        private int _fetches;

        public string Kind => "counting";

        public int? CallsPerMonth => quota;

        public int Fetches => Volatile.Read(ref _fetches);

        /// <summary>Fetches wait for it.</summary>
        public Task Gate { get; set; } = Task.CompletedTask;

        public async Task<Fetched> FetchAsync(ShelfName shelf, int callsLeft, CancellationToken cancellation)
        {
            var fetch = Interlocked.Increment(ref _fetches);
            await Gate;
            return answer(fetch);
        }
    }

    private static Fetched Some(int calls = 0) => new(SampleListings.VehiclesOf(Corollas), "CAD", calls);

    [Fact]
    public async Task A_fresh_shelf_is_never_fetched_again_and_an_old_one_is()
    {
        await using var market = await Market.StartAsync();
        var source = new CountingSource(_ => Some());
        var keeper = market.Keeper(source);
        Assert.True((await keeper.EnsureAsync(Corollas, "ann")).View!.Fresh);
        market.Time.Advance(TimeSpan.FromHours(23));
        await keeper.EnsureAsync(Corollas, "ann");
        Assert.Equal(1, source.Fetches);
        market.Time.Advance(TimeSpan.FromHours(2));
        await keeper.EnsureAsync(Corollas, "ann");
        Assert.Equal((2, 2), (source.Fetches, (await market.EventsAsync()).Count));
    }

    [Fact]
    public async Task Many_who_ask_at_once_cause_one_fetch()
    {
        await using var market = await Market.StartAsync();
        var gate = new TaskCompletionSource();
        var source = new CountingSource(_ => Some()) { Gate = gate.Task };
        var keeper = market.Keeper(source);
        var asking = Enumerable.Range(0, 50).Select(_ => keeper.EnsureAsync(Corollas, "ann")).ToList();
        gate.SetResult();
        Assert.All(await Task.WhenAll(asking), kept => Assert.Equal(Some().Vehicles.Length, kept.View!.Count));
        Assert.Equal((1, 1), (source.Fetches, (await market.EventsAsync()).Count));
    }

    [Fact]
    public async Task A_failed_fetch_serves_the_stale_shelf_and_says_so()
    {
        await using var market = await Market.StartAsync();
        var keeper = market.Keeper(new CountingSource(fetch => fetch == 1 ? Some() : throw new SourceException("unreachable", "It cannot be reached.", 1)));
        var first = await keeper.EnsureAsync(Corollas, "ann");
        market.Time.Advance(TimeSpan.FromHours(25));
        var stale = (await keeper.EnsureAsync(Corollas, "ann")).View!;
        Assert.Equal((first.View!.Count, first.View.FetchedAt, false, "unreachable"), (stale.Count, stale.FetchedAt, stale.Fresh!.Value, stale.Failure!.Code));
    }

    [Fact]
    public async Task A_quota_is_kept_across_restarts_and_begins_anew_with_the_month()
    {
        await using var market = await Market.StartAsync();
        var source = new CountingSource(_ => Some(calls: 2), quota: 3);
        await market.Keeper(source).EnsureAsync(Corollas, "ann");
        await market.RestartAsync();
        var keeper = market.Keeper(source);
        var ottawa = Corollas with { City = "Ottawa" };
        await keeper.EnsureAsync(ottawa, "ann");
        await market.Cluster.Replica.WaitForAsync((await market.Cluster.Journal.ReadEndAsync()).Seq, TimeSpan.FromSeconds(30), default);
        var refused = await keeper.EnsureAsync(Corollas with { City = "Halifax" }, "ann");
        Assert.Equal((2, "quota-used-up", null), (source.Fetches, refused.View!.Failure!.Code, refused.View.FetchedAt));
        market.Time.Advance(TimeSpan.FromDays(32));
        Assert.NotNull((await keeper.EnsureAsync(Corollas with { City = "Halifax" }, "ann")).View!.FetchedAt);
    }

    [Fact]
    public async Task Calls_count_also_where_what_they_brought_could_not_be_written()
    {
        await using var market = await Market.StartAsync();
        var source = new CountingSource(_ => Some(calls: 2), quota: 3);
        var engine = new HinderedEngine(market.Cluster) { TakesCommands = false };
        var keeper = new ShelfKeeper(engine, source, market.Time, TimeSpan.FromHours(24));
        foreach (var _ in new[] { 1, 2 }) Assert.Equal("no-leader", (await keeper.EnsureAsync(Corollas, "ann")).Problem?.Code);
        for (var i = 0; i < 3; i++) await keeper.EnsureAsync(Corollas, "ann");
        Assert.Equal(2, source.Fetches);
        engine.TakesCommands = true;
        Assert.Equal("quota-used-up", (await keeper.EnsureAsync(Corollas, "ann")).View!.Failure!.Code);
        market.Time.Advance(TimeSpan.FromDays(32));
        Assert.NotNull((await keeper.EnsureAsync(Corollas, "ann")).View!.FetchedAt);
    }

    private static MarketCheckSource Source(MarketCheckStandIn standIn, TimeProvider time, string key = MarketCheckStandIn.Key, int timeoutMs = 30_000) =>
        new(new HttpClient(new SocketsHttpHandler { UseProxy = false }), new MarketCheckSettings { Address = standIn.Address, Key = key, TimeoutMs = timeoutMs }, time);

    private static async Task<SourceException> FailsAsync(MarketCheckSource source, int callsLeft = 100) =>
        await Assert.ThrowsAsync<SourceException>(() => source.FetchAsync(Corollas, callsLeft, default));

    [Fact]
    public async Task MarketCheck_is_paged_by_fifty_and_its_miles_are_miles()
    {
        await using var standIn = await MarketCheckStandIn.StartAsync();
        standIn.Vehicles = 120;
        var fetched = await Source(standIn, TimeProvider.System).FetchAsync(Corollas, 100, default);
        Assert.Equal((120, 3, "CAD"), (fetched.Vehicles.Length, fetched.Calls, fetched.Currency));
        var first = fetched.Vehicles[0];
        Assert.Equal((15_000_00L, 10_000, DistanceUnit.Mi, "Toronto, ON", true), (first.PriceMinor, first.Odometer, first.Unit, first.Location, first.Id.IsVin));
        Assert.Equal(["start=0", "start=50", "start=100"], standIn.Asked.Select(path => path[path.IndexOf("start=", StringComparison.Ordinal)..]));
        standIn.Vehicles = 1_000;
        Assert.Equal((200, 4), await Source(standIn, TimeProvider.System).FetchAsync(Corollas, 100, default) is var many ? (many.Vehicles.Length, many.Calls) : default);
    }

    [Fact]
    public async Task MarketCheck_that_says_no_breaks_or_lies_is_told_apart()
    {
        await using var standIn = await MarketCheckStandIn.StartAsync();
        Assert.Equal("key-refused", (await FailsAsync(Source(standIn, TimeProvider.System, "wrong-key"))).Code);
        standIn.Instead = static async (_, http) =>
        {
            await http.Response.WriteAsync("{\"num_found\":3,\"listings\":[{\"vin\":");
            return true;
        };
        Assert.Equal("broken-answer", (await FailsAsync(Source(standIn, TimeProvider.System))).Code);
        standIn.Instead = static (_, http) => Task.FromResult((http.Response.StatusCode = 500) == 500);
        Assert.Equal("source-failed", (await FailsAsync(Source(standIn, TimeProvider.System))).Code);
        standIn.Instead = static async (_, http) =>
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        Assert.Equal("too-slow", (await FailsAsync(Source(standIn, TimeProvider.System, timeoutMs: 200))).Code);
        standIn.Instead = null;
        standIn.Vehicles = 120;
        var usedUp = await FailsAsync(Source(standIn, TimeProvider.System), callsLeft: 2);
        Assert.Equal(("quota-used-up", 2), (usedUp.Code, usedUp.Calls));
        // Nobody listens on the lowest port.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var unreachable = await FailsAsync(new MarketCheckSource(http, new MarketCheckSettings { Address = new Uri("http://127.0.0.1:1/"), Key = "secret-key" }, TimeProvider.System));
        Assert.Equal("unreachable", unreachable.Code);
        Assert.DoesNotContain("secret-key", unreachable.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_told_to_wait_a_moment_waits_and_who_is_told_to_wait_long_leaves_the_source_alone()
    {
        await using var standIn = await MarketCheckStandIn.StartAsync();
        standIn.Instead = static (call, http) =>
        {
            if (call > 1) return Task.FromResult(false);
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "0";
            return Task.FromResult(true);
        };
        Assert.Equal(2, (await Source(standIn, TimeProvider.System).FetchAsync(Corollas, 100, default)).Calls);

        await using var market = await Market.StartAsync();
        standIn.Instead = static (_, http) =>
        {
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "3600";
            return Task.FromResult(true);
        };
        var before = standIn.Calls;
        var keeper = market.Keeper(Source(standIn, TimeProvider.System));
        Assert.Equal("rate-limited", (await keeper.EnsureAsync(Corollas, "ann")).View!.Failure!.Code);
        await keeper.EnsureAsync(Corollas, "ann");
        await keeper.EnsureAsync(Corollas with { City = "Ottawa" }, "ann");
        Assert.Equal(before + 1, standIn.Calls);
        standIn.Instead = null;
        market.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(3, (await keeper.EnsureAsync(Corollas, "ann")).View!.Count);
    }

    [Fact]
    public async Task A_file_serves_the_shelves_that_it_names()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "country,city,year,make,model,price,mileage\nCA,Toronto,2019,Toyota,Corolla,20000,1000\nCA,Ottawa,2019,Toyota,Corolla,19000,\n");
            var source = new CsvFileSource(path);
            Assert.Equal(20_000_00, Assert.Single((await source.FetchAsync(Corollas, 1, default)).Vehicles).PriceMinor);
            Assert.Empty((await source.FetchAsync(Corollas with { City = "Halifax" }, 1, default)).Vehicles);
            await File.WriteAllTextAsync(path, "year\n");
            Assert.Equal("missing-column", (await Assert.ThrowsAsync<SourceException>(() => source.FetchAsync(Corollas, 1, default))).Code);
        }
        finally
        {
            File.Delete(path);
        }
        Assert.Equal("file-unreadable", (await Assert.ThrowsAsync<SourceException>(() => new CsvFileSource(path).FetchAsync(Corollas, 1, default))).Code);
    }

    [Fact]
    public async Task A_load_that_a_crash_cut_short_is_seen_and_goes_on()
    {
        await using var market = await Market.StartAsync();
        IReadOnlyList<Vehicle> vehicles = [.. Enumerable.Range(0, 1_200).Select(i => Rialto.Tests.Markets.ListingSamples.Car($"JTDBR32E72{i:0000000}", 1_000_00 + i))];
        Task BringAsync(int first, int count) => ShelfKeeper.StockAsync(market.Cluster, Stream, Corollas, "load", "CAD", StockMode.Replace, new StockSource("csv"), [.. vehicles.Take(count)], "ann", first, null);
        // Only the first of three parts arrives: what follows is another command's.
        var part = new StockShelf("load", 1, 3, Corollas, "CAD", StockMode.Replace, new StockSource("csv"), [.. vehicles.Take(500)]);
        await market.Cluster.ExecuteAsync(new Rialto.Runtime.CommandRequest(Stream, part, "ann", CommandId.From("cut")));
        await market.RestartAsync();
        var view = (ShelfView)(await market.Cluster.QueryAsync(Stream, new GetShelf())).View!;
        Assert.Equal((0, 1, 3), (view.Count, view.Loading!.Part, view.Loading.Parts));
        await BringAsync(view.Loading.Part + 1, 1_200);
        view = (ShelfView)(await market.Cluster.QueryAsync(Stream, new GetShelf())).View!;
        Assert.Equal((1_200, null), (view.Count, view.Loading));
    }
}
