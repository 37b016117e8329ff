using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Markets.Dispatch;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Runtime;

/// <summary>A region's deadlines, carried by the engine, on a clock that goes on only when told to.</summary>
public class DispatchTests
{
    private static readonly StreamId Town = StreamId.Of("region", "town");
    private static readonly Position Here = new(48_000_000, 9_000_000);

    [Fact]
    public async Task Units_that_do_not_acknowledge_are_replaced_one_after_the_other_until_nobody_is_left()
    {
        await using var market = await Market.StartAsync(units: 3, new ConfigureRegion(30, 0, 0));
        var crash = await market.CrashAsync();
        foreach (var next in new[] { "amb-2", "amb-3" })
        {
            market.Time.Advance(TimeSpan.FromSeconds(31));
            await market.UntilAsync(async () => (await market.IncidentAsync(crash)).Unit == next);
        }
        market.Time.Advance(TimeSpan.FromSeconds(31));
        await market.UntilAsync(async () => (await market.IncidentAsync(crash)).Status == IncidentStatus.Queued);
        Assert.Equal("No unit can go: of 3 that could, 3 off duty.", (await market.IncidentAsync(crash)).Reason);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_deadline_that_passed_while_nobody_ran_is_met_after_the_restart_once()
    {
        await using var market = await Market.StartAsync(units: 2, new ConfigureRegion(30, 0, 0));
        var crash = await market.CrashAsync();
        await market.StopAsync();
        market.Time.Advance(TimeSpan.FromHours(1));
        await market.StartAgainAsync();
        await market.UntilAsync(async () => (await market.IncidentAsync(crash)).Unit == "amb-2");
        // Whatever looks at it again finds nothing to do.
        var before = (await market.Journal.ReadEndAsync()).Seq;
        await market.DoAsync(new MeetDeadlines(market.Time.GetUtcNow()), "rialto");
        Assert.Equal(before, (await market.Journal.ReadEndAsync()).Seq);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_client_that_beats_is_kept_and_one_that_stops_is_lost()
    {
        await using var market = await Market.StartAsync(units: 2, new ConfigureRegion(3600, 15, 0));
        var crash = await market.CrashAsync();
        for (var second = 0; second < 16; second += 4)
        {
            market.Time.Advance(TimeSpan.FromSeconds(4));
            await market.DoAsync(new SendHeartbeat("amb-2"), "amb-2");
        }
        await market.UntilAsync(async () => (await market.IncidentAsync(crash)).Unit == "amb-2");
        Assert.True((await market.UnitAsync("amb-1")).Lost);
        Assert.False((await market.UnitAsync("amb-2")).Lost);
        await market.DoAsync(new SendHeartbeat("amb-1"), "amb-1");
        Assert.False((await market.UnitAsync("amb-1")).Lost);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_region_comes_back_from_checkpoint_and_journal_as_it_was()
    {
        await using var market = await Market.StartAsync(units: 5, new ConfigureRegion(3600, 0, 0));
        for (var i = 0; i < 400; i++)
        {
            await market.CrashAsync();
            if (i % 3 == 0) continue;
            foreach (var said in new[] { UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Available }) await market.DoAsync(new ReportStatus($"amb-{1 + (i % 5)}", said), "x", mayFail: true);
        }
        var before = await market.RegionAsync();
        await market.StartAgainAsync();
        var after = await market.RegionAsync();
        Assert.Equal(MarketCodec.Encode(before), MarketCodec.Encode(after));
        Assert.True(before.QueuedIncidents > 100 && before.FinishedIncidents > 50, $"{before.QueuedIncidents} wait, {before.FinishedIncidents} are over: too few.");
        await market.AssertSoundAsync();
    }

    private sealed class Market : IAsyncDisposable
    {
        private readonly TimedCluster _cluster;
        private int _commands;

        private Market() => _cluster = new TimedCluster(Journal, new RuntimeSettings { CheckpointEveryEvents = 100 });

        public ManualTime Time => _cluster.Time;

        public MemoryJournal Journal { get; } = new();

        public static async Task<Market> StartAsync(int units, ConfigureRegion terms)
        {
            var market = new Market();
            await market.StartAgainAsync();
            await market.DoAsync(terms, "operator");
            for (var i = 1; i <= units; i++) await market.DoAsync(new RegisterUnit($"amb-{i}", "ambulance", Here, []), $"amb-{i}");
            await market.DoAsync(new RegisterHospital("hos-1", Here, 100, true), "hos-1");
            return market;
        }

        public Task StartAgainAsync() => _cluster.StartAgainAsync();

        public Task StopAsync() => _cluster.StopAsync();

        public Task UntilAsync(Func<Task<bool>> condition) => _cluster.UntilAsync(condition);

        public async Task<string> CrashAsync() => Assert.IsType<IncidentView>((await DoAsync(new ReportIncident(Here, 1, []), "car-7")).View).Id;

        public async Task<CommandReply> DoAsync(Command command, string actor, bool mayFail = false)
        {
            var reply = await _cluster.SendAsync(Town, command, actor, $"{_commands++}");
            if (!mayFail) Assert.Null(reply.Refusal);
            return reply;
        }

        public Task<IncidentView> IncidentAsync(string id) => _cluster.AskAsync<IncidentView>(Town, new GetIncident(id));

        public Task<UnitView> UnitAsync(string name) => _cluster.AskAsync<UnitView>(Town, new GetUnit(name));

        public Task<RegionView> RegionAsync() => _cluster.AskAsync<RegionView>(Town, new GetRegion());

        /// <summary>All is sound, and every step follows from steps before it.</summary>
        public async Task AssertSoundAsync()
        {
            await _cluster.AssertSoundAsync();
            var check = new ChainCheck(Town.Key);
            foreach (var record in await Journal.ReadStreamAsync(Town, 0, int.MaxValue)) check.Feed(record);
            Assert.Empty(check.Finish().Problems);
        }

        public ValueTask DisposeAsync() => _cluster.DisposeAsync();
    }
}
