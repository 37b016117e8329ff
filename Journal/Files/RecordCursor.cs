using System.Buffers.Binary;

namespace Rialto.Journal.Files;

/// <summary>Walks the records of one segment from a mark on, checking each that is taken against its own checksum.</summary>
internal sealed class RecordCursor(Segment segment, FileWindow window, Mark mark) : IDisposable
{
    private long _offset = mark.Offset;
    private long _entriesEnd = mark.EntriesEnd;

    public Segment Segment => segment;

    public long Offset => _offset;

    public void JumpTo(Mark to) => (_offset, _entriesEnd) = (to.Offset, to.EntriesEnd);

    /// <summary>Walks on to a place that is in this segment and not before the cursor's, and reads it; the cursor then stands after it.</summary>
    public JournalRecord Read(Seq seq)
    {
        while (true)
        {
            var record = Next(seq) ?? throw SegmentScan.Damage(segment.Path, _offset, $"place {seq} is not where it was");
            if (record.Seq == seq) return record;
        }
    }

    /// <summary>The next record from a place on, or null at the end of what is committed.</summary>
    public JournalRecord? Next(Seq from)
    {
        while (true)
        {
            if (_offset >= _entriesEnd && !EnterNextBatch()) return null;
            var entryAt = _offset;
            var length = BinaryPrimitives.ReadInt32LittleEndian(Part(entryAt, SegmentFormat.EntryHeadBytes));
            if (length < Hash256.Size + sizeof(long) || length > _entriesEnd - entryAt - SegmentFormat.EntryHeadBytes)
                throw SegmentScan.Damage(segment.Path, entryAt, "a record's length does not fit its batch");
            var entry = Part(entryAt, SegmentFormat.EntryHeadBytes + length);
            _offset = entryAt + entry.Length;
            var body = entry[SegmentFormat.EntryHeadBytes..];
            if (BinaryPrimitives.ReadInt64LittleEndian(body) < from.Value) continue;
            if (Crc32C.Of(body) != BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]))
                throw SegmentScan.Damage(segment.Path, entryAt, "a record does not fit its checksum");
            return Decode(entryAt, body);
        }
    }

    public void Dispose() => window.Dispose();

    private JournalRecord Decode(long entryAt, ReadOnlySpan<byte> body)
    {
        try
        {
            // The record keeps these bytes, so they must be its own.
            return RecordCodec.Decode(body[..^Hash256.Size].ToArray()) with { Hash = Hash256.Read(body[^Hash256.Size..]) };
        }
        catch (FormatException e)
        {
            throw SegmentScan.Damage(segment.Path, entryAt, "a record cannot be read", e);
        }
    }

    private bool EnterNextBatch()
    {
        var frameAt = SegmentFormat.FrameEnd(_entriesEnd);
        while (frameAt < window.Length)
        {
            if (!SegmentFormat.TryReadHead(Part(frameAt, SegmentFormat.FrameHeadBytes), out var head))
                throw SegmentScan.Damage(segment.Path, frameAt, "a frame's head does not fit its checksum");
            if (head.Kind == SegmentFormat.BatchKind)
            {
                _offset = frameAt + SegmentFormat.FrameHeadBytes;
                _entriesEnd = _offset + head.BodyBytes;
                return true;
            }
            frameAt += head.FrameBytes;
        }
        return false;
    }

    private ReadOnlySpan<byte> Part(long offset, int count) => window.At(offset, count);
}
