using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Tests.Runtime;

/// <summary>Two nodes (or more), wired by hand so that several can be made to host the same entity, and that what they say can be spoilt. The last one leads.</summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    private readonly IJournal _journal;
    private readonly ICheckpoints _checkpoints;
    private readonly RuntimeSettings _settings;
    private readonly TimeProvider _time;

    private TwoNodes(IJournal journal, ICheckpoints checkpoints, RuntimeSettings settings, TimeProvider time, int count)
    {
        (_journal, _checkpoints, _settings, _time) = (journal, checkpoints, settings, time);
        Nodes = new NodeHost[count];
        for (var i = 0; i < count; i++) Nodes[i] = NewNode(i);
    }

    public NodeHost[] Nodes { get; }

    public IJournal Journal => _journal;

    public Func<CommittedBatch, int, bool> Delivers { get; set; } = (_, _) => true;

    /// <summary>What arrives at a node instead of what was sent to it; null if nothing does.</summary>
    public Func<int, NodeSignal, NodeSignal?> Alters { get; set; } = (_, signal) => signal;

    /// <summary>What a node's batch waits for on its way to the leader.</summary>
    public Func<int, IReadOnlyList<AppendRequest>, Task> Sends { get; set; } = (_, _) => Task.CompletedTask;

    private NodeHost Leader => Nodes[^1];

    public static async Task<TwoNodes> StartAsync(IJournal journal, ICheckpoints checkpoints, RuntimeSettings? settings = null, TimeProvider? time = null, int count = 2)
    {
        var nodes = new TwoNodes(journal, checkpoints, settings ?? new RuntimeSettings { RetryAfterMs = 1 }, time ?? TimeProvider.System, count);
        foreach (var node in nodes.Nodes) await node.StartAsync([]);
        var seen = await journal.ReadEndAsync();
        var claim = await journal.ClaimEpochAsync(seen.Epoch, nodes.Leader.Rank, 0);
        nodes.Leader.Lead(claim.Current, await journal.ReadEndAsync(), [.. nodes.Nodes.Select(node => node.Rank)]);
        foreach (var node in nodes.Nodes.SkipLast(1)) node.Follow(nodes.Leader.Rank, claim.Current);
        return nodes;
    }

    public ValueTask<CommandReply> ExecuteAsync(CommandRequest request) => Nodes[0].Entities.ExecuteAsync(request);

    /// <summary>One node begins anew, and has not joined.</summary>
    public NodeHost Renew(int node)
    {
        Nodes[node].Crash();
        return Nodes[node] = NewNode(node);
    }

    /// <summary>One node begins anew, and asks the leader for a snapshot.</summary>
    public async Task RestartAsync(int node)
    {
        Renew(node);
        await Nodes[node].StartAsync([Leader.Rank]);
        Nodes[node].Follow(Leader.Rank, Leader.Sequencer!.Epoch);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) await node.StopAsync();
    }

    private NodeHost NewNode(int at) => new(new Rank(at + 1), new Links(this, new Rank(at + 1)), _journal, _checkpoints, _time, _settings, null);

    private sealed class Links(TwoNodes nodes, Rank self) : INodeLinks
    {
        public async Task<AppendOutcome[]> SubmitAsync(IReadOnlyList<AppendRequest> requests)
        {
            await nodes.Sends(self.Value - 1, requests);
            return await nodes.Leader.Sequencer!.SubmitAsync(requests);
        }

        public ValueTask<CommandReply> ExecuteAsync(CommandRequest request) => nodes.ExecuteAsync(request);

        public ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at) => nodes.Nodes[0].Entities.QueryAsync(entity, query, at);

        public void Send(Rank to, NodeSignal signal)
        {
            var receiver = to.Value - 1;
            if (signal is NodeSignal.Committed committed && !nodes.Delivers(committed.Span.Content, receiver)) return;
            if (nodes.Alters(receiver, signal) is { } arrives) nodes.Nodes[receiver].Receive(self, arrives);
        }
    }
}
