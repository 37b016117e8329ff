using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Rialto.Journal.Postgres;

/// <summary>
/// A journal in PostgreSQL, for a cluster. Any number of programs may have it open; which of them may write is told by a row
/// (<see cref="PostgresFence"/>), what was written is told only when it is as safe as the server's settings ask for
/// (<see cref="PostgresWriter"/>).
/// </summary>
public sealed partial class PostgresJournal : IJournal
{
    private readonly PostgresConnections _connections;
    private readonly PostgresFence _fence;
    private readonly PostgresReader _reader;
    private readonly PostgresSql _sql;
    private readonly PostgresChannel _channel;
    private readonly PostgresBell _bell;
    private long _refusedWrites;

    private PostgresJournal(PostgresConnections connections, PostgresJournalSettings settings)
    {
        _connections = connections;
        _sql = new PostgresSql(settings.Schema);
        var writer = new PostgresWriter(connections, _sql, settings);
        _reader = new PostgresReader(connections, writer);
        _fence = new PostgresFence(writer, _reader, _sql, connections.Name);
        _channel = new PostgresChannel(settings.Schema);
        _bell = new PostgresBell(connections, _channel);
        Checkpoints = new PostgresCheckpoints(connections, _sql);
    }

    /// <inheritdoc/>
    public string Kind => "postgres";

    /// <inheritdoc/>
    public long RefusedWrites => Interlocked.Read(ref _refusedWrites);

    /// <summary>Checkpoints in the same database; they end with this journal.</summary>
    public PostgresCheckpoints Checkpoints { get; }

    /// <summary>Connects, checks that the server can keep a journal, and brings the tables to what this program knows.</summary>
    /// <param name="connectionString">As Npgsql takes it; what concerns pooling, preparing and time limits is set here.</param>
    /// <param name="settings">Null for the defaults.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JournalException">The database cannot be reached, cannot keep a journal, or was made by a newer program.</exception>
    /// <exception cref="ArgumentException">The connection string or the schema's name is none.</exception>
    public static async Task<PostgresJournal> OpenAsync(string connectionString, PostgresJournalSettings? settings = null, CancellationToken cancellation = default)
    {
        settings ??= new PostgresJournalSettings();
        if (!SchemaName().IsMatch(settings.Schema))
            throw new ArgumentException($"'{settings.Schema}' cannot name a schema: lower-case letters, digits and underscores, 63 at most.", nameof(settings));
        if (settings.LockTimeout >= settings.WriteTimeout) throw new ArgumentException("LockTimeout must be shorter than WriteTimeout.", nameof(settings));
        var connections = await PostgresConnections.OpenAsync(connectionString, settings, cancellation);
        foreach (var warning in connections.Server.Warnings) settings.Tell?.Invoke(warning);
        return new PostgresJournal(connections, settings);
    }

    /// <summary>
    /// Sends what a leader sends, a few times, in an epoch that nobody will ever hold: it writes nothing, and counts as no refused write. What
    /// runs for the first time takes long, here and in the server, and should not do so when all wait for a new leader.
    /// </summary>
    /// <exception cref="JournalException">Storage failed.</exception>
    public async Task WarmUpAsync(CancellationToken cancellation = default)
    {
        const int times = 3, records = 64;
        var never = new Epoch(long.MaxValue - 1);
        var batch = new JournalRecord[records];
        for (var i = 0; i < records; i++)
            batch[i] = new JournalRecord
            {
                Seq = new Seq(i + 1), Epoch = never, Stream = StreamId.Of("nothing", "never"), Version = i + 1, Ordinal = i + 1, Type = "nothing.never", Data = "{}"u8.ToArray(),
                Command = CommandId.None, Fingerprint = 0, Origin = new Rank(1), Causes = [], Clock = VectorClock.Zero, AtUnixMs = 0,
            };
        for (var i = 0; i < times; i++)
        {
            await _fence.AppendAsync(never, batch, cancellation);
            await _fence.ClaimAsync(never, batch[0].Origin, 0, cancellation);
            await ReadEndAsync(cancellation);
            await ReadEpochAsync(cancellation);
            await ReadVersionsAsync([batch[0].Stream], cancellation);
            await ReadStreamAsync(batch[0].Stream, 0, 1, cancellation);
            await ReadAsync(Seq.None, records, cancellation);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default)
    {
        BatchShape.Check(epoch, batch);
        await _fence.SettleAsync(cancellation);
        if (await _fence.AppendAsync(epoch, batch, cancellation))
        {
            _bell.Ring();
            return new AppendResult(true, epoch);
        }
        Interlocked.Increment(ref _refusedWrites);
        return new AppendResult(false, await _fence.LearnEpochAsync(cancellation));
    }

    /// <inheritdoc/>
    public async ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default)
    {
        BatchShape.CheckClaim(claimant);
        await _fence.SettleAsync(cancellation);
        return await _fence.ClaimAsync(seen, claimant, atUnixMs, cancellation)
            ? new ClaimResult(true, seen.Next)
            : new ClaimResult(false, await _fence.LearnEpochAsync(cancellation));
    }

