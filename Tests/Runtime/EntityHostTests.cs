using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Runtime;

public class EntityHostTests
{
    private static readonly Command OneEuro = new Transfer(new TransferOrder("ann", "bob", 1_00));

    [Fact]
    public async Task A_command_is_answered_only_when_its_events_are_durable()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        var held = market.Journal.HoldAppends();
        var answer = market.SendAsync(OneEuro, "pay");
        await held;
        Assert.False(answer.IsCompleted);
        market.Journal.Release();
        var reply = await answer;
        Assert.Equal(reply.Receipt.Seq, (await market.EventsAsync())[^1].Seq);
    }

    [Fact]
    public async Task A_read_waits_until_what_it_shows_is_durable()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        var held = market.Journal.HoldAppends();
        var paying = market.SendAsync(OneEuro, "pay");
        await held;
        var reading = market.AccountAsync("bob");
        Assert.False(reading.IsCompleted);
        market.Journal.Release();
        Assert.Equal(101m, (await reading).Balance);
        await paying;
    }

    [Fact]
    public async Task A_refusal_waits_until_the_state_that_it_rests_on_is_durable()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        var held = market.Journal.HoldAppends();
        var paying = market.SendAsync(new Transfer(new TransferOrder("ann", "bob", 100_00)), "all");
        await held;
        var refused = market.SendAsync(OneEuro, "more");
        Assert.False(refused.IsCompleted);
        market.Journal.Release();
        Assert.Equal("insufficient-funds", (await refused).Refusal?.Code);
        await paying;
    }

    [Fact]
    public async Task The_same_command_id_takes_effect_once_and_gets_the_same_answer()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        var first = await market.SendAsync(OneEuro, "pay");
        await market.PayAsync("other", 5_00);
        var again = await market.SendAsync(OneEuro, "pay");
        Assert.Equal((false, true), (first.Replayed, again.Replayed));
        Assert.Equal(first.Receipt, again.Receipt);
        Assert.Equal(first.View, again.View);
        Assert.Equal(106m, (await market.AccountAsync("bob")).Balance);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public async Task A_command_id_is_remembered_across_restarts_with_and_without_a_checkpoint(int checkpointEvery)
    {
        var settings = new RuntimeSettings { CheckpointEveryEvents = checkpointEvery, RetryAfterMs = 1 };
        await using var market = await EmbeddedMarket.StartAsync(settings);
        var first = await market.SendAsync(OneEuro, "pay", fingerprint: 7);
        for (var i = 0; i < 20; i++) await market.PayAsync($"other-{i}", 1_00);
        await market.RestartAsync(settings);
        var again = await market.SendAsync(OneEuro, "pay", fingerprint: 7);
        Assert.True(again.Replayed);
        Assert.Equal(first.Receipt, again.Receipt);
        Assert.Equal(121m, (await market.AccountAsync("bob")).Balance);
    }

    [Fact]
    public async Task The_same_id_with_another_content_is_refused()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        await market.SendAsync(OneEuro, "pay", fingerprint: 1);
        Assert.Equal("idempotency-key-reused", (await market.SendAsync(OneEuro, "pay", fingerprint: 2)).Refusal?.Code);
        Assert.Equal(101m, (await market.AccountAsync("bob")).Balance);
    }

    [Fact]
    public async Task The_same_command_sent_twice_at_once_takes_effect_once()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        var held = market.Journal.HoldAppends();
        var both = new[] { market.SendAsync(OneEuro, "pay"), market.SendAsync(OneEuro, "pay") };
        await held;
        market.Journal.Release();
        var replies = await Task.WhenAll(both);
        Assert.Equal(replies[0].Receipt, replies[1].Receipt);
        Assert.Equal(101m, (await market.AccountAsync("bob")).Balance);
    }

    [Theory]
    [InlineData(FaultyJournal.Fault.NotWritten)]
    [InlineData(FaultyJournal.Fault.AnswerLost)]
    internal async Task A_write_that_fails_or_whose_answer_is_lost_takes_effect_once(FaultyJournal.Fault fault)
    {
        await using var market = await EmbeddedMarket.StartAsync();
        market.Journal.FailNext(fault, fault);
        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => market.PayAsync($"pay-{i}", 1_00)));
        Assert.Equal(50, replies.Select(reply => reply.Receipt.Seq).Distinct().Count());
        Assert.Equal(150m, (await market.AccountAsync("bob")).Balance);
        await AssertSoundAsync(market);
    }

    [Fact]
    public async Task A_host_that_nobody_told_of_anothers_writes_shows_and_refuses_nothing_of_yesterday()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        await using var links = await TwoNodes.StartAsync(market.Journal, market.Checkpoints);
        links.Delivers = (_, node) => node != 0;
        Assert.Equal(100m, await AnnAtAsync(0));
        Assert.Null((await PayAtAsync(1, "bob", "ann", 100_00, "back")).Refusal);
        Assert.Equal(200m, await AnnAtAsync(0));
        Assert.Null((await PayAtAsync(1, "ann", "bob", 200_00, "all of it")).Refusal);
        Assert.Null((await PayAtAsync(1, "bob", "ann", 150_00, "some back")).Refusal);
        // By what this node knew last she has 200, by what it knew before that 100.
        Assert.Null((await PayAtAsync(0, "ann", "bob", 150_00, "again")).Refusal);
        Assert.Equal(0m, await AnnAtAsync(1));

        async Task<decimal> AnnAtAsync(int node) =>
            ((AccountView)(await links.Nodes[node].Entities.QueryAsync(EmbeddedMarket.Usd, new GetAccount("ann", Viewer.Operator), null)).View!).Balance;

        async Task<CommandReply> PayAtAsync(int node, string from, string to, long cents, string id) =>
            await links.Nodes[node].Entities.ExecuteAsync(new CommandRequest(EmbeddedMarket.Usd, new Transfer(new TransferOrder(from, to, cents)), from, CommandId.From(id)));
    }

    [Fact]
    public async Task A_refusal_that_was_right_yesterday_is_not_given_today()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        await using var links = await TwoNodes.StartAsync(market.Journal, market.Checkpoints);
        links.Delivers = (_, node) => node != 0;
        var large = new CommandRequest(EmbeddedMarket.Usd, new Transfer(new TransferOrder("ann", "bob", 150_00)), "ann", CommandId.From("large"), 1);
        Assert.NotNull((await links.Nodes[0].Entities.ExecuteAsync(large)).Refusal);
        await links.Nodes[1].Entities.ExecuteAsync(new CommandRequest(EmbeddedMarket.Usd, new Transfer(new TransferOrder("bob", "ann", 100_00)), "bob", CommandId.From("back")));
        var first = await links.Nodes[1].Entities.ExecuteAsync(large);
        var again = await links.Nodes[0].Entities.ExecuteAsync(large);
        Assert.Null(first.Refusal);
        Assert.Equal(first.Receipt, again.Receipt);
    }

    [Fact]
    public async Task Two_hosts_of_one_entity_cost_no_event_and_double_none()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        await using var links = await TwoNodes.StartAsync(market.Journal, market.Checkpoints);
        var pays = Enumerable.Range(0, 100).Select(i =>
            links.Nodes[i % 2].Entities.ExecuteAsync(new CommandRequest(EmbeddedMarket.Usd, new Transfer(new TransferOrder("ann", "bob", 1)), "ann", CommandId.From($"p{i}"))).AsTask());
        var replies = await Task.WhenAll(pays).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.All(replies, reply => Assert.Null(reply.Refusal));
        var last = replies.Max(reply => reply.Receipt.Seq);
        Assert.True(await links.Nodes[0].Replica.WaitForAsync(last, TimeSpan.FromSeconds(10), default));
        Assert.Equal(101m, Assert.IsType<AccountView>(links.Nodes[0].Replica.AskEntity(EmbeddedMarket.Usd, new GetAccount("bob", Viewer.Operator))!.Value.View).Balance);
        Assert.Equal(100, replies.Select(reply => reply.Receipt.Seq).Distinct().Count());
    }

    [Fact]
    public async Task A_leader_whose_journal_was_claimed_by_another_writes_nothing_more()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        var end = await market.Journal.ReadEndAsync();
        Assert.True((await market.Journal.ClaimEpochAsync(end.Epoch, new Rank(9), 0)).Granted);
        var reply = await market.SendAsync(OneEuro, "pay");
        Assert.Equal("deposed", reply.Refusal?.Code);
        Assert.Equal(end.Seq, (await market.Journal.ReadEndAsync()).Seq);
        Assert.InRange(market.Cluster.ViewCluster().RefusedWrites, 0, 1);   // None if the node heard of the claim before it wrote.
        Assert.NotNull(market.Cluster.NotReadyBecause);
        Assert.Equal("deposed", (await market.SendAsync(OneEuro, "again")).Refusal?.Code);
    }

    [Fact]
    public async Task A_journal_that_fails_makes_the_cluster_unready_until_it_takes_a_batch_again()
    {
        await using var market = await EmbeddedMarket.StartAsync(new RuntimeSettings { CommandTimeoutMs = 1_000, AttemptTimeoutMs = 1_000, RetryAfterMs = 1 });
        market.Journal.FailNext([.. Enumerable.Repeat(FaultyJournal.Fault.NotWritten, 100_000)]);
        Assert.Equal("outcome-unknown", (await market.SendAsync(OneEuro, "pay")).Refusal?.Code);
        Assert.Contains("The disk is away", market.Cluster.NotReadyBecause);
        market.Journal.Mend();
        for (var tries = 0; (await market.SendAsync(OneEuro, "pay")).Refusal is not null; tries++) Assert.InRange(tries, 0, 1_000);
        Assert.Null(market.Cluster.NotReadyBecause);
        Assert.Equal(101m, (await market.AccountAsync("bob")).Balance);
    }

    [Fact]
    public async Task More_commands_than_the_outbox_holds_are_refused_as_busy_and_nothing_is_lost()
    {
        await using var market = await EmbeddedMarket.StartAsync(new RuntimeSettings { MaxOutboxCommands = 10, RetryAfterMs = 1 });
        var held = market.Journal.HoldAppends();
        var sent = Enumerable.Range(0, 40).Select(i => market.SendAsync(OneEuro, $"pay-{i}")).ToList();
        await held;
        market.Journal.Release();
        var replies = await Task.WhenAll(sent);
        var accepted = replies.Count(reply => reply.Refusal is null);
        Assert.InRange(accepted, 10, 30);
        Assert.All(replies.Where(reply => reply.Refusal is not null), reply => Assert.Equal("busy", reply.Refusal!.Code));
        Assert.Equal(100m + accepted, (await market.AccountAsync("bob")).Balance);
    }

    [Fact]
    public async Task An_entity_is_loaded_from_its_checkpoint_and_the_tail_after_it()
    {
        var settings = new RuntimeSettings { CheckpointEveryEvents = 50, RetryAfterMs = 1 };
        await using var market = await EmbeddedMarket.StartAsync(settings);
        for (var i = 0; i < 120; i++) await market.PayAsync($"pay-{i}", 10);
        await market.RestartAsync(settings);
        var before = market.Journal.RecordsReadOfStreams;
        Assert.Equal(112m, (await market.AccountAsync("bob")).Balance);
        Assert.InRange(market.Journal.RecordsReadOfStreams - before, 0, 60);
    }

    [Fact]
    public async Task An_entity_can_be_asked_how_it_was_at_a_place()
    {
        await using var market = await EmbeddedMarket.StartAsync(new RuntimeSettings { CheckpointEveryEvents = 5, RetryAfterMs = 1 });
        var places = new List<Seq>();
        for (var i = 0; i < 20; i++) places.Add((await market.PayAsync($"pay-{i}", 1_00)).Receipt.Seq);
        for (var i = 0; i < 20; i++) Assert.Equal(101m + i, (await market.AccountAsync("bob", places[i])).Balance);
    }

    [Fact]
    public async Task Entities_that_nobody_asks_for_leave_memory_and_come_back_unchanged()
    {
        var time = new ManualTime();
        await using var market = await EmbeddedMarket.StartAsync(new RuntimeSettings { IdleAfterMs = 1_000 }, nodes: 1, time: time);
        await market.PayAsync("pay", 1_00);
        Assert.Equal(1, market.Cluster.ViewCluster().Nodes.Sum(node => node.Entities));
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(0, market.Cluster.ViewCluster().Nodes.Sum(node => node.Entities));
        Assert.Equal(101m, (await market.AccountAsync("bob")).Balance);
    }

    [Fact]
    public async Task Asking_for_what_never_was_leaves_nothing_in_memory()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        for (var i = 0; i < 100; i++)
            Assert.NotNull((await market.Cluster.QueryAsync(StreamId.Of("ledger", $"never-{i}"), new GetAccount("ann", Viewer.Nobody))).Refusal);
        Assert.Equal(1, market.Cluster.ViewCluster().Nodes.Sum(node => node.Entities));
    }

    [Fact]
    public async Task Stopping_commits_what_was_taken()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        var held = market.Journal.HoldAppends();
        var paying = market.SendAsync(OneEuro, "pay");
        await held;
        var stopping = market.Cluster.DisposeAsync().AsTask();
        market.Journal.Release();
        await stopping;
        Assert.Null((await paying).Refusal);
    }

    [Fact]
    public async Task The_journal_of_a_busy_cluster_passes_every_check()
    {
        await using var market = await EmbeddedMarket.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => market.SendAsync(OneEuro, $"pay-{i}")));
        await AssertSoundAsync(market);
    }

    private static async Task AssertSoundAsync(EmbeddedMarket market)
    {
        Assert.Empty((await JournalVerifier.VerifyAsync(market.Journal)).Problems);
        Assert.Empty(await MarketAudit.RunAsync(market.Journal, (await market.Journal.ReadEndAsync()).Seq));
    }
}
