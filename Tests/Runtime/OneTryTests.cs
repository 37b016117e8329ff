using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Runtime;

/// <summary>However often a command is brought while it is under way, it is tried once, and costs its journal no reading.</summary>
public class OneTryTests
{
    private static readonly Command OneCent = new Transfer(new TransferOrder("ann", "bob", 1));

    [Fact]
    public async Task A_slow_write_is_no_storm_of_readings_though_every_command_is_brought_again_and_again()
    {
        var (time, journal) = (new ManualTime(), new FaultyJournal(new MemoryJournal()));
        await using var nodes = await FilledAsync(journal, time, events: 2_700);
        var readBefore = journal.StreamReads;
        var held = journal.HoldAppends();
        var waiting = Enumerable.Range(0, 300).Select(i => PayAsync(nodes, $"slow {i}")).ToArray();
        await held;
        // The front doors' patience is over after 1.3 s each time, as on Orleans; the write takes two.
        time.Advance(TimeSpan.FromMilliseconds(1_300));
        var again = Enumerable.Range(0, 300).Select(i => PayAsync(nodes, $"slow {i}")).ToArray();
        time.Advance(TimeSpan.FromMilliseconds(700));
        journal.Release();
        // From here on the clock stands still, so every answer comes 0 ms after the write; whoever waited for anything else would wait for ever.
        var (first, second) = (await Task.WhenAll(waiting), await Task.WhenAll(again));
        Assert.All(first, reply => Assert.Equal((null, false), (reply.Refusal, reply.Replayed)));
        Assert.Equal(first.Select(reply => reply.Receipt), second.Select(reply => reply.Receipt));
        Assert.All(second, reply => Assert.True(reply.Replayed));
        Assert.Equal(0, journal.StreamReads - readBefore);
    }

    [Fact]
    public async Task Who_asks_for_the_past_while_it_is_read_shares_the_reading()
    {
        var journal = new FaultyJournal(new MemoryJournal());
        await using var nodes = await FilledAsync(journal, new ManualTime(), events: 2_700);
        var gate = new TaskCompletionSource();
        var (readsBefore, recordsBefore) = (journal.StreamReads, journal.RecordsReadOfStreams);
        journal.StreamReadsWaitFor = gate.Task;
        var asked = Enumerable.Range(0, 300).Select(i => PayAsync(nodes, $"pay {2_000 + i}")).ToArray();
        gate.SetResult();
        var replies = await Task.WhenAll(asked);
        Assert.All(replies, reply => Assert.True(reply.Replayed));
        Assert.Equal(Enumerable.Range(2_000, 300).Select(i => new Seq(i + 5)), replies.Select(reply => reply.Receipt.Seq));
        // From a checkpoint that is a thousand events older, about, for all of them together: a second page, because the first one asked when it was alone.
        Assert.InRange(journal.RecordsReadOfStreams - recordsBefore, 300, 1_400);
        Assert.InRange(journal.StreamReads - readsBefore, 1, 2);
    }

    [Fact]
    public async Task A_command_that_is_the_last_is_answered_again_without_reading()
    {
        var journal = new FaultyJournal(new MemoryJournal());
        await using var nodes = await FilledAsync(journal, new ManualTime(), events: 10);
        var before = journal.StreamReads;
        var again = await PayAsync(nodes, "pay 9");
        Assert.Equal((true, new Seq(14)), (again.Replayed, again.Receipt.Seq));
        Assert.Equal(before, journal.StreamReads);
    }

    [Fact]
    public async Task Two_who_bring_one_command_that_waits_for_a_cause_are_told_the_same()
    {
        var lone = await LoneEntity.StartAsync(TimeProvider.System, new RuntimeSettings { RetryAfterMs = 1 });
        var gate = new TaskCompletionSource();
        lone.Leader = async requests =>
        {
            await gate.Task;
            return LoneEntity.All(requests, lone.Sent.Count < 4 ? AppendStatus.Held : AppendStatus.MissingCause);
        };
        var (first, again) = (lone.SendAsync(OneCent, "pay"), lone.SendAsync(OneCent, "pay"));
        gate.SetResult();
        Assert.Equal(("missing-cause", "missing-cause"), ((await first).Refusal?.Code, (await again).Refusal?.Code));
        Assert.Equal(4, lone.Sent.Count);
    }

