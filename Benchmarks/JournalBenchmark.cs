using System.Text;
using Rialto.Journal;
using Rialto.Journal.Files;
using Rialto.Journal.Postgres;
using Rialto.Protocols;
using Rialto.Tests.Support;

namespace Rialto.Benchmarks;

/// <summary>The journal's own appends, batch by batch, beside what the disk and PostgreSQL do with the same bytes and rows.</summary>
internal static class JournalBenchmark
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly byte[] Payload = Encoding.UTF8.GetBytes("{\"transfer\":\"5w8k2m9x1c4v\",\"debit\":\"ann\",\"credit\":\"bob\",\"amountMinor\":100}");

    public static async Task RunAsync(TimeSpan time)
    {
        var table = new Table("journal", "events/s", "p50 ms", "p99 ms", "of raw");
        foreach (var batch in new[] { 1, 200, 1_000 }) await FilesAsync(table, batch, time);
        if (LocalPostgres.Unavailable is { } why)
        {
            Console.WriteLine(why);
            return;
        }
        var database = LocalPostgres.Shared.CreateDatabase();
        await using var raw = await RawPostgres.OpenAsync(database);
        var oneByOne = await raw.OneByOneAsync(16, WarmUp, time);
        Row(table, "PostgreSQL, raw: one insert per event, 16 connections", oneByOne, null);
        await using var journal = await PostgresJournal.OpenAsync(database);
        foreach (var batch in new[] { 200, 1_000 })
        {
            var ceiling = await raw.BatchedAsync(batch, WarmUp, time);
            Row(table, $"PostgreSQL, raw: fenced insert … unnest, batches of {batch}", ceiling, null);
            Row(table, $"PostgreSQL journal, batches of {batch}", await AppendAsync(journal, batch, time), ceiling);
        }
    }

    private static async Task FilesAsync(Table table, int batch, TimeSpan time)
    {
        var folder = Directory.CreateTempSubdirectory("rialto-benchmark-");
        try
        {
            var ceiling = await RawFileAsync(Path.Combine(folder.FullName, "raw"), batch, time);
            Row(table, $"file, raw: write and fsync the same bytes, batches of {batch}", ceiling, null);
            await using var journal = FileJournal.Open(Path.Combine(folder.FullName, "journal"));
            Row(table, $"file journal, batches of {batch}", await AppendAsync(journal, batch, time), ceiling);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<Measurement> AppendAsync(IJournal journal, int batch, TimeSpan time)
    {
        var seen = await journal.ReadEndAsync();
        var claim = await journal.ClaimEpochAsync(seen.Epoch, new Rank(1), 0);
        var sequencer = new Sequencer(new SequencerSettings(), claim.Current, await journal.ReadEndAsync());
        var versions = new Dictionary<StreamId, long>();
        StreamId[] streams = [.. Enumerable.Range(0, 1_000).Select(i => StreamId.Of("ledger", $"{claim.Current}-{i}"))];
        foreach (var stream in streams) sequencer.LearnVersion(stream, versions[stream] = 0);
        var measured = await Measurement.RunAsync(1, WarmUp, time, async (_, sent) =>
        {
            var requests = new AppendRequest[batch];
            for (var i = 0; i < batch; i++)
            {
                var stream = streams[(sent * batch + i) % streams.Length];
                requests[i] = new AppendRequest
                {
                    Command = new CommandId(Guid.NewGuid()),
                    Fingerprint = 1,
                    Origin = new Rank(1),
                    Streams = [new StreamAppend(stream, versions[stream]++, [new NewEvent("ledger.transfer-made", Payload)])],
                };
            }
            var ordered = sequencer.Order(requests, 0);
            if (!(await journal.AppendAsync(claim.Current, ordered.Records)).Written) throw new InvalidOperationException("the journal refused a batch");
            sequencer.Written();
        });
        return measured with { Operations = measured.Operations * batch };
    }

    private static async Task<Measurement> RawFileAsync(string path, int batch, TimeSpan time)
    {
        var bytes = new byte[batch * 260];
        Random.Shared.NextBytes(bytes);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
        var measured = await Measurement.RunAsync(1, WarmUp, time, (_, _) =>
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
            return Task.CompletedTask;
        });
        return measured with { Operations = measured.Operations * batch };
    }

    private static void Row(Table table, string what, Measurement measured, Measurement? ceiling) => table.Row(
        what, Table.Count(measured.PerSecond), Table.Ms(measured.P50Ms), Table.Ms(measured.P99Ms), ceiling is null ? "" : Table.Ratio(measured.PerSecond / ceiling.PerSecond));
}
