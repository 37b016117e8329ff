using System.Collections.Immutable;
using System.Text;
using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Tests.Protocols;

public class SequencerTests
{
    private static readonly JournalEnd Empty = new(new Epoch(1), new Rank(3), Seq.None, Hash256.Zero, ImmutableDictionary<string, long>.Empty);

    [Fact]
    public void Places_versions_and_ordinals_have_no_gap_and_hashes_are_chained()
    {
        var sequencer = SequencerAt(Empty);
        var first = sequencer.Order([Request("a", "auction/1", 0, 2), Request("b", "ledger/USD", 0, 1)], 1_000);
        sequencer.Written();
        var second = sequencer.Order([Request("c", "auction/2", 0, 1), Request("d", "auction/1", 2, 1)], 1_001);

        var all = first.Records.Concat(second.Records).ToList();
        Assert.Equal([1, 2, 3, 4, 5], all.Select(record => record.Seq.Value));
        Assert.Equal([1, 2, 1, 1, 3], all.Select(record => record.Version));
        Assert.Equal([1, 2, 1, 3, 4], all.Select(record => record.Ordinal));
        var hash = Hash256.Zero;
        foreach (var record in all) Assert.Equal(record.Hash, hash = RecordCodec.HashOf(record, hash));
    }

    [Fact]
    public void A_new_epoch_goes_on_from_the_end_that_it_read()
    {
        var end = new JournalEnd(new Epoch(7), new Rank(2), new Seq(41), new Hash256(1, 2, 3, 4), ImmutableDictionary<string, long>.Empty.Add("auction", 9));
        var sequencer = SequencerAt(end, ("auction/1", 5));
        var record = Assert.Single(sequencer.Order([Request("a", "auction/1", 5, 1)], 0).Records);
        Assert.Equal((42, 10, 6, 7), (record.Seq.Value, record.Ordinal, record.Version, record.Epoch.Value));
        Assert.Equal(RecordCodec.HashOf(record, end.Hash), record.Hash);
    }

    public static TheoryData<string, AppendRequest, AppendStatus> Refusals => new()
    {
        { "a version that is behind", Request("a", "auction/1", 4, 1), AppendStatus.Conflict },
        { "a version that is ahead", Request("a", "auction/1", 6, 1), AppendStatus.Conflict },
        { "a cause that has no place", Request("a", "auction/1", 5, 1, causes: [new Seq(11)]), AppendStatus.MissingCause },
        { "a cause before the beginning", Request("a", "auction/1", 5, 1, causes: [Seq.None]), AppendStatus.MissingCause },
        { "a last moment that has passed", Request("a", "auction/1", 5, 1, notAfter: 999), AppendStatus.TooLate },
        { "too many events", Request("a", "auction/1", 5, 11), AppendStatus.TooLarge },
        { "too many bytes", Request("a", "auction/1", 5, 1, data: new string('x', 1_001)), AppendStatus.TooLarge },
    };

    [Fact]
    public void What_a_node_sent_in_an_earlier_life_does_not_make_its_clock_go_back()
    {
        var sequencer = SequencerAt(Empty, ("auction/1", 0), ("auction/2", 0), ("auction/3", 0));
        sequencer.LearnClock(VectorClock.Zero.With(new Rank(1), 4));
        var batch = sequencer.Order([Ticked("a", "auction/1", 4), Ticked("b", "auction/2", 7), Ticked("c", "auction/3", 6)], 1_000);
        Assert.Equal([AppendStatus.Conflict, AppendStatus.Committed, AppendStatus.Conflict], batch.Outcomes.Select(outcome => outcome.Status));
        // It was not written after all: then the same may be written now.
        sequencer.Recovered(Empty);
        foreach (var stream in (string[])["auction/2", "auction/3"]) sequencer.LearnVersion(StreamId.Parse(stream), 0);
        Assert.True(sequencer.Order([Ticked("c", "auction/3", 6)], 1_000).Outcomes[0].IsCommitted);

        static AppendRequest Ticked(string command, string stream, long ticks)
        {
            var request = Request(command, stream, 0, 1);
            request.Clock = VectorClock.Zero.With(new Rank(1), ticks);
            return request;
        }
    }

