using System.Collections.Immutable;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;

namespace Rialto.Tests.Markets;

/// <summary>Feeds a read model as a replica does: every event in order, with its place and the state after it.</summary>
internal static class Feed
{
    public static JournalRecord Record(long seq, string stream, Event happened) => new()
    {
        Seq = new Seq(seq), Epoch = new Epoch(1), Stream = StreamId.Parse(stream), Version = seq, Ordinal = seq, Type = MarketCodec.TypeOf(happened), Data = MarketCodec.Encode(happened),
        Command = CommandId.None, Fingerprint = 0, Origin = new Rank(1), Causes = ImmutableArray<Seq>.Empty, Clock = default!, AtUnixMs = Stage.Noon.ToUnixTimeMilliseconds() + seq,
    };

    public static long Into(ReadModel model, Stage stage, long seq = 0)
    {
        var state = stage.Kind.Unborn(stage.Key);
        foreach (var happened in stage.History)
        {
            state = stage.Kind.Evolve(state, happened);
            model.Apply(Record(++seq, $"{stage.Kind.Category}/{stage.Key}", happened), happened, state);
        }
        return seq;
    }
}

public sealed class LedgerBookTests
{
    [Fact]
    public void History_shows_both_sides_newest_first_with_a_running_balance()
    {
        var ledger = LedgerTests.Opened("node-1", "node-2");
        ledger.Accept("node-1", new Transfer(new TransferOrder("node-1", "node-2", 20_00, Memo: "lunch")));
        ledger.Accept("node-1", new Transfer(new TransferOrder("node-1", "node-2", 30_00, Pending: true)));
        ledger.Accept("node-1", new PostTransfer(ledger.LastId.ToEntityKey(), 25_00));
        var book = new LedgerBook();
        Feed.Into(book, ledger);

        var mine = book.History("kWh", "node-1", new Viewer("node-1"), null, 10)!.Items;
        Assert.Equal([HistoryKind.Posted, HistoryKind.Held, HistoryKind.Transfer, HistoryKind.Issued], mine.Select(line => line.Kind));
        Assert.Equal([55.00m, 80.00m, 80.00m, 100.00m], mine.Select(line => line.Balance));
        Assert.Equal([25.00m, 30.00m, 20.00m, 100.00m], mine.Select(line => line.Amount!.Value));
        var theirs = book.History("kWh", "node-2", new Viewer("node-2"), null, 10)!.Items;
        Assert.Equal(("node-1", EntrySide.Credit, "lunch"), (theirs[2].Counterparty, theirs[2].Side, theirs[2].Memo));
        Assert.Equal(mine.Reverse().Select(line => line.Seq), book.Statement("kWh", "node-1", Viewer.Nobody, null, 10)!.Items.Select(line => line.Seq));
        Assert.Null(book.History("kWh", "nobody", Viewer.Nobody, null, 10));
        Assert.Null(book.History("none", "node-1", Viewer.Nobody, null, 10));
    }

    [Fact]
    public void Pages_meet_without_gap_or_overlap_in_both_directions()
    {
        var ledger = LedgerTests.Opened("a", "b");
        for (var i = 0; i < 25; i++) ledger.Accept("a", new Transfer(new TransferOrder("a", "b", 1)));
        var book = new LedgerBook();
        Feed.Into(book, ledger);
        var newest = new List<long>();
        long? before = null;
        do
        {
            var page = book.History("kWh", "a", Viewer.Nobody, before, 7)!;
            newest.AddRange(page.Items.Select(line => line.Seq));
            Assert.Null(Cursor.TryRead(page.Next, out before));
        }
        while (before is not null);
        var oldest = new List<long>();
        long? after = null;
        do
        {
            var page = book.Statement("kWh", "a", Viewer.Nobody, after, 7)!;
            oldest.AddRange(page.Items.Select(line => line.Seq));
            Assert.Null(Cursor.TryRead(page.Next, out after));
        }
        while (after is not null);
        Assert.Equal(26, newest.Count);
        Assert.Equal(newest.AsEnumerable().Reverse(), oldest);
        Assert.Empty(book.Statement("kWh", "a", Viewer.Nobody, long.MaxValue, 7)!.Items);
    }

