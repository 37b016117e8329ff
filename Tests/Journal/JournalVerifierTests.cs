using System.Text;
using Rialto.Journal;
using Rialto.Journal.Memory;

namespace Rialto.Tests.Journals;

/// <summary>The verifier finds each kind of damage that is seeded, says where, and finds nothing else in a journal that is whole.</summary>
public sealed class JournalVerifierTests
{
    [Fact]
    public async Task A_whole_journal_of_several_leaders_is_found_whole()
    {
        var (_, tampered) = await SevenEvents();
        var told = new List<Seq>();
        var report = await JournalVerifier.VerifyAsync(tampered, new JournalVerifierSettings { PageEvents = 3 }, told.Add);
        Assert.Empty(report.Problems);
        Assert.Equal((7L, 2, true, 0L), (report.Events, report.Epochs, report.Ok, report.ProblemsFound));
        Assert.Equal([new Seq(3), new Seq(6), new Seq(7)], told);
    }

    [Fact]
    public async Task An_empty_journal_is_whole()
    {
        var report = await JournalVerifier.VerifyAsync(new MemoryJournal());
        Assert.True(report.Ok);
    }

    /// <summary>Seven events: 1 to 4 of node 1 in epoch 1, 5 to 7 of node 2 in epoch 2; each row changes one thing and names what must be found.</summary>
    public static TheoryData<string, long, string> Damages => new()
    {
        { "an event is missing", 4, JournalProblemCode.SeqGap },
        { "an event stands twice", 3, JournalProblemCode.SeqGap },
        { "a version is skipped", 3, JournalProblemCode.VersionGap },
        { "an ordinal is skipped", 3, JournalProblemCode.OrdinalGap },
        { "an event's content is changed", 3, JournalProblemCode.HashBroken },
        { "a hash is changed", 3, JournalProblemCode.HashBroken },
        { "an old leader writes after a new one", 6, JournalProblemCode.EpochFell },
        { "an epoch was never claimed", 7, JournalProblemCode.EpochUnclaimed },
        { "an event stands before its epoch's claim", 4, JournalProblemCode.EpochMisplaced },
        { "an event stands after the next epoch's claim", 5, JournalProblemCode.EpochMisplaced },
        { "a claim is missing", 4, JournalProblemCode.ClaimsBroken },
        { "an event depends on itself", 3, JournalProblemCode.CauseMisplaced },
        { "an event depends on a later one", 3, JournalProblemCode.CauseMisplaced },
        { "an event depends on place zero", 3, JournalProblemCode.CauseMisplaced },
        { "a command comes again in its stream", 4, JournalProblemCode.CommandTwice },
        { "a command comes again at once", 4, JournalProblemCode.CommandTwice },
        { "a node's count stands still", 3, JournalProblemCode.ClockNotGrown },
        { "a node's count falls", 3, JournalProblemCode.ClockNotGrown },
        { "an earlier event knew of it", 5, JournalProblemCode.ClockKnownBefore },
        { "an event knows of what is not there yet", 2, JournalProblemCode.ClockAhead },
        { "events of one command have different clocks", 6, JournalProblemCode.ClockDiffers },
        { "the last event is missing", 7, JournalProblemCode.EndDiffers },
    };

    [Theory, MemberData(nameof(Damages))]
    public async Task Seeded_damage_is_found_at_its_place(string damage, long at, string code)
    {
        var (records, journal) = await SevenEvents();
        Seed(damage, records, journal);
        var report = await JournalVerifier.VerifyAsync(journal);
        Assert.False(report.Ok);
        Assert.Contains(report.Problems, problem => problem.Code == code && problem.Seq == new Seq(at));
    }

    [Fact]
    public async Task Problems_beyond_the_limit_are_counted()
    {
        var (records, journal) = await SevenEvents();
        for (var i = 0; i < records.Count; i++) records[i] = records[i] with { AtUnixMs = 0 };
        var report = await JournalVerifier.VerifyAsync(journal, new JournalVerifierSettings { ProblemsKeptMax = 2 });
        Assert.Equal((2, 7L, false), (report.Problems.Count, report.ProblemsFound, report.Ok));
    }

