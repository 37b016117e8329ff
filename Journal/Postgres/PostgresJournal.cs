using System.Collections.Immutable;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Npgsql;

namespace Rialto.Journal.Postgres;

/// <summary>
/// A journal in PostgreSQL, for a cluster. Any number of programs may have it open; the row <c>leadership</c> says which of them may write.
/// An append is one statement in one round trip: it moves that row's end on if epoch and end are as the writer believes, and inserts the
/// batch if it did. PostgreSQL runs such updates one after the other, so a deposed leader finds the row changed and writes nothing.
/// <para>
/// An append whose connection was lost may still be running on the server, or wait there unread. Therefore every append is also conditional
/// on <c>attempt</c>, and before this journal tells the end or writes again after such a loss, it raises <c>attempt</c>: what was under way
/// has then either happened or never will. (A claim that is lost so is waited for if it runs; one that comes later wastes an epoch.)
/// </para>
/// </summary>
public sealed partial class PostgresJournal : IJournal
{
    private const string UniqueViolation = "23505";

    private readonly NpgsqlDataSource _source;
    private readonly string _database;
    private readonly Sql _sql;
    private readonly SemaphoreSlim _settling = new(1, 1);
    private Attempt _attempt = new(Epoch.None, 0);
    private volatile Loss? _loss;
    private long _refusedWrites;

    private PostgresJournal(NpgsqlDataSource source, string database, string schema)
    {
        _source = source;
        _database = database;
        _sql = new Sql(schema);
        Checkpoints = new PostgresCheckpoints(source, schema);
    }

    /// <inheritdoc/>
    public string Kind => "postgres";

    /// <inheritdoc/>
    public long RefusedWrites => Interlocked.Read(ref _refusedWrites);

    /// <summary>Checkpoints in the same database; they end with this journal.</summary>
    public PostgresCheckpoints Checkpoints { get; }

    /// <summary>Connects and brings the tables to what this program knows.</summary>
    /// <param name="connectionString">As Npgsql takes it; what concerns pooling, preparing and time limits is set here.</param>
    /// <param name="settings">Null for the defaults.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JournalException">The database cannot be reached, or was made by a newer program.</exception>
    /// <exception cref="ArgumentException">The connection string or the schema's name is none.</exception>
    public static async Task<PostgresJournal> OpenAsync(string connectionString, PostgresJournalSettings? settings = null, CancellationToken cancellation = default)
    {
        settings ??= new PostgresJournalSettings();
        if (!SchemaName().IsMatch(settings.Schema))
            throw new ArgumentException($"'{settings.Schema}' cannot name a schema: lower-case letters, digits and underscores, 63 at most.", nameof(settings));
        var timeoutSeconds = Math.Max(1, (int)Math.Ceiling(settings.CommandTimeout.TotalSeconds));
        var options = new NpgsqlConnectionStringBuilder(connectionString)
        {
            CommandTimeout = timeoutSeconds,
            Timeout = timeoutSeconds,
            MaxPoolSize = settings.ConnectionsMax,
            MaxAutoPrepare = 32,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            ApplicationName = "rialto",
        };
        var source = new NpgsqlSlimDataSourceBuilder(options.ConnectionString).EnableArrays().Build();
        var database = $"{options.Host}:{options.Port}/{options.Database}";
        try
        {
            await using (var connection = await source.OpenConnectionAsync(cancellation)) await PostgresSchema.ApplyAsync(connection, settings.Schema, cancellation);
            return new PostgresJournal(source, database, settings.Schema);
        }
        catch (Exception e)
        {
            await source.DisposeAsync();
            if (IsStorageFault(e)) throw new JournalException($"The journal in PostgreSQL at {database} cannot be opened: {e.Message}", e);
            throw;
        }
    }

