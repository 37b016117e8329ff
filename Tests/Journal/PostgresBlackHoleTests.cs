using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Rialto.Journal;
using Rialto.Journal.Postgres;
using Rialto.Tests.Support;

namespace Rialto.Tests.Journals;

/// <summary>A cable between a leader and PostgreSQL that is cut without a word: nothing is refused, nothing arrives.</summary>
public sealed class PostgresBlackHoleTests
{
    [PostgresFact]
    public async Task Every_call_ends_by_itself_when_nothing_arrives_any_more_and_works_again_when_the_cable_is_mended()
    {
        var database = LocalPostgres.Shared.CreateDatabase();
        using (var cable = new Cable(database))
        {
            await using var journal = await PostgresJournal.OpenAsync(cable.Database, new PostgresJournalSettings
            {
                WriteTimeout = TimeSpan.FromSeconds(1), LockTimeout = TimeSpan.FromSeconds(0.5), ConnectTimeout = TimeSpan.FromSeconds(1), ReadTimeout = TimeSpan.FromSeconds(2),
            });
            var writer = await JournalWriter.Lead(journal);
            await writer.Append("auction/1");
            cable.Cut();
            await EndsAsync(() => journal.AppendAsync(writer.Epoch, writer.Next("auction/1")).AsTask());
            await EndsAsync(() => journal.RenewLeaseAsync(writer.Epoch).AsTask());
            await EndsAsync(() => journal.ReadEndAsync().AsTask());
            await EndsAsync(() => journal.ReadAsync(Seq.None, 10).AsTask());
            cable.Mend();
            await writer.Reload();
            // It was swallowed on its way, so it never happened, and never will.
            Assert.Single(writer.Acknowledged);
            await writer.Append("auction/1");
            Same.Records(writer.Acknowledged, await journal.ReadAsync(Seq.None, 10));
        }
        LocalPostgres.Shared.DropDatabase(database);
    }

    private static async Task EndsAsync(Func<Task> call)
    {
        var began = Stopwatch.GetTimestamp();
        await Assert.ThrowsAnyAsync<JournalException>(() => call().WaitAsync(TimeSpan.FromSeconds(30)));
        // Four times what its limits add up to: others use this machine, too.
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 16);
    }

    /// <summary>A relay before a server, which swallows what comes from either side while it is cut, and opens no way through.</summary>
    private sealed class Cable : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly List<TcpClient> _ends = [];
        private readonly string _host;
        private readonly int _port;
        private volatile bool _isCut;

        public Cable(string database)
        {
            var server = new NpgsqlConnectionStringBuilder(database);
            (_host, _port) = (server.Host!, server.Port);
            _listener.Start();
            Database = new NpgsqlConnectionStringBuilder(database) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.ConnectionString;
            _ = AcceptAsync();
        }

        public string Database { get; }

        public void Cut() => _isCut = true;

        public void Mend() => _isCut = false;

        public void Dispose()
        {
            _listener.Stop();
            lock (_ends) _ends.ForEach(end => end.Dispose());
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    var client = Keep(await _listener.AcceptTcpClientAsync());
                    if (_isCut) continue;
                    var server = Keep(new TcpClient());
                    await server.ConnectAsync(_host, _port);
                    _ = PumpAsync(client.GetStream(), server.GetStream());
                    _ = PumpAsync(server.GetStream(), client.GetStream());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // It is over.
            }
        }

        private async Task PumpAsync(NetworkStream from, NetworkStream to)
        {
            var buffer = new byte[65_536];
            try
            {
                while (await from.ReadAsync(buffer) is var read and > 0)
                    if (!_isCut) await to.WriteAsync(buffer.AsMemory(0, read));
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // One side is gone.
            }
        }

        private TcpClient Keep(TcpClient end)
        {
            lock (_ends) _ends.Add(end);
            return end;
        }
    }
}