    [Fact]
    public void A_sealed_amount_is_in_the_payers_history_alone_until_it_is_posted()
    {
        var ledger = LedgerTests.Opened("ann", "eva");
        ledger.Accept("ann", new HoldFunds("ann", "eva", 30_00, "auction/7", Guid.Empty, Stage.Noon, true));
        var first = ledger.LastId.ToEntityKey();
        ledger.Accept("ann", new HoldFunds("ann", "eva", 20_00, "auction/7", Guid.Empty, Stage.Noon, true));
        ledger.Accept("rialto", new PostHold(ledger.LastId.ToEntityKey(), 15_00));
        ledger.Accept("rialto", new ReleaseHold(first));
        var book = new LedgerBook();
        Feed.Into(book, ledger);
        decimal?[] Seen(string account, Viewer viewer) => [.. book.History("kWh", account, viewer, null, 4)!.Items.Select(line => line.Amount)];
        Assert.Equal([30.00m, 15.00m, 20.00m, 30.00m], Seen("ann", new Viewer("ann")));
        Assert.Equal([null, 15.00m, null, null], Seen("ann", new Viewer("eva")));
        Assert.Equal([null, 15.00m, null, null], Seen("eva", new Viewer("eva")));
        Assert.Equal([30.00m, 15.00m, 20.00m, 30.00m], Seen("eva", Viewer.Operator));
        Assert.Equal([30.00m, 15.00m, 20.00m, 30.00m], Seen("eva", new Viewer("ann")));
    }

    [Fact]
    public void One_that_was_taken_over_half_way_ends_with_the_same_bytes_whatever_was_open_before()
    {
        var ledger = LedgerTests.Opened("ann", "bob");
        for (var i = 1; i <= 3; i++) ledger.Accept("ann", new Transfer(new TransferOrder("ann", "bob", i, Pending: true)));
        ledger.Accept("ann", new VoidTransfer(((TransferHeld)ledger.History[^3]).Transfer));
        var half = ledger.History.Count;
        ledger.Accept("ann", new Transfer(new TransferOrder("ann", "bob", 4, Pending: true)));
        LedgerBook whole = new(), over = new();
        var state = ledger.Kind.Unborn(ledger.Key);
        for (var i = 0; i < ledger.History.Count; i++)
        {
            if (i == half) over.Load(new BinaryReader(new MemoryStream(BytesOf(whole))), _ => state);
            state = ledger.Kind.Evolve(state, ledger.History[i]);
            var record = Feed.Record(i + 1, $"ledger/{ledger.Key}", ledger.History[i]);
            whole.Apply(record, ledger.History[i], state);
            if (i >= half) over.Apply(record, ledger.History[i], state);
        }
        Assert.Equal(BytesOf(whole), BytesOf(over));
    }

    private static byte[] BytesOf(LedgerBook book)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        book.Save(writer);
        writer.Flush();
        return bytes.ToArray();
    }

    [Fact]
    public void Ledgers_are_listed_by_name()
    {
        var book = new LedgerBook();
        foreach (var (asset, seq) in new[] { ("USD", 1L), ("kWh", 2L), ("EUR", 3L) })
        {
            var created = new LedgerCreated(asset, 2, "issuer", "operator");
            book.Apply(Feed.Record(seq, $"ledger/{asset}", created), created, new Ledger().Evolve(new Ledger().Unborn(asset), created));
        }
        var page = book.List(null, 2);
        Assert.Equal(["EUR", "USD"], page.Items.Select(item => item.Asset));
        Assert.Equal("kWh", Assert.Single(book.List(page.Next, 2).Items).Asset);
        Assert.True(book.HasLedger("USD"));
    }
}
