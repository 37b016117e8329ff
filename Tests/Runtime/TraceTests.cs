using System.Diagnostics;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Runtime;

/// <summary>What whoever listens to traces hears, and that a market without a listener makes none.</summary>
[Collection(SpanListener.Alone)]
public class TraceTests
{
    [Fact]
    public async Task A_command_is_one_span_with_its_outcome_and_its_place()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        using var spans = new SpanListener();
        var paid = (await market.PayAsync("pay", 5_00)).Receipt;
        var again = (await market.PayAsync("pay", 5_00)).Receipt;
        var refused = (await market.SendAsync(new Transfer(new TransferOrder("ann", "nobody", 1)), "refused")).Refusal!;

        var transfers = spans.Named("ledger Transfer");
        Assert.Equal(["accepted", "replayed", "refused"], transfers.Select(span => span.GetTagItem("rialto.outcome")));
        Assert.All(transfers, span => Assert.Equal(("ledger/USD", "Transfer"), (span.GetTagItem("rialto.entity"), span.GetTagItem("rialto.command"))));
        Assert.Equal([paid.Seq.Value, again.Seq.Value, null], transfers.Select(span => (long?)span.GetTagItem("rialto.seq")));
        Assert.Equal([paid.Epoch.Value, again.Epoch.Value, null], transfers.Select(span => (long?)span.GetTagItem("rialto.epoch")));
        Assert.Equal([null, null, refused.Code], transfers.Select(span => span.GetTagItem("rialto.refusal")));
        Assert.All(transfers, span => Assert.True(span.Duration > TimeSpan.Zero && span.Parent is null));
    }

    [Fact]
    public async Task A_commit_is_one_span_with_the_places_that_it_wrote_and_belongs_to_no_single_command()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        using var spans = new SpanListener();
        using var around = new Activity("a request").Start();
        var paid = (await market.PayAsync("pay", 5_00)).Receipt;

        var commit = Assert.Single(spans.Named("rialto.commit"), span => (long)span.GetTagItem("rialto.seq.last")! >= paid.Seq.Value);
        Assert.Equal((paid.Seq.Value, paid.Epoch.Value, 1, "committed"),
            (commit.GetTagItem("rialto.seq.first"), commit.GetTagItem("rialto.epoch"), commit.GetTagItem("rialto.events"), commit.GetTagItem("rialto.outcome")));
        Assert.NotEqual(around.TraceId, commit.TraceId);
        Assert.Equal(around.SpanId, Assert.Single(spans.Named("ledger Transfer")).ParentSpanId);
    }

    [Fact]
    public async Task An_election_is_told_once_by_its_winner()
    {
        using var spans = new SpanListener();
        await using var market = await EmbeddedMarket.StartAsync();
        var election = Assert.Single(spans.Named("rialto.election"));
        Assert.Equal((3, "start"), (election.GetTagItem("rialto.winner"), election.GetTagItem("rialto.reason")));
    }

    [Fact]
    public async Task A_rehearsal_is_not_told()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        using var spans = new SpanListener();
        await RehearseAsync();
        Assert.Empty(spans.Named("ledger Transfer"));

        async Task RehearseAsync()
        {
            Telemetry.LeaveOut();
            await market.PayAsync("pay", 5_00);
        }
    }

    [Fact]
    public async Task Spans_have_the_times_of_the_nodes_clock()
    {
        var time = new ManualTime();
        var entity = await LoneEntity.StartAsync(time, new RuntimeSettings());
        using var spans = new SpanListener();
        var leader = entity.Leader;
        entity.Leader = requests =>
        {
            time.Advance(TimeSpan.FromMilliseconds(7));
            return leader(requests);
        };
        var began = time.GetUtcNow();
        Assert.Null((await entity.SendAsync(new Transfer(new TransferOrder("ann", "bob", 1)), "pay")).Refusal);
        var span = Assert.Single(spans.Named("ledger Transfer"));
        Assert.Equal((began.UtcDateTime, TimeSpan.FromMilliseconds(7)), (span.StartTimeUtc, span.Duration));
    }
}
