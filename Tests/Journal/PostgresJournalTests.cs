using Npgsql;
using Rialto.Journal;
using Rialto.Journal.Postgres;
using Rialto.Tests.Support;

namespace Rialto.Tests.Journals;

/// <summary>The contract, in PostgreSQL.</summary>
[NeedsPostgres]
public sealed class PostgresJournalTests : JournalContract
{
    private string _database = "";

    protected override async Task<IJournal> OpenAsync() => await PostgresJournal.OpenAsync(_database = LocalPostgres.Shared.CreateDatabase());

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        LocalPostgres.Shared.DropDatabase(_database);
    }

    [PostgresFact]
    public async Task Two_programs_have_it_open_and_the_older_leader_is_fenced_and_counted()
    {
        await using var other = await PostgresJournal.OpenAsync(_database);
        var old = await JournalWriter.Lead(Journal);
        await old.Append("auction/1");
        var @new = await JournalWriter.Lead(other, rank: 2);
        await @new.Append("auction/1", "auction/2");
        Assert.Equal(new AppendResult(false, new Epoch(2)), await Journal.AppendAsync(old.Epoch, old.Next("auction/1")));
        Assert.Equal((1, 0), (Journal.RefusedWrites, other.RefusedWrites));
        Same.Records(@new.Acknowledged, await Journal.ReadAsync(Seq.None, 10));
    }

    [PostgresFact]
    public async Task Warming_up_writes_nothing_and_stands_in_no_leaders_way()
    {
        await using var other = await PostgresJournal.OpenAsync(_database);
        await other.WarmUpAsync();
        Assert.Equal((Epoch.None, Seq.None), ((await Journal.ReadEndAsync()).Epoch, (await Journal.ReadEndAsync()).Seq));
        var writer = await JournalWriter.Lead(Journal);
        await writer.Append("auction/1");
        await other.WarmUpAsync();
        await writer.Append("auction/1", "auction/2");
        Same.Records(writer.Acknowledged, await other.ReadAsync(Seq.None, 10));
        Assert.Single(await other.ReadClaimsAsync());
        Assert.Equal((0, 0), (Journal.RefusedWrites, other.RefusedWrites));
    }

    [PostgresFact]
    public async Task Two_that_write_in_one_epoch_never_take_the_same_place()
    {
        await using var other = await PostgresJournal.OpenAsync(_database);
        var writer = await JournalWriter.Lead(Journal);
        var results = await Task.WhenAll(
            Journal.AppendAsync(writer.Epoch, writer.Next("auction/1")).AsTask(),
            other.AppendAsync(writer.Epoch, writer.Next("auction/2")).AsTask());
        Assert.Single(results, result => result.Written);
        Assert.Equal(1, Journal.RefusedWrites + other.RefusedWrites);
        Assert.Single(await Journal.ReadAsync(Seq.None, 10));
    }

    [PostgresFact]
    public async Task Programs_that_start_together_make_the_tables_once()
    {
        var database = LocalPostgres.Shared.CreateDatabase();
        var journals = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => PostgresJournal.OpenAsync(database)));
        foreach (var journal in journals)
        {
            await using (journal) Assert.Equal(Seq.None, (await journal.ReadEndAsync()).Seq);
        }
        LocalPostgres.Shared.DropDatabase(database);
    }

    [PostgresFact]
    public async Task Schemas_of_one_database_hold_journals_of_their_own()
    {
        await using var other = await PostgresJournal.OpenAsync(_database, new PostgresJournalSettings { Schema = "other" });
        var writer = await JournalWriter.Lead(other);
        await writer.Append("auction/1");
        Assert.Equal(Seq.None, (await Journal.ReadEndAsync()).Seq);
        await Assert.ThrowsAsync<ArgumentException>(() => PostgresJournal.OpenAsync(_database, new PostgresJournalSettings { Schema = "x; drop" }));
    }

    [PostgresFact]
    public async Task A_schema_of_a_newer_program_is_refused_in_a_sentence()
    {
        await ExecuteAsync("insert into rialto.schema_steps (step) values (99)");
        var refused = await Assert.ThrowsAsync<JournalException>(() => PostgresJournal.OpenAsync(_database));
        Assert.Contains("is at step 99", refused.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_database_that_cannot_be_reached_is_an_error_in_a_sentence()
    {
        var refused = await Assert.ThrowsAsync<JournalException>(() => PostgresJournal.OpenAsync("Host=127.0.0.1;Port=1;Username=nobody;Database=none"));
        Assert.Contains("127.0.0.1:1/none", refused.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_write_whose_time_ran_out_has_happened_or_never_will_once_the_end_is_read()
    {
        await using var impatient = await PostgresJournal.OpenAsync(_database, new PostgresJournalSettings { WriteTimeout = TimeSpan.FromSeconds(1), LockTimeout = TimeSpan.FromSeconds(0.5) });
        var writer = await JournalWriter.Lead(impatient);
        await writer.Append("auction/1");
        await using (var blocker = new NpgsqlConnection(_database))
        {
            await blocker.OpenAsync();
            await using var transaction = await blocker.BeginTransactionAsync();
            await using var command = new NpgsqlCommand("select 1 from rialto.leadership for update", blocker, transaction);
            await command.ExecuteNonQueryAsync();
            await Assert.ThrowsAsync<JournalException>(async () => await impatient.AppendAsync(writer.Epoch, writer.Next("auction/1")));
        }
        var end = await impatient.ReadEndAsync();
        await writer.Reload();
        Assert.Equal(end.Seq.Value, writer.Acknowledged.Count);
        await writer.Append("auction/1");
        Same.Records(writer.Acknowledged, await impatient.ReadAsync(Seq.None, 10));
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>A server of its own that is killed and started again while a leader writes.</summary>
public sealed class PostgresCrashTests
{
    [StoppablePostgresFact]
    public async Task Nothing_acknowledged_is_lost_when_the_server_is_killed_between_and_under_appends()
    {
        using var server = LocalPostgres.Start();
        await using var journal = await PostgresJournal.OpenAsync(server.CreateDatabase(), new PostgresJournalSettings { WriteTimeout = TimeSpan.FromSeconds(5) });
        var writer = await JournalWriter.Lead(journal);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 20; i++) await writer.Append("auction/1", $"auction/{i}", "ledger/a");
            // One append is under way when the server goes: it may be there or not, but whole.
            var acknowledged = writer.Acknowledged.ToList();
            var lost = writer.Next("auction/1", "auction/2");
            var underWay = journal.AppendAsync(writer.Epoch, lost).AsTask();
            server.Kill();
            var outcome = await Record.ExceptionAsync(() => underWay);
            Assert.True(outcome is null or JournalException, outcome?.ToString());
            await Assert.ThrowsAsync<JournalException>(async () => await journal.AppendAsync(writer.Epoch, lost));
            server.Restart();
            await writer.Reload();
            Assert.True(writer.Acknowledged.Count == acknowledged.Count + 2 || (outcome is not null && writer.Acknowledged.Count == acknowledged.Count));
            Same.Records(acknowledged, writer.Acknowledged.Take(acknowledged.Count));
        }
        await writer.Append("auction/1");
        Assert.Equal(writer.Acknowledged[^1].Hash, (await journal.ReadEndAsync()).Hash);
    }
}
