using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using Rialto.Journal;
using Rialto.Journal.Files;
using Rialto.Tests.Support;

namespace Rialto.Tests.Journals;

/// <summary>A journal in files that ends before what was acknowledged does not start as if nothing were missing.</summary>
public sealed partial class EndMarkTests : IDisposable
{
    private const string MarkFile = "journal.mark";

    private static readonly FileJournalSettings SmallSegments = new() { SegmentBytesMax = 4000 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Cut_at_any_of_250_places_after_an_orderly_end_it_does_not_start_and_accepts_exactly_the_loss_that_it_named()
    {
        var writer = await FillAsync(batches: 30);
        var random = new Random(23);
        for (var n = 0; n < 250; n++)
        {
            using var cut = Cut(_folder.Path, random);
            var refused = Assert.ThrowsAny<JournalDamagedException>(() => FileJournal.Open(cut.Path, SmallSegments));
            Assert.ThrowsAny<JournalDamagedException>(() => FileJournal.OpenToRead(cut.Path));
            if (refused is not JournalCutException || Missing().Match(refused.Message) is not { Success: true } missing) continue;
            var (count, first) = (Number(missing, 1), Number(missing, 2));
            Assert.Equal(writer.Acknowledged.Count, first + count - 1);
            if (n % 10 != 0) continue;
            Assert.Throws<JournalCutException>(() => FileJournal.Open(cut.Path, SmallSegments with { AcceptLoss = new Seq(first + 1) }));
            await using (var accepted = FileJournal.Open(cut.Path, SmallSegments with { AcceptLoss = new Seq(first) }))
            {
                Same.Records(writer.Acknowledged.Take((int)first - 1), await accepted.ReadAsync(Seq.None, 1000));
                Assert.Contains($"from seq {first}", accepted.AcceptedLoss);
                await (await JournalWriter.Lead(accepted, rank: 2)).Append("auction/1");
            }
            await using var again = FileJournal.Open(cut.Path, SmallSegments);
            Assert.Equal(first, (await again.ReadEndAsync()).Seq.Value);
        }
    }

    [Fact]
    public async Task Cut_at_any_of_250_places_after_its_process_was_killed_it_starts_with_all_that_was_acknowledged_or_not_at_all()
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false", "--engine", "embedded", "--nodes", "1");
        (await server.As("desk").PostAsync("/api/books", new { symbol = "GME" })).Ok();
        for (var n = 1; n <= 20; n++) (await server.As("desk").PostAsync("/api/books/GME/orders", new { side = "sell", price = 15.99m, quantity = n })).Ok();
        var acknowledged = JsonDocument.Parse(await server.Http.GetStringAsync("/api/journal/verify")).RootElement.GetProperty("events").GetInt64();
        server.KillHard();
        var random = new Random(23);
        var started = 0;
        for (var n = 0; n < 250; n++)
        {
            using var cut = Cut(Path.Combine(server.DataFolder, "journal"), random);
            try
            {
                await using var journal = FileJournal.Open(cut.Path);
                started++;
                Assert.True((await journal.ReadEndAsync()).Seq.Value >= acknowledged);
            }
            catch (JournalDamagedException)
            {
                // It was not started, and a person is asked.
            }
        }
        Assert.InRange(started, 0, 25);
        await server.RestartAsync();
    }

