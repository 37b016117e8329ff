using System.Collections.Immutable;
using System.Text;
using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Tests.Protocols;

/// <summary>Causes that are still on their way: what waits, for how long, and what is ordered when.</summary>
public class HoldBackTests
{
    private readonly Sequencer _sequencer = SequencerWith(new SequencerSettings { HoldForMs = 1_000, MaxHeldRequests = 3, MaxCausesPerRequest = 4 });

    [Fact]
    public void An_effect_that_comes_before_its_cause_is_ordered_after_it()
    {
        var effect = Request("effect", "auction/1", causes: ["cause"]);
        Assert.Equal(AppendStatus.Held, Order(effect).Status);
        var cause = Order(Request("cause", "auction/2"));

        var batch = _sequencer.Order([effect], 1);
        Assert.True(batch.Outcomes[0].First > cause.Last);
        Assert.Equal(cause.Last, Assert.Single(batch.Records[0].Causes));
    }

    [Fact]
    public void A_cause_in_the_same_batch_before_its_effect_makes_it_wait_for_nothing()
    {
        var batch = _sequencer.Order([Request("cause", "auction/1", events: 3), Request("effect", "auction/2", causes: ["cause"])], 0);
        Assert.All(batch.Outcomes, outcome => Assert.True(outcome.IsCommitted));
        Assert.Equal(new Seq(3), Assert.Single(batch.Records[^1].Causes));
    }

    [Fact]
    public void A_cause_in_the_same_batch_after_its_effect_lets_it_go_when_the_batch_is_written()
    {
        var batch = _sequencer.Order([Request("effect", "auction/2", causes: ["cause"]), Request("cause", "auction/1")], 0);
        Assert.Equal([AppendStatus.Held, AppendStatus.Committed], batch.Outcomes.Select(outcome => outcome.Status));
        _sequencer.Written();
        Assert.True(_sequencer.Order([Request("effect", "auction/2", causes: ["cause"])], 1).Outcomes[0].IsCommitted);
    }

    [Fact]
    public void An_effect_waits_for_the_last_of_its_causes_and_names_all_their_places()
    {
        var effect = Request("effect", "auction/1", causes: ["a", "b"], seqs: [1]);
        Order(Request("first", "auction/2"));
        Assert.Equal(AppendStatus.Held, Order(effect).Status);
        Order(Request("b", "auction/3"));
        Assert.Equal(AppendStatus.Held, Order(effect).Status);
        Order(Request("a", "auction/4"));
        Assert.Equal([1L, 2, 3], _sequencer.Order([effect], 1).Records[0].Causes.Select(seq => seq.Value));
    }

    [Fact]
    public void A_cause_that_never_comes_is_missing_when_the_time_is_up_however_often_the_effect_was_sent()
    {
        var effect = Request("effect", "auction/1", causes: ["cause"]);
        Assert.Equal(AppendStatus.Held, Order(effect, at: 0).Status);
        Assert.Equal(AppendStatus.Held, Order(effect, at: 999).Status);
        Assert.Equal(1_000, _sequencer.DueAtUnixMs);
        _sequencer.Order([], 1_000);
        // Whoever was not told comes again, and is told; after that it is a new wait.
        Assert.Equal(AppendStatus.MissingCause, Order(effect, at: 1_100).Status);
        Assert.Equal(AppendStatus.Held, Order(effect, at: 1_200).Status);
    }

    [Fact]
    public void A_cause_that_comes_after_all_is_found_by_an_effect_that_was_refused()
    {
        var effect = Request("effect", "auction/1", causes: ["cause"]);
        Order(effect, at: 0);
        _sequencer.Order([], 1_000);
        Order(Request("cause", "auction/2"), at: 1_050);
        Assert.True(Order(effect, at: 1_100).IsCommitted);
    }

    [Fact]
    public void Refusals_are_forgotten_and_the_queue_is_empty_again()
    {
        Order(Request("effect", "auction/1", causes: ["cause"]), at: 0);
        _sequencer.Order([], 1_000);
        Assert.Equal(1, _sequencer.HeldCount);
        _sequencer.Order([], 2_000);
        Assert.Equal((0, long.MaxValue), (_sequencer.HeldCount, _sequencer.DueAtUnixMs));
    }

