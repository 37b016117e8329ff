using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Rialto.Journal.Files;

/// <summary>
/// How a segment is written. A header, then frames; a frame is one durable write: a batch, or a claim of an epoch, in the order in which
/// they were made. All numbers are little-endian; frames begin and end at multiples of 16 bytes.
/// <code>
/// segment: magic "RIALTOJF" · format (4) · 0 (4) · number (8) · last seq before it (8) · epoch before it (8) · hash before it (32) · 0 (4) · CRC of these 76 (4)
/// frame:   kind (4) · body length (4) · CRC of body and tail (4) · CRC of these 12 (4) · body · tail: 8 to 23 bytes of 5A
/// batch:   for each record: length (4) · CRC of encoding and hash (4) · encoding (see <see cref="RecordCodec"/>) · hash (32)
/// claim:   epoch (8) · last seq before it (8) · time (8) · leader (4)
/// </code>
/// Three things tell a write that was torn from bytes that changed later. The length has a checksum of its own, so that it can be believed
/// when the body is not whole. Sectors that never reached the disk read as zeros, and neither a frame's head nor its tail nor a sector full
/// of records does: their shares of a sector are at least 8 bytes that are not zero. And nothing whole can follow a torn frame.
/// </summary>
internal static class SegmentFormat
{
    public const int Version = 1;
    public const int HeaderBytes = 80;
    public const int FrameHeadBytes = 16;
    public const int EntryHeadBytes = 8;
    public const int ClaimBytes = 28;
    public const int MaxBodyBytes = 256 * 1024 * 1024;
    public const uint BatchKind = 0x48435442;   // "BTCH"
    public const uint ClaimKind = 0x4D494C43;   // "CLIM"

    private const int Alignment = 16;
    private const int TailBytesMin = 8;
    private const int SectorBytes = 512;
    private const byte TailByte = 0x5A;

    private static ReadOnlySpan<byte> Magic => "RIALTOJF"u8;

    public static string FileName(long number) => number.ToString("D8", CultureInfo.InvariantCulture) + ".journal";

    /// <summary>Where the frame ends whose body ends at <paramref name="bodyEnd"/>.</summary>
    public static long FrameEnd(long bodyEnd) => (bodyEnd + TailBytesMin + Alignment - 1) / Alignment * Alignment;

    public static void WriteHeader(Span<byte> into, SegmentStart start)
    {
        into[..HeaderBytes].Clear();
        Magic.CopyTo(into);
        BinaryPrimitives.WriteInt32LittleEndian(into[8..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(into[16..], start.Number);
        BinaryPrimitives.WriteInt64LittleEndian(into[24..], start.After.Value);
        BinaryPrimitives.WriteInt64LittleEndian(into[32..], start.Epoch.Value);
        start.Hash.Write(into[40..]);
        BinaryPrimitives.WriteUInt32LittleEndian(into[76..], Crc32C.Of(into[..76]));
    }

    /// <summary>Reads a header, or says in a few words what is wrong with it.</summary>
    public static (SegmentStart? Start, string Problem) ReadHeader(ReadOnlySpan<byte> from)
    {
        if (from.Length < HeaderBytes) return (null, "its header is not whole");
        if (!from.StartsWith(Magic)) return (null, "it does not begin as a segment of a journal does");
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[76..]) != Crc32C.Of(from[..76])) return (null, "its header's checksum does not fit");
        var format = BinaryPrimitives.ReadInt32LittleEndian(from[8..]);
        if (format != Version) return (null, $"it is of format {format} and this program reads format {Version}");
        return (new SegmentStart(
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            new Seq(BinaryPrimitives.ReadInt64LittleEndian(from[24..])),
            new Epoch(BinaryPrimitives.ReadInt64LittleEndian(from[32..])),
            Hash256.Read(from[40..])), "");
    }

