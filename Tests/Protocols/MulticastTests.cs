using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Tests.Protocols;

public class MulticastTests
{
    private readonly MulticastSettings _settings = new() { MaxKeptBatches = 4, MaxHeldBatches = 3, MaxResentBatches = 2, GapPatienceMs = 10, NackRetryMs = 50, MaxNacks = 2 };
    private readonly List<DeliveryOrder<string>> _orders = [];
    private readonly List<MulticastOrder<string>> _sent = [];

    [Fact]
    public void Batches_in_order_are_delivered_at_once()
    {
        var receiver = Receiver();
        receiver.Received(Span(1, 1, 2), 0, _orders);
        receiver.Received(Span(1, 3, 3), 0, _orders);
        Assert.Equal(["deliver 1..2", "deliver 3..3"], Said());
        Assert.Equal(long.MaxValue, receiver.DueAtMs);
    }

    [Fact]
    public void What_was_had_before_is_dropped_also_in_part()
    {
        var receiver = Receiver();
        receiver.Received(Span(1, 1, 2), 0, _orders);
        receiver.Received(Span(1, 1, 2), 0, _orders);
        receiver.Received(Span(1, 2, 4), 0, _orders);
        Assert.Equal(["deliver 1..2", "deliver 2..4"], Said());
        Assert.Equal((1, 4), (receiver.Duplicates, receiver.Applied.Value));
    }

    [Fact]
    public void Disorder_heals_without_a_request()
    {
        var receiver = Receiver();
        receiver.Received(Span(1, 2, 2), 0, _orders);
        receiver.Received(Span(1, 1, 1), 9, _orders);
        receiver.Tick(60, _orders);
        Assert.Equal(["deliver 1..1", "deliver 2..2"], Said());
    }

    [Fact]
    public void A_gap_is_asked_for_after_a_moment_and_read_from_the_journal_after_requests_in_vain()
    {
        var receiver = Receiver();
        receiver.Received(Span(1, 3, 4), 0, _orders);
        receiver.Tick(9, _orders);
        Assert.Empty(Said());
        receiver.Tick(10, _orders);
        receiver.Tick(59, _orders);
        receiver.Tick(60, _orders);
        receiver.Tick(110, _orders);
        Assert.Equal(["ask 3 for 1..2", "ask 3 for 1..2", "read after 0"], Said());
        receiver.CaughtUp(new Seq(2), 120, _orders);
        Assert.Equal(["deliver 3..4"], Said());
    }

    [Fact]
    public void A_lost_last_batch_is_found_by_a_heartbeat()
    {
        var receiver = Receiver();
        receiver.CommittedUpTo(new Epoch(1), new Seq(5), 0, _orders);
        receiver.Tick(10, _orders);
        Assert.Equal(["ask 3 for 1..5"], Said());
    }

    [Fact]
    public void No_more_is_held_back_than_may_and_what_is_nearest_is_kept()
    {
        var receiver = Receiver();
        foreach (var at in new[] { 9, 3, 5, 7 }) receiver.Received(Span(1, at, at), 0, _orders);
        Assert.Equal(3, receiver.Held);
        receiver.Received(Span(1, 1, 2), 0, _orders);
        receiver.Received(Span(1, 4, 4), 0, _orders);
        receiver.Received(Span(1, 6, 6), 0, _orders);
        Assert.Equal(7, receiver.Applied.Value);
        receiver.Tick(20, _orders);
        Assert.Equal("ask 3 for 8..9", Said()[^1]);
    }

    [Fact]
    public void A_deposed_leaders_batch_beyond_the_new_epochs_start_is_dropped_and_counted()
    {
        var receiver = Receiver();
        receiver.Received(Span(1, 6, 7), 0, _orders);
        receiver.Lead(new Rank(2), new Epoch(2), new Seq(5), 0, _orders);
        receiver.Received(Span(1, 1, 5), 0, _orders);
        receiver.Received(Span(1, 6, 6), 0, _orders);
        Assert.Equal(["deliver 1..5"], Said());
        Assert.Equal((2, 0), (receiver.Deposed, receiver.Held));
        receiver.Received(Span(2, 6, 6), 0, _orders);
        Assert.Equal(["deliver 6..6"], Said());
    }

    [Fact]
    public void The_leader_sends_again_what_it_keeps_and_refers_to_the_journal_for_the_rest()
    {
        var sender = new MulticastSender<string>(_settings, new Epoch(1), Seq.None);
        sender.SetReceivers([new Rank(1), new Rank(2)]);
        for (var i = 1; i <= 6; i++) sender.Committed(new Seq(i), new Seq(i), $"{i}", _sent);
        Assert.Equal((12, 4), (_sent.Count, sender.Kept));
        _sent.Clear();
        sender.Missing(new Rank(1), new Nack(new Epoch(1), new Seq(4), new Seq(6)), _sent);
        sender.Missing(new Rank(2), new Nack(new Epoch(1), new Seq(2), new Seq(3)), _sent);
        sender.Missing(new Rank(9), new Nack(new Epoch(1), new Seq(2), new Seq(3)), _sent);
        sender.Missing(new Rank(1), new Nack(new Epoch(1), new Seq(7), new Seq(9)), _sent);
        Assert.Equal(["send 1: 4..4", "send 1: 5..5", "journal 2 up to 6"], Sent());
    }

    [Fact]
    public void What_all_have_is_forgotten()
    {
        var sender = new MulticastSender<string>(_settings, new Epoch(1), Seq.None);
        sender.SetReceivers([new Rank(1), new Rank(2)]);
        for (var i = 1; i <= 3; i++) sender.Committed(new Seq(i), new Seq(i), $"{i}", _sent);
        sender.Progressed(new Rank(1), new Seq(3));
        Assert.Equal(3, sender.Kept);
        sender.Progressed(new Rank(2), new Seq(2));
        Assert.Equal(1, sender.Kept);
        Assert.Throws<InvalidOperationException>(() => sender.Committed(new Seq(5), new Seq(5), "5", _sent));
    }

