using System.Collections.Concurrent;
using Npgsql;
using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Journal.Postgres;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Journals;

/// <summary>A primary that waits for a synchronous standby: what no standby has is not acknowledged, and not shown.</summary>
public sealed class PostgresReplicationTests : IDisposable
{
    private static readonly PostgresJournalSettings Impatient = new() { WriteTimeout = TimeSpan.FromSeconds(1), LockTimeout = TimeSpan.FromSeconds(0.5) };

    private readonly LocalPostgres _primary = null!;
    private readonly LocalPostgres _standby = null!;
    private readonly string _database = "";

    public PostgresReplicationTests()
    {
        if (LocalPostgres.Unstoppable is not null) return;
        _primary = LocalPostgres.Start(fsync: false);
        _standby = _primary.StartStandby("second");
        _database = _primary.CreateDatabase();
        _primary.Execute("alter system set synchronous_standby_names = 'second'");
        _primary.Execute("select pg_reload_conf()");
        Until("the standby is a synchronous one", () => _primary.Ask("select sync_state from pg_stat_replication") is "sync");
    }

    public void Dispose()
    {
        _standby?.Dispose();
        _primary?.Dispose();
    }

    [StoppablePostgresFact]
    public async Task A_commit_that_no_standby_has_is_not_told_as_written_nor_seen_until_a_standby_is_back()
    {
        await using var journal = await PostgresJournal.OpenAsync(_database, Impatient);
        await using var front = await PostgresJournal.OpenAsync(_database, Impatient);
        var writer = await JournalWriter.Lead(journal);
        await writer.Append("auction/1");
        Same.Records(writer.Acknowledged, await front.ReadAsync(Seq.None, 10));

        _standby.Stop();
        var lost = writer.Next("auction/1");
        var told = await Assert.ThrowsAsync<JournalNotReplicatedException>(async () => await journal.AppendAsync(writer.Epoch, lost));
        Assert.Contains("synchronous_standby_names", told.Message, StringComparison.Ordinal);
        Same.Records(writer.Acknowledged, await front.ReadAsync(Seq.None, 10));
        await Assert.ThrowsAsync<JournalNotReplicatedException>(async () => await journal.ReadEndAsync());
        await Assert.ThrowsAsync<JournalNotReplicatedException>(async () => await front.ClaimEpochAsync(writer.Epoch, new Rank(2), 0));

        _standby.Restart();
        await UntilConfirmed(() => journal.ReadEndAsync().AsTask());
        await writer.Reload();
        Same.Records(lost, writer.Acknowledged.Skip(1));
        await writer.Append("auction/1");
        Same.Records(writer.Acknowledged, await front.ReadAsync(Seq.None, 10));
    }

    [StoppablePostgresFact]
    public async Task A_commit_whose_wait_somebody_cancelled_is_a_success_to_the_server_and_none_to_the_journal()
    {
        await using var journal = await PostgresJournal.OpenAsync(_database);
        var writer = await JournalWriter.Lead(journal);
        await writer.Append("auction/1");

        _standby.Stop();
        var lost = writer.Next("auction/1");
        var underWay = journal.AppendAsync(writer.Epoch, lost).AsTask();
        Cancel();
        await Assert.ThrowsAsync<JournalNotReplicatedException>(() => underWay);
        // Everybody can see it, if they look past the journal.
        Assert.Equal(2L, _primary.Ask("select last_seq from rialto.leadership", _database));
        await using var front = await PostgresJournal.OpenAsync(_database, Impatient);
        await Assert.ThrowsAsync<JournalNotReplicatedException>(async () => await front.ReadAsync(Seq.None, 10));
        await Assert.ThrowsAsync<JournalNotReplicatedException>(async () => await journal.ReadEndAsync());

        _standby.Restart();
        await UntilConfirmed(() => journal.ReadEndAsync().AsTask());
        await writer.Reload();
        Same.Records(lost, writer.Acknowledged.Skip(1));
        await UntilConfirmed(() => front.ReadAsync(Seq.None, 10).AsTask());
        Same.Records(writer.Acknowledged, await front.ReadAsync(Seq.None, 10));
    }

