using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Tests.Support;

/// <summary>A market that takes no commands, or answers no questions, as one without a leader does; until it is told to.</summary>
internal sealed class HinderedEngine(IEngine inner) : IEngine
{
    public bool TakesCommands { get; set; } = true;

    public bool Answers { get; set; } = true;

    public string Name => inner.Name;

    public Replica Replica => inner.Replica;

    public IJournal Journal => inner.Journal;

    public string? NotReadyBecause => inner.NotReadyBecause;

    public ValueTask<CommandReply> ExecuteAsync(CommandRequest request) =>
        TakesCommands ? inner.ExecuteAsync(request) : ValueTask.FromResult(new CommandReply(default, null, Refusals.NoLeader, false));

    public ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at) =>
        Answers ? inner.QueryAsync(entity, query, at) : ValueTask.FromResult(new QueryReply(null, Refusals.NoLeader, default));

    public ClusterView ViewCluster() => inner.ViewCluster();

    public ValueTask<Refusal?> ElectAsync() => inner.ElectAsync();

    public ValueTask<ReconcileReport?> ReconcileAsync() => inner.ReconcileAsync();

    public ValueTask<Refusal?> ChangeNodeAsync(Rank rank, NodeChange change) => inner.ChangeNodeAsync(rank, change);
}
