using System.Collections.Concurrent;
using System.Globalization;

namespace Rialto.Journal.Files;

/// <summary>
/// A journal in a folder: append-only segments, one write and one fsync for each batch and each claim. One process at a time; a second one
/// is refused at <see cref="Open(string, FileJournalSettings?)"/>.
/// <para>
/// One thread of its own writes, in the order in which it was asked, so no caller waits for the disk in its own turn. Reads go on beside it
/// and see nothing that is not durable. When the disk refuses a write, the file is cut back to its last whole batch and the journal goes on;
/// when it refuses a flush, or cutting back, nothing tells what it kept: then every write is refused until the journal is opened again.
/// </para>
/// </summary>
public sealed class FileJournal : IJournal
{
    private const int ReadAheadBytes = 64 * 1024;
    private const int ScanPieceBytes = 1024 * 1024;
    private const int KeptBufferBytesMax = 4 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly string _folder;
    private readonly FileJournalSettings _settings;
    private readonly Disk _disk;
    private readonly FolderLock? _folderLock;
    private readonly JournalIndex _index = new();
    private readonly List<Segment> _segments = [];
    private readonly BlockingCollection<Action> _writes;
    private readonly Thread _writer;
    private byte[] _buffer = new byte[64 * 1024];
    private long _refusedWrites;
    private JournalException? _failure;
    private EndMark? _mark;
    private bool _closed;

    private FileJournal(string folder, FileJournalSettings settings, Disk disk, FolderLock? folderLock)
    {
        _folder = folder;
        _settings = settings;
        _disk = disk;
        _folderLock = folderLock;
        _writes = new BlockingCollection<Action>(settings.WaitingWritesMax);
        _writer = new Thread(CarryOutWrites) { IsBackground = true, Name = "journal writer" };
    }

    /// <inheritdoc/>
    public string Kind => "file";

    /// <inheritdoc/>
    public long RefusedWrites => Interlocked.Read(ref _refusedWrites);

    /// <summary>The bytes of a torn write after the last whole batch; opening to write has cut them off. What the mark counts as acknowledged is not in them.</summary>
    public long TornBytes { get; private set; }

    /// <summary>
    /// The last place that the mark beside the segments counted as acknowledged when this was opened; null if there was no mark. All up to it is there.
    /// </summary>
    public Seq? MarkedSeq { get; private set; }

    /// <summary>What was acknowledged and is missing, in words, if that was accepted when this was opened; else null.</summary>
    public string? AcceptedLoss { get; private set; }

    /// <summary>Opens the journal in a folder, which is made if need be. Reads all of it once, to check it and to know where what is.</summary>
    /// <exception cref="JournalInUseException">Another journal has the folder open.</exception>
    /// <exception cref="JournalCutException">Something that was acknowledged is missing at its end. Nothing was changed.</exception>
    /// <exception cref="JournalDamagedException">It holds what was never written so. Nothing was changed.</exception>
    /// <exception cref="JournalException">The folder or a file cannot be used.</exception>
    public static FileJournal Open(string folder, FileJournalSettings? settings = null) => Open(folder, settings ?? new FileJournalSettings(), new Disk());

    /// <summary>
    /// Opens the journal in a folder to look at it as it is now, also while another process writes to it: nothing is locked, changed or
    /// repaired, and a write that is under way, or was torn, is left aside (<see cref="TornBytes"/>). What is written later is not seen.
    /// </summary>
    /// <exception cref="JournalCutException">Something that was acknowledged is missing at its end.</exception>
    /// <exception cref="JournalDamagedException">It holds what was never written so.</exception>
    /// <exception cref="JournalException">There is no journal, or it cannot be read.</exception>
    public static FileJournal OpenToRead(string folder)
    {
        folder = Path.GetFullPath(folder);
        var journal = new FileJournal(folder, new FileJournalSettings(), new Disk(), folderLock: null);
        try
        {
            if (!Directory.Exists(folder) || Segments(folder).Length == 0) throw new JournalException($"There is no journal in {folder}.");
            journal.ReadAll(FileAccess.Read);
            return journal;
        }
        catch (Exception e)
        {
            journal.CloseFiles();
            if (e is IOException or UnauthorizedAccessException) throw new JournalException($"The journal in {folder} cannot be read: {e.Message}", e);
            throw;
        }
    }

