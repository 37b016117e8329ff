using System.Globalization;
using Npgsql;

namespace Rialto.Journal.Postgres;

/// <summary>What a server says of itself when a journal is opened: what the journal needs is checked here, once, in sentences.</summary>
/// <param name="IsPooled">Whether a pooler stands between, such as PgBouncer: then nothing may rest on a session.</param>
/// <param name="TellsLine">Whether it tells its system identifier and timeline to this user.</param>
/// <param name="Warnings">What is allowed, and should not be so.</param>
internal sealed record PostgresServer(bool IsPooled, bool TellsLine, IReadOnlyList<string> Warnings)
{
    private const string Ask = """
        select pg_backend_pid(),
               current_setting('server_version_num')::int,
               (select pg_encoding_to_char(encoding) from pg_database where datname = current_database()),
               pg_is_in_recovery(), current_setting('transaction_read_only'),
               current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
               current_setting('synchronous_standby_names'),
               extract(epoch from current_setting('statement_timeout')::interval)::float8,
               has_function_privilege('pg_control_system()', 'execute') and has_function_privilege('pg_current_wal_lsn()', 'execute')
                   and has_function_privilege('pg_walfile_name(pg_lsn)', 'execute')
        """;

    /// <summary>The oldest major version that is known to do.</summary>
    private const int OldestVersion = 14;

    /// <summary>Asks a server, and refuses it if it cannot keep a journal's promises.</summary>
    /// <param name="connection">A connection that nothing was done on.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JournalException">It cannot; the message is one sentence, and says what to do.</exception>
    public static async Task<PostgresServer> AskAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Ask, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var version = reader.GetInt32(1) / 10_000;
        var (encoding, isStandby, isReadOnly) = (reader.GetString(2), reader.GetBoolean(3), reader.GetString(4) == "on");
        var (fsync, pages, commit, standbys) = (reader.GetString(5) == "on", reader.GetString(6) == "on", reader.GetString(7), reader.GetString(8));
        var statementSeconds = reader.GetDouble(9);
        // A pooler hands out process ids of its own.
        var isPooled = reader.GetInt32(0) != connection.ProcessID;
        if (version < OldestVersion) throw Refused($"it is PostgreSQL {version}, and {OldestVersion} is the oldest that will do");
        if (encoding != "UTF8") throw Refused($"its encoding is {encoding}, which lacks letters that people use: create a database with encoding 'UTF8' (template template0)");
        if (isStandby) throw Refused("it is a standby, and cannot be written: name the primary, or all of them with 'Target Session Attributes=primary'");
        if (isReadOnly) throw Refused("its transactions are read only: set default_transaction_read_only to off for this user");
        if (CommitFault(commit, standbys) is { } fault) throw Refused(fault);
        if (isPooled && statementSeconds > 0 && standbys.Length > 0)
            throw Refused($"statement_timeout is {statementSeconds.ToString(CultureInfo.InvariantCulture)} s behind a pooler, and a commit that it cuts short counts as done though no standby has it: set it to 0 for this user");
        var warnings = new List<string>();
        if (!fsync) warnings.Add($"PostgreSQL at {name} has fsync off: if its machine fails, acknowledged events are lost, or the whole database.");
        if (!pages) warnings.Add($"PostgreSQL at {name} has full_page_writes off: if its machine fails, the database may be damaged.");
        if (commit == "remote_write" && standbys.Length > 0)
            warnings.Add($"PostgreSQL at {name} has synchronous_commit at remote_write: a standby that took over after its own machine failed may lack acknowledged events.");
        if (isPooled) warnings.Add($"A pooler stands before PostgreSQL at {name}: statements are not prepared, and front doors look for new events instead of being woken.");
        return new PostgresServer(isPooled, reader.GetBoolean(10), warnings);

        JournalException Refused(string why) => new($"PostgreSQL at {name} cannot keep the journal: {why}.");
    }

    /// <summary>Null if a commit that is answered is kept as the server's settings for standbys ask for; else why not, and what to do.</summary>
    public static string? CommitFault(string synchronousCommit, string standbyNames) => synchronousCommit switch
    {
        "off" => "synchronous_commit is off for this user, so what was acknowledged could be lost: set it to on",
        "local" when standbyNames.Length > 0 => "synchronous_commit is local for this user, so no commit waits for the standbys that synchronous_standby_names asks for: set it to on",
        _ => null,
    };
}