    [Fact]
    public async Task A_byte_of_the_mark_that_is_wrong_stops_nothing_and_a_mark_of_which_nothing_is_left_stops_the_start()
    {
        await FillAsync(batches: 3);
        var path = Path.Combine(_folder.Path, MarkFile);
        var whole = File.ReadAllBytes(path);
        foreach (var slot in new[] { 0, 512, 4096, 4608 })
        {
            byte[] torn = [.. whole];
            Array.Fill(torn, (byte)0xEE, slot, 512);
            File.WriteAllBytes(path, torn);
            await using var journal = FileJournal.OpenToRead(_folder.Path);
            Assert.Equal(new Seq(9), (await journal.ReadEndAsync()).Seq);
        }
        File.WriteAllBytes(path, new byte[whole.Length]);
        Assert.Contains(MarkFile, Assert.Throws<JournalDamagedException>(() => FileJournal.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_an_earlier_version_has_no_mark_and_gets_one()
    {
        await FillAsync(batches: 3);
        File.Delete(Path.Combine(_folder.Path, MarkFile));
        await using (var journal = FileJournal.Open(_folder.Path, SmallSegments)) Assert.Null(journal.MarkedSeq);
        await using var again = FileJournal.Open(_folder.Path, SmallSegments);
        Assert.Equal(new Seq(9), again.MarkedSeq);
    }

    [Fact]
    public async Task The_mark_of_another_journal_is_noticed()
    {
        await FillAsync(batches: 3);
        using var other = new TemporaryFolder();
        await using (var journal = FileJournal.Open(other.Path, SmallSegments)) await (await JournalWriter.Lead(journal, rank: 7)).Append("ledger/other");
        File.Copy(Path.Combine(other.Path, MarkFile), Path.Combine(_folder.Path, MarkFile), overwrite: true);
        Assert.Contains("different journals", Assert.Throws<JournalDamagedException>(() => FileJournal.Open(_folder.Path, SmallSegments)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_durable_and_not_marked_is_not_acknowledged_until_it_is_opened_again()
    {
        var disk = new MarkRefusingDisk();
        await using (var journal = FileJournal.Open(_folder.Path, new FileJournalSettings(), disk))
        {
            var writer = await JournalWriter.Lead(journal);
            await writer.Append("auction/1");
            disk.Refuses = true;
            await Assert.ThrowsAsync<JournalException>(async () => await journal.AppendAsync(writer.Epoch, writer.Next("auction/1")));
            Assert.Single(await journal.ReadAsync(Seq.None, 10));
            disk.Refuses = false;
            await Assert.ThrowsAsync<JournalException>(async () => await journal.AppendAsync(writer.Epoch, writer.Next("auction/1")));
        }
        await using var again = FileJournal.Open(_folder.Path);
        Assert.Equal((2, new Seq(1)), ((await again.ReadAsync(Seq.None, 10)).Count, again.MarkedSeq));
    }

    [Fact]
    public async Task A_copy_whose_mark_is_older_than_its_segments_is_whole_and_one_whose_mark_is_newer_is_refused()
    {
        await using var journal = FileJournal.Open(_folder.Path);
        var writer = await JournalWriter.Lead(journal);
        await writer.Append("auction/1", "auction/2");
        using var segmentsFirst = TemporaryFolder.CopyOf(_folder.Path, "*.journal");
        using var markFirst = TemporaryFolder.CopyOf(_folder.Path, MarkFile);
        await writer.Append("auction/1");
        File.Copy(Path.Combine(_folder.Path, MarkFile), Path.Combine(segmentsFirst.Path, MarkFile));
        File.Copy(Path.Combine(_folder.Path, "00000001.journal"), Path.Combine(markFirst.Path, "00000001.journal"));
        Assert.Contains("1 acknowledged events are missing, from seq 3 to 3", Assert.Throws<JournalCutException>(() => FileJournal.Open(segmentsFirst.Path)).Message, StringComparison.Ordinal);
        await using var whole = FileJournal.Open(markFirst.Path);
        Same.Records(writer.Acknowledged, await whole.ReadAsync(Seq.None, 10));
    }

    [Fact]
    public async Task A_backup_made_while_it_is_written_to_is_whole_up_to_its_mark()
    {
        await using var journal = FileJournal.Open(_folder.Path, SmallSegments);
        var writer = await JournalWriter.Lead(journal);
        using var parent = new TemporaryFolder();
        for (var round = 0; round < 5; round++)
        {
            var before = writer.Acknowledged.Count;
            var writing = Task.Run(async () =>
            {
                for (var n = 0; n < 30; n++) await writer.Append("auction/1", $"ledger/{n}");
            });
            var to = Path.Combine(parent.Path, $"{round}");
            var seq = JournalBackup.Make(_folder.Path, to);
            await writing;
            await using var copy = FileJournal.OpenToRead(to);
            Assert.Equal((seq, 0L), ((await copy.ReadEndAsync()).Seq, copy.TornBytes));
            Assert.InRange(seq.Value, before, writer.Acknowledged.Count);
            Same.Records(writer.Acknowledged.Take((int)seq.Value), await copy.ReadAsync(Seq.None, 10_000));
        }
        Assert.Contains("not empty", Assert.Throws<JournalException>(() => JournalBackup.Make(_folder.Path, Path.Combine(parent.Path, "0"))).Message, StringComparison.Ordinal);
    }

    private async Task<JournalWriter> FillAsync(int batches)
    {
        await using var journal = FileJournal.Open(_folder.Path, SmallSegments);
        var writer = await JournalWriter.Lead(journal);
        for (var n = 0; n < batches; n++) await writer.Append("auction/1", $"ledger/{n}", "auction/2");
        return writer;
    }

    /// <summary>A copy of which everything from some byte of its segments on is gone.</summary>
    private static TemporaryFolder Cut(string folder, Random random)
    {
        var copy = TemporaryFolder.CopyOf(folder);
        var segments = Directory.GetFiles(copy.Path, "*.journal").Order(StringComparer.Ordinal).ToList();
        var left = random.NextInt64(segments.Sum(segment => new FileInfo(segment).Length));
        foreach (var segment in segments)
        {
            var length = new FileInfo(segment).Length;
            if (left == 0) File.Delete(segment);
            else if (left < length)
            {
                using var file = File.OpenWrite(segment);
                file.SetLength(left);
            }
            left = Math.Max(0, left - length);
        }
        return copy;
    }

    private static long Number(Match match, int group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(\d+) acknowledged events are missing, from seq (\d+) to")]
    private static partial Regex Missing();

    private sealed class MarkRefusingDisk : Disk
    {
        private const int SlotBytes = 84;

        public bool Refuses { get; set; }

        public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
        {
            if (Refuses && bytes.Length == SlotBytes) throw new IOException("The disk does not answer.");
            base.Write(file, bytes, offset);
        }
    }
}
