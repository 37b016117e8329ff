namespace Rialto.Journal.Files;

/// <summary>
/// A copy of a journal in files that is right, also while a server writes to it. The mark is read first, and the segments are copied up to
/// it and no further: what lies before it is durable and is never changed, so nothing needs to stand still.
/// </summary>
public static class JournalBackup
{
    private const int PieceBytes = 1024 * 1024;

    /// <summary>Copies a journal into a folder, which must be new or empty, and flushes it. The mark comes last: a copy that broke off has none, and says so.</summary>
    /// <returns>The last place that it holds.</returns>
    /// <exception cref="JournalException">It cannot be copied; the message says why.</exception>
    public static Seq Make(string from, string to)
    {
        (from, to) = (Path.GetFullPath(from), Path.GetFullPath(to));
        try
        {
            if (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any()) throw new JournalException($"{to} is not empty: name a new folder for the backup.");
            var mark = EndMark.Read(from) ?? throw new JournalException(
                $"There is no {EndMark.FileName} in {from}, so where it ends is not known: start a server of this version on it once, which makes one.");
            var disk = new Disk();
            Directory.CreateDirectory(to);
            for (var number = 1L; number <= mark.Segment; number++)
            {
                var name = SegmentFormat.FileName(number);
                CopySegment(Path.Combine(from, name), Path.Combine(to, name), number == mark.Segment ? mark.Offset : null, disk);
            }
            EndMark.Create(Path.Combine(to, EndMark.FileName), disk, mark);
            if (Path.GetDirectoryName(to) is { } parent) disk.FlushFolder(parent);
            return mark.Seq;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalException($"The journal in {from} cannot be copied to {to}: {e.Message}", e);
        }
    }

    private static void CopySegment(string from, string to, long? bytes, Disk disk)
    {
        using var source = File.OpenHandle(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var target = File.OpenHandle(to, FileMode.CreateNew, FileAccess.Write);
        var end = bytes ?? RandomAccess.GetLength(source);
        var piece = new byte[(int)Math.Min(PieceBytes, end)];
        for (var at = 0L; at < end;)
        {
            var read = RandomAccess.Read(source, piece.AsSpan(0, (int)Math.Min(piece.Length, end - at)), at);
            if (read == 0) throw new IOException($"{from} ends at offset {at}, and {end} bytes of it were acknowledged.");
            disk.Write(target, piece.AsSpan(0, read), at);
            at += read;
        }
        disk.Flush(target);
    }
}
