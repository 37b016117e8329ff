using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Runtime;

public class SequencerHostTests
{
    private static readonly StreamId Stream = StreamId.Of("ledger", "USD");

    [Fact]
    public async Task An_idle_sequencer_has_given_a_batch_to_storage_when_it_has_taken_it()
    {
        var journal = new FaultyJournal(new MemoryJournal());
        var sequencer = await LeadAsync(journal);
        var arrived = journal.HoldAppends();
        var answer = sequencer.SubmitAsync([Request(0)]);
        Assert.True(arrived.IsCompleted);
        Assert.False(answer.IsCompleted);
        journal.Release();
        Assert.Equal(new Seq(1), Assert.Single(await answer).Last);
        await sequencer.StopAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task What_comes_while_storage_writes_makes_up_the_next_write()
    {
        var journal = new FaultyJournal(new MemoryJournal());
        var writes = new List<int>();
        var sequencer = await LeadAsync(journal, batch => writes.Add(batch.Events.Count));
        _ = journal.HoldAppends();
        var first = sequencer.SubmitAsync([Request(0)]);
        var others = Enumerable.Range(1, 3).Select(version => sequencer.SubmitAsync([Request(version)])).ToArray();
        journal.Release();
        Assert.Equal(new Seq(1), (await first)[0].Last);
        Assert.Equal([new Seq(2), new Seq(3), new Seq(4)], (await Task.WhenAll(others)).Select(outcomes => outcomes[0].Last));
        Assert.Equal([1, 3], writes);
        await sequencer.StopAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Questions_take_room_too_and_a_barrier_takes_none()
    {
        var journal = new FaultyJournal(new MemoryJournal());
        var sequencer = await LeadAsync(journal, settings: new RuntimeSettings { MaxQueuedEvents = 3 });
        _ = journal.HoldAppends();
        var first = sequencer.SubmitAsync([Request(0)]);
        var asked = Enumerable.Range(0, 2).Select(_ => sequencer.SubmitAsync([Question(1)])).ToArray();
        Assert.Equal(AppendStatus.NotSent, Assert.Single(await sequencer.SubmitAsync([Question(1)])).Status);
        var barrier = sequencer.BarrierAsync();
        Assert.False(barrier.IsCompleted);
        journal.Release();
        Assert.Equal(new Seq(1), await barrier);
        Assert.True(first.IsCompleted && asked.All(question => question.IsCompleted));
        Assert.Equal(AppendStatus.Committed, Assert.Single(await sequencer.SubmitAsync([Question(1)])).Status);
        await sequencer.StopAsync(TimeSpan.FromSeconds(30));
    }

    private static async Task<SequencerHost> LeadAsync(IJournal journal, Action<CommittedBatch>? multicast = null, RuntimeSettings? settings = null)
    {
        var epoch = (await journal.ClaimEpochAsync(Epoch.None, new Rank(1), 0)).Current;
        return new SequencerHost(new Sequencer(new SequencerSettings(), epoch, await journal.ReadEndAsync()), Seq.None, journal, TimeProvider.System, settings ?? new RuntimeSettings(), multicast ?? (_ => { }));
    }

    private static AppendRequest Question(long version) => new() { Command = CommandId.None, Fingerprint = 0, Origin = new Rank(1), Streams = [new StreamAppend(Stream, version, [])] };

    private static AppendRequest Request(long version) => new()
    {
        Command = CommandId.From($"at {version}"), Fingerprint = 1, Origin = new Rank(1), Streams = [new StreamAppend(Stream, version, [new NewEvent("ledger.test", "{}"u8.ToArray())])],
    };
}
