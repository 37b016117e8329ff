using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>Limits and times of the runtime. Every queue is bounded, everything that waits has a time limit.</summary>
public sealed record RuntimeSettings
{
    /// <summary>How long a command may wait for its outcome before its sender is told that it is unknown, in milliseconds.</summary>
    public int CommandTimeoutMs { get; init; } = 10_000;

    /// <summary>How long an outbox waits for the leader's answer to one batch before it sends the batch again, in milliseconds.</summary>
    public int AttemptTimeoutMs { get; init; } = 3_000;

    /// <summary>How long to wait before something that failed is tried again, in milliseconds.</summary>
    public int RetryAfterMs { get; init; } = 100;

    /// <summary>The most commands that wait in one node's outbox; one more is refused as busy.</summary>
    public int MaxOutboxCommands { get; init; } = 20_000;

    /// <summary>The most commands in one batch.</summary>
    public int MaxBatchCommands { get; init; } = 2_000;

    /// <summary>A batch takes no more commands once its events have so many bytes.</summary>
    public int MaxBatchBytes { get; init; } = 8 << 20;

    /// <summary>The most events that wait at the sequencer; a batch beyond it is answered as not sent, and its outbox tries again.</summary>
    public int MaxQueuedEvents { get; init; } = 100_000;

    /// <summary>How many command ids an entity remembers at least, however old they are.</summary>
    public int RememberedCommands { get; init; } = 10_000;

    /// <summary>How long an entity remembers a command id at least, in hours.</summary>
    public int RememberedHours { get; init; } = 24;

    /// <summary>How many events an entity takes before its next checkpoint, at least; more if its checkpoints are large.</summary>
    public int CheckpointEveryEvents { get; init; } = 1_000;

    /// <summary>How many bytes of the checkpoints that were written last a node keeps at hand, so that what was answered a while ago can be answered again without reading a whole stream.</summary>
    public long MaxKeptCheckpointBytes { get; init; } = 32 << 20;

    /// <summary>An entity that nobody asked for so long leaves memory, in milliseconds.</summary>
    public int IdleAfterMs { get; init; } = 300_000;

    /// <summary>How many events are read from the journal at a time.</summary>
    public int ReadPage { get; init; } = 1_000;

    /// <summary>How many of the last committed events a node keeps at hand for streams and late readers.</summary>
    public int RecentEvents { get; init; } = 16_384;

    /// <summary>The most committed batches that wait to be applied by one replica; beyond it they count as lost.</summary>
    public int MaxUnappliedBatches { get; init; } = 256;

    /// <summary>How long held funds wait for the command that they are for, in milliseconds. The command is never written after that.</summary>
    public int HoldForMs { get; init; } = 15_000;

    /// <summary>How much longer funds stay held whose command never came, in milliseconds: more than clocks of two leaders may differ.</summary>
    public int HoldMarginMs { get; init; } = 5_000;

    /// <summary>The most deadlines and settlements that a leader sends at once.</summary>
    public int MaxReactionsUnderWay { get; init; } = 256;

    /// <summary>Limits and times of ordering.</summary>
    public SequencerSettings Sequencer { get; init; } = new();

    /// <summary>Limits and times of the ordered multicast.</summary>
    public MulticastSettings Multicast { get; init; } = new();

    /// <summary>Limits and times of joining and of comparing replicas.</summary>
    public ReplicaSettings Replicas { get; init; } = new();

    /// <summary>How often the leader compares all replicas, in milliseconds; 0: only when asked to.</summary>
    public int ReconcileEveryMs { get; init; } = 60_000;
}