    [Fact]
    public void A_question_takes_no_place_and_is_told_whether_the_version_is_still_the_same()
    {
        var sequencer = SequencerAt(Empty with { Seq = new Seq(10) }, ("auction/1", 5));
        var batch = sequencer.Order([Request("a", "auction/1", 5, 0), Request("b", "auction/1", 5, 1), Request("c", "auction/1", 5, 0), Request("d", "auction/1", 6, 0)], 1_000);
        Assert.Equal([AppendStatus.Committed, AppendStatus.Committed, AppendStatus.Conflict, AppendStatus.Conflict], batch.Outcomes.Select(outcome => outcome.Status));
        Assert.Equal(11, Assert.Single(batch.Records).Seq.Value);
    }

    [Fact]
    public void What_was_decided_on_a_refused_request_is_refused_with_it_though_its_version_is_there()
    {
        // Somebody else has taken version 6. The first of the two lost that race; the second was decided on the first, not on what stands there.
        var sequencer = SequencerAt(Empty with { Seq = new Seq(10) }, ("auction/1", 6), ("auction/2", 1));
        var batch = sequencer.Order([Request("a", "auction/1", 5, 1), Request("b", "auction/1", 6, 1), Request("c", "auction/2", 1, 1)], 1_000);
        Assert.Equal([AppendStatus.Conflict, AppendStatus.Conflict, AppendStatus.Committed], batch.Outcomes.Select(outcome => outcome.Status));
    }

    [Theory, MemberData(nameof(Refusals))]
    public void What_may_not_be_written_is_refused_and_takes_no_place(string why, AppendRequest request, AppendStatus expected)
    {
        var end = Empty with { Seq = new Seq(10) };
        var sequencer = SequencerAt(end, ("auction/1", 5), ("auction/2", 5));
        var batch = sequencer.Order([request, Request("b", "auction/2", 5, 1)], 1_000);
        Assert.True(batch.Outcomes[0].Status == expected, $"{why}: {batch.Outcomes[0].Status}");
        Assert.Equal(11, Assert.Single(batch.Records).Seq.Value);
        Assert.True(batch.Outcomes[1].IsCommitted);
    }

    [Fact]
    public void Of_two_writers_at_one_version_the_first_wins()
    {
        var batch = SequencerAt(Empty).Order([Request("a", "auction/1", 0, 1), Request("b", "auction/1", 0, 1)], 0);
        Assert.Equal([AppendStatus.Committed, AppendStatus.Conflict], batch.Outcomes.Select(outcome => outcome.Status));
    }

    [Fact]
    public void Several_streams_in_one_request_commit_together_or_not_at_all()
    {
        var sequencer = SequencerAt(Empty, ("auction/1", 0), ("ledger/USD", 3));
        AppendRequest Both(long ledgerVersion) => new()
        {
            Command = CommandId.From("both"), Fingerprint = 0, Origin = new Rank(1),
            Streams = [Append("auction/1", 0, 1), Append("ledger/USD", ledgerVersion, 1)],
        };
        var refused = sequencer.Order([Both(2)], 0);
        Assert.Empty(refused.Records);
        Assert.Equal(AppendStatus.Conflict, refused.Outcomes[0].Status);
        Assert.Equal(2, sequencer.Order([Both(3)], 0).Records.Count);
    }

    [Fact]
    public void A_cause_may_stand_in_the_same_batch_before_its_effect()
    {
        var batch = SequencerAt(Empty).Order([Request("a", "ledger/USD", 0, 1), Request("b", "auction/1", 0, 1, causes: [new Seq(1)])], 0);
        Assert.All(batch.Outcomes, outcome => Assert.True(outcome.IsCommitted));
    }