    [StoppablePostgresFact]
    public async Task A_claim_that_no_standby_has_is_not_granted()
    {
        await using var journal = await PostgresJournal.OpenAsync(_database);
        await JournalWriter.Lead(journal);
        _standby.Stop();
        var underWay = journal.ClaimEpochAsync(new Epoch(1), new Rank(2), 0).AsTask();
        Cancel();
        await Assert.ThrowsAsync<JournalNotReplicatedException>(() => underWay);
        _standby.Restart();
        await UntilConfirmed(() => journal.ReadEndAsync().AsTask());
        Assert.Equal((new Epoch(2), new Rank(2)), ((await journal.ReadEndAsync()).Epoch, (await journal.ReadEndAsync()).Leader));
    }

    [StoppablePostgresFact]
    public async Task A_primary_that_was_restarted_while_it_waited_shows_nothing_before_a_standby_has_it()
    {
        await using var journal = await PostgresJournal.OpenAsync(_database, Impatient);
        await using var front = await PostgresJournal.OpenAsync(_database, Impatient);
        var writer = await JournalWriter.Lead(journal);
        await writer.Append("auction/1");
        Same.Records(writer.Acknowledged, await front.ReadAsync(Seq.None, 10));

        _standby.Stop();
        var lost = writer.Next("auction/1");
        await Assert.ThrowsAsync<JournalNotReplicatedException>(async () => await journal.AppendAsync(writer.Epoch, lost));
        _primary.Kill();
        _primary.Restart();
        // The server itself shows it, since it recovered.
        Assert.Equal(2L, _primary.Ask("select last_seq from rialto.leadership", _database));
        for (var i = 0; i < 3; i++) await Assert.ThrowsAnyAsync<JournalException>(async () => await front.ReadAsync(Seq.None, 10));
        await Assert.ThrowsAnyAsync<JournalException>(async () => await journal.ReadEndAsync());
        // However often they try, one session at most waits for the standby.
        Assert.Equal(1L, _primary.Ask("select count(*) from pg_stat_activity where wait_event = 'SyncRep'"));

        _standby.Restart();
        await UntilConfirmed(() => journal.ReadEndAsync().AsTask());
        await writer.Reload();
        await UntilConfirmed(() => front.ReadAsync(Seq.None, 10).AsTask());
        Same.Records(writer.Acknowledged, await front.ReadAsync(Seq.None, 10));
        Assert.Equal(2, writer.Acknowledged.Count);
    }

    [StoppablePostgresFact]
    public async Task All_that_was_acknowledged_is_on_the_standby_that_takes_over_and_the_old_primary_is_not_followed_again()
    {
        var standby = new NpgsqlConnectionStringBuilder(_standby.Here(_database));
        var old = new NpgsqlConnectionStringBuilder(_database);
        // The old primary is named first, so that whoever looks for a primary meets it first.
        var both = new NpgsqlConnectionStringBuilder(_database) { Host = $"{old.Host}:{old.Port},{standby.Host}:{standby.Port}" }.ConnectionString;
        await using var journal = await PostgresJournal.OpenAsync(both, Impatient);
        var writer = await JournalWriter.Lead(journal);
        for (var i = 0; i < 20; i++) await writer.Append("auction/1", $"auction/{i}");
        var acknowledged = writer.Acknowledged.ToList();

        _standby.Stop();
        await Assert.ThrowsAsync<JournalNotReplicatedException>(async () => await journal.AppendAsync(writer.Epoch, writer.Next("auction/1", "auction/2")));
        _primary.Kill();
        _standby.Restart();
        _standby.Promote();
        await UntilConfirmed(() => journal.ReadEndAsync().AsTask());
        await writer.Reload();
        Same.Records(acknowledged, writer.Acknowledged);
        await writer.Append("auction/3");

        // It comes back as a primary, and has what was never acknowledged.
        _primary.Restart();
        _primary.Execute("alter system reset synchronous_standby_names");
        _primary.Execute("select pg_reload_conf()");
        Assert.Equal(42L, _primary.Ask("select last_seq from rialto.leadership", _database));
        // Who breaks every connection makes the journal look for a primary anew.
        _standby.Execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rialto'");
        await UntilConfirmed(async () =>
        {
            await writer.Reload();
            await writer.Append("auction/4");
        });
        Assert.Equal(42L, (await journal.ReadEndAsync()).Seq.Value);
        Assert.Equal(42L, _primary.Ask("select last_seq from rialto.leadership", _database));
        Assert.Equal(42L, _primary.Ask("select last_seq from rialto.leadership", _standby.Here(_database)));
        Assert.Equal("auction/4", _primary.Ask("select stream from rialto.events where seq = 42", _standby.Here(_database)));
    }

