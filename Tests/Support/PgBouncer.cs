using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Rialto.Journal.Postgres;
using Rialto.Tests.Journals;

namespace Rialto.Tests.Support;

/// <summary>PgBouncer before a server of one's own, in transaction mode: each transaction may run in another session.</summary>
internal sealed class PgBouncer : IDisposable
{
    private static readonly string? Program = new[] { "/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer" }.FirstOrDefault(File.Exists);

    private readonly TemporaryFolder _folder = new();
    private readonly int _port = Ports.Free();

    public PgBouncer(string database)
    {
        var server = new NpgsqlConnectionStringBuilder(database);
        var settings = Path.Combine(_folder.Path, "pgbouncer.ini");
        File.WriteAllText(settings, $"""
            [databases]
            * = host={server.Host} port={server.Port} user={server.Username}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {_port}
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = 4
            logfile = {_folder.Path}/log
            pidfile = {PidFile}
            """);
        PostgresPrograms.Own(_folder.Path);
        PostgresPrograms.Find()!.Run(Program!, "-q", "-d", settings);
        UntilItListens();
        Database = new NpgsqlConnectionStringBuilder(database) { Port = _port }.ConnectionString;
    }

    /// <summary>Null if it can be started; else a sentence that says what is missing.</summary>
    public static string? Unavailable => LocalPostgres.Unstoppable ?? (Program is null ? "No PgBouncer is installed." : null);

    /// <summary>The server's database, through it.</summary>
    public string Database { get; }

    private string PidFile => Path.Combine(_folder.Path, "pid");

    public void Dispose()
    {
        using (var process = Process.GetProcessById(int.Parse(File.ReadAllText(PidFile), CultureInfo.InvariantCulture)))
        {
            process.Kill();
            process.WaitForExit();
        }
        _folder.Dispose();
    }

    private void UntilItListens()
    {
        var patience = DateTime.UtcNow.AddSeconds(30);
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                client.Connect(IPAddress.Loopback, _port);
                return;
            }
            catch (SocketException) when (DateTime.UtcNow < patience)
            {
                Thread.Yield();
            }
        }
    }
}

/// <summary>A test that needs PgBouncer; where there is none it is skipped, and the summary says why.</summary>
public sealed class PgBouncerFactAttribute : FactAttribute
{
    public PgBouncerFactAttribute() => Skip = PgBouncer.Unavailable;
}
