using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Files;
using Rialto.Journal.Memory;
using Rialto.Journal.Postgres;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Benchmarks;

/// <summary>
/// The whole way of a command but HTTP: entity, outbox, sequencer, journal, answer, and replicas behind it. Transfers in 1,000 ledgers, and
/// in one, by closed-loop callers, on one virtual node and on three.
/// </summary>
internal static class PipelineBenchmark
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(TimeSpan time)
    {
        var table = new Table("pipeline", "events/s", "p50 ms", "p99 ms", "of raw", "of 1-by-1");
        if (LocalPostgres.Unavailable is { } why)
        {
            Console.WriteLine(why);
        }
        else
        {
            var database = LocalPostgres.Shared.CreateDatabase();
            await using var raw = await RawPostgres.OpenAsync(database);
            var oneByOne = await raw.OneByOneAsync(16, TimeSpan.FromSeconds(1), time);
            Row(table, "PostgreSQL, raw: one insert per event, 16 connections", oneByOne, null, null);
            var ceiling = await raw.BatchedAsync(1_000, TimeSpan.FromSeconds(1), time);
            Row(table, "PostgreSQL, raw: fenced insert … unnest, batches of 1000", ceiling, null, oneByOne);
            foreach (var (entities, nodes) in new[] { (1_000, 1), (1, 1), (1_000, 3) })
            {
                await using var journal = await PostgresJournal.OpenAsync(LocalPostgres.Shared.CreateDatabase());
                await MeasureAsync(table, journal, "PostgreSQL", entities, nodes, time, ceiling, oneByOne);
            }
        }
        foreach (var (entities, nodes) in new[] { (1_000, 1), (1, 1) })
        {
            await using var journal = new MemoryJournal();
            await MeasureAsync(table, journal, "memory", entities, nodes, time, null, null);
        }
        foreach (var (entities, nodes) in new[] { (1_000, 1), (1, 1), (1_000, 3) })
        {
            var folder = Directory.CreateTempSubdirectory("rialto-benchmark-");
            await using (var journal = FileJournal.Open(folder.FullName)) await MeasureAsync(table, journal, "files", entities, nodes, time, null, null);
            folder.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(
        Table table, IJournal journal, string home, int entities, int nodes, TimeSpan time, Measurement? ceiling, Measurement? oneByOne)
    {
        await using var cluster = await EmbeddedCluster.StartAsync(
            new EmbeddedSettings { Nodes = nodes }, journal, new MemoryCheckpoints(), TimeProvider.System);
        StreamId[] ledgers = [.. Enumerable.Range(0, entities).Select(i => StreamId.Of("ledger", $"A{i}"))];
        await Task.WhenAll(ledgers.Select(async ledger =>
        {
            await DoAsync(cluster, ledger, new CreateLedger(2));
            await DoAsync(cluster, ledger, new OpenAccount("ann", 1_000_000_000_00));
            await DoAsync(cluster, ledger, new OpenAccount("bob"));
        }));
        var pay = new Transfer(new TransferOrder("ann", "bob", 1));
        foreach (var callers in new[] { 64, 256, 1_024 })
        {
            var measured = await Measurement.RunAsync(callers, WarmUp, time, (caller, sent) => DoAsync(cluster, ledgers[(caller + sent * callers) % entities], pay));
            Row(table, $"{home}, {(entities == 1 ? "one hot entity" : $"{entities} entities")}, {nodes} node{(nodes == 1 ? "" : "s")}, {callers} callers", measured, ceiling, oneByOne);
        }
    }

    private static async Task DoAsync(EmbeddedCluster cluster, StreamId ledger, LedgerCommand command)
    {
        var reply = await cluster.ExecuteAsync(new CommandRequest(ledger, command, "ann", Measurement.NextId()));
        if (reply.Refusal is { } refusal) throw new InvalidOperationException($"{refusal.Code}: {refusal.Detail}");
    }

    private static void Row(Table table, string what, Measurement measured, Measurement? ceiling, Measurement? oneByOne) => table.Row(
        what, Table.Count(measured.PerSecond), Table.Ms(measured.P50Ms), Table.Ms(measured.P99Ms),
        ceiling is null ? "" : Table.Ratio(measured.PerSecond / ceiling.PerSecond), oneByOne is null ? "" : Table.Ratio(measured.PerSecond / oneByOne.PerSecond));
}
