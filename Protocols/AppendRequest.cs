using System.Collections.Immutable;
using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>An event that has no place yet.</summary>
/// <param name="Type">Its stable short name.</param>
/// <param name="Data">The event as JSON, UTF-8.</param>
/// <param name="Source">What was encoded, where it is at hand: whoever applies the event in the same process need not decode it. Never sent.</param>
public readonly record struct NewEvent(string Type, ReadOnlyMemory<byte> Data, object? Source = null);

/// <summary>New events of one stream.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="ExpectedVersion">The stream's last version as its writer knows it; another one means that somebody else wrote.</param>
/// <param name="Events">One or more events; or none, when it is only asked whether that is still the version.</param>
public sealed record StreamAppend(StreamId Stream, long ExpectedVersion, ImmutableArray<NewEvent> Events);

/// <summary>
/// What one accepted command asks the sequencer to write: all of its streams together, or none.
/// </summary>
public sealed class AppendRequest
{
    /// <summary>The command. Sent again with the same id at the same version, it is the same request.</summary>
    public required CommandId Command { get; init; }

    /// <summary>See <see cref="JournalRecord.Fingerprint"/>.</summary>
    public required ulong Fingerprint { get; init; }

    /// <summary>The node whose entity accepted the command.</summary>
    public required Rank Origin { get; init; }

    /// <summary>The streams, each once.</summary>
    public required ImmutableArray<StreamAppend> Streams { get; init; }

    /// <summary>The places of the events that must stand before this one.</summary>
    public ImmutableArray<Seq> Causes { get; init; } = [];

    /// <summary>
    /// The commands whose events must stand before this one, where the sender does not know their places: they may still be on their way.
    /// The request is held until all of them have a place. Each once.
    /// </summary>
    public ImmutableArray<CommandId> CausesByCommand { get; init; } = [];

    /// <summary>
    /// The last moment, by the leader's clock, at which this may still be written (milliseconds since 1970-01-01 UTC).
    /// After it, whoever gave something for this command may take it back.
    /// </summary>
    public long NotAfterUnixMs { get; init; } = long.MaxValue;

    /// <summary>The origin's vector clock, stamped when its outbox cuts the batch, so that clocks follow the order of sending.</summary>
    public VectorClock Clock { get; set; } = VectorClock.Zero;

    /// <summary>How many bytes of JSON its events have.</summary>
    public long ByteCount
    {
        get
        {
            var count = 0L;
            foreach (var append in Streams)
                foreach (var @new in append.Events) count += @new.Data.Length;
            return count;
        }
    }

    /// <summary>How many events it has.</summary>
    public int EventCount
    {
        get
        {
            var count = 0;
            foreach (var append in Streams) count += append.Events.Length;
            return count;
        }
    }
}

/// <summary>What became of an append request.</summary>
public enum AppendStatus
{
    /// <summary>Durable, with these very events, now or by an earlier try.</summary>
    Committed,
    /// <summary>The same command is already durable at that version, with other events: its first decision stands.</summary>
    AlreadyDecided,
    /// <summary>A stream has another version than expected. Nothing was written.</summary>
    Conflict,
    /// <summary>A cause has no place in the journal, and has not got one in time. Nothing was written.</summary>
    MissingCause,
    /// <summary>
    /// A cause may still be on its way. Nothing was written; the wait goes on at the leader. To be sent again, stamped anew and decided anew
    /// if others have written to its streams meanwhile.
    /// </summary>
    Held,
    /// <summary>It waits for a command that waits for it. Nothing was written.</summary>
    CausalCycle,
    /// <summary>Too many requests wait for their causes already. Nothing was written.</summary>
    HoldBackFull,
    /// <summary>It came after its last moment. Nothing was written.</summary>
    TooLate,
    /// <summary>It has too many events or bytes. Nothing was written.</summary>
    TooLarge,
    /// <summary>The leader that was asked leads no more. Nothing was written by it.</summary>
    Fenced,
    /// <summary>It was never sent, because nobody could take it in time. Nothing was written.</summary>
    NotSent,
    /// <summary>Nobody answered in time: it may be durable or not.</summary>
    Unknown,
    /// <summary>Storage takes other writes, and not this one, whatever else is written with it. Nothing was written.</summary>
    NotStorable,
}

/// <summary>What became of an append request, and where it stands.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="First">The place of its first event, if committed.</param>
/// <param name="Last">The place of its last event, if committed.</param>
/// <param name="Epoch">The epoch that it was written in, if committed.</param>
public readonly record struct AppendOutcome(AppendStatus Status, Seq First = default, Seq Last = default, Epoch Epoch = default)
{
    /// <summary>Whether it is durable as sent.</summary>
    public bool IsCommitted => Status == AppendStatus.Committed;
}
