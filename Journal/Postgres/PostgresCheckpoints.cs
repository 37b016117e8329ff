using Npgsql;

namespace Rialto.Journal.Postgres;

/// <summary>Checkpoints beside a journal in PostgreSQL; see <see cref="PostgresJournal.Checkpoints"/>.</summary>
public sealed class PostgresCheckpoints : ICheckpoints
{
    private readonly NpgsqlDataSource _source;
    private readonly string _load;
    private readonly string _save;

    internal PostgresCheckpoints(NpgsqlDataSource source, string schema)
    {
        _source = source;
        _load = $"select version, schema, state from {schema}.checkpoints where stream = $1";
        _save = $"""
            insert into {schema}.checkpoints as kept (stream, version, schema, state) values ($1, $2, $3, $4)
            on conflict (stream) do update set version = excluded.version, schema = excluded.schema, state = excluded.state
            where kept.version <= excluded.version
            """;
    }

    /// <inheritdoc/>
    public async ValueTask<Checkpoint?> LoadAsync(StreamId stream, CancellationToken cancellation = default)
    {
        try
        {
            await using var command = _source.CreateCommand(_load);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream.Text });
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            return await reader.ReadAsync(cancellation)
                ? new Checkpoint(reader.GetInt64(0), reader.GetInt32(1), reader.GetFieldValue<byte[]>(2))
                : null;
        }
        catch (Exception e) when (PostgresJournal.IsStorageFault(e))
        {
            throw new JournalException($"The checkpoint of {stream} cannot be read: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask SaveAsync(StreamId stream, Checkpoint checkpoint, CancellationToken cancellation = default)
    {
        try
        {
            await using var command = _source.CreateCommand(_save);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream.Text });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = checkpoint.Version });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = checkpoint.Schema });
            command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = checkpoint.State });
            await command.ExecuteNonQueryAsync(cancellation);
        }
        catch (Exception e) when (PostgresJournal.IsStorageFault(e))
        {
            throw new JournalException($"The checkpoint of {stream} cannot be kept: {e.Message}", e);
        }
    }
}
