using Rialto.GrainInterfaces;
using Rialto.Grains.Engine;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Grains.Nodes;

/// <summary>How a silo's host reaches the others: the coordinator and the entities by their grains, the other hosts by their node services.</summary>
internal sealed class SiloLinks(SiloNode node, EntityRouter router, IGrainFactory grains, TimeProvider time) : INodeLinks
{
    /// <summary>How long an outbox waits here for a leader before it is told that there is none.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private volatile Encoded? _last;

    private sealed record Encoded(NodeSignal Signal, byte[] Bytes);

    public async Task<AppendOutcome[]> SubmitAsync(IReadOnlyList<AppendRequest> requests)
    {
        var changed = node.LeaderChanged;
        if (node.Follows is not { } leader)
        {
            await Task.WhenAny(changed, Task.Delay(Patience, time));
            changed = node.LeaderChanged;
            if (node.Follows is not { } found) return NotSent(requests);
            leader = found;
        }
        if (node.Faults.IsPaused || (node.Faults.IsIsolated && leader.Leader != node.Rank))
        {
            await Task.WhenAny(node.Faults.ReachableAsync(), Task.Delay(Patience, time));
            if (node.Faults.IsOutOfReach) return NotSent(requests);
        }
        var answer = leader.Leader == node.Rank ? SubmitHereAsync(leader.Epoch, requests) : SubmitThereAsync(leader.Epoch, requests);
        if (!answer.IsCompleted && await Task.WhenAny(answer, changed) != answer)
        {
            answer.Ignore();
            throw new LeaderChangedException();
        }
        try
        {
            var outcomes = await answer;
            // A deposed leader wrote nothing of this, and another will lead.
            return outcomes is [{ Status: AppendStatus.Fenced }, ..] ? NotSent(requests) : outcomes;
        }
        catch (Exception e) when (EntityRouter.IsLost(e))
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>The leader's own silo needs no grain between: it would cost two turns of its scheduler for every batch, behind all the callers' own.</summary>
    private async Task<AppendOutcome[]> SubmitHereAsync(Epoch epoch, IReadOnlyList<AppendRequest> requests) =>
        await node.SequencerOfAsync(epoch) is { } sequencer ? await sequencer.SubmitAsync(requests) : NotSent(requests);

    private async Task<AppendOutcome[]> SubmitThereAsync(Epoch epoch, IReadOnlyList<AppendRequest> requests) =>
        (await grains.GetGrain<ICoordinatorGrain>(epoch.Value).AppendAsync(new AppendBatch(requests))).Outcomes;

    public ValueTask<CommandReply> ExecuteAsync(CommandRequest request) => router.ExecuteAsync(request);

    public ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at) => router.QueryAsync(entity, query, at);

    public void Send(Rank to, NodeSignal signal)
    {
        if (to == node.Rank) node.Host.Receive(to, signal);
        else node.Send(to, Encode(signal));
    }

    /// <summary>A batch goes to one node after the other, and is written once.</summary>
    private byte[] Encode(NodeSignal signal)
    {
        if (signal is not NodeSignal.Committed) return SignalCodec.Encode(signal);
        // Two epochs' leaders may send at once from here while one gives way to the other: signal and bytes are replaced as one.
        if (_last is { } last && ReferenceEquals(last.Signal, signal)) return last.Bytes;
        var bytes = SignalCodec.Encode(signal);
        _last = new Encoded(signal, bytes);
        return bytes;
    }

    private static AppendOutcome[] NotSent(IReadOnlyList<AppendRequest> requests)
    {
        var outcomes = new AppendOutcome[requests.Count];
        Array.Fill(outcomes, new AppendOutcome(AppendStatus.NotSent));
        return outcomes;
    }
}
