using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Simulation;

/// <summary>
/// Where clients come in: any node that seems well, as a load balancer would pick it. Notes what everybody asked and was told. While there
/// is no process, nobody answers.
/// </summary>
internal sealed class Door(Scheduler scheduler, Chance chance, RunPlan plan, RunLog log, Trace trace, Secrets secrets)
{
    private readonly Dictionary<StreamId, Seq> _floors = [];
    private readonly Dictionary<CommandId, Seq> _floorsOfCommands = [];

    /// <summary>The process that answers now.</summary>
    public SimulatedProcess? Process { get; set; }

    public Secrets Secrets => secrets;

    public long NowMs => scheduler.NowMs;

    /// <summary>Has a command decided. Null if no answer came in time.</summary>
    public async Task<CommandReply?> ExecuteAsync(string client, CommandRequest request, int patienceMs)
    {
        if (Process is not { HasStarted: true, IsOver: false } process) return await SilenceAsync<CommandReply>(patienceMs);
        var asked = NowMs;
        // An earlier request with the same id may be the one that happened.
        if (!_floorsOfCommands.TryGetValue(request.Id, out var floor)) floor = _floorsOfCommands[request.Id] = _floors.GetValueOrDefault(request.Entity);
        if (trace.IsKept) trace.Say(TraceKind.Client, null, $"{client} asks {request.Entity} for {request.Command.GetType().Name} ({request.Id.ToEntityKey()})");
        var answer = await WithinAsync(process, () => process.Cluster.RouteAsync(Entrance(process), request), patienceMs, $"{request.Command}");
        if (answer is not { } reply) return null;
        var told = new Told(client, request, asked, NowMs, floor, reply);
        log.Told.Add(told);
        trace.Mark(reply.Receipt.Seq.Value ^ (reply.Refusal?.Code.Length ?? 0));
        if (trace.IsKept) trace.Say(TraceKind.Client, null, $"{client} is told {reply.Refusal?.Code ?? $"seq {reply.Receipt.Seq} of epoch {reply.Receipt.Epoch}"} ({request.Id.ToEntityKey()})");
        if (reply.View is { } view)
        {
            secrets.Shown(client, $"the answer to {request.Command.GetType().Name} of {request.Entity}", MarketCodec.Encode(view));
            Raise(request.Entity, reply.Receipt.Seq);
        }
        return reply;
    }

    /// <summary>Asks an entity as it is. Null if no answer came in time.</summary>
    public async Task<QueryReply?> QueryAsync(string client, StreamId entity, Query query, int patienceMs)
    {
        if (Process is not { HasStarted: true, IsOver: false } process) return await SilenceAsync<QueryReply>(patienceMs);
        var floor = _floors.GetValueOrDefault(entity);
        var answer = await WithinAsync(process, () => AskAsync(process, entity, query), patienceMs, $"{query}");
        if (answer is not { } reply) return null;
        Note(client, entity, query, "the entity", floor, reply.VisibleTo, reply.View, reply.Refusal);
        if (reply.View is not null) Raise(entity, reply.VisibleTo);
        return reply;
    }

    /// <summary>Asks the replica of some node, which is to have come to a place at least. Null if it has not in time, or knows nothing of the entity.</summary>
    public async Task<View?> GlanceAsync(string client, StreamId entity, Query query, Seq minSeq, int patienceMs)
    {
        if (await SomeReplicaAtAsync(minSeq, patienceMs, $"{query}") is not { } at || at.Replica.AskEntity(entity, query) is not { } reply) return null;
        Note(client, entity, query, $"the replica of node {at.Rank}", minSeq, new Seq(reply.View?.Seq ?? 0), reply.View, reply.Refusal);
        return reply.View;
    }

