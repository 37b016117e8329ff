using Rialto.Grains.Nodes;
using Rialto.Journal;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Tests.OnOrleans;

/// <summary>What hosts of silos say to each other arrives as it was sent, whatever it is.</summary>
public class SignalTests
{
    private static readonly ReplicaDifference Difference = new(StreamId.Of("ledger", "USD"), DifferenceKind.Conflicting, 7, 6);

    private static readonly NodeSignal[] Samples =
    [
        new NodeSignal.Committed(Span(Record(41), Record(42))),
        new NodeSignal.Missing(new Nack(new Epoch(7), new Seq(3), new Seq(9))),
        new NodeSignal.ReadJournal(new Seq(12)),
        new NodeSignal.SnapshotWanted(0, 0),
        new NodeSignal.SnapshotWanted(7, 3),
        new NodeSignal.SnapshotPart(7, 3, 4, new byte[] { 1, 2, 3 }),
        new NodeSignal.SnapshotPart(7, 3, 0, ReadOnlyMemory<byte>.Empty),
        new NodeSignal.DigestWanted(4, new Seq(12)),
        new NodeSignal.DigestTaken(4, new Seq(12), Hash256.Read(Enumerable.Range(1, 32).Select(n => (byte)n).ToArray())),
        new NodeSignal.DigestTaken(4, new Seq(12), null),
        new NodeSignal.RebuildWanted(5),
        new NodeSignal.Rebuilt(5, [Difference, Difference with { Kind = DifferenceKind.Missing }]),
    ];

    public static TheoryData<string> Kinds => [.. typeof(NodeSignal).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(NodeSignal))).Select(type => type.Name)];

    [Theory, MemberData(nameof(Kinds))]
    public void A_signal_of_every_kind_arrives_as_it_was_sent(string kind)
    {
        var samples = Samples.Where(sample => sample.GetType().Name == kind).ToList();
        Assert.True(samples.Count > 0, $"There is no example of {kind}: add one.");
        foreach (var sent in samples)
        {
            var arrived = SignalCodec.Decode(SignalCodec.Encode(sent));
            Assert.Equal(sent.GetType(), arrived.GetType());
            Assert.Equal(Facts(sent), Facts(arrived));
        }
    }

    [Fact]
    public void A_signal_that_this_version_does_not_know_is_refused_by_name() =>
        Assert.Contains("kind 200", Assert.Throws<FormatException>(() => SignalCodec.Decode([200])).Message);

    /// <summary>All that a signal says, property by property, down to the bytes.</summary>
    private static IEnumerable<object?> Facts(NodeSignal signal) => signal.GetType().GetProperties().Where(property => property.Name != "EqualityContract")
        .SelectMany(property => Facts(property.GetValue(signal)));

    private static IEnumerable<object?> Facts(object? value) => value switch
    {
        ReadOnlyMemory<byte> bytes => [Convert.ToHexString(bytes.Span)],
        IReadOnlyList<ReplicaDifference> differences => differences.Cast<object?>(),
        SequencedSpan<CommittedBatch> span =>
            [span.Epoch, span.First, span.Last, .. span.Content.Events.SelectMany(one => new object?[] { Convert.ToHexString(Encode(one.Record)), one.Record.Hash })],
        _ => [value],
    };

    private static byte[] Encode(JournalRecord record)
    {
        var bytes = new byte[RecordCodec.Measure(record)];
        RecordCodec.Encode(record, bytes);
        return bytes;
    }

    private static SequencedSpan<CommittedBatch> Span(params JournalRecord[] records)
    {
        var batch = new CommittedBatch([.. records.Select(record => new CommittedEvent(record))]);
        return new SequencedSpan<CommittedBatch>(new Epoch(7), batch.First, batch.Last, batch);
    }

    private static JournalRecord Record(long seq) => new()
    {
        Seq = new Seq(seq),
        Epoch = new Epoch(7),
        Stream = StreamId.Of("auction", "Zürich/7"),
        Version = seq - 36,
        Ordinal = seq - 4,
        Type = "auction.bid",
        Data = "{\"amountMinor\":100}"u8.ToArray(),
        Command = CommandId.From($"bid {seq}"),
        Fingerprint = 0xFEDC_BA98_7654_3210,
        Origin = new Rank(2),
        Causes = [new Seq(1), new Seq(7)],
        Clock = VectorClock.Of([(new Rank(2), 9), (new Rank(1), 4)]),
        AtUnixMs = 1_700_000_000_123,
        Hash = Hash256.Read(Enumerable.Range((int)seq, 32).Select(n => (byte)n).ToArray()),
    };
}
