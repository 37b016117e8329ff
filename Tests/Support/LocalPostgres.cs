using System.Diagnostics;
using Npgsql;
using Rialto.Journal.Postgres;

namespace Rialto.Tests.Support;

/// <summary>
/// A PostgreSQL server of one's own: in a temporary folder, on a free port of the loopback address, as an ordinary user even when this
/// process is root. It is found on PATH or in /usr/lib/postgresql; with RIALTO_POSTGRES (a connection string) an existing server is used
/// instead, in databases of its own. What was started or created here is stopped or dropped when the process ends, and nothing else.
/// </summary>
public sealed class LocalPostgres : IDisposable
{
    private const string ExternalSetting = "RIALTO_POSTGRES";

    private static readonly Lazy<PostgresPrograms?> Programs = new(PostgresPrograms.Find);
    private static readonly Lazy<LocalPostgres> OneForAll = new(() => Start());

    private readonly Lock _lock = new();
    private readonly List<string> _databases = [];
    private readonly string? _external;
    private readonly string _folder = "";
    private readonly string _settings = "";
    private readonly int _port;
    private bool _running;
    private bool _disposed;

    private LocalPostgres(string external) => _external = external;

    private LocalPostgres(bool fsync, LocalPostgres? primary, string? name)
    {
        _folder = Directory.CreateTempSubdirectory("rialto-postgres-").FullName;
        _port = Ports.Free();
        _settings = $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync={(fsync ? "on" : "off")} "
            + "-c shared_buffers=256MB -c max_wal_size=4GB -c max_connections=200 -c wal_retrieve_retry_interval=100";
        PostgresPrograms.Own(_folder);
        if (primary is null) Programs.Value!.Run("initdb", "-D", DataFolder, "-U", "rialto", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C");
        else Programs.Value!.Run("pg_basebackup", "-D", DataFolder, "-d", $"host=127.0.0.1 port={primary._port} user=rialto application_name={name}", "-R", "-X", "stream", "--checkpoint=fast", "--no-sync");
    }

    /// <summary>Null if PostgreSQL is at hand; else a sentence that says what is missing.</summary>
    public static string? Unavailable =>
        External is not null || Programs.Value is not null
            ? null
            : $"No PostgreSQL: initdb and pg_ctl are neither on PATH nor in {PostgresPrograms.Installed}, and {ExternalSetting} is not set.";

    /// <summary>The one server for a whole run; started when it is first asked for.</summary>
    public static LocalPostgres Shared => OneForAll.Value;

    /// <summary>Whether <see cref="Stop"/>, <see cref="Kill"/> and <see cref="Restart"/> may be used: not on a server that was there before.</summary>
    public bool CanStop => _external is null;

    /// <summary>Null if servers can be stopped and killed here; else a sentence that says why not.</summary>
    public static string? Unstoppable =>
        Unavailable ?? (External is null ? null : $"{ExternalSetting} names a server that is not ours to stop.");

    private static string? External => Environment.GetEnvironmentVariable(ExternalSetting) is { Length: > 0 } text ? text : null;

    private string DataFolder => Path.Combine(_folder, "data");

    /// <summary>Starts a server for the caller alone, or takes the one that RIALTO_POSTGRES names.</summary>
    public static LocalPostgres Start(bool fsync = true)
    {
        if (Unavailable is { } why) throw new InvalidOperationException(why);
        var server = External is { } external ? new LocalPostgres(external) : new LocalPostgres(fsync, null, null);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.LetGoAtExit();
        if (server.CanStop) server.Restart();
        return server;
    }

    /// <summary>A standby of this server, which streams from it under a name; it runs when this returns.</summary>
    public LocalPostgres StartStandby(string name)
    {
        RequireOwn();
        var standby = new LocalPostgres(fsync: false, this, name);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => standby.LetGoAtExit();
        standby.Restart();
        return standby;
    }

    /// <summary>Makes a primary of a standby.</summary>
    public void Promote()
    {
        RequireOwn();
        Programs.Value!.Run("pg_ctl", "-D", DataFolder, "-w", "-t", "60", "promote");
    }

    /// <summary>The database of the same name on this server.</summary>
    public string Here(string connectionString) => ConnectionTo(new NpgsqlConnectionStringBuilder(connectionString).Database!);

    /// <summary>Runs one statement, on a connection of its own.</summary>
    public void Execute(string sql, string? connectionString = null) => Ask(sql, connectionString);

    /// <summary>Runs one statement, and answers the first value of its first row.</summary>
    public object? Ask(string sql, string? connectionString = null)
    {
        var database = _external is null ? "postgres" : new NpgsqlConnectionStringBuilder(_external).Database ?? "postgres";
        using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString ?? ConnectionTo(database)) { Pooling = false }.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

    /// <summary>A new, empty database, as a connection string.</summary>
    /// <param name="encoding">How it encodes text.</param>
    public string CreateDatabase(string encoding = "UTF8")
    {
        var name = $"rialto_{Guid.NewGuid():N}";
        Execute($"create database {name} template template0 encoding '{encoding}'");
        lock (_lock) _databases.Add(name);
        return ConnectionTo(name);
    }

    /// <summary>
    /// Drops a database on a server that was there before; one's own server takes its databases along when it goes. Tests call it when they are
    /// done, because a process that ends is given too little time to drop many.
    /// </summary>
    public void DropDatabase(string connectionString)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database!;
        lock (_lock)
        {
            if (CanStop || !_databases.Remove(name)) return;
        }
        Execute($"drop database if exists {name} with (force)");
    }

