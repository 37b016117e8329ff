using System.Collections;
using System.Diagnostics;
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
    private const string Installed = "/usr/lib/postgresql";

    // PostgreSQL refuses to run as root.
    private const string UserInsteadOfRoot = "postgres";

    private readonly FolderLock _lock;
    private readonly string _folder;
    private readonly string _programs;

    private PrivatePostgres(string folder, string programs, FolderLock held) => (_folder, _programs, _lock) = (folder, programs, held);

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
    public static bool CanStart => FindPrograms() is not null;

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
        var programs = FindPrograms() ?? throw new JournalException($"PostgreSQL's initdb and pg_ctl are neither on PATH nor in {Installed}: install it, or name a server with --postgres.");
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
        if (IsRoot) RunPlainly("chown", "-R", UserInsteadOfRoot, _folder);
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

    private static bool IsRoot => Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows();

    private void Run(string program, params string[] arguments)
    {
        var path = Path.Combine(_programs, program);
        if (!IsRoot) RunPlainly(path, arguments);
        else if (File.Exists("/usr/bin/setpriv")) RunPlainly("setpriv", [$"--reuid={UserInsteadOfRoot}", $"--regid={UserInsteadOfRoot}", "--clear-groups", path, .. arguments]);
        else RunPlainly("runuser", ["-u", UserInsteadOfRoot, "--", path, .. arguments]);
    }

    private void RunPlainly(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Path.GetPathRoot(_folder), RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0) return;
            var why = errors.GetAwaiter().GetResult().ReplaceLineEndings(" ").Trim();
            var asRoot = IsRoot ? $" It runs as the user {UserInsteadOfRoot}, because PostgreSQL does not run as root, and that user must be able to enter the folder." : "";
            throw new JournalException($"A PostgreSQL server of one's own in {_folder} did not come up: {why}{asRoot} Its log lies there; or name a server with --postgres.");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new JournalException($"A PostgreSQL server of one's own cannot be started: {program}: {e.Message}. Name a server with --postgres.", e);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string? FindPrograms()
    {
        var versions = Directory.Exists(Installed)
            ? Directory.GetDirectories(Installed).OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0)
            : Enumerable.Empty<string>();
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(versions.Select(folder => Path.Combine(folder, "bin")))
            .FirstOrDefault(folder => folder.Length > 0 && Has(folder, "initdb") && Has(folder, "pg_ctl"));

        // A link that leads nowhere exists, too.
        static bool Has(string folder, string name) => new FileInfo(Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name)) is { Exists: true } file && (file.ResolveLinkTarget(returnFinalTarget: true)?.Exists ?? true);
    }
}
