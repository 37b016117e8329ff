using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;

namespace Rialto.Runtime;

/// <summary>
/// Asks, on the leader, for what must follow from what has happened: deadlines that are due, and the settlement of holds. What is to be
/// done follows from the replica's state, and so from the journal alone: a new leader looks through all entities once and goes on. Ids of
/// the commands are made from what they follow from, so two leaders that ask for the same ask for one thing.
/// </summary>
public sealed class ReactorHost
{
    /// <summary>The actor that reactions act as.</summary>
    public const string Actor = "rialto";

    /// <summary>How many entities are looked at under one lock of the replica.</summary>
    private const int LookAtOnce = 1_000;

    private readonly Replica _replica;
    private readonly SequencerHost _sequencer;
    private readonly INodeLinks _links;
    private readonly TimeProvider _time;
    private readonly RuntimeSettings _settings;
    private readonly Lock _gate = new();
    private readonly HashSet<StreamId> _changed = [];
    private readonly Dictionary<StreamId, Deadline> _deadlines = [];
    private readonly PriorityQueue<(StreamId Entity, Deadline Deadline), DateTimeOffset> _byTime = new();
    private readonly PriorityQueue<StreamId, DateTimeOffset> _lookAgain = new();
    private readonly PriorityQueue<StandingHold, DateTimeOffset> _mayBeInVain = new();
    private readonly HashSet<CommandId> _underWay = [];
    private readonly SemaphoreSlim _room;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private Signal _woken = new();

    /// <summary>Begins: looks through all that the replica holds, then follows it.</summary>
    public ReactorHost(Replica replica, SequencerHost sequencer, INodeLinks links, TimeProvider time, RuntimeSettings settings)
    {
        _replica = replica;
        _sequencer = sequencer;
        _links = links;
        _time = time;
        _settings = settings;
        _room = new SemaphoreSlim(settings.MaxReactionsUnderWay);
        replica.BatchApplied += Note;
        lock (_gate) _changed.UnionWith(replica.Entities());
        foreach (var hold in replica.Ask<StandingHolds, IReadOnlyList<StandingHold>>(index => index.All(), out _)) NoteHold(hold);
        _running = RunAsync();
    }

    /// <summary>What the last look met though nobody had foreseen it, or null.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Asks for nothing more.</summary>
    public async Task StopAsync()
    {
        _replica.BatchApplied -= Note;
        _stopping.Cancel();
        Wake();
        await _running;
    }

    private void Note(CommittedBatch batch)
    {
        lock (_gate)
            foreach (var committed in batch.Events)
            {
                _changed.Add(committed.Record.Stream);
                // A hold concerns the entity that it is for; its ledger's other changes concern nobody here.
                if (committed.Record.Stream.Category == "ledger" && committed.Happened is FundsHeld held && StreamId.TryParse(held.PurposeStream, out var purpose))
                {
                    if (PaysInParts(purpose)) NoteHold(new StandingHold(committed.Record.Stream, held.Transfer, purpose, held.NotAfter));
                    else _changed.Add(purpose);
                }
            }
        Wake();
    }

    /// <summary>A hold of an entity that pays in parts is looked at once: when its command can come no more. Until then, and if it came, the entity's payments end it.</summary>
    private void NoteHold(StandingHold hold)
    {
        if (!PaysInParts(hold.Purpose)) return;
        lock (_gate) _mayBeInVain.Enqueue(hold, hold.NotAfter.AddMilliseconds(_settings.HoldMarginMs));
    }

    private static bool PaysInParts(StreamId entity) => MarketCatalog.KindOf(entity.Category)?.PaysInParts == true;

    private void Wake()
    {
        lock (_gate) _woken.Set();
    }

    private async Task RunAsync()
    {
        Traces.Detach();
        while (!_stopping.IsCancellationRequested)
        {
            List<StreamId> changed = [];
            try
            {
                var woken = TakeChanged(out changed);
                await ReactAsync(changed);
                Failure = null;
                await RestAsync(woken);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Nobody foresaw it. All that is to be done follows from the replica: it is looked at again, after a while.
                Failure = e;
                Telemetry.LoopFailed("reactor", e);
                lock (_gate)
                    foreach (var entity in changed) _lookAgain.Enqueue(entity, LookAgainAt());
                await RestAfterFailureAsync();
            }
        }
    }