    /// <summary>Starts the server, after <see cref="Stop"/> or <see cref="Kill"/>; returns when it takes connections.</summary>
    public void Restart()
    {
        RequireOwn();
        Programs.Value!.Run("pg_ctl", "-D", DataFolder, "-l", Path.Combine(_folder, "log"), "-w", "-t", "60", "-o", _settings, "start");
        _running = true;
    }

    /// <summary>Stops the server in good order; its connections are broken.</summary>
    public void Stop() => EndServer("fast");

    /// <summary>Stops the server's processes where they stand, without a last checkpoint: the next start recovers from the log.</summary>
    public void Kill() => EndServer("immediate");

    /// <summary>Stops and removes what was started or created here.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }
        if (CanStop)
        {
            if (_running) Kill();
            Directory.Delete(_folder, recursive: true);
        }
        else
        {
            foreach (var database in _databases) Execute($"drop database if exists {database} with (force)");
        }
    }

    /// <summary>A process that ends is given little time, so what takes longer is left to a shell that outlives it.</summary>
    private void LetGoAtExit()
    {
        var pidFile = Path.Combine(DataFolder, "postmaster.pid");
        if (!CanStop || OperatingSystem.IsWindows())
        {
            Dispose();
            return;
        }
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }
        var stop = _running && File.Exists(pidFile)
            ? $"kill -QUIT {File.ReadLines(pidFile).First()}; while [ -e '{pidFile}' ]; do sleep 0.1; done; "
            : "";
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"({stop}rm -rf '{_folder}') >/dev/null 2>&1 &"]) { WorkingDirectory = "/" });
    }

    private void EndServer(string mode)
    {
        RequireOwn();
        Programs.Value!.Run("pg_ctl", "-D", DataFolder, "-m", mode, "-w", "-t", "60", "stop");
        _running = false;
    }

    private void RequireOwn()
    {
        if (!CanStop) throw new InvalidOperationException(Unstoppable);
    }

    private string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder(_external ?? "")
    {
        Host = _external is null ? "127.0.0.1" : new NpgsqlConnectionStringBuilder(_external).Host,
        Port = _external is null ? _port : new NpgsqlConnectionStringBuilder(_external).Port,
        Username = _external is null ? "rialto" : new NpgsqlConnectionStringBuilder(_external).Username,
        Database = database,
    }.ConnectionString;
}