    [StoppablePostgresFact]
    public async Task A_command_is_answered_when_a_standby_has_it_and_meanwhile_the_server_says_why_it_is_not_ready()
    {
        var told = new ConcurrentQueue<string>();
        await using var journal = await PostgresJournal.OpenAsync(_database, Impatient with { Tell = told.Enqueue });
        await using var cluster = await EmbeddedCluster.StartAsync(new EmbeddedSettings { Nodes = 1 }, journal, new MemoryCheckpoints(), TimeProvider.System);
        var ledger = StreamId.Parse("ledger/A");
        var created = await cluster.ExecuteAsync(new CommandRequest(ledger, new CreateLedger(2), "ann", CommandId.From("create")));
        Assert.Null(created.Refusal);
        told.Clear();

        _standby.Stop();
        var opening = cluster.ExecuteAsync(new CommandRequest(ledger, new OpenAccount("ann"), "ann", CommandId.From("open"))).AsTask();
        await cluster.UntilAsync("it says that no standby confirms", _ => cluster.NotReadyBecause?.Contains("standby", StringComparison.Ordinal) == true, TimeSpan.FromSeconds(30));
        Assert.False(opening.IsCompleted);
        Assert.Equal(created.Receipt.Seq, cluster.Replica.Applied);

        _standby.Restart();
        var reply = await opening;
        await cluster.UntilReadyAsync("it is ready", _ => true, TimeSpan.FromSeconds(60));
        if (reply.Refusal is not null)
            reply = await cluster.ExecuteAsync(new CommandRequest(ledger, new OpenAccount("ann"), "ann", CommandId.From("open")));
        Assert.Null(reply.Refusal);
        Assert.Equal(2L, _primary.Ask("select count(*) from rialto.events where stream = 'ledger/A'", _database));
        // Told once that it fails and once that it goes on, however often it was tried.
        Assert.Equal(2, told.Count);
        Assert.Contains("synchronous_standby_names", told.First(), StringComparison.Ordinal);
        Assert.Contains("takes writes again", told.Last(), StringComparison.Ordinal);
    }

    /// <summary>Cancels the wait for a standby, as whoever runs the server may, or a time limit of the user's.</summary>
    private void Cancel() => Until("a commit that waits is cancelled", () => _primary.Ask("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'") is true);

    private static void Until(string what, Func<bool> condition)
    {
        var patience = DateTime.UtcNow.AddSeconds(60);
        while (!condition())
        {
            if (DateTime.UtcNow > patience) throw new TimeoutException($"After a minute there was still not: {what}.");
            Thread.Yield();
        }
    }

    /// <summary>Asks until there is an answer: the standby is back, and needs a moment to catch up.</summary>
    private static async Task UntilConfirmed(Func<Task> ask)
    {
        var patience = DateTime.UtcNow.AddSeconds(60);
        while (true)
        {
            try
            {
                await ask();
                return;
            }
            catch (JournalException) when (DateTime.UtcNow < patience)
            {
                await Task.Yield();
            }
        }
    }
}
