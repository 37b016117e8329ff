using FsCheck;
using FsCheck.Fluent;
using Rialto.Journal;

namespace Rialto.Tests.Journals;

/// <summary>The one binary form of a record: what is written is read back, and the form never changes.</summary>
public sealed class RecordCodecTests
{
    private static readonly JournalRecord Golden = new()
    {
        Seq = new Seq(258),
        Epoch = new Epoch(3),
        Stream = StreamId.Of("auction", "Zürich/7"),
        Version = 5,
        Ordinal = 77,
        Type = "auction.bid",
        Data = "{\"amountMinor\":100}"u8.ToArray(),
        Command = new CommandId(new Guid("00112233-4455-8677-8899-aabbccddeeff")),
        Fingerprint = 0xFEDC_BA98_7654_3210,
        Origin = new Rank(2),
        Causes = [new Seq(1), new Seq(257)],
        Clock = VectorClock.Of([(new Rank(2), 9), (new Rank(1), 4)]),
        AtUnixMs = 1_700_000_000_123,
    };

    private static readonly Gen<string> Texts = ArbMap.Default.GeneratorFor<NonNull<string>>()
        .Select(text => new string([.. text.Get.Where(c => !char.IsSurrogate(c)).Take(100)]));

    private static readonly Gen<JournalRecord> Records =
        from longs in ArbMap.Default.GeneratorFor<long>().ArrayOf(6)
        from key in Texts
        from type in Texts
        from data in ArbMap.Default.GeneratorFor<byte[]>()
        from command in ArbMap.Default.GeneratorFor<Guid>()
        from origin in ArbMap.Default.GeneratorFor<int>()
        from causes in ArbMap.Default.GeneratorFor<long[]>()
        from ranks in ArbMap.Default.GeneratorFor<int[]>()
        select new JournalRecord
        {
            Seq = new Seq(longs[0]),
            Epoch = new Epoch(longs[1]),
            Version = longs[2],
            Ordinal = longs[3],
            AtUnixMs = longs[4],
            Fingerprint = unchecked((ulong)longs[5]),
            Stream = StreamId.Of("kind", "k" + key),
            Type = type,
            Data = data ?? [],
            Command = new CommandId(command),
            Origin = new Rank(origin),
            Causes = [.. (causes ?? []).Select(cause => new Seq(cause))],
            Clock = VectorClock.Of((ranks ?? []).Distinct().Select((rank, n) => (new Rank(rank), (long)n + 1))),
        };

    [Fact]
    public void A_record_is_read_back_as_it_was_written_and_measured() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Records.ToArbitrary(), record =>
        {
            var bytes = Encode(record);
            Assert.Equal(RecordCodec.Measure(record), bytes.Length);
            Same.Records([record], [RecordCodec.Decode(bytes)]);
        }));

    [Fact]
    public void The_form_of_a_record_and_its_hash_never_change()
    {
        Assert.Equal(
            "0201000000000000030000000000000005000000000000004d000000000000007b68e5cf8b01000000112233445586778899aabbccddeeff1032547698badcfe02000000110061756374696f6e2f5ac3bc726963682f370b0061756374696f6e2e6269640200010000000000000001010000000000000200010000000400000000000000020000000900000000000000130000007b22616d6f756e744d696e6f72223a3130307d",
            Convert.ToHexStringLower(Encode(Golden)));
        Assert.Equal("b86deb91fcd4476f9b1446052b3e24f9c2c49747ce57ee12626bf1a051288ab7", RecordCodec.HashOf(Golden, Hash256.Zero).ToString());
    }

    [Fact]
    public void Bytes_that_are_cut_anywhere_are_no_record()
    {
        var bytes = Encode(Golden);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<FormatException>(() => RecordCodec.Decode(bytes.AsMemory(0, length)));
    }

    [Fact]
    public void A_hash_covers_every_byte_and_the_hash_before_it()
    {
        var hash = RecordCodec.HashOf(Golden, Hash256.Zero);
        Assert.NotEqual(hash, RecordCodec.HashOf(Golden, new Hash256(0, 0, 0, 1)));
        Assert.NotEqual(hash, RecordCodec.HashOf(Golden with { AtUnixMs = 1 }, Hash256.Zero));
        Assert.Equal(hash, RecordCodec.Seal(Golden, Hash256.Zero).Hash);
    }

    private static byte[] Encode(JournalRecord record)
    {
        var bytes = new byte[RecordCodec.Measure(record)];
        Assert.Equal(bytes.Length, RecordCodec.Encode(record, bytes));
        return bytes;
    }
}
