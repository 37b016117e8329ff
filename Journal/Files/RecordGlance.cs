using System.Buffers.Binary;

namespace Rialto.Journal.Files;

/// <summary>What the index needs of an encoded record, without decoding the rest: a start reads every record once.</summary>
internal readonly ref struct RecordGlance
{
    // The fixed part of RecordCodec's form, up to the stream's length.
    private const int StreamLengthAt = 5 * 8 + 16 + 8 + 4;

    public Seq Seq { get; private init; }
    public Epoch Epoch { get; private init; }
    public long Version { get; private init; }
    public long Ordinal { get; private init; }
    public ReadOnlySpan<byte> Stream { get; private init; }
    public Hash256 Hash { get; private init; }

    /// <summary>Looks at an entry's encoding followed by its hash; false if it is too short to be one.</summary>
    public static bool TryTake(ReadOnlySpan<byte> from, out RecordGlance glance)
    {
        glance = default;
        if (from.Length < StreamLengthAt + 2 + Hash256.Size) return false;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(from[StreamLengthAt..]);
        if (from.Length < StreamLengthAt + 2 + length + Hash256.Size) return false;
        glance = new RecordGlance
        {
            Seq = new Seq(BinaryPrimitives.ReadInt64LittleEndian(from)),
            Epoch = new Epoch(BinaryPrimitives.ReadInt64LittleEndian(from[8..])),
            Version = BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            Ordinal = BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
            Stream = from.Slice(StreamLengthAt + 2, length),
            Hash = Hash256.Read(from[^Hash256.Size..]),
        };
        return true;
    }
}
