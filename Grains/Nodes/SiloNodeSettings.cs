using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Grains.Nodes;

/// <summary>How a silo is a node.</summary>
public sealed record SiloNodeSettings
{
    /// <summary>Times of failure detection and election.</summary>
    public NodeSettings Protocol { get; init; } = new();

    /// <summary>Limits and times.</summary>
    public RuntimeSettings Runtime { get; init; } = new();

    /// <summary>The secret behind sealed events; a silo has one, a front door needs none.</summary>
    public SealingKey? Sealing { get; init; }

    /// <summary>
    /// How long one try of a command may take before it is sent again with the same id, in milliseconds: a call that was on its way through a
    /// lost silo is answered by nobody.
    /// </summary>
    public int CallTimeoutMs { get; init; } = 1_300;

    /// <summary>How long a silo that stops waits for another to lead, in milliseconds.</summary>
    public int HandoverWaitMs { get; init; } = 2_000;

    /// <summary>The elections that it hears of. Silos that share a process share it, so that it outlives any of them.</summary>
    public ElectionHistory Elections { get; init; } = new();

    /// <summary>Whether nobody can lead when the node takes part: whoever held the last epoch did so in a process that is gone.</summary>
    public bool IsFirst { get; init; }

    /// <summary>What to wait for before the node takes part: silos that start together first see each other, and then elect once.</summary>
    public Func<CancellationToken, Task> BeforeJoin { get; init; } = _ => Task.CompletedTask;

    /// <summary>
    /// Told when something that nobody foresaw has stopped the node: a fault in Rialto. The node is closed then; whoever hosts it ends its silo, and
    /// starts another.
    /// </summary>
    public Action<Rank, Exception>? OnFault { get; init; }

    /// <summary>
    /// Puts a silo that was declared failed out of the cluster. Null: by the membership, after which the silo's process, if it lives, ends.
    /// Silos that share a process put each other out in their own way.
    /// </summary>
    public Func<Rank, SiloAddress, Task>? Evict { get; init; }
}
