using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Rialto.Journal.Postgres;

/// <summary>
/// The tables, as steps that are applied in order and never changed afterwards: to change a table, add a step. All that are missing are one
/// transaction; an advisory lock lets programs that start together do it one after the other.
/// </summary>
internal static class PostgresSchema
{
    // Names of streams are compared byte by byte: it is exact whatever the database's locale, and cheaper.
    private static readonly string[] Steps =
    [
        """
        create table {0}.events (
            seq bigint primary key,
            epoch bigint not null,
            stream text collate "C" not null,
            version bigint not null,
            category text collate "C" not null,
            ordinal bigint not null,
            type text collate "C" not null,
            data text not null,
            command_id uuid not null,
            fingerprint bigint not null,
            origin int not null,
            causes bytea not null,
            clock bytea not null,
            at_ms bigint not null,
            hash bytea not null
        );
        create unique index events_stream_version on {0}.events (stream, version);
        create unique index events_category_ordinal on {0}.events (category, ordinal);
        create table {0}.leadership (
            only_row boolean primary key default true check (only_row),
            epoch bigint not null,
            leader int,
            last_seq bigint not null,
            last_hash bytea not null,
            attempt bigint not null
        ) with (fillfactor = 20);
        insert into {0}.leadership (epoch, last_seq, last_hash, attempt) values (0, 0, decode(repeat('00', 32), 'hex'), 0);
        create table {0}.claims (
            epoch bigint primary key,
            leader int not null,
            after_seq bigint not null,
            at_ms bigint not null
        );
        create table {0}.checkpoints (
            stream text collate "C" primary key,
            version bigint not null,
            schema int not null,
            state bytea not null
        );
        comment on column {0}.events.causes is 'seqs, 8 bytes each, big-endian';
        comment on column {0}.events.clock is 'rank (4 bytes) and count (8 bytes) of each node, big-endian';
        comment on column {0}.leadership.attempt is 'part of every write''s condition; raised by a leader that does not know what became of its last one';
        """,
        """
        alter table {0}.leadership add column leased_at timestamptz not null default clock_timestamp();
        comment on column {0}.leadership.leased_at is 'when the holder of the epoch last wrote here: its claim, an append, a renewal';
        """,
    ];

    /// <summary>Brings the schema to what this program knows, in one transaction.</summary>
    /// <exception cref="JournalException">It is newer than that.</exception>
    public static async Task ApplyAsync(NpgsqlConnection connection, string schema, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock({LockOf(schema)})", cancellation);
        await ExecuteAsync(connection, $"""
            create schema if not exists {schema};
            create table if not exists {schema}.schema_steps (step int primary key, applied_at timestamptz not null default now());
            """, cancellation);
        await using var newest = new NpgsqlCommand($"select coalesce(max(step), 0) from {schema}.schema_steps", connection);
        var applied = (int)(await newest.ExecuteScalarAsync(cancellation))!;
        if (applied > Steps.Length)
            throw new JournalException($"The schema {schema} in {connection.Database} is at step {applied}, and this program knows {Steps.Length}: use a newer program.");
        for (var step = applied; step < Steps.Length; step++)
        {
            await ExecuteAsync(connection, Steps[step].Replace("{0}", schema, StringComparison.Ordinal), cancellation);
            await ExecuteAsync(connection, $"insert into {schema}.schema_steps (step) values ({step + 1})", cancellation);
        }
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>A name as the number that PostgreSQL's advisory locks take.</summary>
    public static long KeyOf(string name) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static long LockOf(string schema) => KeyOf("rialto journal " + schema);
}
