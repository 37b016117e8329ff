using System.Globalization;
using Npgsql;

namespace Rialto.Journal.Postgres;

/// <summary>
/// The channel on which a journal's growth is told. Telling is no part of an append: a notification takes a lock that all of a server's databases
/// share until its transaction has ended, and an append may wait long for its standby. Who listens holds a shared advisory lock, so that nobody
/// tells what nobody hears.
/// </summary>
/// <param name="schema">The journal's schema.</param>
internal sealed class PostgresChannel(string schema)
{
    private readonly long _key = PostgresSchema.KeyOf("rialto journal grows " + schema);

    private string Name => $"rialto_{_key:x16}";

    public string Listen => $"listen {Name}; select pg_advisory_lock_shared({_key.ToString(CultureInfo.InvariantCulture)})";

    public string Tell => $"select pg_notify('{Name}', '')";

    public string IsListened => string.Create(CultureInfo.InvariantCulture, $"""
        select exists (select from pg_locks join pg_database on pg_database.oid = pg_locks.database
            where datname = current_database() and locktype = 'advisory' and objsubid = 1 and classid = {(uint)(_key >> 32)} and objid = {(uint)_key})
        """);
}

/// <summary>Hears a journal grow, on a connection of its own; one that is lost is made anew.</summary>
internal sealed class PostgresAlarm : IJournalAlarm
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    private readonly PostgresConnections _connections;
    private readonly PostgresChannel _channel;
    private readonly Action _grown;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _listening;
    private volatile bool _isHeard;

    /// <summary>Begins to listen.</summary>
    /// <param name="connections">The journal's connections.</param>
    /// <param name="channel">Its channel.</param>
    /// <param name="grown">Is told; must neither block nor throw.</param>
    public PostgresAlarm(PostgresConnections connections, PostgresChannel channel, Action grown)
    {
        (_connections, _channel, _grown) = (connections, channel, grown);
        _listening = ListenAsync();
    }

    public bool IsHeard => _isHeard;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _listening;
        _stopping.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _connections.ForListeningAsync(_stopping.Token);
                connection.Notification += (_, _) => _grown();
                await using (var command = new NpgsqlCommand(_channel.Listen, connection)) await command.ExecuteNonQueryAsync(_stopping.Token);
                Turn(true);
                while (true) await connection.WaitAsync(_stopping.Token);
            }
            catch (Exception e) when (PostgresFaults.IsStorage(e) || e is JournalException or OperationCanceledException)
            {
                Turn(false);
            }
            await Task.WhenAny(Task.Delay(AgainAfter, _stopping.Token));
        }
    }

    /// <summary>What was written before is not told any more, and what was written since nobody heard: either is a reason to look.</summary>
    private void Turn(bool isHeard)
    {
        _isHeard = isHeard;
        _grown();
    }
}

/// <summary>Tells a journal's growth to those who listen, some time after each append, and at most so often.</summary>
/// <param name="connections">The journal's connections.</param>
/// <param name="channel">Its channel.</param>
internal sealed class PostgresBell(PostgresConnections connections, PostgresChannel channel)
{
    private const int LooksEveryMs = 1_000;

    private static readonly TimeSpan AtMostEvery = TimeSpan.FromMilliseconds(5);

    private long _looksAgainAt;
    private int _isRinging;
    private int _isDue;

    /// <summary>The journal grew. Costs next to nothing if nobody listens.</summary>
    public void Ring()
    {
        if (Environment.TickCount64 < Volatile.Read(ref _looksAgainAt)) return;
        Volatile.Write(ref _isDue, 1);
        if (Interlocked.Exchange(ref _isRinging, 1) == 0) _ = RingAsync();
    }

    private async Task RingAsync()
    {
        do
        {
            try
            {
                await using var connection = await connections.ForReadingAsync(CancellationToken.None);
                var lookedAt = long.MinValue;
                while (Interlocked.Exchange(ref _isDue, 0) == 1)
                {
                    if (Environment.TickCount64 - LooksEveryMs > lookedAt)
                    {
                        lookedAt = Environment.TickCount64;
                        await using var asked = new NpgsqlCommand(channel.IsListened, connection);
                        if (await asked.ExecuteScalarAsync() is not true)
                        {
                            Rest();
                            break;
                        }
                    }
                    await using var command = new NpgsqlCommand(channel.Tell, connection);
                    await command.ExecuteNonQueryAsync();
                    await Task.Delay(AtMostEvery);
                }
            }
            catch (Exception e) when (PostgresFaults.IsStorage(e) || e is JournalException or ObjectDisposedException)
            {
                // Whoever listens looks by itself, too.
                Rest();
            }
            Volatile.Write(ref _isRinging, 0);
        }
        while (Volatile.Read(ref _isDue) == 1 && Interlocked.Exchange(ref _isRinging, 1) == 0);
    }

    private void Rest()
    {
        Volatile.Write(ref _looksAgainAt, Environment.TickCount64 + LooksEveryMs);
        Volatile.Write(ref _isDue, 0);
    }
}