    /// <summary>
    /// Sends what a leader sends, a few times, in an epoch that nobody will ever hold: it writes nothing, and counts as no refused write. What
    /// runs for the first time takes long, here and in the server, and should not do so when all wait for a new leader.
    /// </summary>
    /// <exception cref="JournalException">Storage failed.</exception>
    public async Task WarmUpAsync(CancellationToken cancellation = default)
    {
        const int times = 3, records = 64;
        var never = new Epoch(long.MaxValue);
        var batch = new JournalRecord[records];
        for (var i = 0; i < records; i++)
            batch[i] = new JournalRecord
            {
                Seq = new Seq(i + 1), Epoch = never, Stream = StreamId.Of("nothing", "never"), Version = i + 1, Ordinal = i + 1, Type = "nothing.never", Data = "{}"u8.ToArray(),
                Command = CommandId.None, Fingerprint = 0, Origin = new Rank(1), Causes = [], Clock = VectorClock.Zero, AtUnixMs = 0,
            };
        for (var i = 0; i < times; i++)
        {
            await WriteAsync(new Loss(never, IsAppend: true), command => PrepareAppend(command, never, batch), cancellation);
            await WriteAsync(new Loss(never, IsAppend: false), command => PrepareClaim(command, never, batch[0].Origin, 0), cancellation);
            await ReadEndAsync(cancellation);
            await ReadVersionsAsync([batch[0].Stream], cancellation);
            await ReadStreamAsync(batch[0].Stream, 0, 1, cancellation);
            await ReadAsync(Seq.None, records, cancellation);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default)
    {
        BatchShape.Check(epoch, batch);
        await SettleAsync(cancellation);
        var written = await WriteAsync(new Loss(epoch, IsAppend: true), command => PrepareAppend(command, epoch, batch), cancellation);
        if (written == batch.Count) return new AppendResult(true, epoch);
        Interlocked.Increment(ref _refusedWrites);
        return new AppendResult(false, await ReadAttemptAsync(cancellation));
    }

    /// <inheritdoc/>
    public async ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default)
    {
        BatchShape.CheckClaim(claimant);
        await SettleAsync(cancellation);
        var written = await WriteAsync(new Loss(seen, IsAppend: false), command => PrepareClaim(command, seen, claimant, atUnixMs), cancellation);
        return written == 1 ? new ClaimResult(true, seen.Next) : new ClaimResult(false, await ReadAttemptAsync(cancellation));
    }
    /// <inheritdoc/>
    public async ValueTask<LeaseResult> RenewLeaseAsync(Epoch epoch, CancellationToken cancellation = default)
    {
        await SettleAsync(cancellation);
        var renewed = await WriteAsync(new Loss(epoch, IsAppend: false), command =>
        {
            command.CommandText = _sql.Renew;
            Add(command, epoch.Value);
        }, cancellation);
        return renewed == 1 ? new LeaseResult(true, epoch) : new LeaseResult(false, await ReadEpochAsync(cancellation));
    }

