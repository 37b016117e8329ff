using System.Runtime.CompilerServices;
using Rialto.GrainInterfaces;
using Rialto.Grains.Entities;
using Rialto.Grains.Nodes;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Grains.Engine;

/// <summary>
/// Brings commands and questions to their entities' grains. One try has a short time limit, since a call that was on its way through a lost
/// silo is answered by nobody; it is sent again with the same id until the command's time is up.
/// </summary>
/// <param name="grains">The way to grains.</param>
/// <param name="settings">The time limits.</param>
/// <param name="time">The clock.</param>
public sealed class EntityRouter(IGrainFactory grains, SiloNodeSettings settings, TimeProvider time)
{
    /// <summary>How long to wait before an entity is looked for again, in milliseconds.</summary>
    private const int LookAgainMs = 20;

    private readonly TimeSpan _patience = TimeSpan.FromMilliseconds(settings.CallTimeoutMs);

    // Orleans finds the name of an interface by reflection, each time that it is asked for a grain by it.
    private readonly GrainInterfaceType _interface = ((GrainReference)grains.GetGrain<IEntityGrain>(GrainId.Create("entity", "any"))).InterfaceType;

    /// <summary>Whether the silo has gone from under it: then nothing is tried again.</summary>
    internal bool IsClosed { get; set; }

    /// <summary>Has an entity decide a command, wherever it lives.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]   // One of these is alive for every waiting caller.
    public async ValueTask<CommandReply> ExecuteAsync(CommandRequest request)
    {
        if (MarketCatalog.KindOf(request.Entity.Category) is null) return new CommandReply(default, null, Refusals.NoSuchKind(request.Entity), false);
        var causes = request.Causes is { } named ? new EntityCauses(named.Events, named.Commands) : null;
        var (grain, command) = (GrainOf(request.Entity), new EntityCommand(request.Command, request.Actor, request.Id, request.Fingerprint, causes));
        var started = time.GetTimestamp();
        TraceParent.Write();
        for (var refusal = Refusals.NoLeader; ;)
        {
            try
            {
                var call = grain.ExecuteAsync(command);
                var reply = call.IsCompletedSuccessfully ? call.Result : await call.AsTask().WaitAsync(_patience, time);
                if (reply.Refusal is null) return new CommandReply(new Receipt(reply.Seq, reply.Epoch, reply.Version), reply.View, null, reply.Replayed).AfterTries(request, refusal);
                refusal = Refusals.AfterTry(refusal, reply.Refusal);
                if (!IsWorthAnotherTry(reply.Refusal)) return new CommandReply(new Receipt(reply.Seq, reply.Epoch, reply.Version), null, refusal, false);
            }
            catch (Exception e) when (IsLost(e))
            {
                refusal = Refusals.AfterTry(refusal, null);
            }
            if (IsOver(started)) return new CommandReply(default, null, refusal, false);
            await Task.Delay(TimeSpan.FromMilliseconds(LookAgainMs), time);
        }
    }

    /// <summary>Asks an entity, wherever it lives.</summary>
    public async ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at)
    {
        if (MarketCatalog.KindOf(entity.Category) is null) return new QueryReply(null, Refusals.NoSuchKind(entity), default);
        var (grain, question) = (GrainOf(entity), new EntityQuestion(query, at));
        var started = time.GetTimestamp();
        while (true)
        {
            Refusal? refusal;
            try
            {
                var answer = await grain.QueryAsync(question).AsTask().WaitAsync(_patience, time);
                if (!IsWorthAnotherTry(answer.Refusal)) return new QueryReply(answer.View, answer.Refusal, answer.VisibleTo);
                refusal = answer.Refusal;
            }
            catch (Exception e) when (IsLost(e))
            {
                refusal = Refusals.NoAnswer;
            }
            if (IsOver(started)) return new QueryReply(null, refusal, default);
            await Task.Delay(TimeSpan.FromMilliseconds(LookAgainMs), time);
        }
    }

    /// <summary>Whether a call failed on its way: nothing is known of what became of it.</summary>
    public static bool IsLost(Exception failure) => failure is OrleansException or TimeoutException or IOException or ObjectDisposedException;

    /// <summary>Whether another silo, or a new leader, may say something else.</summary>
    private static bool IsWorthAnotherTry(Refusal? refusal) =>
        refusal is { Kind: RefusalKind.Unavailable } && (refusal.Code == Refusals.Stopping.Code || refusal.Code == Refusals.OutcomeUnknown.Code
            || refusal.Code == Refusals.NoLeader.Code || refusal.Code == Refusals.Deposed.Code);

    private bool IsOver(long started) => IsClosed || time.GetElapsedTime(started).TotalMilliseconds > settings.Runtime.CommandTimeoutMs;

    private IEntityGrain GrainOf(StreamId entity) => (IEntityGrain)grains.GetGrain(GrainId.Create(entity.Category, entity.Key), _interface);
}