    [Fact]
    public void After_a_failed_write_nothing_that_was_assumed_is_kept()
    {
        var sequencer = SequencerAt(Empty);
        sequencer.Order([Request("a", "auction/1", 0, 3)], 0);
        sequencer.Recovered(Empty);
        Assert.Equal(["auction/1"], sequencer.UnknownStreams([Request("a", "auction/1", 0, 3)]).Select(stream => stream.Text));
        sequencer.LearnVersion(StreamId.Parse("auction/1"), 0);
        Assert.Equal([1, 2, 3], sequencer.Order([Request("a", "auction/1", 0, 3)], 0).Records.Select(record => record.Seq.Value));
    }

    [Fact]
    public void There_is_one_batch_under_way_at_a_time()
    {
        var sequencer = SequencerAt(Empty);
        sequencer.Order([Request("a", "auction/1", 0, 1)], 0);
        Assert.Throws<InvalidOperationException>(() => sequencer.Order([Request("b", "auction/1", 1, 1)], 0));
    }

    [Fact]
    public void Times_in_the_journal_never_go_back_even_if_the_leaders_clock_does()
    {
        var sequencer = SequencerAt(Empty);
        sequencer.Order([Request("a", "auction/1", 0, 1)], 5_000);
        sequencer.Written();
        Assert.Equal(5_000, Assert.Single(sequencer.Order([Request("b", "auction/1", 1, 1)], 4_000).Records).AtUnixMs);
    }

    [Fact]
    public void A_request_that_comes_again_is_told_where_it_stands()
    {
        var request = Request("a", "auction/1", 0, 2);
        var written = SequencerAt(Empty).Order([request], 0).Records;
        Assert.Equal(new AppendOutcome(AppendStatus.Committed, new Seq(1), new Seq(2), new Epoch(1)), Sequencer.CompareWithWritten(request, written));
    }

    [Fact]
    public void The_same_command_with_other_events_is_told_that_its_first_decision_stands()
    {
        var written = SequencerAt(Empty).Order([Request("a", "auction/1", 0, 1, data: "{\"at\":1}")], 0).Records;
        Assert.Equal(AppendStatus.AlreadyDecided, Sequencer.CompareWithWritten(Request("a", "auction/1", 0, 1, data: "{\"at\":2}"), written).Status);
    }

    [Fact]
    public void Another_command_at_that_version_is_a_conflict()
    {
        var written = SequencerAt(Empty).Order([Request("a", "auction/1", 0, 1)], 0).Records;
        Assert.Equal(AppendStatus.Conflict, Sequencer.CompareWithWritten(Request("b", "auction/1", 0, 1), written).Status);
        Assert.Equal(AppendStatus.Conflict, Sequencer.CompareWithWritten(Request("b", "auction/1", 7, 1), []).Status);
    }

    private static Sequencer SequencerAt(JournalEnd end, params (string Stream, long Version)[] versions)
    {
        var sequencer = new Sequencer(new SequencerSettings { MaxEventsPerRequest = 10, MaxBytesPerRequest = 1_000 }, end.Epoch, end);
        foreach (var stream in new[] { "auction/1", "auction/2", "ledger/USD" }) sequencer.LearnVersion(StreamId.Parse(stream), 0);
        foreach (var (stream, version) in versions) sequencer.LearnVersion(StreamId.Parse(stream), version);
        return sequencer;
    }

    private static AppendRequest Request(string command, string stream, long version, int events, Seq[]? causes = null, long notAfter = long.MaxValue, string data = "{}") => new()
    {
        Command = CommandId.From(command),
        Fingerprint = 0,
        Origin = new Rank(1),
        Streams = [Append(stream, version, events, data)],
        Causes = [.. causes ?? []],
        NotAfterUnixMs = notAfter,
    };

    private static StreamAppend Append(string stream, long version, int events, string data = "{}") =>
        new(StreamId.Parse(stream), version, [.. Enumerable.Range(0, events).Select(_ => new NewEvent("test.happened", Encoding.UTF8.GetBytes(data)))]);
}
