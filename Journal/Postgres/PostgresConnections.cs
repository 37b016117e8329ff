using Npgsql;

namespace Rialto.Journal.Postgres;

/// <summary>
/// The connections of a journal: one pool for what a leader writes and one for reading, so that readers never keep a leader waiting. Each new
/// connection is looked at before it is used: that it leads to the same database as before and not to one that has fallen behind, and that a
/// commit on it waits as it should.
/// </summary>
internal sealed class PostgresConnections : IAsyncDisposable
{
    private readonly PostgresJournalSettings _settings;
    private readonly NpgsqlDataSource _writes;
    private readonly NpgsqlDataSource _reads;
    private readonly NpgsqlDataSource _listening;
    private readonly string _greeting;
    private readonly Lock _lock = new();
    private Line? _line;
    private long _madeForReading;

    private PostgresConnections(NpgsqlConnectionStringBuilder options, PostgresJournalSettings settings, string name, PostgresServer server)
    {
        _settings = settings;
        (Name, Server) = (name, server);
        _greeting = Greeting(settings, server);
        var prepared = server.IsPooled ? 0 : 32;
        _writes = Build(new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            // Npgsql sends a cancel when this time is over, or a token is cancelled; a write is never to be cancelled.
            CommandTimeout = 0, MaxPoolSize = settings.WriteConnectionsMax, MaxAutoPrepare = prepared,
        }, connection => GreetAsync(connection, forReading: false));
        _reads = Build(new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            CommandTimeout = Seconds(settings.ReadTimeout), MaxPoolSize = settings.ConnectionsMax, MaxAutoPrepare = prepared,
        }, connection => GreetAsync(connection, forReading: true));
        // What listens keeps its session's state: such a connection is nobody else's later.
        _listening = Build(new NpgsqlConnectionStringBuilder(options.ConnectionString) { Pooling = false }, connection => GreetAsync(connection, forReading: false));
    }

    /// <summary>Where they lead, for people.</summary>
    public string Name { get; }

    /// <summary>What the server said of itself at first.</summary>
    public PostgresServer Server { get; }

    /// <summary>
    /// How many connections for reading were made so far to a server that waits for standbys. Whoever restarts such a server, or breaks off a
    /// commit's wait, makes visible what no standby has; a connection that was there before does not outlive a restart.
    /// </summary>
    public long MadeForReading => Interlocked.Read(ref _madeForReading);

    /// <summary>Connects, checks what the server is, and makes its tables.</summary>
    /// <param name="connectionString">As Npgsql takes it.</param>
    /// <param name="settings">The journal's.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JournalException">The server cannot be reached, or cannot keep a journal.</exception>
    public static async Task<PostgresConnections> OpenAsync(string connectionString, PostgresJournalSettings settings, CancellationToken cancellation)
    {
        var options = Options(connectionString, settings);
        var name = NameOf(options);
        try
        {
            var server = await PrepareAsync(options, settings, name, cancellation);
            return new PostgresConnections(options, settings, name, server);
        }
        catch (Exception e) when (PostgresFaults.IsStorage(e))
        {
            throw new JournalException($"The journal in PostgreSQL at {name} cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>A connection for a write that a promise rests on.</summary>
    /// <exception cref="JournalException">There is none.</exception>
    public ValueTask<NpgsqlConnection> ForWritingAsync() => ConnectAsync(_writes, CancellationToken.None);

    /// <summary>A connection for all else.</summary>
    /// <exception cref="JournalException">There is none.</exception>
    public ValueTask<NpgsqlConnection> ForReadingAsync(CancellationToken cancellation) => ConnectAsync(_reads, cancellation);

    /// <summary>A connection to listen on; it is closed when it is disposed.</summary>
    /// <exception cref="JournalException">There is none.</exception>
    public ValueTask<NpgsqlConnection> ForListeningAsync(CancellationToken cancellation) => ConnectAsync(_listening, cancellation);

    /// <summary>The connections that are free now are not used again: they may lead where one just led, to nobody.</summary>
    public void LeaveFreeOnes()
    {
        _writes.Clear();
        _reads.Clear();
    }

    /// <summary>Closes all that are free. One that still waits for the server is closed when it is answered, or when its process ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writes.DisposeAsync();
        await _reads.DisposeAsync();
        await _listening.DisposeAsync();
    }

    private static NpgsqlConnectionStringBuilder Options(string connectionString, PostgresJournalSettings settings)
    {
        var options = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Timeout = Seconds(settings.ConnectTimeout),
            CommandTimeout = Seconds(settings.ReadTimeout),
            // A read that took too long is given up at once after the server was told.
            CancellationTimeout = -1,
            TcpKeepAlive = true,
            TcpKeepAliveTime = Seconds(settings.KeepAliveAfter),
            TcpKeepAliveInterval = 1,
            NoResetOnClose = true,
            AutoPrepareMinUsages = 2,
            ApplicationName = "rialto",
            // Who of several hosts is the primary is looked up anew, instead of remembered for ten seconds.
            HostRecheckSeconds = 1,
        };
        if (options.Host?.Contains(',', StringComparison.Ordinal) == true) options.TargetSessionAttributes ??= "primary";
        return options;
    }

    private static async Task<PostgresServer> PrepareAsync(NpgsqlConnectionStringBuilder options, PostgresJournalSettings settings, string name, CancellationToken cancellation)
    {
        await using var source = Build(new NpgsqlConnectionStringBuilder(options.ConnectionString) { Pooling = false, MaxAutoPrepare = 0 }, greet: null);
        await using var connection = await source.OpenConnectionAsync(cancellation);
        var server = await PostgresServer.AskAsync(connection, name, cancellation);
        await PostgresSchema.ApplyAsync(connection, settings.Schema, cancellation);
        return server;
    }

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder options, Func<NpgsqlConnection, Task>? greet)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(options.ConnectionString).EnableArrays();
        if (greet is not null) builder.UsePhysicalConnectionInitializer(static _ => throw new NotSupportedException("Connections of a journal are opened asynchronously."), greet);
        return builder.Build();
    }

    /// <summary>
    /// What is asked, and set, on each new connection. Behind a pooler nothing is set: it would hold for whoever is next. A commit's wait for its
    /// standbys must not be ended by a time limit of the user's.
    /// </summary>
    private static string Greeting(PostgresJournalSettings settings, PostgresServer server)
    {
        var line = server.TellsLine
            ? "(select system_identifier from pg_control_system()), case when pg_is_in_recovery() then '0' else substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) end"
            : "null::bigint, null";
        var set = server.IsPooled ? "" : $"""
            , set_config('statement_timeout', '0', false)
            , set_config('tcp_keepalives_idle', '{Seconds(settings.KeepAliveAfter)}', false), set_config('tcp_keepalives_interval', '1', false)
            , set_config('tcp_user_timeout', '{(long)settings.ServerGivesUpAfter.TotalMilliseconds}', false)
            """;
        return $"select current_setting('synchronous_commit'), current_setting('synchronous_standby_names'), pg_is_in_recovery(), {line}{set}";
    }

    private async Task GreetAsync(NpgsqlConnection connection, bool forReading)
    {
        await using var command = new NpgsqlCommand(_greeting, connection) { CommandTimeout = Seconds(_settings.ConnectTimeout) };
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        var (commit, standbys) = (reader.GetString(0), reader.GetString(1));
        if (reader.GetBoolean(2)) throw new JournalException($"PostgreSQL at {Name} is a standby now: the journal goes on when the connection string leads to a primary again.");
        if (PostgresServer.CommitFault(commit, standbys) is { } fault) throw new JournalException($"PostgreSQL at {Name} cannot keep the journal any more: {fault}.");
        if (!await reader.IsDBNullAsync(3)) Follow(new Line(reader.GetInt64(3), Convert.ToInt32(reader.GetString(4), 16)));
        if (forReading && standbys.Length > 0) Interlocked.Increment(ref _madeForReading);
    }

    /// <summary>A database that was restored or promoted begins a newer timeline; whoever is on an older one has missed that.</summary>
    private void Follow(Line met)
    {
        lock (_lock)
        {
            if (_line is { } known && met.System != known.System)
                throw new JournalException($"PostgreSQL at {Name} is another database cluster than before (system identifier {met.System}, before {known.System}): nothing is read from it or written to it. Lead the connection string back to the old one, or start Rialto anew to follow the new one.");
            if (_line is { } newer && met.Timeline < newer.Timeline)
                throw new JournalException($"PostgreSQL at {Name} is on timeline {met.Timeline}, and timeline {newer.Timeline} was seen before: it is an old primary that missed a promotion. Shut it down, or make it a standby of the new primary.");
            _line = met;
        }
    }

    private async ValueTask<NpgsqlConnection> ConnectAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        try
        {
            return await source.OpenConnectionAsync(cancellation);
        }
        catch (Exception e) when (PostgresFaults.IsStorage(e))
        {
            throw new JournalException(SaidIn(e)?.Message ?? $"PostgreSQL at {Name} cannot be reached: {e.Message}", e);
        }
    }

    /// <summary>What the look at a new connection found wrong: with several hosts it lies among what each of them answered.</summary>
    private static JournalException? SaidIn(Exception? e) => e switch
    {
        null => null,
        JournalException said => said,
        AggregateException all => all.InnerExceptions.Select(SaidIn).FirstOrDefault(said => said is not null),
        _ => SaidIn(e.InnerException),
    };

    private static string NameOf(NpgsqlConnectionStringBuilder options) =>
        options.Host is { } host && host.Contains(':', StringComparison.Ordinal) ? $"{host}/{options.Database}" : $"{options.Host}:{options.Port}/{options.Database}";

    private static int Seconds(TimeSpan time) => Math.Max(1, (int)Math.Ceiling(time.TotalSeconds));

    /// <summary>Which history a server continues: a cluster of databases, and how often it was promoted or restored.</summary>
    private readonly record struct Line(long System, int Timeline);
}
