using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Rialto.Journal;

/// <summary>
/// A record's one binary form. It is what the hash covers and what files hold; it never changes for records that were written.
/// Little-endian: seq, epoch, version, ordinal, time (8 bytes each), command (16), fingerprint (8), origin (4), then with a 2-byte
/// length or count stream, type, causes (8 each), clock (4 + 8 each), and with a 4-byte length the event's JSON.
/// </summary>
public static class RecordCodec
{
    private const int FixedBytes = 5 * 8 + 16 + 8 + 4;

    /// <summary>The number of bytes that <see cref="Encode"/> writes.</summary>
    public static int Measure(JournalRecord record) =>
        FixedBytes
        + 2 + Encoding.UTF8.GetByteCount(record.Stream.Text)
        + 2 + Encoding.UTF8.GetByteCount(record.Type)
        + 2 + record.Causes.Length * 8
        + 2 + record.Clock.Entries.Length * 12
        + 4 + record.Data.Length;

    /// <summary>Writes a record, without its hash.</summary>
    /// <param name="record">The record.</param>
    /// <param name="into">At least <see cref="Measure"/> bytes.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Encode(JournalRecord record, Span<byte> into)
    {
        var rest = into;
        PutInt64(ref rest, record.Seq.Value);
        PutInt64(ref rest, record.Epoch.Value);
        PutInt64(ref rest, record.Version);
        PutInt64(ref rest, record.Ordinal);
        PutInt64(ref rest, record.AtUnixMs);
        record.Command.Value.TryWriteBytes(rest, bigEndian: true, out _);
        rest = rest[16..];
        PutInt64(ref rest, unchecked((long)record.Fingerprint));
        PutInt32(ref rest, record.Origin.Value);
        PutText(ref rest, record.Stream.Text);
        PutText(ref rest, record.Type);
        PutCount(ref rest, record.Causes.Length);
        foreach (var cause in record.Causes) PutInt64(ref rest, cause.Value);
        PutCount(ref rest, record.Clock.Entries.Length);
        foreach (var (node, ticks) in record.Clock.Entries)
        {
            PutInt32(ref rest, node.Value);
            PutInt64(ref rest, ticks);
        }
        PutInt32(ref rest, record.Data.Length);
        record.Data.Span.CopyTo(rest);
        return into.Length - rest.Length + record.Data.Length;
    }

    /// <summary>Reads a record back. Its hash is left at zero: it stands beside the encoding, not in it.</summary>
    /// <param name="from">One record's bytes, exactly.</param>
    /// <exception cref="FormatException">The bytes are no record.</exception>
    public static JournalRecord Decode(ReadOnlyMemory<byte> from)
    {
        try
        {
            return DecodeChecked(from);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or ArgumentException or OverflowException)
        {
            throw new FormatException("These bytes are no journal record.", e);
        }
    }

    /// <summary>The hash that a record must carry after the record with hash <paramref name="previous"/>.</summary>
    public static Hash256 HashOf(JournalRecord record, Hash256 previous)
    {
        var length = Hash256.Size + Measure(record);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            previous.Write(rented);
            var written = Encode(record, rented.AsSpan(Hash256.Size));
            Span<byte> hash = stackalloc byte[Hash256.Size];
            SHA256.HashData(rented.AsSpan(0, Hash256.Size + written), hash);
            return Hash256.Read(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Sets the hash of a new record that nobody else has seen, chained on from the hash before it, and returns the record.</summary>
    public static JournalRecord Seal(JournalRecord record, Hash256 previous)
    {
        record.SetHash(HashOf(record, previous));
        return record;
    }

    private static JournalRecord DecodeChecked(ReadOnlyMemory<byte> from)
    {
        var rest = from.Span;
        var seq = TakeInt64(ref rest);
        var epoch = TakeInt64(ref rest);
        var version = TakeInt64(ref rest);
        var ordinal = TakeInt64(ref rest);
        var at = TakeInt64(ref rest);
        var command = new Guid(rest[..16], bigEndian: true);
        rest = rest[16..];
        var fingerprint = unchecked((ulong)TakeInt64(ref rest));
        var origin = TakeInt32(ref rest);
        var stream = TakeText(ref rest);
        var type = TakeText(ref rest);
        var causes = new Seq[TakeCount(ref rest)];
        for (var i = 0; i < causes.Length; i++) causes[i] = new Seq(TakeInt64(ref rest));
        var clock = new (Rank, long)[TakeCount(ref rest)];
        for (var i = 0; i < clock.Length; i++) clock[i] = (new Rank(TakeInt32(ref rest)), TakeInt64(ref rest));
        var length = TakeInt32(ref rest);
        if (length != rest.Length) throw new ArgumentException("The event's length does not fit its record.");
        return new JournalRecord
        {
            Seq = new Seq(seq),
            Epoch = new Epoch(epoch),
            Stream = StreamId.Parse(stream),
            Version = version,
            Ordinal = ordinal,
            Type = string.Intern(type),
            Data = from[^length..],
            Command = new CommandId(command),
            Fingerprint = fingerprint,
            Origin = new Rank(origin),
            Causes = [.. causes],
            Clock = VectorClock.Of(clock),
            AtUnixMs = at,
        };
    }

    private static void PutInt64(ref Span<byte> rest, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(rest, value);
        rest = rest[8..];
    }

    private static void PutInt32(ref Span<byte> rest, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(rest, value);
        rest = rest[4..];
    }

    private static void PutCount(ref Span<byte> rest, int count)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(rest, checked((ushort)count));
        rest = rest[2..];
    }

    private static void PutText(ref Span<byte> rest, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, rest[2..]);
        BinaryPrimitives.WriteUInt16LittleEndian(rest, checked((ushort)length));
        rest = rest[(2 + length)..];
    }

    private static long TakeInt64(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(rest);
        rest = rest[8..];
        return value;
    }

    private static int TakeInt32(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[4..];
        return value;
    }

    private static int TakeCount(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadUInt16LittleEndian(rest);
        rest = rest[2..];
        return value;
    }

    private static string TakeText(ref ReadOnlySpan<byte> rest)
    {
        var length = TakeCount(ref rest);
        var text = Encoding.UTF8.GetString(rest[..length]);
        rest = rest[length..];
        return text;
    }
}
