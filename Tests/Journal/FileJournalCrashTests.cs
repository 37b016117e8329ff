using Microsoft.Win32.SafeHandles;
using Rialto.Journal;
using Rialto.Journal.Files;

namespace Rialto.Tests.Journals;

/// <summary>What a journal in files makes of what a crash, a bad disk or a second program leaves it.</summary>
public sealed class FileJournalCrashTests : IDisposable
{
    private static readonly FileJournalSettings SmallSegments = new() { SegmentBytesMax = 1500 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Cut_at_every_byte_of_its_last_batch_it_opens_with_all_earlier_batches_whole()
    {
        long wholeBefore;
        List<JournalRecord> earlier;
        await using (var journal = FileJournal.Open(_folder.Path))
        {
            var writer = await JournalWriter.Lead(journal);
            await writer.Append("auction/1", "auction/2");
            await writer.Append("auction/1");
            earlier = [.. writer.Acknowledged];
            wholeBefore = new FileInfo(Segments(_folder)[0]).Length;
            await writer.Append("auction/1", "ledger/a", "auction/3");
        }
        var bytes = File.ReadAllBytes(Segments(_folder)[0]);
        for (var length = (int)wholeBefore; length < bytes.Length; length++)
        {
            using var copy = new TemporaryFolder();
            File.WriteAllBytes(Path.Combine(copy.Path, "00000001.journal"), bytes[..length]);
            await using (var journal = FileJournal.Open(copy.Path))
            {
                Same.Records(earlier, await journal.ReadAsync(Seq.None, 100));
                Assert.Equal(length - wholeBefore, journal.TornBytes);
                var writer = await JournalWriter.Lead(journal, rank: 2);
                await writer.Append("auction/1", "ledger/b");
            }
            await using var again = FileJournal.Open(copy.Path);
            Assert.Equal((0L, earlier.Count + 2L), (again.TornBytes, (await again.ReadEndAsync()).Seq.Value));
            Assert.True((await JournalVerifier.VerifyAsync(again)).Ok);
        }
    }

    [Fact]
    public async Task Looked_at_only_it_is_read_to_the_last_whole_batch_and_not_a_byte_is_changed_also_while_somebody_writes()
    {
        var journal = FileJournal.Open(_folder.Path, SmallSegments);
        var writer = await JournalWriter.Lead(journal);
        for (var n = 0; n < 20; n++) await writer.Append("auction/1", $"ledger/{n}");
        await using (journal)
        await using (var beside = FileJournal.OpenToRead(_folder.Path))
        {
            Same.Records(writer.Acknowledged, await beside.ReadAsync(Seq.None, 100));
            Assert.Equal((0L, Environment.ProcessId), (beside.TornBytes, FileJournal.WriterOf(_folder.Path)));
            await writer.Append("auction/1");
            Assert.Equal(40, (await beside.ReadEndAsync()).Seq.Value);
            await Assert.ThrowsAsync<JournalException>(async () => await beside.ClaimEpochAsync(new Epoch(1), new Rank(9), 0));
        }

        using var torn = TemporaryFolder.CopyOf(_folder.Path);
        var last = Segments(torn)[^1];
        await using (var file = File.Open(last, FileMode.Append)) await file.WriteAsync(new byte[3]);
        var before = File.ReadAllBytes(last);
        await using (var looked = FileJournal.OpenToRead(torn.Path))
        {
            Same.Records(writer.Acknowledged, await looked.ReadAsync(Seq.None, 100));
            Assert.InRange(looked.TornBytes, 1, before.Length);
            Assert.True((await JournalVerifier.VerifyAsync(looked)).Ok);
        }
        Assert.Equal(before, File.ReadAllBytes(last));
        Assert.Throws<JournalException>(() => FileJournal.OpenToRead(Path.Combine(torn.Path, "nothing")));
        Assert.False(Directory.Exists(Path.Combine(torn.Path, "nothing")));
    }

    [Fact]
    public async Task Any_sectors_of_its_last_batch_that_never_reached_the_disk_are_a_torn_write()
    {
        long wholeBefore;
        await using (var journal = FileJournal.Open(_folder.Path))
        {
            var writer = await JournalWriter.Lead(journal);
            await writer.Append("auction/1");
            wholeBefore = new FileInfo(Segments(_folder)[0]).Length;
            await writer.Append([.. Enumerable.Range(0, 12).Select(n => $"auction/{n}")]);
        }
        var bytes = File.ReadAllBytes(Segments(_folder)[0]);
        var sectors = Enumerable.Range((int)wholeBefore / 512, (bytes.Length - 1) / 512 - (int)wholeBefore / 512 + 1).ToArray();
        Assert.True(sectors.Length > 4);
        foreach (var missing in sectors.SelectMany(_ => sectors, (first, last) => (first, last)).Where(range => range.first <= range.last))
        {
            byte[] torn = [.. bytes];
            var (from, to) = (Math.Max((int)wholeBefore, missing.first * 512), Math.Min(bytes.Length, (missing.last + 1) * 512));
            Array.Clear(torn, from, to - from);
            using var copy = new TemporaryFolder();
            File.WriteAllBytes(Path.Combine(copy.Path, "00000001.journal"), torn);
            await using var journal = FileJournal.Open(copy.Path);
            Assert.Equal(new Seq(1), (await journal.ReadEndAsync()).Seq);
        }
    }

    [Fact]
    public async Task A_byte_that_is_flipped_anywhere_is_an_error_that_names_file_and_offset_and_changes_nothing()
    {
        await using (var journal = FileJournal.Open(_folder.Path, SmallSegments))
        {
            var writer = await JournalWriter.Lead(journal);
            for (var i = 0; i < 6; i++) await writer.Append("auction/1", $"ledger/{i}");
            await writer.TakeOver(rank: 2);
            for (var i = 0; i < 6; i++) await writer.Append("auction/1", $"ledger/{i}");
        }
        var segments = Segments(_folder);
        Assert.True(segments.Length >= 3);
        foreach (var segment in segments)
        {
            var whole = File.ReadAllBytes(segment);
            for (var at = 0; at < whole.Length; at++)
            {
                byte[] flipped = [.. whole];
                flipped[at] ^= (byte)(1 << (at % 8));
                File.WriteAllBytes(segment, flipped);
                var damaged = Assert.Throws<JournalDamagedException>(() => FileJournal.Open(_folder.Path, SmallSegments));
                Assert.Contains(segment, damaged.Message, StringComparison.Ordinal);
                Assert.Matches(@"offset \d+", damaged.Message);
                Assert.Equal(flipped, File.ReadAllBytes(segment));
            }
            File.WriteAllBytes(segment, whole);
        }
        await using var unhurt = FileJournal.Open(_folder.Path, SmallSegments);
        Assert.Equal(new Seq(24), (await unhurt.ReadEndAsync()).Seq);
    }

    [Fact]
    public async Task A_byte_that_becomes_zero_or_ones_in_the_middle_is_damage_and_no_torn_write()
    {
        await using (var journal = FileJournal.Open(_folder.Path))
        {
            var writer = await JournalWriter.Lead(journal);
            for (var i = 0; i < 4; i++) await writer.Append("auction/1", $"ledger/{i}");
        }
        var segment = Segments(_folder)[0];
        var whole = File.ReadAllBytes(segment);
        foreach (var value in new byte[] { 0x00, 0xFF })
        {
            for (var at = 0; at < whole.Length; at++)
            {
                if (whole[at] == value) continue;
                byte[] changed = [.. whole];
                changed[at] = value;
                File.WriteAllBytes(segment, changed);
                Assert.Throws<JournalDamagedException>(() => FileJournal.Open(_folder.Path));
            }
        }
    }

    [Fact]
    public async Task Sectors_that_are_zero_before_a_whole_batch_are_damage_and_no_torn_write()
    {
        long from;
        await using (var journal = FileJournal.Open(_folder.Path))
        {
            var writer = await JournalWriter.Lead(journal);
            await writer.Append("auction/1");
            from = new FileInfo(Segments(_folder)[0]).Length;
            await writer.Append([.. Enumerable.Range(0, 12).Select(n => $"auction/{n}")]);
            await writer.Append("auction/1");
        }
        var bytes = File.ReadAllBytes(Segments(_folder)[0]);
        Array.Clear(bytes, (int)from, 2000);
        File.WriteAllBytes(Segments(_folder)[0], bytes);
        var damaged = Assert.Throws<JournalDamagedException>(() => FileJournal.Open(_folder.Path));
        Assert.Contains($"offset {from}", damaged.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(Segments(_folder)[0]));
    }

    [Fact]
    public async Task A_segment_that_is_cut_or_missing_before_the_last_is_damage()
    {
        await using (var journal = FileJournal.Open(_folder.Path, SmallSegments))
        {
            var writer = await JournalWriter.Lead(journal);
            for (var i = 0; i < 12; i++) await writer.Append("auction/1", $"ledger/{i}");
        }
        using (var cut = TemporaryFolder.CopyOf(_folder.Path))
        {
            using (var file = File.Open(Segments(cut)[0], FileMode.Open)) file.SetLength(file.Length - 1);
            Assert.Contains(Segments(cut)[0], Assert.Throws<JournalDamagedException>(() => FileJournal.Open(cut.Path)).Message, StringComparison.Ordinal);
        }
        using (var missing = TemporaryFolder.CopyOf(_folder.Path))
        {
            File.Delete(Segments(missing)[1]);
            Assert.Contains("missing", Assert.Throws<JournalDamagedException>(() => FileJournal.Open(missing.Path)).Message, StringComparison.Ordinal);
        }
        using var exchanged = TemporaryFolder.CopyOf(_folder.Path);
        File.Copy(Segments(exchanged)[0], Segments(exchanged)[1], overwrite: true);
        Assert.Throws<JournalDamagedException>(() => FileJournal.Open(exchanged.Path));
    }

    [Fact]
    public async Task Damage_that_comes_while_it_is_open_is_found_by_the_reader()
    {
        await using var journal = FileJournal.Open(_folder.Path);
        var writer = await JournalWriter.Lead(journal);
        await writer.Append("auction/1", "auction/2");
        var segment = Segments(_folder)[0];
        using (var file = new FileStream(segment, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = file.Length - 100;
            file.WriteByte(0xEE);
        }
        var damaged = await Assert.ThrowsAsync<JournalDamagedException>(async () => await journal.ReadAsync(Seq.None, 10));
        Assert.Contains(segment, damaged.Message, StringComparison.Ordinal);
        var report = await JournalVerifier.VerifyAsync(journal);
        Assert.Equal(JournalProblemCode.StorageDamaged, Assert.Single(report.Problems).Code);
    }

    [Fact]
    public async Task A_second_opener_is_told_who_uses_it_and_may_have_it_afterwards()
    {
        await using (FileJournal.Open(_folder.Path))
        {
            var refused = Assert.Throws<JournalInUseException>(() => FileJournal.Open(_folder.Path));
            Assert.Equal($"The journal in {_folder.Path} is in use by this very process: stop it first, or choose another folder.", refused.Message);
        }
        await using var journal = FileJournal.Open(_folder.Path);
        Assert.Equal(Seq.None, (await journal.ReadEndAsync()).Seq);
    }

    [Fact]
    public async Task What_was_written_is_there_after_opening_again_in_many_segments()
    {
        var acknowledged = new List<JournalRecord>();
        for (var rank = 1; rank <= 4; rank++)
        {
            await using var journal = FileJournal.Open(_folder.Path, SmallSegments);
            var writer = await JournalWriter.Lead(journal, rank);
            for (var i = 0; i < 5; i++) await writer.Append("auction/1", $"ledger/{i}", $"auction/{rank}");
            acknowledged = writer.Acknowledged;
        }
        await using var again = FileJournal.Open(_folder.Path, SmallSegments);
        Same.Records(acknowledged, await again.ReadAsync(Seq.None, 1000));
        Assert.Equal([1, 2, 3, 4], (await again.ReadClaimsAsync()).Select(claim => claim.Leader.Value));
        Assert.Equal(60, (await again.ReadEndAsync()).Seq.Value);
        Assert.True((await JournalVerifier.VerifyAsync(again)).Ok);
    }

    [Fact]
    public async Task A_write_that_the_disk_refuses_is_cut_back_and_the_journal_goes_on()
    {
        var disk = new FailingDisk();
        await using var journal = FileJournal.Open(_folder.Path, new FileJournalSettings(), disk);
        var writer = await JournalWriter.Lead(journal);
        await writer.Append("auction/1");
        disk.RefuseWrites = true;
        var refused = await Assert.ThrowsAsync<JournalException>(async () => await journal.AppendAsync(writer.Epoch, writer.Next("auction/1")));
        Assert.Contains("Nothing was written", refused.Message, StringComparison.Ordinal);
        disk.RefuseWrites = false;
        Assert.Equal(new Seq(1), (await journal.ReadEndAsync()).Seq);
        await writer.Append("auction/1", "auction/2");
        Same.Records(writer.Acknowledged, await journal.ReadAsync(Seq.None, 10));
    }

    [Fact]
    public async Task After_a_flush_that_failed_nothing_is_trusted_until_it_is_opened_again()
    {
        var disk = new FailingDisk();
        JournalWriter writer;
        await using (var journal = FileJournal.Open(_folder.Path, new FileJournalSettings(), disk))
        {
            writer = await JournalWriter.Lead(journal);
            await writer.Append("auction/1");
            disk.RefuseFlushes = true;
            await Assert.ThrowsAsync<JournalException>(async () => await journal.AppendAsync(writer.Epoch, writer.Next("auction/1")));
            disk.RefuseFlushes = false;
            await Assert.ThrowsAsync<JournalException>(async () => await journal.AppendAsync(writer.Epoch, writer.Next("auction/1")));
            await Assert.ThrowsAsync<JournalException>(async () => await journal.ReadEndAsync());
            Same.Records(writer.Acknowledged, await journal.ReadAsync(Seq.None, 10));
        }
        await using var again = FileJournal.Open(_folder.Path);
        var there = await again.ReadAsync(Seq.None, 10);
        Same.Records(writer.Acknowledged, there.Take(1));
        Assert.True((await JournalVerifier.VerifyAsync(again)).Ok);
    }

    private static string[] Segments(TemporaryFolder folder) => [.. Directory.GetFiles(folder.Path, "*.journal").Order(StringComparer.Ordinal)];

    private sealed class FailingDisk : Disk
    {
        public bool RefuseWrites { get; set; }

        public bool RefuseFlushes { get; set; }

        public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
        {
            base.Write(file, RefuseWrites ? bytes[..(bytes.Length / 2)] : bytes, offset);
            if (RefuseWrites) throw new IOException("No space is left.");
        }

        public override void Flush(SafeFileHandle file)
        {
            if (RefuseFlushes) throw new IOException("The disk does not answer.");
            base.Flush(file);
        }
    }
}
