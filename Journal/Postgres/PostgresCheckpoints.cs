using Npgsql;

namespace Rialto.Journal.Postgres;

/// <summary>
/// Checkpoints beside a journal in PostgreSQL; see <see cref="PostgresJournal.Checkpoints"/>. No promise rests on one, so keeping one waits neither
/// for the disk nor for a standby. It is in the server's log after the events that it holds, so none outlives them.
/// </summary>
public sealed class PostgresCheckpoints : ICheckpoints
{
    private const string NoWaiting = "select set_config('synchronous_commit', 'off', true)";

    private readonly PostgresConnections _connections;
    private readonly PostgresSql _sql;

    internal PostgresCheckpoints(PostgresConnections connections, PostgresSql sql) => (_connections, _sql) = (connections, sql);

    /// <inheritdoc/>
    public async ValueTask<Checkpoint?> LoadAsync(StreamId stream, CancellationToken cancellation = default)
    {
        try
        {
            await using var connection = await _connections.ForReadingAsync(cancellation);
            await using var command = new NpgsqlCommand(_sql.LoadCheckpoint, connection);
            command.Parameters.With(stream.Text);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            return await reader.ReadAsync(cancellation)
                ? new Checkpoint(reader.GetInt64(0), reader.GetInt32(1), reader.GetFieldValue<byte[]>(2))
                : null;
        }
        catch (Exception e) when (PostgresFaults.IsStorage(e))
        {
            throw new JournalException($"The checkpoint of {stream} cannot be read: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask SaveAsync(StreamId stream, Checkpoint checkpoint, CancellationToken cancellation = default)
    {
        try
        {
            await using var connection = await _connections.ForReadingAsync(cancellation);
            var save = new NpgsqlBatchCommand(_sql.SaveCheckpoint);
            save.Parameters.With(stream.Text).With(checkpoint.Version).With(checkpoint.Schema).With(checkpoint.State);
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(NoWaiting), save } };
            await batch.ExecuteNonQueryAsync(cancellation);
        }
        catch (Exception e) when (PostgresFaults.IsStorage(e))
        {
            throw new JournalException($"The checkpoint of {stream} cannot be kept: {e.Message}", e);
        }
    }
}
