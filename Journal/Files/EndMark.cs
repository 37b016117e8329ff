using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Rialto.Journal.Files;

/// <summary>Where the journal ended when a write was last acknowledged.</summary>
/// <param name="Generation">Grows by one with each renewal: the greatest one counts.</param>
/// <param name="Seq">The last place.</param>
/// <param name="Epoch">The newest epoch that was claimed.</param>
/// <param name="Hash">The hash of the last record, or zero.</param>
/// <param name="Segment">The number of the segment that it ended in.</param>
/// <param name="Offset">Where in this segment, in bytes.</param>
internal sealed record MarkedEnd(long Generation, Seq Seq, Epoch Epoch, Hash256 Hash, long Segment, long Offset);

/// <summary>
/// A second witness beside the segments: it is renewed after a write's flush and before its acknowledgement, so a journal that ends before
/// its mark has lost what somebody was told. Renewing writes and does not flush: that survives the end of the process, however it comes. It
/// is flushed at most a second later, so after a loss of power it may be a second old, and is never ahead of the segments, which are flushed.
/// <para>
/// The file has two pairs of slots. Within a pair they are written in turn, so one of them is whole when a write is torn. A flush changes to
/// the other pair, so what was flushed is not written to before the next flush.
/// <code>slot: magic "RIALTOMK" · generation (8) · seq (8) · epoch (8) · segment (8) · offset (8) · hash (32) · CRC of all before it (4); little-endian</code>
/// </para>
/// </summary>
internal sealed class EndMark : IDisposable
{
    public const string FileName = "journal.mark";

    private const int SlotBytes = 84;
    private const int FileBytes = 8192;
    private const int FlushAfterMs = 1000;
    private static readonly int[] Slots = [0, 512, 4096, 4608];

    private readonly Disk _disk;
    private readonly SafeFileHandle _file;
    private readonly byte[] _slot = new byte[SlotBytes];
    private long _generation;
    private int _pair;
    private bool _isFlushed = true;
    private long _flushedAtMs = Environment.TickCount64;

    private EndMark(Disk disk, SafeFileHandle file, long generation) => (_disk, _file, _generation) = (disk, file, generation);

    /// <summary>How long a writer may wait for work before it must see to the mark, in milliseconds; -1 is for ever.</summary>
    public int PatienceMs => _isFlushed ? Timeout.Infinite : FlushAfterMs;

    private static ReadOnlySpan<byte> Magic => "RIALTOMK"u8;

    /// <summary>What a folder's mark tells; null if it has none, as those of earlier versions.</summary>
    /// <exception cref="JournalDamagedException">There is one, and nothing of it is whole.</exception>
    public static MarkedEnd? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        var bytes = new byte[FileBytes];
        int length;
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)) length = RandomAccess.Read(file, bytes, 0);
        MarkedEnd? newest = null;
        foreach (var slot in Slots)
        {
            if (slot + SlotBytes <= length && TryDecode(bytes.AsSpan(slot, SlotBytes)) is { } end && end.Generation > (newest?.Generation ?? 0)) newest = end;
        }
        return newest ?? throw new JournalDamagedException(
            $"{path} is damaged at offset 0: it tells nothing of where the journal ended. Bring back a copy of the folder; or remove this file, if the journal is known to be whole.");
    }

    /// <summary>Makes the mark of a folder, or goes on with the one that it has, and writes and flushes where the journal ends now.</summary>
    public static EndMark Open(string folder, Disk disk, MarkedEnd? before, MarkedEnd now)
    {
        var path = Path.Combine(folder, FileName);
        if (before is null) Create(path, disk, now);
        var mark = new EndMark(disk, File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), before?.Generation ?? 1);
        try
        {
            mark.Renew(now);
            mark.Flush();
            return mark;
        }
        catch
        {
            mark.Dispose();
            throw;
        }
    }

    /// <summary>Makes a mark that tells of an end. It gets its name once it is durable.</summary>
    public static void Create(string path, Disk disk, MarkedEnd end)
    {
        var unnamed = path + ".new";
        var bytes = new byte[FileBytes];
        Encode(end with { Generation = 1 }, bytes.AsSpan(Slots[1], SlotBytes));
        using (var file = File.OpenHandle(unnamed, FileMode.Create, FileAccess.Write))
        {
            disk.Write(file, bytes, 0);
            disk.Flush(file);
        }
        File.Move(unnamed, path, overwrite: true);
        disk.FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Writes where the journal ends, before anybody is told. The generation is this mark's own.</summary>
    public void Renew(MarkedEnd end)
    {
        var generation = _generation + 1;
        Encode(end with { Generation = generation }, _slot);
        _disk.Write(_file, _slot, Slots[2 * _pair + (int)(generation % 2)]);
        (_generation, _isFlushed) = (generation, false);
    }

    /// <summary>Flushes what was written, if the last time was a second ago.</summary>
    public void FlushIfDue()
    {
        if (!_isFlushed && Environment.TickCount64 - _flushedAtMs >= FlushAfterMs) Flush();
    }

    /// <summary>Flushes what was written.</summary>
    public void Flush()
    {
        if (_isFlushed) return;
        _disk.Flush(_file);
        (_isFlushed, _pair, _flushedAtMs) = (true, 1 - _pair, Environment.TickCount64);
    }

    public void Dispose() => _file.Dispose();

    private static void Encode(MarkedEnd end, Span<byte> into)
    {
        Magic.CopyTo(into);
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], end.Generation);
        BinaryPrimitives.WriteInt64LittleEndian(into[16..], end.Seq.Value);
        BinaryPrimitives.WriteInt64LittleEndian(into[24..], end.Epoch.Value);
        BinaryPrimitives.WriteInt64LittleEndian(into[32..], end.Segment);
        BinaryPrimitives.WriteInt64LittleEndian(into[40..], end.Offset);
        end.Hash.Write(into[48..]);
        BinaryPrimitives.WriteUInt32LittleEndian(into[80..], Crc32C.Of(into[..80]));
    }

    private static MarkedEnd? TryDecode(ReadOnlySpan<byte> from)
    {
        if (!from.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(from[80..]) != Crc32C.Of(from[..80])) return null;
        return new MarkedEnd(
            BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
            new Seq(BinaryPrimitives.ReadInt64LittleEndian(from[16..])),
            new Epoch(BinaryPrimitives.ReadInt64LittleEndian(from[24..])),
            Hash256.Read(from[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[40..]));
    }
}