    /// <inheritdoc/>
    public async ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default)
    {
        await SettleAsync(cancellation);
        var rows = await QueryAsync(_sql.End, static _ => { }, static reader => (
            Epoch: new Epoch(reader.GetInt64(0)),
            Leader: reader.IsDBNull(1) ? (Rank?)null : new Rank(reader.GetInt32(1)),
            Seq: new Seq(reader.GetInt64(2)),
            Hash: Hash256.Read(reader.GetFieldValue<byte[]>(3)),
            Category: reader.IsDBNull(4) ? null : reader.GetString(4),
            Ordinal: reader.IsDBNull(5) ? 0 : reader.GetInt64(5),
            LeaseAgeMs: reader.GetInt64(6)), cancellation);
        if (rows.Count == 0) throw new JournalDamagedException($"The journal in PostgreSQL at {_database} has lost its row of leadership.");
        var ordinals = rows.Where(row => row.Category is not null).ToImmutableDictionary(row => row.Category!, row => row.Ordinal, StringComparer.Ordinal);
        return new JournalEnd(rows[0].Epoch, rows[0].Leader, rows[0].Seq, rows[0].Hash, ordinals, rows[0].LeaseAgeMs);
    }

    /// <inheritdoc/>
    public async ValueTask<Epoch> ReadEpochAsync(CancellationToken cancellation = default)
    {
        var rows = await QueryAsync(_sql.NewestAttempt, static _ => { }, ReadAttempt, cancellation);
        return rows.Count > 0 ? rows[0].Epoch : throw new JournalDamagedException($"The journal in PostgreSQL at {_database} has lost its row of leadership.");
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default)
    {
        BatchShape.CheckLimit(limit);
        return await QueryAsync(_sql.Read, command =>
        {
            Add(command, after.Value);
            Add(command, limit);
        }, ReadRecord, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default)
    {
        BatchShape.CheckLimit(limit);
        return await QueryAsync(_sql.ReadStream, command =>
        {
            Add(command, stream.Text);
            Add(command, afterVersion);
            Add(command, limit);
        }, ReadRecord, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default)
    {
        BatchShape.CheckLimit(limit);
        return await QueryAsync(_sql.ReadCategory, command =>
        {
            Add(command, category);
            Add(command, afterOrdinal);
            Add(command, limit);
        }, ReadRecord, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default)
    {
        if (streams.Count == 0) return [];
        return await QueryAsync(_sql.Versions, command =>
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. streams.Select(stream => stream.Text)] }), static reader => reader.GetInt64(0), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default) =>
        await QueryAsync(_sql.Claims, static _ => { }, static reader => new EpochClaim(
            new Epoch(reader.GetInt64(0)), new Rank(reader.GetInt32(1)), new Seq(reader.GetInt64(2)), reader.GetInt64(3)), cancellation);

    /// <summary>Closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _settling.Dispose();
    }

    internal static bool IsStorageFault(Exception e) => e is NpgsqlException or TimeoutException or IOException or SocketException;

    // ---- writing ----

    private void PrepareAppend(NpgsqlCommand command, Epoch epoch, IReadOnlyList<JournalRecord> batch)
    {
        command.CommandText = _sql.Append;
        var attempt = _attempt;
        Add(command, epoch.Value);
        Add(command, batch[0].Seq.Value - 1);
        Add(command, attempt.Epoch == epoch ? attempt.Number : 0);
        Add(command, batch[^1].Seq.Value);
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = batch[^1].Hash.ToArray() });
        BatchColumns.AddTo(command.Parameters, batch);
    }

    private void PrepareClaim(NpgsqlCommand command, Epoch seen, Rank claimant, long atUnixMs)
    {
        command.CommandText = _sql.Claim;
        Add(command, seen.Value);
        Add(command, claimant.Value);
        Add(command, atUnixMs);
    }

    /// <summary>Carries out one writing statement and answers how many rows it inserted; 0 also if it met a place that was taken.</summary>
    private async ValueTask<int> WriteAsync(Loss ifLost, Action<NpgsqlCommand> prepare, CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync(cancellation);
        await using var command = new NpgsqlCommand { Connection = connection };
        prepare(command);
        try
        {
            return await command.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException e) when (e.SqlState == UniqueViolation)
        {
            return 0;
        }
        catch (Exception e) when (IsStorageFault(e) || e is OperationCanceledException)
        {
            // A lost append weighs more: it is what must not happen behind the reader's back.
            if (_loss is not { IsAppend: true }) _loss = ifLost;
            if (e is OperationCanceledException) throw;
            throw new JournalException($"PostgreSQL at {_database} failed in a write of epoch {ifLost.Epoch}, whose outcome is unknown: {e.Message}", e);
        }
    }

    /// <summary>Makes sure that no write of ours is still under way, if one was lost.</summary>
    private async ValueTask SettleAsync(CancellationToken cancellation)
    {
        if (_loss is null) return;
        await _settling.WaitAsync(cancellation);
        try
        {
            if (_loss is not { } loss) return;
            // In a newer epoch the lost append is fenced like any other; the newer leader's attempt is not ours to raise.
            var now = await QueryAsync(_sql.WaitForRow, static _ => { }, ReadAttempt, cancellation);
            if (loss.IsAppend && now.Count > 0 && now[0].Epoch == loss.Epoch)
                now = await QueryAsync(_sql.RaiseAttempt, command => Add(command, loss.Epoch.Value), ReadAttempt, cancellation);
            if (now.Count > 0) _attempt = now[0];
            _loss = null;
        }
        finally
        {
            _settling.Release();
        }
    }

    private async ValueTask<Epoch> ReadAttemptAsync(CancellationToken cancellation)
    {
        var rows = await QueryAsync(_sql.NewestAttempt, static _ => { }, ReadAttempt, cancellation);
        if (rows.Count == 0) throw new JournalDamagedException($"The journal in PostgreSQL at {_database} has lost its row of leadership.");
        return (_attempt = rows[0]).Epoch;
    }

    private static Attempt ReadAttempt(NpgsqlDataReader reader) => new(new Epoch(reader.GetInt64(0)), reader.GetInt64(1));

    // ---- reading ----

    private async ValueTask<List<T>> QueryAsync<T>(string sql, Action<NpgsqlCommand> prepare, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        prepare(command);
        try
        {
            var rows = new List<T>();
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
            return rows;
        }
        catch (Exception e) when (IsStorageFault(e))
        {
            throw new JournalException($"PostgreSQL at {_database} cannot be read: {e.Message}", e);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidCastException)
        {
            throw new JournalDamagedException($"The journal in PostgreSQL at {_database} holds what is no record: {e.Message}", e);
        }
    }

    private async ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellation)
    {
        try
        {
            return await _source.OpenConnectionAsync(cancellation);
        }
        catch (Exception e) when (IsStorageFault(e))
        {
            throw new JournalException($"PostgreSQL at {_database} cannot be reached: {e.Message}", e);
        }
    }

    private static JournalRecord ReadRecord(NpgsqlDataReader reader) => new()
    {
        Seq = new Seq(reader.GetInt64(0)),
        Epoch = new Epoch(reader.GetInt64(1)),
        Stream = StreamId.Parse(reader.GetString(2)),
        Version = reader.GetInt64(3),
        Ordinal = reader.GetInt64(4),
        Type = string.Intern(reader.GetString(5)),
        Data = reader.GetFieldValue<byte[]>(6),
        Command = new CommandId(reader.GetGuid(7)),
        Fingerprint = unchecked((ulong)reader.GetInt64(8)),
        Origin = new Rank(reader.GetInt32(9)),
        Causes = BatchColumns.DecodeCauses(reader.GetFieldValue<byte[]>(10)),
        Clock = BatchColumns.DecodeClock(reader.GetFieldValue<byte[]>(11)),
        AtUnixMs = reader.GetInt64(12),
        Hash = Hash256.Read(reader.GetFieldValue<byte[]>(13)),
    };

    private static void Add<T>(NpgsqlCommand command, T value) => command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();

    /// <summary>What <c>attempt</c> was last seen to be in an epoch; a new epoch begins at 0.</summary>
    private sealed record Attempt(Epoch Epoch, long Number);

    /// <summary>A write whose outcome is unknown, and the epoch that it was conditional on.</summary>
    private sealed record Loss(Epoch Epoch, bool IsAppend);

    /// <summary>The statements, with the schema's name in its places.</summary>
    private sealed class Sql(string schema)
    {
        private const string Columns = "seq, epoch, stream, version, ordinal, type, data, command_id, fingerprint, origin, causes, clock, at_ms, hash";

        // The arrays are unnested side by side in the list of what is selected: in a from clause each would be kept in a store of its own first.
        public string Append { get; } = $"""
            with moved as (
                update {schema}.leadership set last_seq = $4, last_hash = $5, leased_at = clock_timestamp()
                where epoch = $1 and last_seq = $2 and attempt = $3
                returning epoch)
            insert into {schema}.events
                (seq, epoch, stream, version, category, ordinal, type, data, command_id, fingerprint, origin, causes, clock, at_ms, hash)
            select unnest($6), moved.epoch, unnest($7), unnest($8), unnest($9), unnest($10), unnest($11), unnest($12), unnest($13), unnest($14),
                   unnest($15), unnest($16), unnest($17), unnest($18), unnest($19)
            from moved
            """;

        public string Claim { get; } = $"""
            with moved as (
                update {schema}.leadership set epoch = epoch + 1, leader = $2, attempt = 0, leased_at = clock_timestamp() where epoch = $1
                returning epoch, last_seq)
            insert into {schema}.claims (epoch, leader, after_seq, at_ms) select epoch, $2, last_seq, $3 from moved
            """;

        public string Renew { get; } = $"update {schema}.leadership set leased_at = clock_timestamp() where epoch = $1";

        public string NewestAttempt { get; } = $"select epoch, attempt from {schema}.leadership";

        // Returns when whoever is writing now is done.
        public string WaitForRow { get; } = $"select epoch, attempt from {schema}.leadership for update";

        // What has not begun by now finds the row changed.
        public string RaiseAttempt { get; } = $"update {schema}.leadership set attempt = attempt + 1 where epoch = $1 returning epoch, attempt";

        // The greatest ordinal of each category, one step through the index for each: their number is small, the events' is not. That there
        // is one row of leadership is said for the planner: it expects a thousand in a table that it has not looked at yet, and would have
        // the query compiled, which takes a hundred times as long as the query.
        public string End { get; } = $"""
            with recursive categories as (
                (select category from {schema}.events order by category limit 1)
                union all
                select (select next.category from {schema}.events next where next.category > categories.category order by next.category limit 1)
                from categories where categories.category is not null)
            select leadership.epoch, leadership.leader, leadership.last_seq, leadership.last_hash, categories.category,
                   (select max(ordinal) from {schema}.events newest where newest.category = categories.category),
                   greatest(0, extract(epoch from clock_timestamp() - leadership.leased_at) * 1000)::bigint
            from (select * from {schema}.leadership limit 1) as leadership left join categories on categories.category is not null
            """;

        public string Read { get; } = $"select {Columns} from {schema}.events where seq > $1 order by seq limit $2";

        public string ReadStream { get; } = $"select {Columns} from {schema}.events where stream = $1 and version > $2 order by version limit $3";

        public string ReadCategory { get; } = $"select {Columns} from {schema}.events where category = $1 and ordinal > $2 order by ordinal limit $3";

        public string Versions { get; } = $"""
            select coalesce((select max(version) from {schema}.events where events.stream = asked.stream), 0)
            from unnest($1) with ordinality as asked (stream, place) order by asked.place
            """;

        public string Claims { get; } = $"select epoch, leader, after_seq, at_ms from {schema}.claims order by epoch";
    }
}