    [Fact]
    public void What_the_runtime_tries_again_is_not_told_as_sent_twice()
    {
        var request = new CommandRequest(EmbeddedMarket.Usd, OneCent, "ann", CommandId.From("pay"), Fingerprint: 1);
        var reply = new CommandReply(new Receipt(new Seq(1), new Epoch(1), 1), null, null, Replayed: true);
        Assert.True(reply.AfterTries(request, Refusals.NoLeader).Replayed);
        Assert.False(reply.AfterTries(request, Refusals.AfterTry(Refusals.NoLeader, null)).Replayed);
        // The runtime's own commands may differ under one id: whoever asks for one looks what it was.
        Assert.True(reply.AfterTries(request with { Fingerprint = 0 }, Refusals.OutcomeUnknown).Replayed);
    }

    [Fact]
    public async Task What_storage_does_not_take_is_refused_and_keeps_nobody_else_waiting()
    {
        var journal = new FaultyJournal(new MemoryJournal());
        await using var nodes = await FilledAsync(journal, new ManualTime(), events: 1);
        var bad = CommandId.From("bad");
        journal.Refuses = record => record.Command == bad;
        var held = journal.HoldAppends();
        var first = PayAsync(nodes, "first");
        await held;
        var others = Enumerable.Range(0, 20).Select(i => PayAsync(nodes, i == 7 ? "bad" : $"good {i}")).ToArray();
        journal.Release();
        Assert.Null((await first).Refusal);
        var replies = await Task.WhenAll(others);
        Assert.Equal("not-storable", replies[7].Refusal?.Code);
        Assert.All(replies.Where((_, i) => i != 7), reply => Assert.Null(reply.Refusal));
        Assert.Empty((await JournalVerifier.VerifyAsync(journal)).Problems);
        // What is sent next is written as ever.
        Assert.Null((await PayAsync(nodes, "after")).Refusal);
        Assert.Equal("not-storable", (await PayAsync(nodes, "bad")).Refusal?.Code);
    }

    [Fact]
    public async Task A_submit_that_fails_as_nobody_foresaw_costs_one_try()
    {
        var lone = await LoneEntity.StartAsync(TimeProvider.System, new RuntimeSettings { RetryAfterMs = 1 });
        var leader = lone.Leader;
        lone.Leader = _ =>
        {
            lone.Leader = leader;
            throw new FormatException("Nobody foresaw this (test).");
        };
        Assert.Null((await lone.SendAsync(OneCent, "pay")).Refusal);
        Assert.Equal(2, lone.Sent.Count);
    }

    [Fact]
    public async Task A_sequencer_stops_in_time_though_storage_never_answers()
    {
        var (time, journal) = (new ManualTime(), new FaultyJournal(new MemoryJournal()));
        var epoch = (await journal.ClaimEpochAsync(Epoch.None, new Rank(1), 0)).Current;
        var sequencer = new SequencerHost(new Sequencer(new SequencerSettings(), epoch, await journal.ReadEndAsync()), Seq.None, journal, time, new RuntimeSettings(), _ => { });
        var held = journal.HoldAppends();
        _ = sequencer.SubmitAsync([new AppendRequest { Command = CommandId.From("one"), Fingerprint = 1, Origin = new Rank(1), Streams = [new StreamAppend(EmbeddedMarket.Usd, 0, [new NewEvent("ledger.test", "{}"u8.ToArray())])] }]);
        await held;
        var stopping = sequencer.StopAsync(TimeSpan.FromSeconds(2));
        time.Advance(TimeSpan.FromSeconds(2));
        while (!stopping.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
        await stopping;
        journal.Release();
    }

    /// <summary>Two nodes, the first of which hosts a ledger with so many payments.</summary>
    private static async Task<TwoNodes> FilledAsync(IJournal journal, TimeProvider time, int events)
    {
        var nodes = await TwoNodes.StartAsync(journal, new MemoryCheckpoints(), time: time);
        foreach (var (command, id) in new (Command, string)[] { (new CreateLedger(2), "create"), (new OpenAccount("ann", 100_000_00), "ann"), (new OpenAccount("bob", 0), "bob") })
            Assert.Null((await ExecuteAsync(nodes, command, id)).Refusal);
        var replies = await Task.WhenAll(Enumerable.Range(0, events).Select(i => PayAsync(nodes, $"pay {i}")));
        Assert.All(replies, reply => Assert.Null(reply.Refusal));
        return nodes;
    }

    private static Task<CommandReply> PayAsync(TwoNodes nodes, string id) => ExecuteAsync(nodes, OneCent, id);

    private static Task<CommandReply> ExecuteAsync(TwoNodes nodes, Command command, string id) =>
        nodes.Nodes[0].Entities.ExecuteAsync(new CommandRequest(EmbeddedMarket.Usd, command, "ann", CommandId.From(id), Fingerprint: 1)).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
}
