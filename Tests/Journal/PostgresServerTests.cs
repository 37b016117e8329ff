using Npgsql;
using Rialto.Journal;
using Rialto.Journal.Postgres;
using Rialto.Tests.Support;

namespace Rialto.Tests.Journals;

/// <summary>What the server is asked for before a journal is kept there, and what it refuses to take.</summary>
public sealed class PostgresServerTests : IDisposable
{
    private readonly List<string> _databases = [];

    public void Dispose()
    {
        foreach (var database in _databases) LocalPostgres.Shared.DropDatabase(database);
    }

    [PostgresFact]
    public async Task A_database_whose_encoding_lacks_letters_is_refused()
    {
        var refused = await Assert.ThrowsAsync<JournalException>(() => PostgresJournal.OpenAsync(Create("LATIN1")));
        Assert.Contains("encoding is LATIN1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("encoding 'UTF8'", refused.Message, StringComparison.Ordinal);
    }

    [PostgresTheory]
    [InlineData("default_transaction_read_only = on", "read only")]
    [InlineData("synchronous_commit = off", "synchronous_commit is off")]
    public async Task A_user_whose_settings_break_a_promise_is_refused(string setting, string reason)
    {
        var database = Create();
        Alter(database, setting);
        var refused = await Assert.ThrowsAsync<JournalException>(() => PostgresJournal.OpenAsync(database));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_server_that_may_lose_what_it_has_written_is_taken_with_a_warning()
    {
        if (!LocalPostgres.Shared.CanStop) return;
        using var careless = LocalPostgres.Start(fsync: false);
        var told = new List<string>();
        await using var journal = await PostgresJournal.OpenAsync(careless.CreateDatabase(), new PostgresJournalSettings { Tell = told.Add });
        Assert.Contains("fsync off", Assert.Single(told), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_time_limit_of_the_users_does_not_cut_writes_short()
    {
        var database = Create();
        await using (var journal = await PostgresJournal.OpenAsync(database)) await JournalWriter.Lead(journal);
        Alter(database, "statement_timeout = 300");
        await using (var journal = await PostgresJournal.OpenAsync(database))
        {
            var writer = await JournalWriter.Lead(journal);
            await using var blocker = new NpgsqlConnection(database);
            await blocker.OpenAsync();
            await using var transaction = await blocker.BeginTransactionAsync();
            await using var command = new NpgsqlCommand("set local statement_timeout = 0; select 1 from rialto.leadership for update; select pg_sleep(0.6)", blocker, transaction);
            var held = command.ExecuteNonQueryAsync();
            var append = writer.Append("auction/1");
            await held;
            await transaction.RollbackAsync();
            await append;
        }
    }

    [PostgresFact]
    public async Task What_the_server_does_not_take_is_refused_alone_and_the_next_write_goes_through()
    {
        await using var journal = await PostgresJournal.OpenAsync(Create());
        var writer = await JournalWriter.Lead(journal);
        await writer.Append("auction/1");
        // A zero byte is text to JSON's grammar when escaped, and no text to PostgreSQL when it is not.
        var refused = await Assert.ThrowsAsync<JournalRefusedException>(async () => await journal.AppendAsync(writer.Epoch, writer.Next(("auction/1", "{\"a\":\"\0\"}"))));
        Assert.Contains("0x00", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await journal.ReadEndAsync()).Seq.Value);
        await writer.Append("auction/1");
        Same.Records(writer.Acknowledged, await journal.ReadAsync(Seq.None, 10));
    }

    [PostgresFact]
    public async Task Readers_that_use_up_their_connections_do_not_keep_a_leader_from_writing()
    {
        var database = Create();
        await using var journal = await PostgresJournal.OpenAsync(database, new PostgresJournalSettings { ConnectionsMax = 2 });
        var writer = await JournalWriter.Lead(journal);
        await using var blocker = new NpgsqlConnection(database);
        await blocker.OpenAsync();
        await using (var transaction = await blocker.BeginTransactionAsync())
        {
            await using var command = new NpgsqlCommand("lock table rialto.claims in access exclusive mode", blocker, transaction);
            await command.ExecuteNonQueryAsync();
            var readers = Enumerable.Range(0, 2).Select(_ => journal.ReadClaimsAsync().AsTask()).ToArray();
            await writer.Append("auction/1");
            Assert.True((await journal.RenewLeaseAsync(writer.Epoch)).Renewed);
            Assert.All(readers, reader => Assert.False(reader.IsCompleted));
            await transaction.RollbackAsync();
            await Task.WhenAll(readers);
        }
    }

    [PgBouncerFact]
    public async Task Through_a_pooler_that_shares_sessions_leaders_write_and_are_fenced_and_readers_read()
    {
        using var pooler = new PgBouncer(Create());
        var told = new List<string>();
        var settings = new PostgresJournalSettings { Tell = told.Add };
        await using var journal = await PostgresJournal.OpenAsync(pooler.Database, settings);
        await using var other = await PostgresJournal.OpenAsync(pooler.Database);
        Assert.Contains(told, line => line.Contains("A pooler stands before", StringComparison.Ordinal));
        await journal.WarmUpAsync();
        var old = await JournalWriter.Lead(journal);
        for (var i = 0; i < 30; i++)
        {
            await old.Append("auction/1", $"auction/{i}");
            await Task.WhenAll(Enumerable.Range(0, 8).Select(async reader => Same.Records(old.Acknowledged, await (reader % 2 == 0 ? journal : other).ReadAsync(Seq.None, 100))));
        }
        await other.Checkpoints.SaveAsync(StreamId.Parse("auction/1"), new Checkpoint(3, 1, new byte[] { 1 }));
        Assert.Equal(3, (await journal.Checkpoints.LoadAsync(StreamId.Parse("auction/1")))!.Version);
        var @new = await JournalWriter.Lead(other, rank: 2);
        Assert.False((await journal.AppendAsync(old.Epoch, old.Next("auction/1"))).Written);
        await @new.Append("auction/1");
        Assert.True((await other.RenewLeaseAsync(@new.Epoch)).Renewed);
        Assert.False((await journal.RenewLeaseAsync(old.Epoch)).Renewed);
        Same.Records(@new.Acknowledged, await journal.ReadAsync(Seq.None, 100));
    }

    private string Create(string encoding = "UTF8")
    {
        var database = LocalPostgres.Shared.CreateDatabase(encoding);
        _databases.Add(database);
        return database;
    }

    private static void Alter(string database, string setting) =>
        LocalPostgres.Shared.Execute($"alter database {new NpgsqlConnectionStringBuilder(database).Database} set {setting}");
}