    /// <summary>Asks a read model of some node, which is to have come to a place at least. Null if it has not in time, else the place of the answer.</summary>
    public async Task<Seq?> LookUpAsync<TModel>(Action<TModel> ask, Seq minSeq, int patienceMs) where TModel : ReadModel
    {
        if (await SomeReplicaAtAsync(minSeq, patienceMs, typeof(TModel).Name) is not { } at) return null;
        at.Replica.Ask<TModel, bool>(model =>
        {
            ask(model);
            return true;
        }, out var visibleTo);
        if (visibleTo < minSeq) log.Found(11, $"{typeof(TModel).Name} of node {at.Rank} answered as of {visibleTo}, and {minSeq} was asked for");
        trace.Mark(visibleTo.Value);
        return visibleTo;
    }

    /// <summary>The replica of a node that seems well, if there is one.</summary>
    public (Rank Rank, Replica Replica)? SomeReplica(SimulatedProcess process) =>
        process.NodeOf(new Rank(chance.Between(1, plan.Nodes))) is { HasJoined: true, IsPaused: false, Host: { } host } node ? (node.Rank, host.Replica) : null;

    private async Task<(Rank Rank, Replica Replica)?> SomeReplicaAtAsync(Seq minSeq, int patienceMs, string what)
    {
        if (Process is not { HasStarted: true, IsOver: false } process || SomeReplica(process) is not { } at)
        {
            await SilenceAsync<QueryReply>(patienceMs);
            return null;
        }
        var timeout = TimeSpan.FromMilliseconds(patienceMs);
        return await WithinAsync(process, () => at.Replica.WaitForAsync(minSeq, timeout, CancellationToken.None), patienceMs, what) is true ? at : null;
    }

    private ValueTask<QueryReply> AskAsync(SimulatedProcess process, StreamId entity, Query query)
    {
        if (plan.Bug != Bug.StaleRead || SomeReplica(process) is not { } at || at.Replica.AskEntity(entity, query) is not { } reply)
            return process.Cluster.RouteAsync(Entrance(process), entity, query, null);
        return ValueTask.FromResult(new QueryReply(reply.View, reply.Refusal, new Seq(reply.View?.Seq ?? 0)));
    }

    private void Note(string client, StreamId entity, Query query, string where, Seq floor, Seq at, View? view, Refusal? refusal)
    {
        var json = view is null ? null : MarketCodec.Encode(view);
        log.Seen.Add(new Seen(client, entity, query, where, NowMs, floor, at, json, refusal));
        trace.Mark(at.Value);
        if (json is not null) secrets.Shown(client, $"{where} of {entity}, asked {query.GetType().Name},", json);
    }

    private void Raise(StreamId entity, Seq seq)
    {
        if (_floors.GetValueOrDefault(entity) < seq) _floors[entity] = seq;
    }

    /// <summary>A node that seems well, or null for the one that the cluster picks.</summary>
    private VirtualNode? Entrance(SimulatedProcess process) =>
        process.NodeOf(new Rank(chance.Between(1, plan.Nodes))) is { HasJoined: true, IsPaused: false, IsIsolated: false } node && chance.Percent(50) ? node : null;

    private async Task<T?> SilenceAsync<T>(int patienceMs) where T : struct
    {
        await scheduler.Wait(Math.Min(patienceMs, 500));
        return null;
    }

    private async Task<T?> WithinAsync<T>(SimulatedProcess process, Func<ValueTask<T>> ask, int patienceMs, string what) where T : struct
    {
        var first = new TaskCompletionSource<T?>();
        scheduler.After(patienceMs * TimeSpan.TicksPerMillisecond, () => first.TrySetResult(null));
        WatchAsync();
        return await first.Task;

        async void WatchAsync()
        {
            try
            {
                var answer = await ask();
                // What a process that lost power would still have said, nobody hears.
                if (!process.IsOver) first.TrySetResult(answer);
            }
            catch (Exception e)
            {
                log.Found(9, $"a client that asked for {what} got an exception instead of an answer: {e}");
                first.TrySetResult(null);
            }
        }
    }
}
