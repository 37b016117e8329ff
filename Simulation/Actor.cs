using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Simulation;

/// <summary>
/// A client with a name, as patient and as careful as chance made it: it asks again with the same id when no answer came or none could be
/// given, sometimes while the first request is still on its way, sometimes though it has the answer, and sometimes it gives up.
/// </summary>
internal sealed class Actor(string name, Chance chance, Door door, Scheduler scheduler, RunPlan plan, RunLog log)
{
    private int _asked;

    public string Name => name;

    public Chance Chance => chance;

    public Door Door => door;

    public long NowMs => scheduler.NowMs;

    /// <summary>The newest place that it was told of.</summary>
    public Seq Newest { get; private set; }

    /// <summary>Asks for something until it is answered. Null if it gave up before.</summary>
    public async Task<CommandReply?> DoAsync(StreamId entity, Command command, bool givesUp = true)
    {
        var request = new CommandRequest(entity, command, name, CommandId.From(name, (++_asked).ToString(System.Globalization.CultureInfo.InvariantCulture)), MarketCodec.Fingerprint(command));
        while (true)
        {
            var reply = await door.ExecuteAsync(name, request, chance.Pick([60, 400, 2_000, 20_000]));
            if (reply is { Refusal: not { Kind: RefusalKind.Unavailable } } answered)
            {
                if (answered.Refusal is null && answered.Receipt.Seq > Newest) Newest = answered.Receipt.Seq;
                await DoubleAsync(request, answered);
                return answered;
            }
            if (givesUp && chance.Percent(5)) return null;
            if (NowMs > plan.RunMs + 10_000)
            {
                log.Found(9, $"{name} asks {entity} for {command.GetType().Name} ({request.Id.ToEntityKey()}) and is never answered; the last word was {reply?.Refusal?.Code ?? "nothing"}");
                return null;
            }
            await scheduler.Wait(chance.Around(100));
        }
    }

    /// <summary>Asks an entity as it is; null if that could not be told in time, or was refused.</summary>
    public async Task<View?> AskAsync(StreamId entity, Query query) => (await door.QueryAsync(name, entity, query, chance.Pick([100, 1_000, 5_000])))?.View;

    /// <summary>Asks any node's replica, sometimes for one that includes what this client was told of.</summary>
    public Task<View?> GlanceAsync(StreamId entity, Query query, Seq minSeq) => door.GlanceAsync(name, entity, query, minSeq, chance.Pick([100, 2_000]));

    /// <summary>Asks a read model of any node that has come to a place. The place of the answer; null if none has in time.</summary>
    public Task<Seq?> LookUpAsync<TModel>(Action<TModel> ask, Seq minSeq) where TModel : ReadModel => door.LookUpAsync(ask, minSeq, chance.Pick([100, 2_000]));

    /// <summary>Waits, by the world's time.</summary>
    public Task Wait(int milliseconds) => scheduler.Wait(milliseconds);

    private async Task DoubleAsync(CommandRequest request, CommandReply answered)
    {
        if (chance.Percent(5)) await door.ExecuteAsync(name, request, 2_000);
        // Another command under a used id is a mistake, and must be told from the first.
        if (answered.Refusal is null && chance.Percent(1)) await door.ExecuteAsync(name, request with { Fingerprint = request.Fingerprint + 1 }, 2_000);
    }
}