    private async Task RestAfterFailureAsync()
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10 * _settings.RetryAfterMs), _time, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // Then there is nothing more to look at.
        }
    }

    private async Task ReactAsync(List<StreamId> changed)
    {
        foreach (var some in changed.Chunk(LookAtOnce))
        {
            var due = new List<(StreamId Entity, PaymentsDue Payments)>();
            _replica.Look(some, (entity, kind, state) => LookAt(entity, kind, state, due));
            foreach (var (entity, payments) in due) await PayAsync(entity, payments);
            await SettleHoldsAsync([.. some.Where(entity => !PaysInParts(entity))]);
        }
        await VoidHoldsInVainAsync();
        await SendDueAsync();
        foreach (var reaction in _replica.Due()) await SendAsync(reaction.Entity, reaction.Command, reaction.Id, reaction.Entity);
    }

    /// <summary>What a market gets wrong about one of its entities concerns no other.</summary>
    private void LookAt(StreamId entity, EntityKind kind, object state, List<(StreamId Entity, PaymentsDue Payments)> due)
    {
        try
        {
            LookForDeadline(entity, kind, state);
            PaymentsDue[] payments = [.. kind.PaymentsDue(state)];
            foreach (var owed in payments) due.Add((entity, owed));
        }
        catch (Exception e)
        {
            LookAgainAfter(entity, e);
        }
    }

    private void LookAgainAfter(StreamId entity, Exception failure)
    {
        Telemetry.RuleFailed(entity, failure);
        lock (_gate) _lookAgain.Enqueue(entity, LookAgainAt());
    }

    private Task TakeChanged(out List<StreamId> changed)
    {
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            while (_lookAgain.TryPeek(out var entity, out var at) && at <= now)
            {
                _lookAgain.Dequeue();
                _changed.Add(entity);
            }
            changed = [.. _changed];
            _changed.Clear();
            if (_woken.IsSet) _woken = new Signal();
            return _woken.Task;
        }
    }

    private void LookForDeadline(StreamId entity, EntityKind kind, object state)
    {
        if (kind.NextDeadline(state) is not { } next)
        {
            _deadlines.Remove(entity);
            return;
        }
        if (_deadlines.TryGetValue(entity, out var known) && known == next) return;
        _deadlines[entity] = next;
        _byTime.Enqueue((entity, next), next.At);
    }

    private async Task SendDueAsync()
    {
        while (_byTime.TryPeek(out var due, out var at) && at <= _time.GetUtcNow())
        {
            _byTime.Dequeue();
            if (!_deadlines.TryGetValue(due.Entity, out var current) || current != due.Deadline) continue;
            // Looked at again even if it succeeds: what did not change the entity is still due.
            _deadlines.Remove(due.Entity);
            await SendAsync(due.Entity, due.Deadline.Command, CommandId.From("deadline", due.Entity.Text, due.Deadline.Name), due.Entity);
        }
    }

    private async Task SettleHoldsAsync(IReadOnlyList<StreamId> changed)
    {
        var holds = _replica.Ask<StandingHolds, IReadOnlyList<StandingHold>>(index => index.Count == 0 ? [] : [.. changed.SelectMany(index.For)], out _);
        foreach (var hold in holds)
        {
            var fate = FateOf(hold);
            if (fate.Kind == HoldFateKind.Unknown && await IsInVainAsync(hold)) fate = HoldFate.Void;
            if (fate.Kind is HoldFateKind.Post or HoldFateKind.Void) await EndHoldAsync(hold, fate);
        }
    }

    private async Task VoidHoldsInVainAsync()
    {
        while (TakeOverdueHold() is { } hold)
        {
            if (!_replica.Ask<StandingHolds, bool>(index => index.IsOpen(hold), out _) || FateOf(hold).Kind != HoldFateKind.Unknown) continue;
            if (await IsInVainAsync(hold)) await EndHoldAsync(hold, HoldFate.Void);
            // Looked at until it is gone, or known: the command may have come at the last moment, and the release may have failed.
            lock (_gate) _mayBeInVain.Enqueue(hold, LookAgainAt());
        }
    }

    private Task EndHoldAsync(StandingHold hold, HoldFate fate) => SendAsync(
        hold.Ledger,
        fate.Kind == HoldFateKind.Post ? new PostHold(hold.Transfer, fate.AmountMinor) : new ReleaseHold(hold.Transfer),
        CommandId.From("settle", hold.Ledger.Text, hold.Transfer),
        hold.Purpose);

    private StandingHold? TakeOverdueHold()
    {
        lock (_gate) return _mayBeInVain.TryPeek(out _, out var from) && from < _time.GetUtcNow() ? _mayBeInVain.Dequeue() : null;
    }

    /// <summary>
    /// Has a ledger make the payments that an entity owes, and then tells the entity, which names the next ones. One lot is under way at a time
    /// for each entity and ledger. Whatever is cut short is asked for again: the ledger passes over what it has paid, the entity what it has heard.
    /// </summary>
    private Task PayAsync(StreamId entity, PaymentsDue due)
    {
        var last = due.First + due.Payments.Length - 1;
        var ledger = StreamId.Of("ledger", due.Asset);
        return SendAsync(
            CommandId.From("payments", entity.Text, due.Asset),
            [
                new CommandRequest(ledger, new PayFromHolds(entity.Text, due.First, due.Payments), Actor, CommandId.From("pay", entity.Text, due.Asset, Text(due.First), Text(last))),
                new CommandRequest(entity, due.Confirm, Actor, CommandId.From("paid", entity.Text, due.Asset, Text(last))),
            ],
            entity);

        static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Where a market's own rule fails, the hold is kept: somebody who can mend it is told.</summary>
    private HoldFate FateOf(StandingHold hold)
    {
        try
        {
            return _replica.Look<HoldFate?>(hold.Purpose, (kind, state) => kind.FateOf(state, hold.Transfer)) ?? HoldFate.Unknown;
        }
        catch (Exception e)
        {
            LookAgainAfter(hold.Purpose, e);
            return HoldFate.Keep;
        }
    }

    /// <summary>
    /// Whether no command can come for a hold any more. The sequencer refuses the command after its time; once that has passed here, on the
    /// leader, all that was ordered before is committed (the barrier), and applied, the entity's word is final. The margin is for a leader
    /// that does not know yet that it is deposed, while its successor's clock is behind.
    /// </summary>
    private async Task<bool> IsInVainAsync(StandingHold hold)
    {
        var from = hold.NotAfter.AddMilliseconds(_settings.HoldMarginMs);
        if (_time.GetUtcNow() < from)
        {
            lock (_gate) _lookAgain.Enqueue(hold.Purpose, from);
            return false;
        }
        var patience = TimeSpan.FromMilliseconds(_settings.AttemptTimeoutMs);
        try
        {
            if (await _sequencer.BarrierAsync().WaitAsync(patience, _time, _stopping.Token) is not { } committed) return false;
            if (await _replica.WaitForAsync(committed, patience, _stopping.Token)) return FateOf(hold).Kind == HoldFateKind.Unknown;
        }
        catch (TimeoutException)
        {
            // Storage is away: what was ordered before is not committed yet.
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        // Holds that are paid in parts are looked at again anyway.
        if (!PaysInParts(hold.Purpose))
            lock (_gate) _lookAgain.Enqueue(hold.Purpose, LookAgainAt());
        return false;
    }

    private Task SendAsync(StreamId to, Command command, CommandId id, StreamId lookAgainAt) => SendAsync(id, [new CommandRequest(to, command, Actor, id)], lookAgainAt);

    /// <summary>Sends commands, each after the one before was accepted, unless something of this name is under way.</summary>
    private async Task SendAsync(CommandId name, CommandRequest[] requests, StreamId lookAgainAt)
    {
        lock (_gate)
            if (!_underWay.Add(name)) return;
        await _room.WaitAsync();
        _ = CarryOutAsync(name, requests, lookAgainAt);
    }

    private async Task CarryOutAsync(CommandId name, CommandRequest[] requests, StreamId lookAgainAt)
    {
        var hasMore = requests.Length > 1;
        try
        {
            foreach (var request in requests)
            {
                var reply = await _links.ExecuteAsync(request);
                if (reply.Refusal is { } refusal)
                {
                    Telemetry.ReactionRefused(refusal.Code);
                    hasMore = false;
                    break;
                }
                // What follows from it can be seen only when it is applied here.
                if (hasMore) hasMore = await _replica.WaitForAsync(reply.Receipt.Seq, TimeSpan.FromMilliseconds(_settings.AttemptTimeoutMs), _stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            hasMore = false;   // Nobody here asks for what follows any more.
        }
        catch (Exception e)
        {
            // Nobody foresaw it: it is asked for again after a while, not at once and for ever.
            hasMore = false;
            Telemetry.LoopFailed("reactor", e);
        }
        finally
        {
            _room.Release();
            lock (_gate)
            {
                _underWay.Remove(name);
                if (hasMore) _changed.Add(lookAgainAt);
                else _lookAgain.Enqueue(lookAgainAt, LookAgainAt());
            }
            if (hasMore) Wake();
        }
    }

    private DateTimeOffset LookAgainAt() => _time.GetUtcNow().AddMilliseconds(10 * _settings.RetryAfterMs);

    /// <summary>Sleeps until something changed or is due.</summary>
    private async Task RestAsync(Task woken)
    {
        var wait = TimeSpan.FromSeconds(10);
        if (_byTime.TryPeek(out _, out var due)) wait = Shorter(wait, due);
        lock (_gate)
        {
            if (_lookAgain.TryPeek(out _, out var again)) wait = Shorter(wait, again);
            if (_mayBeInVain.TryPeek(out _, out var inVain)) wait = Shorter(wait, inVain);
        }
        try
        {
            await woken.WaitAsync(wait, _time);
        }
        catch (TimeoutException)
        {
            // Something is due, or it is time to look.
        }
    }

    private TimeSpan Shorter(TimeSpan wait, DateTimeOffset until)
    {
        var left = until - _time.GetUtcNow();
        // A timer may fire a little early: a millisecond more saves turning in circles.
        return left < wait ? TimeSpan.FromMilliseconds(Math.Max(1, left.TotalMilliseconds + 1)) : wait;
    }
}