    [Fact]
    public void No_more_wait_than_may()
    {
        for (var i = 0; i < 3; i++) Assert.Equal(AppendStatus.Held, Order(Request($"e{i}", "auction/1", causes: [$"c{i}"])).Status);
        Assert.Equal(AppendStatus.HoldBackFull, Order(Request("e3", "auction/1", causes: ["c3"])).Status);
        Assert.Equal(AppendStatus.TooLarge, Order(Request("e4", "auction/1", causes: ["1", "2", "3", "4", "5"])).Status);
        Assert.Equal(3, _sequencer.HeldCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Requests_that_wait_for_each_other_are_refused_at_once(int circle)
    {
        for (var i = 0; i < circle - 1; i++) Assert.Equal(AppendStatus.Held, Order(Request($"r{i}", $"auction/{i + 1}", causes: [$"r{i + 1}"])).Status);
        Assert.Equal(AppendStatus.CausalCycle, Order(Request($"r{circle - 1}", "auction/4", causes: ["r0"])).Status);
        for (var i = 0; i < circle - 1; i++) Assert.Equal(AppendStatus.CausalCycle, Order(Request($"r{i}", $"auction/{i + 1}", causes: [$"r{i + 1}"])).Status);
    }

    [Fact]
    public void A_chain_of_causes_is_let_go_link_by_link()
    {
        var (third, second) = (Request("third", "auction/3", causes: ["second"]), Request("second", "auction/2", causes: ["first"]));
        Assert.Equal([AppendStatus.Held, AppendStatus.Held], [Order(third).Status, Order(second).Status]);
        Order(Request("first", "auction/1"));
        Assert.Equal(AppendStatus.Held, Order(third).Status);
        Assert.True(Order(second).IsCommitted);
        Assert.True(Order(third).IsCommitted);
    }

    [Fact]
    public void A_held_request_does_not_block_its_stream_so_its_cause_may_be_the_next_event_there()
    {
        var effect = Request("effect", "auction/1", causes: ["cause"]);
        Assert.Equal(AppendStatus.Held, Order(effect).Status);
        Assert.True(Order(Request("cause", "auction/1")).IsCommitted);
        Assert.Equal(AppendStatus.Conflict, Order(effect).Status);
        Assert.True(Order(Request("effect", "auction/1", version: 1, causes: ["cause"])).IsCommitted);
    }

    [Fact]
    public void What_its_origin_sent_meanwhile_has_an_older_clock_because_the_held_one_is_stamped_anew()
    {
        var clock = new NodeClock(new Rank(1));
        var effect = Request("effect", "auction/1", causes: ["cause"]);
        var other = Request("other", "auction/2");
        (effect.Clock, other.Clock) = (clock.Tick(), clock.Tick());
        var first = _sequencer.Order([effect, other], 0);
        _sequencer.Written();
        Order(Request("cause", "auction/3"));
        effect.Clock = clock.Tick();
        var second = _sequencer.Order([effect], 0);
        Assert.Equal(ClockRelation.Before, first.Records[0].Clock.CompareTo(second.Records[0].Clock));
    }

    [Fact]
    public void A_cause_whose_write_failed_has_no_place()
    {
        var effect = Request("effect", "auction/1", causes: ["cause"]);
        Order(effect);
        _sequencer.Order([Request("cause", "auction/2")], 0);
        _sequencer.Recovered(Empty);
        Learn();
        Assert.Equal(AppendStatus.Held, Order(effect).Status);
        Assert.True(Order(Request("cause", "auction/2")).IsCommitted);
        Assert.True(Order(effect).IsCommitted);
    }

    [Fact]
    public void A_cause_from_before_the_epoch_is_found_once_it_is_learned()
    {
        var effect = Request("effect", "auction/1", causes: ["cause"]);
        var sequencer = SequencerWith(new SequencerSettings(), Empty with { Seq = new Seq(10) });
        sequencer.LearnCommand(CommandId.From("cause"), new Seq(7));
        Assert.Equal(new Seq(7), Assert.Single(sequencer.Order([effect], 0).Records[0].Causes));
    }

    [Fact]
    public void Only_so_many_commands_are_remembered_but_one_that_was_waited_for_is_not_forgotten()
    {
        var sequencer = SequencerWith(new SequencerSettings { MaxKnownCommands = 2 });
        var effect = Request("effect", "auction/1", causes: ["cause"]);
        foreach (var request in (AppendRequest[])[effect, Request("cause", "auction/2"), Request("x", "auction/3"), Request("y", "auction/4")])
        {
            sequencer.Order([request], 0);
            sequencer.Written();
        }
        Assert.Equal(new Seq(1), Assert.Single(sequencer.Order([effect], 0).Records[0].Causes));
    }

    [Fact]
    public void Whatever_comes_in_whatever_order_causes_stand_before_effects_and_nothing_waits_for_ever()
    {
        for (var seed = 1UL; seed <= 500; seed++)
        {
            var chance = new Chance(seed);
            var settings = new SequencerSettings { HoldForMs = 200, MaxHeldRequests = 8, MaxKnownCommands = 16 };
            var (sequencer, now) = (new Sequencer(settings, new Epoch(1), Empty), 0L);
            var place = new Dictionary<CommandId, Seq>();
            var versions = new Dictionary<StreamId, long>();
            var records = new List<JournalRecord>();
            // Each may depend on any other, so there are circles too; some causes never come.
            var open = Enumerable.Range(0, 30).Select(i => (Name: $"r{i}", Stream: $"auction/{chance.Below(6)}", Causes: chance.Percent(50) ? new[] { $"r{chance.Below(33)}" } : [])).ToList();
            for (var step = 0; step < 600 && open.Count > 0; step++, now += 10)
            {
                var picked = Enumerable.Range(0, chance.Between(1, 5)).Select(_ => open[chance.Below(open.Count)]).Distinct().ToList();
                var requests = picked.Select(p => Request(p.Name, p.Stream, versions.GetValueOrDefault(StreamId.Parse(p.Stream)), causes: p.Causes)).ToList();
                foreach (var stream in sequencer.UnknownStreams(requests)) sequencer.LearnVersion(stream, versions.GetValueOrDefault(stream));
                var batch = sequencer.Order(requests, now);
                if (batch.Records.Count > 0 && chance.Percent(10))
                {
                    sequencer.Recovered(End(records));
                    continue;
                }
                if (batch.Records.Count > 0) sequencer.Written();
                records.AddRange(batch.Records);
                for (var i = 0; i < picked.Count; i++)
                {
                    var outcome = batch.Outcomes[i];
                    if (outcome.IsCommitted)
                    {
                        place[requests[i].Command] = outcome.Last;
                        versions[requests[i].Streams[0].Stream] = requests[i].Streams[0].ExpectedVersion + 1;
                        foreach (var cause in picked[i].Causes) Assert.True(place[CommandId.From(cause)] < outcome.First, $"seed {seed}");
                    }
                    if (outcome.IsCommitted || outcome.Status is AppendStatus.MissingCause or AppendStatus.CausalCycle) open.Remove(picked[i]);
                }
                Assert.True(sequencer.HeldCount <= settings.MaxHeldRequests, $"seed {seed}");
            }
            Assert.True(open.Count == 0, $"seed {seed}: {open.Count} wait for ever");
            sequencer.Order([], now + 1_000);
            sequencer.Order([], now + 2_000);
            Assert.Equal(0, sequencer.HeldCount);
        }
    }

    private static readonly JournalEnd Empty = new(new Epoch(1), new Rank(3), Seq.None, Hash256.Zero, ImmutableDictionary<string, long>.Empty);

    private static JournalEnd End(List<JournalRecord> records) => records.Count == 0 ? Empty : Empty with
    {
        Seq = records[^1].Seq, Hash = records[^1].Hash, Ordinals = ImmutableDictionary<string, long>.Empty.Add("auction", records.Count),
    };

    private AppendOutcome Order(AppendRequest request, long at = 0)
    {
        var batch = _sequencer.Order([request], at);
        if (batch.Records.Count > 0) _sequencer.Written();
        return batch.Outcomes[0];
    }

    private void Learn()
    {
        for (var i = 1; i <= 4; i++) _sequencer.LearnVersion(StreamId.Parse($"auction/{i}"), 0);
    }

    private static Sequencer SequencerWith(SequencerSettings settings, JournalEnd? end = null)
    {
        var sequencer = new Sequencer(settings, new Epoch(1), end ?? Empty);
        for (var i = 1; i <= 4; i++) sequencer.LearnVersion(StreamId.Parse($"auction/{i}"), 0);
        return sequencer;
    }

    private static AppendRequest Request(string command, string stream, long version = 0, int events = 1, string[]? causes = null, long[]? seqs = null) => new()
    {
        Command = CommandId.From(command),
        Fingerprint = 0,
        Origin = new Rank(1),
        Streams = [new StreamAppend(StreamId.Parse(stream), version, [.. Enumerable.Range(0, events).Select(_ => new NewEvent("test.happened", Encoding.UTF8.GetBytes("{}")))])],
        Causes = [.. (seqs ?? []).Select(seq => new Seq(seq))],
        CausesByCommand = [.. (causes ?? []).Select(cause => CommandId.From(cause))],
    };
}
