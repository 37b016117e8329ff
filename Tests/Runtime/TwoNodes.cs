using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Tests.Runtime;

/// <summary>Two nodes, wired by hand so that both can be made to host the same entity. Node 2 leads.</summary>
internal sealed class TwoNodes : INodeLinks, IAsyncDisposable
{
    private TwoNodes(IJournal journal, ICheckpoints checkpoints, RuntimeSettings settings, TimeProvider time) =>
        Nodes = [new NodeHost(new Rank(1), this, journal, checkpoints, time, settings, null), new NodeHost(new Rank(2), this, journal, checkpoints, time, settings, null)];

    public NodeHost[] Nodes { get; }

    public Func<CommittedBatch, int, bool> Delivers { get; set; } = (_, _) => true;

    public static async Task<TwoNodes> StartAsync(IJournal journal, ICheckpoints checkpoints, RuntimeSettings? settings = null, TimeProvider? time = null)
    {
        var nodes = new TwoNodes(journal, checkpoints, settings ?? new RuntimeSettings { RetryAfterMs = 1 }, time ?? TimeProvider.System);
        foreach (var node in nodes.Nodes) await node.StartAsync();
        var seen = await journal.ReadEndAsync();
        var claim = await journal.ClaimEpochAsync(seen.Epoch, new Rank(2), 0);
        nodes.Nodes[1].Lead(claim.Current, await journal.ReadEndAsync(), [new Rank(1), new Rank(2)]);
        nodes.Nodes[0].Follow(new Rank(2), claim.Current);
        return nodes;
    }

    public Task<AppendOutcome[]> SubmitAsync(IReadOnlyList<AppendRequest> requests) => Nodes[1].Sequencer!.SubmitAsync(requests);

    public ValueTask<CommandReply> ExecuteAsync(CommandRequest request) => Nodes[0].Entities.ExecuteAsync(request);

    public ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at) => Nodes[0].Entities.QueryAsync(entity, query, at);

    public void Send(Rank to, NodeSignal signal)
    {
        var receiver = (int)to.Value - 1;
        if (signal is NodeSignal.Committed committed && !Delivers(committed.Span.Content, receiver)) return;
        // Whoever misses something is node 1, and who is asked is node 2.
        Nodes[receiver].Receive(new Rank(3 - to.Value), signal);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) await node.StopAsync();
    }
}
