using Rialto.Grains.Nodes;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Grains.Engine;

/// <summary>The market as a front door sees it that lives in the same process as a silo.</summary>
/// <param name="node">The silo's node.</param>
/// <param name="router">The way to entities.</param>
/// <param name="grains">The way to the coordinator.</param>
/// <param name="journal">The journal.</param>
public sealed class OrleansEngine(SiloNode node, EntityRouter router, IGrainFactory grains, IJournal journal) : IEngine
{
    /// <summary>The answer to whoever wants to do something to a node that lives elsewhere.</summary>
    public static readonly Refusal NotHere = new(RefusalKind.Conflict, "not-here", "This node is a process of its own: stop, freeze or start it there.");

    /// <inheritdoc/>
    public string Name => "orleans";

    /// <inheritdoc/>
    public Replica Replica => node.Host.Replica;

    /// <inheritdoc/>
    public IJournal Journal => journal;

    /// <inheritdoc/>
    public string? NotReadyBecause =>
        node.Failure is { } fault ? $"A fault has stopped this node: {fault.Message}"
        : node.IsClosed ? "This server is stopping."
        : node.Follows is null ? "No node leads yet."
        : node.Host.Sequencer?.Failure is { } trouble ? trouble.Message
        : node.Host.Replica.Failure is { } failure ? failure.Message
        : null;

    /// <summary>The silo's node.</summary>
    public SiloNode Node => node;

    /// <inheritdoc/>
    public ValueTask<CommandReply> ExecuteAsync(CommandRequest request) => router.ExecuteAsync(request);

    /// <inheritdoc/>
    public ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at = null) => router.QueryAsync(entity, query, at);

    /// <inheritdoc/>
    public ClusterView ViewCluster() => node.View();

    /// <inheritdoc/>
    public ValueTask<Refusal?> ElectAsync()
    {
        if (node.IsClosed) return ValueTask.FromResult<Refusal?>(Refusals.Stopping);
        // While nobody leads an election is under way or about to be, which is what was asked for.
        node.Elect();
        return ValueTask.FromResult<Refusal?>(null);
    }

    /// <inheritdoc/>
    public async ValueTask<ReconcileReport?> ReconcileAsync() => node.Follows is { } leader ? await grains.ReconcileAsync(leader.Epoch) : null;

    /// <inheritdoc/>
    public ValueTask<Refusal?> ChangeNodeAsync(Rank rank, NodeChange change) => ValueTask.FromResult<Refusal?>(
        node.View().Nodes.Any(known => known.Rank == rank) ? NotHere : Refusals.NoSuchNode(rank));
}
