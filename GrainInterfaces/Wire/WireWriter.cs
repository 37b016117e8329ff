using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.GrainInterfaces.Wire;

/// <summary>
/// Writes what goes between processes: fixed-size little-endian numbers, texts and bytes with their length before them. Whoever reads
/// knows the order. Nodes of two versions may talk during an upgrade, so an order is never changed. A new meaning is a new letter, or stands at the end of one, where older readers pass over it.
/// </summary>
public sealed class WireWriter
{
    private const int KeepBytes = 1 << 20;

    [ThreadStatic]
    private static WireWriter? t_free;

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>An empty writer, to be given back with <see cref="Return"/>.</summary>
    public static WireWriter Rent()
    {
        var writer = t_free ?? new WireWriter();
        t_free = null;
        writer._buffer.ResetWrittenCount();
        return writer;
    }

    /// <summary>Gives a writer back, to be used again on this thread.</summary>
    public static void Return(WireWriter writer)
    {
        if (writer._buffer.Capacity <= KeepBytes) t_free = writer;
    }

    /// <summary>One byte.</summary>
    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    /// <summary>A yes or no.</summary>
    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>Four bytes.</summary>
    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.GetSpan(sizeof(int)), value);
        _buffer.Advance(sizeof(int));
    }

    /// <summary>Eight bytes.</summary>
    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.GetSpan(sizeof(long)), value);
        _buffer.Advance(sizeof(long));
    }

    /// <summary>Sixteen bytes.</summary>
    public void Command(CommandId value)
    {
        value.Value.TryWriteBytes(_buffer.GetSpan(16));
        _buffer.Advance(16);
    }

    /// <summary>A rank, or nobody.</summary>
    public void Rank(Rank? value) => Int32(value?.Value ?? 0);

    /// <summary>A number, or none.</summary>
    public void MaybeInt64(long? value)
    {
        Bool(value is not null);
        if (value is { } there) Int64(there);
    }

    /// <summary>Bytes, with their number before them.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        _buffer.Write(value);
    }

    /// <summary>A text, with the number of its bytes before it.</summary>
    public void Text(string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        var span = _buffer.GetSpan(sizeof(int) + most);
        var length = Encoding.UTF8.GetBytes(value, span[sizeof(int)..]);
        BinaryPrimitives.WriteInt32LittleEndian(span, length);
        _buffer.Advance(sizeof(int) + length);
    }

    /// <summary>A text, or none.</summary>
    public void MaybeText(string? value)
    {
        Bool(value is not null);
        if (value is not null) Text(value);
    }

    /// <summary>Places.</summary>
    public void Seqs(ImmutableArray<Seq> value)
    {
        Int32(value.Length);
        foreach (var seq in value) Int64(seq.Value);
    }

    /// <summary>Command ids.</summary>
    public void Commands(ImmutableArray<CommandId> value)
    {
        Int32(value.Length);
        foreach (var command in value) Command(command);
    }

    /// <summary>A vector clock.</summary>
    public void Clock(VectorClock value)
    {
        Int32(value.Entries.Length);
        foreach (var (node, ticks) in value.Entries)
        {
            Int32(node.Value);
            Int64(ticks);
        }
    }

    /// <summary>How a replica differs.</summary>
    public void Differences(IReadOnlyList<ReplicaDifference> value)
    {
        Int32(value.Count);
        foreach (var difference in value)
        {
            Text(difference.Stream.Text);
            Byte((byte)difference.Kind);
            Int64(difference.RightVersion);
            Int64(difference.FoundVersion);
        }
    }

    /// <summary>A record of the journal, with its hash.</summary>
    public void Record(JournalRecord value)
    {
        var length = RecordCodec.Measure(value);
        Int32(length);
        RecordCodec.Encode(value, _buffer.GetSpan(length)[..length]);
        _buffer.Advance(length);
        value.Hash.Write(_buffer.GetSpan(Hash256.Size));
        _buffer.Advance(Hash256.Size);
    }
}
