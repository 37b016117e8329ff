using Npgsql;

namespace Rialto.Journal.Postgres;

/// <summary>Reads from the tables of a journal; what it reads is on the standbys that the server waits for.</summary>
/// <param name="connections">The journal's connections.</param>
/// <param name="writer">Vouches for what new connections show.</param>
internal sealed class PostgresReader(PostgresConnections connections, PostgresWriter writer)
{
    /// <summary>Carries out a query and answers its rows.</summary>
    /// <param name="sql">The query.</param>
    /// <param name="prepare">Adds its parameters.</param>
    /// <param name="read">Reads one row.</param>
    /// <param name="cancellation">Stops waiting, and cancels it on the server.</param>
    /// <exception cref="JournalDamagedException">What was read is none.</exception>
    /// <exception cref="JournalException">It cannot be read.</exception>
    public async ValueTask<List<T>> QueryAsync<T>(string sql, Action<NpgsqlParameterCollection> prepare, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using var connection = await connections.ForReadingAsync(cancellation);
        await writer.VouchAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        prepare(command.Parameters);
        try
        {
            var rows = new List<T>();
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
            return rows;
        }
        catch (Exception e) when (PostgresFaults.IsStorage(e))
        {
            throw new JournalException($"PostgreSQL at {connections.Name} cannot be read: {e.Message}", e);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidCastException)
        {
            throw new JournalDamagedException($"The journal in PostgreSQL at {connections.Name} holds what is no record: {e.Message}", e);
        }
    }

    /// <summary>Carries out a query for whole events.</summary>
    public async ValueTask<IReadOnlyList<JournalRecord>> RecordsAsync(string sql, Action<NpgsqlParameterCollection> prepare, CancellationToken cancellation) =>
        await QueryAsync(sql, prepare, ReadRecord, cancellation);

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
}

/// <summary>Parameters by their place.</summary>
internal static class PostgresParameters
{
    /// <summary>Adds the next one.</summary>
    public static NpgsqlParameterCollection With<T>(this NpgsqlParameterCollection parameters, T value)
    {
        parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return parameters;
    }
}