    /// <summary>The process that has a folder's journal open, as far as can be told without asking for it; null if none seems to.</summary>
    public static int? WriterOf(string folder) => FolderLock.LivingOwner(folder);

    internal static FileJournal Open(string folder, FileJournalSettings settings, Disk disk)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.SegmentBytesMax, SegmentFormat.HeaderBytes, nameof(settings));
        folder = Path.GetFullPath(folder);
        FolderLock? folderLock = null;
        FileJournal? journal = null;
        try
        {
            if (!Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder);
                if (Path.GetDirectoryName(folder) is { } parent) disk.FlushFolder(parent);
            }
            folderLock = FolderLock.Take(folder);
            journal = new FileJournal(folder, settings, disk, folderLock);
            journal.Recover();
            journal._writer.Start();
            return journal;
        }
        catch (Exception e)
        {
            journal?.CloseFiles();
            folderLock?.Dispose();
            if (e is IOException or UnauthorizedAccessException) throw new JournalException($"The journal in {folder} cannot be opened: {e.Message}", e);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_failure is not null) throw _failure;
            return ValueTask.FromResult(_index.End);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default)
    {
        BatchShape.CheckClaim(claimant);
        return Enqueue(() => Claim(seen, claimant, atUnixMs), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default)
    {
        BatchShape.Check(epoch, batch);
        return Enqueue(() => Append(epoch, batch), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default)
    {
        BatchShape.CheckLimit(limit);
        Seq last;
        lock (_lock) last = _index.Last;
        var first = Math.Max(after.Value, 0) + 1;
        var count = Math.Clamp(last.Value - first + 1, 0, limit);
        return ReadPlaces(new Consecutive(first), (int)count, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default)
    {
        BatchShape.CheckLimit(limit);
        long[] places;
        lock (_lock) places = _index.OfStream(stream, afterVersion, limit);
        return ReadPlaces(new Listed(places), places.Length, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default)
    {
        BatchShape.CheckLimit(limit);
        long[] places;
        lock (_lock) places = _index.OfCategory(category, afterOrdinal, limit);
        return ReadPlaces(new Listed(places), places.Length, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var versions = new long[streams.Count];
        lock (_lock)
        {
            for (var i = 0; i < versions.Length; i++) versions[i] = _index.VersionOf(streams[i]);
        }
        return ValueTask.FromResult<IReadOnlyList<long>>(versions);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock) return ValueTask.FromResult(_index.Claims);
    }

    /// <summary>Carries out the writes that wait, then closes the files and lets go of the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_closed) return;
            _closed = true;
        }
        _writes.CompleteAdding();
        if (_folderLock is not null) await Task.Run(_writer.Join);
        FlushMarkAtTheEnd();
        CloseFiles();
        _folderLock?.Dispose();
        _writes.Dispose();
    }

    // ---- writing, on the writer's thread ----

    private ValueTask<T> Enqueue<T>(Func<T> write, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_folderLock is null) throw new JournalException($"The journal in {_folder} was opened to be read: nothing can be written to it.");
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Action carryOut = () =>
        {
            try
            {
                done.SetResult(write());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        };
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (!_writes.TryAdd(carryOut, 0, CancellationToken.None))
                throw new JournalException($"{_settings.WaitingWritesMax} writes wait for the disk of {_folder} already; this one was not begun.");
        }
        return new ValueTask<T>(cancellation.CanBeCanceled ? done.Task.WaitAsync(cancellation) : done.Task);
    }

    private void CarryOutWrites()
    {
        while (!_writes.IsCompleted)
        {
            if (_writes.TryTake(out var write, _mark!.PatienceMs)) write();
            if (_failure is null) FlushMark();
        }
    }

    private void FlushMark()
    {
        try
        {
            _mark!.FlushIfDue();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail($"Cannot flush the mark of the journal in {_folder}: {e.Message} Open the journal again.", e);
        }
    }

    private void FlushMarkAtTheEnd()
    {
        try
        {
            if (_failure is null) _mark?.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is written, and a loss of power within seconds would be needed to lose that.
        }
    }

    /// <summary>Writes the mark. Without it nobody may be told of what was written: opening again finds out what holds.</summary>
    private void Witness(Segment segment, long end, Seq seq, Epoch epoch, Hash256 hash)
    {
        try
        {
            _mark!.Renew(new MarkedEnd(0, seq, epoch, hash, segment.Start.Number, end));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail($"Cannot write the mark of the journal in {_folder}, so place {seq} is not acknowledged: {e.Message} Open the journal again.", e);
        }
    }

    // The writer alone changes the index, so it may look at it without the lock.
    private AppendResult Append(Epoch epoch, IReadOnlyList<JournalRecord> batch)
    {
        if (_failure is not null) throw _failure;
        if (epoch != _index.Epoch || batch[0].Seq != _index.Last.Next || !_index.Follows(batch))
        {
            Interlocked.Increment(ref _refusedWrites);
            return new AppendResult(false, _index.Epoch);
        }
        var bodyBytes = EncodeBody(batch);
        var (segment, offset) = Write(SegmentFormat.BatchKind, bodyBytes);
        Witness(segment, SegmentFormat.FrameEnd(offset + SegmentFormat.FrameHeadBytes + bodyBytes), batch[^1].Seq, epoch, batch[^1].Hash);
        lock (_lock) Commit(segment, offset, bodyBytes, batch);
        return new AppendResult(true, epoch);
    }

    private ClaimResult Claim(Epoch seen, Rank claimant, long atUnixMs)
    {
        if (_failure is not null) throw _failure;
        if (seen != _index.Epoch) return new ClaimResult(false, _index.Epoch);
        var claim = new EpochClaim(seen.Next, claimant, _index.Last, atUnixMs);
        SegmentFormat.WriteClaim(claim, _buffer.AsSpan(SegmentFormat.FrameHeadBytes));
        var (segment, offset) = Write(SegmentFormat.ClaimKind, SegmentFormat.ClaimBytes);
        var end = SegmentFormat.FrameEnd(offset + SegmentFormat.FrameHeadBytes + SegmentFormat.ClaimBytes);
        Witness(segment, end, _index.Last, claim.Epoch, _index.Hash);
        lock (_lock)
        {
            segment.Committed = end;
            Must(_index.Add(claim));
        }
        return new ClaimResult(true, claim.Epoch);
    }

    private int EncodeBody(IReadOnlyList<JournalRecord> batch)
    {
        // A bound that is cheap to know; texts take at most three bytes for a character.
        long bound = 0;
        foreach (var record in batch)
            bound += 256 + 3 * (record.Stream.Text.Length + record.Type.Length) + 8 * record.Causes.Length + 12 * record.Clock.Entries.Length + (long)record.Data.Length;
        if (bound > SegmentFormat.MaxBodyBytes) throw new ArgumentException($"A batch of {bound} bytes is more than a frame holds ({SegmentFormat.MaxBodyBytes}).");
        var needed = (int)bound + 2 * SegmentFormat.HeaderBytes;
        if (_buffer.Length < needed || (_buffer.Length > KeptBufferBytesMax && needed <= KeptBufferBytesMax))
            _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(needed, Math.Min(_buffer.Length * 2, KeptBufferBytesMax)));
        var used = SegmentFormat.FrameHeadBytes;
        foreach (var record in batch) used += SegmentFormat.WriteEntry(record, _buffer.AsSpan(used));
        return used - SegmentFormat.FrameHeadBytes;
    }

    private (Segment Segment, long Offset) Write(uint kind, int bodyBytes)
    {
        var frame = _buffer.AsSpan(0, SegmentFormat.Seal(_buffer, kind, bodyBytes));
        var segment = _segments[^1];
        if (segment.Committed > SegmentFormat.HeaderBytes && segment.Committed + frame.Length > _settings.SegmentBytesMax) segment = BeginSegment();
        var offset = segment.Committed;
        try
        {
            _disk.Write(segment.Handle, frame, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            CutBack(segment, e);
            throw new JournalException($"Cannot write to {segment.Path} at offset {offset}: {e.Message} Nothing was written.", e);
        }
        try
        {
            _disk.Flush(segment.Handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail($"Cannot flush {segment.Path}, so what it holds after offset {offset} is unknown: {e.Message} Open the journal again.", e);
        }
        return (segment, offset);
    }

    private void CutBack(Segment segment, Exception cause)
    {
        try
        {
            _disk.Truncate(segment.Handle, segment.Committed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail($"Cannot write to {segment.Path}, nor cut it back to offset {segment.Committed}: {e.Message} Open the journal again.", cause);
        }
    }

    private JournalException Fail(string message, Exception cause)
    {
        var failure = new JournalException(message, cause);
        lock (_lock) _failure = failure;
        return failure;
    }

    private void Commit(Segment segment, long offset, int bodyBytes, IReadOnlyList<JournalRecord> batch)
    {
        var entryAt = offset + SegmentFormat.FrameHeadBytes;
        var entriesEnd = entryAt + bodyBytes;
        var body = _buffer.AsSpan(SegmentFormat.FrameHeadBytes, bodyBytes);
        foreach (var record in batch)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(body);
            RecordGlance.TryTake(body.Slice(SegmentFormat.EntryHeadBytes, length), out var glance);
            Must(_index.Add(glance));
            segment.Note(record.Seq, entryAt, entriesEnd);
            body = body[(SegmentFormat.EntryHeadBytes + length)..];
            entryAt += SegmentFormat.EntryHeadBytes + length;
        }
        segment.Committed = SegmentFormat.FrameEnd(entriesEnd);
    }

    private static void Must(string? problem)
    {
        if (problem is not null) throw new InvalidOperationException($"What was just written does not fit the index: {problem}.");
    }

    private Segment BeginSegment()
    {
        var start = new SegmentStart(_segments.Count + 1, _index.Last, _index.Epoch, _index.Hash);
        var path = Path.Combine(_folder, SegmentFormat.FileName(start.Number));
        var unnamed = path + ".new";
        var header = new byte[SegmentFormat.HeaderBytes];
        SegmentFormat.WriteHeader(header, start);
        try
        {
            // It gets its name once its header is durable, so a segment with half a header is never a torn write.
            using (var file = File.OpenHandle(unnamed, FileMode.Create, FileAccess.Write))
            {
                _disk.Write(file, header, 0);
                _disk.Flush(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalException($"Cannot begin the segment {path}: {e.Message} Nothing was written.", e);
        }
        try
        {
            File.Move(unnamed, path);
            _disk.FlushFolder(_folder);
            var segment = new Segment(start, path, File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite));
            lock (_lock) _segments.Add(segment);
            return segment;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail($"Cannot begin the segment {path}: {e.Message} Open the journal again.", e);
        }
    }

    // ---- reading ----

    private interface IPlaces
    {
        Seq this[int n] { get; }
    }

    private readonly record struct Consecutive(long First) : IPlaces
    {
        public Seq this[int n] => new(First + n);
    }

    private readonly record struct Listed(long[] Places) : IPlaces
    {
        public Seq this[int n] => new(Places[n]);
    }

    /// <summary>Reads records at ascending places, going on from one to the next where that is nearer than the next mark.</summary>
    private ValueTask<IReadOnlyList<JournalRecord>> ReadPlaces<TPlaces>(TPlaces places, int count, CancellationToken cancellation)
        where TPlaces : struct, IPlaces
    {
        cancellation.ThrowIfCancellationRequested();
        var records = new JournalRecord[count];
        RecordCursor? cursor = null;
        try
        {
            for (var i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                cursor = CursorFor(places[i], cursor);
                records[i] = cursor.Read(places[i]);
            }
        }
        catch (IOException e)
        {
            throw new JournalException($"The journal in {_folder} cannot be read: {e.Message}", e);
        }
        finally
        {
            cursor?.Dispose();
        }
        return ValueTask.FromResult<IReadOnlyList<JournalRecord>>(records);
    }

    private RecordCursor CursorFor(Seq seq, RecordCursor? cursor)
    {
        Segment segment;
        Mark mark;
        long committed;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            segment = SegmentOf(seq);
            mark = segment.MarkFor(seq);
            committed = segment.Committed;
        }
        if (cursor?.Segment == segment)
        {
            if (mark.Offset > cursor.Offset) cursor.JumpTo(mark);
            return cursor;
        }
        cursor?.Dispose();
        return new RecordCursor(segment, new FileWindow(segment.Handle, segment.Path, committed, ReadAheadBytes), mark);
    }

    private Segment SegmentOf(Seq seq)
    {
        var (low, high) = (0, _segments.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_segments[middle].Start.After < seq) low = middle;
            else high = middle - 1;
        }
        return _segments[low];
    }

    // ---- opening and closing ----

    private void Recover()
    {
        var mark = ReadAll(FileAccess.ReadWrite);
        // Only now, when all is known to be whole, is anything changed.
        foreach (var unnamed in Directory.GetFiles(_folder, "*.journal.new")) File.Delete(unnamed);
        if (_segments.Count == 0) BeginSegment();
        var last = _segments[^1];
        if (TornBytes > 0) _disk.Truncate(last.Handle, last.Committed);
        // Its last batch may have been written by a process that died before its flush; it is read from now on, so it must be durable.
        else _disk.Flush(last.Handle);
        _mark = EndMark.Open(_folder, _disk, mark, new MarkedEnd(0, _index.Last, _index.Epoch, _index.Hash, last.Start.Number, last.Committed));
    }

    /// <summary>Reads the mark, then the segments: what is written in between is after the mark.</summary>
    private MarkedEnd? ReadAll(FileAccess accessOfLast)
    {
        var mark = EndMark.Read(_folder);
        ReadSegments(accessOfLast);
        if (mark is null) return null;
        if ((_segments.Count, _segments.Count == 0 ? 0 : _segments[^1].Committed).CompareTo(((int)mark.Segment, mark.Offset)) < 0) RefuseLoss(mark);
        else if (mark.Seq > _index.Last || (mark.Seq > Seq.None && HashOf(mark.Seq) != mark.Hash))
            throw new JournalDamagedException($"Place {mark.Seq} of the journal in {_folder} is not the event that was acknowledged: its segments and {EndMark.FileName} belong to different journals. Nothing was changed. Bring back a copy of the whole folder.");
        MarkedSeq = mark.Seq < _index.Last ? mark.Seq : _index.Last;
        return mark;
    }

    private void RefuseLoss(MarkedEnd mark)
    {
        var (first, missing) = (_index.Last.Next, mark.Seq.Value - _index.Last.Value);
        var what = missing == 0 ? $"the claim of epoch {mark.Epoch} is missing"
            : string.Create(CultureInfo.InvariantCulture, $"{missing} acknowledged events are missing, from seq {first} to {mark.Seq}");
        AcceptedLoss = _settings.AcceptLoss == first ? what : null;
        if (AcceptedLoss is null) throw new JournalCutException($"The journal in {_folder} was cut: {what}. Nothing was changed. Bring back a newer copy of the folder; or start the server with --accept-loss {first} to go on without them.");
    }

    private Hash256 HashOf(Seq seq)
    {
        using var cursor = CursorFor(seq, null);
        return cursor.Read(seq).Hash;
    }

    private static string[] Segments(string folder) => [.. Directory.GetFiles(folder, "*.journal").Order(StringComparer.Ordinal)];

    private void ReadSegments(FileAccess accessOfLast)
    {
        var paths = Segments(_folder);
        for (var i = 0; i < paths.Length; i++)
        {
            var isLast = i == paths.Length - 1;
            Read(paths[i], number: i + 1, isLast, isLast ? accessOfLast : FileAccess.Read);
        }
    }

    private void Read(string path, long number, bool isLast, FileAccess access)
    {
        if (Path.GetFileName(path) != SegmentFormat.FileName(number))
            throw new JournalDamagedException(string.Create(CultureInfo.InvariantCulture,
                $"{path} stands where {Path.Combine(_folder, SegmentFormat.FileName(number))} must (offset 0): a segment is missing. Nothing was changed."));
        var file = File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite);
        var length = RandomAccess.GetLength(file);
        using var window = new FileWindow(file, path, length, ScanPieceBytes);
        var (start, problem) = SegmentFormat.ReadHeader(window.At(0, (int)Math.Min(length, SegmentFormat.HeaderBytes)));
        var expected = new SegmentStart(number, _index.Last, _index.Epoch, _index.Hash);
        if (start is not null && start != expected) problem = $"it does not go on where the segment before it ends (place {_index.Last})";
        if (problem.Length > 0)
        {
            file.Dispose();
            throw SegmentScan.Damage(path, 0, problem);
        }
        var segment = new Segment(expected, path, file);
        _segments.Add(segment);
        segment.Committed = new SegmentScan(segment, window, _index, isLast).Run();
        TornBytes = length - segment.Committed;
    }

    private void CloseFiles()
    {
        foreach (var segment in _segments) segment.Dispose();
        _mark?.Dispose();
    }
}