    /// <summary>Completes a frame whose body is already in place after the room for its head, and answers the frame's length.</summary>
    public static int Seal(Span<byte> frame, uint kind, int bodyBytes)
    {
        var length = (int)FrameEnd(FrameHeadBytes + bodyBytes);
        frame[(FrameHeadBytes + bodyBytes)..length].Fill(TailByte);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, kind);
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], bodyBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], Crc32C.Of(frame[FrameHeadBytes..length]));
        BinaryPrimitives.WriteUInt32LittleEndian(frame[12..], Crc32C.Of(frame[..12]));
        return length;
    }

    /// <summary>Reads a frame's head; false if it is none.</summary>
    public static bool TryReadHead(ReadOnlySpan<byte> from, out FrameHead head)
    {
        head = new FrameHead(
            BinaryPrimitives.ReadUInt32LittleEndian(from),
            BinaryPrimitives.ReadInt32LittleEndian(from[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[8..]));
        return BinaryPrimitives.ReadUInt32LittleEndian(from[12..]) == Crc32C.Of(from[..12])
            && head.Kind is BatchKind or ClaimKind
            && head.BodyBytes is > 0 and <= MaxBodyBytes;
    }

    /// <summary>Writes one record of a batch's body and answers its length.</summary>
    public static int WriteEntry(JournalRecord record, Span<byte> into)
    {
        var encoded = RecordCodec.Encode(record, into[EntryHeadBytes..]);
        record.Hash.Write(into[(EntryHeadBytes + encoded)..]);
        var length = encoded + Hash256.Size;
        BinaryPrimitives.WriteInt32LittleEndian(into, length);
        BinaryPrimitives.WriteUInt32LittleEndian(into[4..], Crc32C.Of(into.Slice(EntryHeadBytes, length)));
        return EntryHeadBytes + length;
    }

    public static void WriteClaim(EpochClaim claim, Span<byte> into)
    {
        BinaryPrimitives.WriteInt64LittleEndian(into, claim.Epoch.Value);
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], claim.After.Value);
        BinaryPrimitives.WriteInt64LittleEndian(into[16..], claim.AtUnixMs);
        BinaryPrimitives.WriteInt32LittleEndian(into[24..], claim.Leader.Value);
    }

    public static EpochClaim ReadClaim(ReadOnlySpan<byte> from) => new(
        new Epoch(BinaryPrimitives.ReadInt64LittleEndian(from)),
        new Rank(BinaryPrimitives.ReadInt32LittleEndian(from[24..])),
        new Seq(BinaryPrimitives.ReadInt64LittleEndian(from[8..])),
        BinaryPrimitives.ReadInt64LittleEndian(from[16..]));

    /// <summary>Whether some sector's share of these bytes, which begin at <paramref name="offset"/> in their file, was never written.</summary>
    public static bool HasUnwrittenSector(ReadOnlySpan<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            var share = (int)Math.Min(bytes.Length, SectorBytes - offset % SectorBytes);
            if (!bytes[..share].ContainsAnyExcept((byte)0)) return true;
            bytes = bytes[share..];
            offset += share;
        }
        return false;
    }
}

/// <summary>What a segment's header tells: where the journal stood when it was begun.</summary>
internal sealed record SegmentStart(long Number, Seq After, Epoch Epoch, Hash256 Hash);

/// <summary>What a frame's head tells.</summary>
internal readonly record struct FrameHead(uint Kind, int BodyBytes, uint BodyCrc)
{
    /// <summary>The whole frame's length.</summary>
    public long FrameBytes => SegmentFormat.FrameEnd(SegmentFormat.FrameHeadBytes + (long)BodyBytes);
}

/// <summary>A place to start reading at: an entry of a batch, and where that batch's entries end.</summary>
internal readonly record struct Mark(Seq Seq, long Offset, long EntriesEnd);

/// <summary>One file of the journal. <see cref="Committed"/> and the marks are guarded by the journal's lock.</summary>
internal sealed class Segment(SegmentStart start, string path, SafeFileHandle handle) : IDisposable
{
    /// <summary>So far apart are marks, at least: a read of one event looks at no more bytes than this and one event's.</summary>
    private const int MarkSpacingBytes = 16 * 1024;

    private readonly List<Mark> _marks = [];

    public SegmentStart Start => start;

    public string Path => path;

    public SafeFileHandle Handle => handle;

    /// <summary>The length up to which everything is whole and durable.</summary>
    public long Committed { get; set; } = SegmentFormat.HeaderBytes;

    public void Note(Seq seq, long offset, long entriesEnd)
    {
        if (_marks.Count == 0 || offset - _marks[^1].Offset >= MarkSpacingBytes) _marks.Add(new Mark(seq, offset, entriesEnd));
    }

    /// <summary>The last mark that is not after a place.</summary>
    public Mark MarkFor(Seq seq)
    {
        var (low, high) = (0, _marks.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_marks[middle].Seq <= seq) low = middle;
            else high = middle - 1;
        }
        return _marks[low];
    }

    public void Dispose() => handle.Dispose();
}