    /// <inheritdoc/>
    public async ValueTask<LeaseResult> RenewLeaseAsync(Epoch epoch, CancellationToken cancellation = default)
    {
        await _fence.SettleAsync(cancellation);
        if (await _fence.RenewAsync(epoch, cancellation)) return new LeaseResult(true, epoch);
        Interlocked.Increment(ref _refusedWrites);
        return new LeaseResult(false, await ReadEpochAsync(cancellation));
    }

    /// <inheritdoc/>
    public ValueTask<Epoch> ReadEpochAsync(CancellationToken cancellation = default) => _fence.ReadEpochAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default)
    {
        await _fence.SettleAsync(cancellation);
        var rows = await _reader.QueryAsync(_sql.End, static _ => { }, static reader => (
            Epoch: new Epoch(reader.GetInt64(0)),
            Leader: reader.IsDBNull(1) ? (Rank?)null : new Rank(reader.GetInt32(1)),
            Seq: new Seq(reader.GetInt64(2)),
            Hash: Hash256.Read(reader.GetFieldValue<byte[]>(3)),
            Category: reader.IsDBNull(4) ? null : reader.GetString(4),
            Ordinal: reader.IsDBNull(5) ? 0 : reader.GetInt64(5),
            LeaseAgeMs: reader.GetInt64(6)), cancellation);
        if (rows.Count == 0) throw new JournalDamagedException($"The journal in PostgreSQL at {_connections.Name} has lost its row of leadership.");
        var ordinals = rows.Where(row => row.Category is not null).ToImmutableDictionary(row => row.Category!, row => row.Ordinal, StringComparer.Ordinal);
        return new JournalEnd(rows[0].Epoch, rows[0].Leader, rows[0].Seq, rows[0].Hash, ordinals, rows[0].LeaseAgeMs);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default)
    {
        BatchShape.CheckLimit(limit);
        return _reader.RecordsAsync(_sql.Read, parameters => parameters.With(after.Value).With(limit), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default)
    {
        BatchShape.CheckLimit(limit);
        return _reader.RecordsAsync(_sql.ReadStream, parameters => parameters.With(stream.Text).With(afterVersion).With(limit), cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default)
    {
        BatchShape.CheckLimit(limit);
        return _reader.RecordsAsync(_sql.ReadCategory, parameters => parameters.With(category).With(afterOrdinal).With(limit), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default)
    {
        if (streams.Count == 0) return [];
        string[] names = [.. streams.Select(stream => stream.Text)];
        return await _reader.QueryAsync(_sql.Versions, parameters => parameters.With(names), static reader => reader.GetInt64(0), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default) =>
        await _reader.QueryAsync(_sql.Claims, static _ => { }, static reader => new EpochClaim(
            new Epoch(reader.GetInt64(0)), new Rank(reader.GetInt32(1)), new Seq(reader.GetInt64(2)), reader.GetInt64(3)), cancellation);

    /// <inheritdoc/>
    public IJournalAlarm? Listen(Action grown) => _connections.Server.IsPooled ? null : new PostgresAlarm(_connections, _channel, grown);

    /// <summary>Closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _connections.DisposeAsync();
        _fence.Dispose();
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();
}
