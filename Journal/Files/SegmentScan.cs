namespace Rialto.Journal.Files;

/// <summary>
/// Reads a segment at the start: checks every frame, fills the index, and finds where the whole part ends. A write that was torn can only
/// be the last of the last segment, and was acknowledged to nobody; everything else that does not fit stops with the file and the offset.
/// A last frame that has all its bytes, all its sectors written, and a wrong checksum is taken for damage, not for a torn write: refusing to
/// open asks a person, cutting it off might lose what was acknowledged.
/// </summary>
internal sealed class SegmentScan(Segment segment, FileWindow window, JournalIndex index, bool isLast)
{
    private const int StepBytes = 16;

    /// <summary>Where the whole part ends; less than the file's length if a torn write follows.</summary>
    public long Run()
    {
        long offset = SegmentFormat.HeaderBytes;
        while (offset < window.Length)
        {
            if (IsTorn(offset, out var head)) return offset;
            if (head.Kind == SegmentFormat.ClaimKind) TakeClaim(offset, head);
            else TakeBatch(offset, head);
            offset += head.FrameBytes;
        }
        return offset;
    }

    public static JournalDamagedException Damage(string path, long offset, string what, Exception? inner = null) =>
        new($"{path} is damaged at offset {offset}: {what}. Nothing was changed. Bring back a copy of the folder, or of this file.", inner);

    /// <summary>Checks the frame at an offset: true if its write was torn, false if it is whole.</summary>
    private bool IsTorn(long offset, out FrameHead head)
    {
        head = default;
        var rest = window.Length - offset;
        if (rest < SegmentFormat.FrameHeadBytes) return TornOrDamaged(true, offset, window.Length, "a frame's head is not whole");
        var bytes = window.At(offset, SegmentFormat.FrameHeadBytes);
        if (!SegmentFormat.TryReadHead(bytes, out head))
        {
            var unwritten = SegmentFormat.HasUnwrittenSector(bytes, offset);
            return TornOrDamaged(unwritten, offset, offset + StepBytes, "a frame's head does not fit its checksum");
        }
        if (rest < head.FrameBytes)
            return TornOrDamaged(true, offset, window.Length, $"a frame of {head.FrameBytes} bytes has only {rest}");
        var frame = window.At(offset, checked((int)head.FrameBytes));
        if (Crc32C.Of(frame[SegmentFormat.FrameHeadBytes..]) == head.BodyCrc) return false;
        return TornOrDamaged(SegmentFormat.HasUnwrittenSector(frame, offset), offset, offset + head.FrameBytes, "a frame does not fit its checksum");
    }

    private bool TornOrDamaged(bool looksTorn, long offset, long after, string what)
    {
        if (looksTorn && isLast && !WholeFrameFrom(after)) return true;
        throw Damage(segment.Path, offset, what);
    }

    private bool WholeFrameFrom(long offset)
    {
        for (; offset + SegmentFormat.FrameHeadBytes <= window.Length; offset += StepBytes)
        {
            if (!SegmentFormat.TryReadHead(window.At(offset, SegmentFormat.FrameHeadBytes), out var head) || offset + head.FrameBytes > window.Length) continue;
            var frame = window.At(offset, checked((int)head.FrameBytes));
            if (Crc32C.Of(frame[SegmentFormat.FrameHeadBytes..]) == head.BodyCrc) return true;
        }
        return false;
    }

    private void TakeClaim(long offset, FrameHead head)
    {
        var problem = head.BodyBytes == SegmentFormat.ClaimBytes
            ? index.Add(SegmentFormat.ReadClaim(window.At(offset + SegmentFormat.FrameHeadBytes, head.BodyBytes)))
            : $"a claim has {head.BodyBytes} bytes";
        if (problem is not null) throw Damage(segment.Path, offset, problem);
    }

    private void TakeBatch(long offset, FrameHead head)
    {
        var bodyAt = offset + SegmentFormat.FrameHeadBytes;
        var body = window.At(bodyAt, head.BodyBytes);
        for (var at = 0; at < body.Length;)
        {
            var length = body.Length - at < SegmentFormat.EntryHeadBytes ? -1 : System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(body[at..]);
            var entryAt = at + SegmentFormat.EntryHeadBytes;
            if (length < 0 || length > body.Length - entryAt || !RecordGlance.TryTake(body.Slice(entryAt, length), out var glance))
                throw Damage(segment.Path, bodyAt + at, "a record does not fit its batch");
            if (index.Add(glance) is { } problem) throw Damage(segment.Path, bodyAt + at, problem);
            segment.Note(glance.Seq, bodyAt + at, bodyAt + body.Length);
            at = entryAt + length;
        }
    }
}
