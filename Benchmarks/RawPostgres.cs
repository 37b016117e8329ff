using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Rialto.Benchmarks;

/// <summary>
/// The ceilings: what PostgreSQL itself does with the journal's rows (the same columns and indexes), without actors, order or dedup. One bare batched
/// <c>insert … select unnest(…), …</c>, fenced by an update of one row; and one insert per event from 16 connections.
/// </summary>
internal sealed class RawPostgres(NpgsqlDataSource source) : IAsyncDisposable
{
    private const string Insert =
        "insert into raw_events (seq, epoch, stream, version, category, ordinal, type, data, command_id, fingerprint, origin, causes, clock, at_ms, hash) ";

    private static readonly byte[] Payload = Encoding.UTF8.GetBytes("{\"transfer\":\"5w8k2m9x1c4v\",\"debit\":\"ann\",\"credit\":\"bob\",\"amountMinor\":100}");

    public static async Task<RawPostgres> OpenAsync(string connectionString)
    {
        var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 64, MaxAutoPrepare = 16, AutoPrepareMinUsages = 1 });
        await using var create = source.CreateCommand("""
            drop table if exists raw_events, raw_fence;
            create table raw_fence (epoch bigint not null, last_seq bigint not null);
            insert into raw_fence values (1, 0);
            create table raw_events (
                seq bigint primary key, epoch bigint not null, stream text collate "C" not null, version bigint not null,
                category text collate "C" not null, ordinal bigint not null, type text collate "C" not null, data text not null, command_id uuid not null,
                fingerprint bigint not null, origin int not null, causes bytea not null, clock bytea not null, at_ms bigint not null, hash bytea not null,
                unique (stream, version), unique (category, ordinal));
            """);
        await create.ExecuteNonQueryAsync();
        return new RawPostgres(source);
    }

    /// <summary>Fenced batches, one after the other on one connection.</summary>
    public async Task<Measurement> BatchedAsync(int batch, TimeSpan warmUp, TimeSpan time)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "with fence as (update raw_fence set last_seq = $1 where epoch = 1 and last_seq = $2 returning epoch) "
            + Insert + "select unnest($3::bigint[]), 1, unnest($4::text[]), unnest($5::bigint[]), 'ledger', unnest($3::bigint[]), 'ledger.transfer-made', unnest($6::text[]), "
            + "unnest($7::uuid[]), 0, 1, '', '\\x000000010000000000000001', 1700000000000, unnest($8::bytea[]) from fence";
        var seq = await EndAsync();
        var (seqs, streams, versions, data, ids, hashes) = (new long[batch], new string[batch], new long[batch], new string[batch], new Guid[batch], new byte[batch][]);
        var payload = Encoding.UTF8.GetString(Payload);
        for (var i = 0; i < 2; i++) command.Parameters.Add(new NpgsqlParameter<long> { NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new NpgsqlParameter { Value = seqs, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        command.Parameters.Add(new NpgsqlParameter { Value = streams, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter { Value = versions, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        command.Parameters.Add(new NpgsqlParameter { Value = data, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter { Value = ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        command.Parameters.Add(new NpgsqlParameter { Value = hashes, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        var measured = await Measurement.RunAsync(1, warmUp, time, async (_, _) =>
        {
            for (var i = 0; i < batch; i++)
            {
                seqs[i] = seq + i + 1;
                streams[i] = $"ledger/{seqs[i] % 1_000}";
                versions[i] = seqs[i];
                data[i] = payload;
                ids[i] = Guid.NewGuid();
                hashes[i] = new byte[32];
            }
            ((NpgsqlParameter<long>)command.Parameters[0]).TypedValue = seq + batch;
            ((NpgsqlParameter<long>)command.Parameters[1]).TypedValue = seq;
            if (await command.ExecuteNonQueryAsync() < batch) throw new InvalidOperationException("the raw batch was not written");
            seq += batch;
        });
        return measured with { Operations = measured.Operations * batch };
    }

    /// <summary>One insert, one commit, one event, from so many connections at once.</summary>
    public async Task<Measurement> OneByOneAsync(int connections, TimeSpan warmUp, TimeSpan time)
    {
        var seq = await EndAsync();
        var open = new NpgsqlCommand[connections];
        for (var i = 0; i < connections; i++)
        {
            var connection = await source.OpenConnectionAsync();
            open[i] = new NpgsqlCommand(Insert + "values ($1, 1, $2, $3, 'ledger', $3, 'ledger.transfer-made', $4, $5, 0, 1, '', '\\x000000010000000000000001', 1700000000000, $6)", connection)
            {
                Parameters =
                {
                    new NpgsqlParameter<long>(), new NpgsqlParameter<string>(), new NpgsqlParameter<long>(), new NpgsqlParameter<string>(),
                    new NpgsqlParameter<Guid>(), new NpgsqlParameter<byte[]>(),
                },
            };
        }
        var payload = Encoding.UTF8.GetString(Payload);
        var measured = await Measurement.RunAsync(connections, warmUp, time, async (caller, _) =>
        {
            var next = Interlocked.Increment(ref seq);
            var parameters = open[caller].Parameters;
            ((NpgsqlParameter<long>)parameters[0]).TypedValue = next;
            ((NpgsqlParameter<string>)parameters[1]).TypedValue = $"ledger/{next % 1_000}";
            ((NpgsqlParameter<long>)parameters[2]).TypedValue = next;
            ((NpgsqlParameter<string>)parameters[3]).TypedValue = payload;
            ((NpgsqlParameter<Guid>)parameters[4]).TypedValue = Guid.NewGuid();
            ((NpgsqlParameter<byte[]>)parameters[5]).TypedValue = new byte[32];
            await open[caller].ExecuteNonQueryAsync();
        });
        foreach (var command in open)
        {
            await command.Connection!.DisposeAsync();
            await command.DisposeAsync();
        }
        return measured;
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task<long> EndAsync()
    {
        await using var command = source.CreateCommand("select greatest((select coalesce(max(seq), 0) from raw_events), (select last_seq from raw_fence))");
        var end = (long)(await command.ExecuteScalarAsync())!;
        await using var align = source.CreateCommand($"update raw_fence set last_seq = {end}");
        await align.ExecuteNonQueryAsync();
        return end;
    }
}
