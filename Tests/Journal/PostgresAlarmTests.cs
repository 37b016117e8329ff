using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Journal.Postgres;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Journals;

/// <summary>A front door is woken when the journal grows, and looks by itself where nobody wakes it.</summary>
public sealed class PostgresAlarmTests
{
    private static readonly StreamId Ledger = StreamId.Parse("ledger/A");

    [PostgresFact]
    public async Task A_follower_is_woken_by_what_others_write_though_its_own_clock_stands_still()
    {
        var database = LocalPostgres.Shared.CreateDatabase();
        await using (var journal = await PostgresJournal.OpenAsync(database))
        await using (var front = await PostgresJournal.OpenAsync(database))
        await using (var cluster = await EmbeddedCluster.StartAsync(new EmbeddedSettings { Nodes = 1 }, journal, new MemoryCheckpoints(), TimeProvider.System))
        await using (var follower = await JournalFollower.StartAsync(front, new ManualTime(), new RuntimeSettings(), TimeSpan.FromMilliseconds(25)))
        {
            Assert.Null((await cluster.ExecuteAsync(new CommandRequest(Ledger, new CreateLedger(2), "ann", CommandId.From("create")))).Refusal);
            // Whoever writes finds out within a second that somebody listens.
            var patience = DateTime.UtcNow.AddSeconds(60);
            for (var account = 0; follower.Replica.Applied.Value < 3; account++)
            {
                Assert.True(DateTime.UtcNow < patience, "The follower was not woken within a minute.");
                await cluster.ExecuteAsync(new CommandRequest(Ledger, new OpenAccount($"account-{account}"), "ann", CommandId.From("open", account.ToString())));
            }
        }
        LocalPostgres.Shared.DropDatabase(database);
    }

    [StoppablePostgresFact]
    public async Task Whoever_listens_is_told_when_it_hears_nothing_any_more_and_when_it_does_again()
    {
        using var server = LocalPostgres.Start(fsync: false);
        await using var journal = await PostgresJournal.OpenAsync(server.CreateDatabase());
        using var changed = new SemaphoreSlim(0);
        await using var alarm = journal.Listen(() => changed.Release())!;
        await UntilAsync(changed, () => alarm.IsHeard);
        server.Kill();
        await UntilAsync(changed, () => !alarm.IsHeard);
        server.Restart();
        await UntilAsync(changed, () => alarm.IsHeard);
    }

    private static async Task UntilAsync(SemaphoreSlim changed, Func<bool> condition)
    {
        while (!condition()) Assert.True(await changed.WaitAsync(TimeSpan.FromSeconds(60)), "Nothing was told within a minute.");
    }
}