    [Fact]
    public async Task One_command_may_take_effect_in_several_streams_and_with_several_events()
    {
        var (records, journal) = await SevenEvents();
        // Places 2 (auction/1) and 3 (ledger/a) and 4 (auction/1) become one command.
        for (var i = 2; i <= 3; i++) records[i] = records[i] with { Command = records[1].Command, Clock = records[1].Clock };
        // What follows knows less then.
        for (var i = 4; i < 7; i++) records[i] = records[i] with { Clock = records[i].Clock.With(new Rank(1), 2) };
        Reseal(records);
        var report = await JournalVerifier.VerifyAsync(journal);
        Assert.DoesNotContain(report.Problems, problem => problem.Code != JournalProblemCode.EndDiffers);
    }

    private static async Task<(List<JournalRecord> Records, TamperedJournal Journal)> SevenEvents()
    {
        var journal = new MemoryJournal();
        var first = await JournalWriter.Lead(journal);
        await first.Append("auction/1", "auction/1", "ledger/a");
        await first.Append("auction/1");
        var second = await JournalWriter.Lead(journal, rank: 2);
        await second.Append("auction/2", "auction/1", "ledger/a");
        return (second.Acknowledged, new TamperedJournal(journal, second.Acknowledged, [.. await journal.ReadClaimsAsync()]));
    }

    private static void Seed(string damage, List<JournalRecord> records, TamperedJournal journal)
    {
        JournalRecord Change(int seq, Func<JournalRecord, JournalRecord> change) => records[seq - 1] = change(records[seq - 1]);
        switch (damage)
        {
            case "an event is missing": records.RemoveAt(2); break;
            case "an event stands twice": records.Insert(3, records[2]); break;
            case "a version is skipped": Change(3, r => r with { Version = 2 }); break;
            case "an ordinal is skipped": Change(3, r => r with { Ordinal = 2 }); break;
            case "an event's content is changed": Change(3, r => r with { Data = Encoding.UTF8.GetBytes("{}") }); break;
            case "a hash is changed": Change(3, r => r with { Hash = records[0].Hash }); break;
            case "an old leader writes after a new one": Change(6, r => r with { Epoch = new Epoch(1) }); break;
            case "an epoch was never claimed": Change(7, r => r with { Epoch = new Epoch(3) }); break;
            case "an event stands before its epoch's claim": Change(4, r => r with { Epoch = new Epoch(2) }); break;
            case "an event stands after the next epoch's claim": Change(5, r => r with { Epoch = new Epoch(1) }); break;
            case "a claim is missing": journal.Claims.RemoveAt(0); break;
            case "an event depends on itself": Change(3, r => r with { Causes = [new Seq(3)] }); break;
            case "an event depends on a later one": Change(3, r => r with { Causes = [new Seq(1), new Seq(4)] }); break;
            case "an event depends on place zero": Change(3, r => r with { Causes = [Seq.None] }); break;
            case "a command comes again in its stream": Change(4, r => r with { Command = records[0].Command }); break;
            case "a command comes again at once": Change(3, r => r with { Stream = records[1].Stream }); Change(4, r => r with { Command = records[2].Command }); break;
            case "a node's count stands still": Change(3, r => r with { Clock = records[1].Clock }); break;
            case "a node's count falls": Change(3, r => r with { Clock = VectorClock.Of([(new Rank(1), 1)]) }); break;
            case "an earlier event knew of it": Change(4, r => r with { Clock = r.Clock.With(new Rank(2), 1) }); break;
            case "an event knows of what is not there yet": Change(2, r => r with { Clock = r.Clock.With(new Rank(9), 1) }); break;
            case "events of one command have different clocks":
                Change(6, r => r with { Command = records[4].Command, Clock = records[4].Clock.With(new Rank(1), 3) });
                break;
            case "the last event is missing": records.RemoveAt(6); break;
            default: throw new ArgumentException(damage);
        }
    }

    private static void Reseal(List<JournalRecord> records)
    {
        var hash = Hash256.Zero;
        for (var i = 0; i < records.Count; i++) hash = (records[i] = RecordCodec.Seal(records[i], hash)).Hash;
    }

    /// <summary>Tells the end of one journal and the records and claims of a list.</summary>
    private sealed class TamperedJournal(IJournal inner, List<JournalRecord> records, List<EpochClaim> claims) : IJournal
    {
        public List<EpochClaim> Claims => claims;

        public string Kind => "tampered";

        public long RefusedWrites => 0;

        public ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default) => inner.ReadEndAsync(cancellation);

        public ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default) => throw new NotSupportedException();

        public ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default) =>
            ValueTask.FromResult<IReadOnlyList<JournalRecord>>([.. records.Where(record => record.Seq > after).Take(limit)]);

        public ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default) => ValueTask.FromResult<IReadOnlyList<EpochClaim>>(claims);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
