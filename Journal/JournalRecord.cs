using System.Collections.Immutable;

namespace Rialto.Journal;

/// <summary>
/// One event in its place. Everything but <see cref="Hash"/> is covered by the hash; nothing changes once it is written.
/// </summary>
public sealed record JournalRecord
{
    private Hash256 _hash;

    /// <summary>The place in the journal.</summary>
    public required Seq Seq { get; init; }

    /// <summary>The term of the leader that ordered it.</summary>
    public required Epoch Epoch { get; init; }

    /// <summary>The entity's stream.</summary>
    public required StreamId Stream { get; init; }

    /// <summary>The place within the stream: 1, 2, 3, …</summary>
    public required long Version { get; init; }

    /// <summary>The place within the stream's category: 1, 2, 3, …</summary>
    public required long Ordinal { get; init; }

    /// <summary>The event's stable short name, such as <c>auction.created</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The event as JSON, UTF-8, byte for byte as it was first written.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The command that it came from. Events of one command share it.</summary>
    public required CommandId Command { get; init; }

    /// <summary>A hash of what the command asked for, to tell a repeated command from a reused id; 0 where nobody could repeat it with other content.</summary>
    public required ulong Fingerprint { get; init; }

    /// <summary>The node whose entity accepted the command.</summary>
    public required Rank Origin { get; init; }

    /// <summary>The places of the events that it depends on, all before its own.</summary>
    public required ImmutableArray<Seq> Causes { get; init; }

    /// <summary>What its origin knew.</summary>
    public required VectorClock Clock { get; init; }

    /// <summary>When the leader ordered it, in milliseconds since 1970-01-01 UTC. For people: order is told by <see cref="Seq"/>.</summary>
    public required long AtUnixMs { get; init; }

    /// <summary>SHA-256 over the hash before it and this record's encoding (see <see cref="RecordCodec"/>).</summary>
    public Hash256 Hash { get => _hash; init => _hash = value; }

    /// <summary><see cref="AtUnixMs"/> as a point in time.</summary>
    public DateTimeOffset At => DateTimeOffset.FromUnixTimeMilliseconds(AtUnixMs);

    /// <summary>Sets the hash of a record that nobody else has seen yet.</summary>
    internal void SetHash(Hash256 hash) => _hash = hash;
}
