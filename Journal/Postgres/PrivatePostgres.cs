using System.Collections;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;
using Rialto.Journal.Files;

namespace Rialto.Journal.Postgres;

/// <summary>
/// A PostgreSQL server for one process, where nobody has named a server: its data lies in a folder and stays there, it listens on the loopback
/// address with a password of its own, and it is stopped with its process. One that was left running by a process that was killed is taken over.
/// </summary>
public sealed class PrivatePostgres : IDisposable
{
    private const string User = "rialto";

    private readonly FolderLock _lock;
    private readonly string _folder;
    private readonly PostgresPrograms _programs;

    private PrivatePostgres(string folder, PostgresPrograms programs, FolderLock held) => (_folder, _programs, _lock) = (folder, programs, held);

    /// <summary>Npgsql's connection string for it.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = IPAddress.Loopback.ToString(),
        Port = int.Parse(File.ReadLines(PidFile).ElementAt(3), CultureInfo.InvariantCulture),
        Username = User,
        Password = File.ReadAllText(PasswordFile),
        Database = "postgres",
    }.ConnectionString;

    /// <summary>Whether PostgreSQL is installed here, so that a server can be started.</summary>
    public static bool CanStart => PostgresPrograms.Find() is not null;

    private string DataFolder => Path.Combine(_folder, "data");

    private string PidFile => Path.Combine(DataFolder, "postmaster.pid");

    private string PasswordFile => Path.Combine(_folder, "password");

    /// <summary>
    /// The server that the usual variables name (PGHOST, PGPORT, PGDATABASE; user and password are read by Npgsql itself); null if they name none.
    /// </summary>
    /// <param name="environment">The environment's variables.</param>
    public static string? NamedBy(IDictionary environment)
    {
        var (host, port, database) = (environment["PGHOST"] as string, environment["PGPORT"] as string, environment["PGDATABASE"] as string);
        if (string.IsNullOrEmpty(host) && string.IsNullOrEmpty(database)) return null;
        var named = new NpgsqlConnectionStringBuilder { Host = string.IsNullOrEmpty(host) ? "localhost" : host };
        if (!string.IsNullOrEmpty(database)) named.Database = database;
        if (int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) named.Port = number;
        return named.ConnectionString;
    }

    /// <summary>Starts a server; returns when it takes connections.</summary>
    /// <param name="folder">Where its data lies; made if there is none.</param>
    /// <exception cref="JournalInUseException">Another process has it.</exception>
    /// <exception cref="JournalException">It cannot be started; the message says why and what to do.</exception>
    public static PrivatePostgres Start(string folder)
    {
        var programs = PostgresPrograms.Find() ?? throw new JournalException($"PostgreSQL's initdb and pg_ctl are neither on PATH nor in {PostgresPrograms.Installed}: install it, or name a server with --postgres.");
        Directory.CreateDirectory(folder);
        var server = new PrivatePostgres(folder, programs, FolderLock.Take(folder));
        try
        {
            if (!File.Exists(Path.Combine(server.DataFolder, "PG_VERSION"))) server.Make();
            if (!server.Runs()) server.Run("pg_ctl", "-D", server.DataFolder, "-l", Path.Combine(folder, "log"), "-w", "-t", "60", "-o", $"-p {FreePort()} -c listen_addresses={IPAddress.Loopback} -c unix_socket_directories= -c max_connections=200", "start");
            return server;
        }
        catch
        {
            server._lock.Dispose();
            throw;
        }
    }

    /// <summary>Stops it in order; its data stays.</summary>
    public void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        try
        {
            Run("pg_ctl", "-D", DataFolder, "-m", "fast", "-w", "-t", "60", "stop");
        }
        finally
        {
            _lock.Dispose();
        }
    }

    /// <summary>Makes the data in a folder of another name first, so that a start that was cut short leaves nothing half-made behind.</summary>
    private void Make()
    {
        var begun = Path.Combine(_folder, "begun");
        if (Directory.Exists(begun)) Directory.Delete(begun, recursive: true);
        using (var file = new FileStream(PasswordFile, OperatingSystem.IsWindows()
            ? new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write }
            : new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            file.Write(System.Text.Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(32)));
        Explain(() => PostgresPrograms.Own(_folder));
        Run("initdb", "-D", begun, "-U", User, "--auth=scram-sha-256", $"--pwfile={PasswordFile}", "-E", "UTF8", "--locale=C");
        Directory.Move(begun, DataFolder);
    }

    private bool Runs()
    {
        if (!File.Exists(PidFile)) return false;
        try
        {
            Run("pg_ctl", "-D", DataFolder, "status");
            return true;
        }
        catch (JournalException)
        {
            return false;
        }
    }

    private void Run(string program, params string[] arguments) => Explain(() => _programs.Run(program, arguments));

    private void Explain(Action run)
    {
        try
        {
            run();
        }
        catch (IOException e)
        {
            var asRoot = PostgresPrograms.Owner is { } owner ? $" It runs as the user {owner}, because PostgreSQL does not run as root, and that user must be able to enter the folder." : "";
            throw new JournalException($"A PostgreSQL server of one's own in {_folder} did not come up: {e.Message}{asRoot} Its log lies there; or name a server with --postgres.", e);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
