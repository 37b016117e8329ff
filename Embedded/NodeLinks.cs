using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Embedded;

/// <summary>What one life of a virtual node has of its engine: turns, its clock's ticks, and a way to the others by a call, unless a fault is in the way.</summary>
internal sealed class NodeLinks(EmbeddedCluster cluster, VirtualNode node, Life life) : INodeLinks, INodePorts
{
    /// <summary>How long an outbox waits here for a leader before it is told that there is none.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public IReadOnlyCollection<Rank> Members => cluster.Members;

    private Task LeaderChanged => node.Driver?.LeaderChanged ?? Task.CompletedTask;

    public void Post(Action step) => cluster.Turns.Post(() => node.Take(life, step));

    public void TickIn(long? milliseconds) => node.TickIn(life, milliseconds);

    public void Tell(Rank to, NodeMessage message)
    {
        if (!life.IsOver) cluster.Network.Send(node, to, message);
    }

    public void OnPeerFailed(Rank peer, Evidence evidence) => cluster.OnFailed(node, peer);

    public void OnLooked(Outlook outlook) => cluster.OnLooked(node);

    public void OnLeading(Epoch epoch, Seq after) => cluster.OnLeading(node);

    public void OnElected(ElectionRecord record) => cluster.Elections.Record(record, node.Rank, cluster.Time);

    public void OnFailed(Exception failure) => cluster.OnFault(node, life, failure);

    public void OnClaiming(Epoch epoch) => cluster.Leadership.Try(epoch);

    public void OnRefused(Epoch epoch) => cluster.Leadership.Refuse(epoch);

    public bool IsForeign(Epoch epoch) => !cluster.Leadership.IsOurs(epoch);

    public void OnTaken() => cluster.OnTaken();

    public async Task<AppendOutcome[]> SubmitAsync(IReadOnlyList<AppendRequest> requests)
    {
        await PassAsync();
        if (cluster.IsTaken) return All(requests, AppendStatus.Fenced);
        var changed = LeaderChanged;
        if (cluster.SequencerFor(node) is not { } leader)
        {
            await WaitAsync(changed);
            await PassAsync();
            changed = LeaderChanged;
            if (cluster.SequencerFor(node) is not { } found) return All(requests, cluster.IsTaken ? AppendStatus.Fenced : AppendStatus.NotSent);
            leader = found;
        }
        var (sequencer, at) = leader;
        var answer = Signal.Plainly(cluster.Network.CallAsync(node, at, requests, () => sequencer.SubmitAsync(requests)));
        node.UnderWay = answer;
        if (!answer.IsCompleted && await Task.WhenAny(answer, changed) != answer && !(cluster.IsTaken && await ComesAsync(answer)))
            throw new LeaderChangedException();
        await PassAsync();
        // An answer is a message, too: it is lost if there is no way for it.
        if (!cluster.IsTaken && cluster.IsCutFromLeader(node)) throw new IOException("The leader's answer did not arrive.");
        var outcomes = await answer;
        // A deposed leader wrote nothing of this, and another will lead.
        return outcomes is [{ Status: AppendStatus.Fenced }, ..] && !cluster.IsTaken ? All(requests, AppendStatus.NotSent) : outcomes;
    }

    public ValueTask<CommandReply> ExecuteAsync(CommandRequest request) => cluster.RouteAsync(node, request);

    public ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at) => cluster.RouteAsync(node, entity, query, at);

    public void Send(Rank to, NodeSignal signal)
    {
        if (!life.IsOver) cluster.Network.Send(node, to, signal);
    }

    private async ValueTask PassAsync()
    {
        if (life.IsFree) return;
        try
        {
            await life.PassAsync();
        }
        catch (JournalException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>A sequencer that is stopped for good still says what it knows.</summary>
    private async Task<bool> ComesAsync(Task answer)
    {
        await WaitAsync(answer);
        return answer.IsCompleted;
    }

    private async Task WaitAsync(Task changed)
    {
        try
        {
            await changed.WaitAsync(Patience, cluster.Time);
        }
        catch (TimeoutException)
        {
            // Then there is none.
        }
    }

    private static AppendOutcome[] All(IReadOnlyList<AppendRequest> requests, AppendStatus status)
    {
        var outcomes = new AppendOutcome[requests.Count];
        Array.Fill(outcomes, new AppendOutcome(status));
        return outcomes;
    }
}