    [Fact]
    public void Whatever_the_network_does_each_node_delivers_every_event_once_and_in_order()
    {
        for (var seed = 1UL; seed <= 400; seed++) RunThrough(new Chance(seed), seed);
    }

    /// <summary>Two leaders one after the other, a network that loses, doubles and disorders, and a journal that has everything.</summary>
    private static void RunThrough(Chance chance, ulong seed)
    {
        var settings = new MulticastSettings { MaxKeptBatches = chance.Between(1, 8), MaxHeldBatches = chance.Between(1, 6) };
        var receiver = new MulticastReceiver<string>(settings, Seq.None);
        var events = new PriorityQueue<Action, (long, int)>();
        var (now, order, committed, delivered) = (0L, 0, 0L, 0L);
        MulticastSender<string> sender = null!;
        void At(long at, Action act) => events.Enqueue(act, (at, order++));
        void Over(Action arrives)
        {
            if (now < 3_000 && chance.Percent(25)) return;
            for (var copies = chance.Percent(15) ? 2 : 1; copies > 0; copies--) At(now + chance.Between(0, 40), arrives);
        }
        void Carry(List<MulticastOrder<string>> orders)
        {
            foreach (var one in orders)
                if (one is MulticastOrder<string>.Send send) Over(() => Receive(orders => receiver.Received(send.Span, now, orders)));
                else Over(() => Receive(receiver.UseJournal));
        }
        void Receive(Action<List<DeliveryOrder<string>>> step)
        {
            var orders = new List<DeliveryOrder<string>>();
            step(orders);
            foreach (var one in orders)
                switch (one)
                {
                    case DeliveryOrder<string>.Deliver { Span: var span }:
                        Assert.True(span.First.Value <= delivered + 1 && span.Last.Value > delivered, $"seed {seed}: {span.First}..{span.Last} after {delivered}");
                        delivered = span.Last.Value;
                        break;
                    case DeliveryOrder<string>.Ask { Nack: var nack }:
                        Over(() =>
                        {
                            var answers = new List<MulticastOrder<string>>();
                            sender.Missing(new Rank(1), nack, answers);
                            Carry(answers);
                        });
                        break;
                    case DeliveryOrder<string>.ReadJournal { After: var after }:
                        Assert.Equal(delivered, after.Value);
                        At(now + 20, () => { delivered = committed; Receive(orders => receiver.CaughtUp(new Seq(committed), now, orders)); });
                        break;
                }
        }
        void Lead(int epoch)
        {
            sender = new MulticastSender<string>(settings, new Epoch(epoch), new Seq(committed));
            sender.SetReceivers([new Rank(1)]);
            var start = new Seq(committed);
            At(now + chance.Between(0, 300), () => Receive(orders => receiver.Lead(new Rank(3), new Epoch(epoch), chance.Percent(70) ? start : null, now, orders)));
        }
        Lead(1);
        for (var step = 0; step < 200; step++)
        {
            var at = step * 15L;
            At(at, () =>
            {
                if (step == 100) Lead(2);
                var size = chance.Between(1, 4);
                var orders = new List<MulticastOrder<string>>();
                sender.Committed(new Seq(committed + 1), new Seq(committed + size), "", orders);
                committed += size;
                Carry(orders);
            });
        }
        for (var at = 0L; at < 6_000; at += 5) At(at, () => Receive(orders => receiver.Tick(now, orders)));
        for (var at = 200L; at < 6_000; at += 200)
            At(at, () =>
            {
                var (epoch, last) = (sender, committed);
                Over(() => Receive(orders => receiver.CommittedUpTo(new Epoch(epoch == sender ? 2 : 1), new Seq(last), now, orders)));
                sender.Progressed(new Rank(1), receiver.Applied);
            });
        while (events.TryDequeue(out var happens, out var when))
        {
            now = Math.Max(now, when.Item1);
            happens();
            Assert.True(receiver.Held <= settings.MaxHeldBatches && sender.Kept <= settings.MaxKeptBatches, $"seed {seed}");
        }
        Assert.True(delivered == committed, $"seed {seed}: {delivered} of {committed} delivered");
    }

    private MulticastReceiver<string> Receiver()
    {
        var receiver = new MulticastReceiver<string>(_settings, Seq.None);
        receiver.Lead(new Rank(3), new Epoch(1), Seq.None, 0, _orders);
        return receiver;
    }

    private static SequencedSpan<string> Span(long epoch, long first, long last) => new(new Epoch(epoch), new Seq(first), new Seq(last), "");

    private List<string> Said()
    {
        var said = _orders.Select(one => one switch
        {
            DeliveryOrder<string>.Deliver deliver => $"deliver {deliver.Span.First}..{deliver.Span.Last}",
            DeliveryOrder<string>.Ask ask => $"ask {ask.To} for {ask.Nack.First}..{ask.Nack.Last}",
            DeliveryOrder<string>.ReadJournal read => $"read after {read.After}",
            _ => throw new System.Diagnostics.UnreachableException(),
        }).ToList();
        _orders.Clear();
        return said;
    }

    private List<string> Sent() => [.. _sent.Select(one => one switch
    {
        MulticastOrder<string>.Send send => $"send {send.To}: {send.Span.First}..{send.Span.Last}",
        MulticastOrder<string>.UseJournal use => $"journal {use.To} up to {use.UpTo}",
        _ => throw new System.Diagnostics.UnreachableException(),
    })];
}
