using System.Buffers.Binary;
using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;

namespace Rialto.Journal.Postgres;

/// <summary>
/// A batch as arrays, one for each column, for one <c>insert … select unnest(…), unnest(…)</c>. Causes and clocks have several values in a
/// row, and <c>unnest</c> flattens arrays of arrays; so they go as bytes.
/// </summary>
internal static class BatchColumns
{
    public static void AddTo(NpgsqlParameterCollection parameters, IReadOnlyList<JournalRecord> batch)
    {
        var count = batch.Count;
        var seqs = new long[count];
        var (streams, categories, types) = (new string[count], new string[count], new string[count]);
        var (versions, ordinals, fingerprints, times) = (new long[count], new long[count], new long[count], new long[count]);
        var data = new ReadOnlyMemory<byte>[count];
        var commands = new Guid[count];
        var origins = new int[count];
        var (causes, clocks, hashes) = (new byte[count][], new byte[count][], new byte[count][]);
        for (var i = 0; i < count; i++)
        {
            var record = batch[i];
            seqs[i] = record.Seq.Value;
            streams[i] = record.Stream.Text;
            categories[i] = record.Stream.Category;
            versions[i] = record.Version;
            ordinals[i] = record.Ordinal;
            types[i] = record.Type;
            data[i] = record.Data;
            commands[i] = record.Command.Value;
            fingerprints[i] = unchecked((long)record.Fingerprint);
            origins[i] = record.Origin.Value;
            causes[i] = Encode(record.Causes);
            // Events of one command share their clock.
            clocks[i] = i > 0 && ReferenceEquals(record.Clock, batch[i - 1].Clock) ? clocks[i - 1] : Encode(record.Clock);
            times[i] = record.AtUnixMs;
            hashes[i] = record.Hash.ToArray();
        }
        Add(parameters, seqs, NpgsqlDbType.Bigint);
        Add(parameters, streams, NpgsqlDbType.Text);
        Add(parameters, versions, NpgsqlDbType.Bigint);
        Add(parameters, categories, NpgsqlDbType.Text);
        Add(parameters, ordinals, NpgsqlDbType.Bigint);
        Add(parameters, types, NpgsqlDbType.Text);
        Add(parameters, data, NpgsqlDbType.Text);
        Add(parameters, commands, NpgsqlDbType.Uuid);
        Add(parameters, fingerprints, NpgsqlDbType.Bigint);
        Add(parameters, origins, NpgsqlDbType.Integer);
        Add(parameters, causes, NpgsqlDbType.Bytea);
        Add(parameters, clocks, NpgsqlDbType.Bytea);
        Add(parameters, times, NpgsqlDbType.Bigint);
        Add(parameters, hashes, NpgsqlDbType.Bytea);
    }

    public static ImmutableArray<Seq> DecodeCauses(ReadOnlySpan<byte> from)
    {
        if (from.Length % 8 != 0) throw new FormatException($"{from.Length} bytes are no list of places.");
        if (from.IsEmpty) return [];
        var causes = ImmutableArray.CreateBuilder<Seq>(from.Length / 8);
        for (; from.Length > 0; from = from[8..]) causes.Add(new Seq(BinaryPrimitives.ReadInt64BigEndian(from)));
        return causes.MoveToImmutable();
    }

    public static VectorClock DecodeClock(ReadOnlySpan<byte> from)
    {
        if (from.Length % 12 != 0) throw new FormatException($"{from.Length} bytes are no clock.");
        if (from.IsEmpty) return VectorClock.Zero;
        var counts = new List<(Rank, long)>(from.Length / 12);
        for (; from.Length > 0; from = from[12..])
            counts.Add((new Rank(BinaryPrimitives.ReadInt32BigEndian(from)), BinaryPrimitives.ReadInt64BigEndian(from[4..])));
        return VectorClock.Of(counts);
    }

    private static byte[] Encode(ImmutableArray<Seq> causes)
    {
        if (causes.Length == 0) return [];
        var bytes = new byte[causes.Length * 8];
        for (var i = 0; i < causes.Length; i++) BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(i * 8), causes[i].Value);
        return bytes;
    }

    private static byte[] Encode(VectorClock clock)
    {
        var bytes = new byte[clock.Entries.Length * 12];
        var rest = bytes.AsSpan();
        foreach (var (node, ticks) in clock.Entries)
        {
            BinaryPrimitives.WriteInt32BigEndian(rest, node.Value);
            BinaryPrimitives.WriteInt64BigEndian(rest[4..], ticks);
            rest = rest[12..];
        }
        return bytes;
    }

    private static void Add<T>(NpgsqlParameterCollection parameters, T[] values, NpgsqlDbType type) =>
        parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });
}
