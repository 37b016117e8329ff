using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>What an entity host needs of its node.</summary>
internal sealed record EntityServices(
    Rank Node, EntityHistory History, Outbox Outbox, TimeProvider Time, RuntimeSettings Settings, IFunds Funds, SealingKey? Sealing);

/// <summary>
/// Where one entity lives. It loads its state from checkpoint and journal, decides commands one after the other, evolves its state at once
/// (speculatively), and hands the events to the outbox without waiting, so that the next command can be decided while they are written.
/// Callers wait side by side for what they have seen to be durable.
///
/// An entity may live on two nodes for a while, and one of them knows less. What is to be written finds that out by its version; an answer
/// that writes nothing (a question's, a refusal) asks the leader whether anybody else has written, in the same batches. So every answer is
/// as new as its question at least.
///
/// If an append fails, or its outcome is unknown, everything decided since is in doubt: the host throws its state away, reads the journal
/// again, and decides the waiting commands anew. Command ids keep that from happening twice.
/// </summary>
/// <remarks>
/// A turn (decide, evolve, hand over) runs under the lock and never waits. On Orleans the lock is never contended: turns are one at a time there.
/// </remarks>
internal sealed class EntityHost(StreamId stream, EntityKind kind, EntityServices services, EntityDirectory directory) : IAppendOwner
{
    private readonly Lock _gate = new();
    private readonly Dictionary<CommandId, PendingAppend> _underWay = [];
    private readonly HashSet<PendingAppend> _questions = [];
    private readonly Dictionary<CommandId, CommandTry> _tries = [];
    private readonly SharedReplay _past = new(stream, kind, services.History);
    private object? _state;
    private RememberedCommands? _remembered;
    private PendingAppend? _last;
    private Task? _loading;
    private CheckpointDraft? _draft;
    private int _generation;
    private long _version;
    private long _durableVersion;
    private long _seenVersion;
    private long _checkpointVersion;
    private int _checkpointBytes;
    private Seq _durableSeq;
    private Epoch _durableEpoch;
    private long _lastUsed;
    private bool _retired;

    /// <summary>How many bytes of checkpoints an event may cost: as many as an event itself, about.</summary>
    private const int CheckpointBytesPerEvent = 160;

    private sealed record CheckpointDraft(long Version, byte[] Bytes);

    private enum TurnKind
    {
        NotLoaded,
        Retired,
        NeedsFunds,
        /// <summary>It is under way: decided by an earlier sending, and not known to be durable yet.</summary>
        Joined,
        Known,
        Refused,
        Unchanged,
        Accepted,
        Answered,
    }

    /// <summary>
    /// What came of one turn. <see cref="Wait"/> is what to wait for before the answer may go out, or null; <see cref="Last"/> the append of
    /// the last event that the answer shows, if that was not durable yet.
    /// </summary>
    private readonly record struct Turn(
        TurnKind Kind, PendingAppend? Wait = null, PendingAppend? Last = null, View? View = null, Refusal? Refusal = null, FundsNeed? Need = null, long Version = 0, Receipt Receipt = default);

    /// <summary>Which entity.</summary>
    public StreamId Stream => stream;

    /// <summary>Whether nothing has ever happened to it.</summary>
    public bool IsUnborn
    {
        get
        {
            lock (_gate) return _version == 0;
        }
    }

    /// <summary>Whether it has left memory; whoever meets it asks for a new one.</summary>
    public bool IsRetired
    {
        get
        {
            lock (_gate) return _retired;
        }
    }

    /// <summary>Whether nobody has asked for it for the given time.</summary>
    public bool IsIdle(TimeSpan since)
    {
        lock (_gate) return services.Time.GetElapsedTime(_lastUsed) >= since;
    }

    /// <summary>Decides a command, and answers when its outcome is durable.</summary>
    public ValueTask<CommandReply> ExecuteAsync(CommandRequest request)
    {
        var (started, turn) = (services.Time.GetTimestamp(), TakeTurn(request, null));
        return turn.Kind is TurnKind.Accepted or TurnKind.Joined ? AnswerWhenWrittenAsync(request, turn.Wait!, turn.Kind, started) : TryAsync(request, turn, started);
    }

    /// <summary>What nearly every command waits for. One of these is alive for each caller that waits, so it keeps no more than it needs.</summary>
    private async ValueTask<CommandReply> AnswerWhenWrittenAsync(CommandRequest request, PendingAppend append, TurnKind how, long started)
    {
        var outcome = await append.Task;
        return outcome.IsCommitted && !append.IsOfYesterday
            ? Accepted(append.View!, new Receipt(outcome.Last, outcome.Epoch, append.Version), how == TurnKind.Joined)
            : await TryAsync(request, new Turn(how, append, View: append.View, Version: append.Version), started);
    }

    /// <summary>
    /// There is one try of a command at a time: who brings it while it is being tried is told the same, so that no two of them can be told
    /// different things.
    /// </summary>
    private async ValueTask<CommandReply> TryAsync(CommandRequest request, Turn turn, long started)
    {
        CommandTry? other;
        var mine = new CommandTry(request.Fingerprint);
        lock (_gate)
            if (!_tries.TryGetValue(request.Id, out other)) _tries.Add(request.Id, mine);
        if (other is not null)
        {
            if (other.Fingerprint != request.Fingerprint) return new CommandReply(default, null, Refusals.KeyReused, false);
            var told = await other.Task;
            return told with { Replayed = told.Refusal is null && !IsOwn(request, turn) };
        }
        try
        {
            var reply = await TakeTurnsAsync(request, turn, started);
            End(request.Id);
            if (reply.Refusal is not null) await directory.LeaveNoTraceAsync(this);
            mine.TrySetResult(reply);
            return reply;
        }
        catch (Exception e)
        {
            End(request.Id);
            mine.Fail(e);
            throw;
        }

        void End(CommandId id)
        {
            lock (_gate) _tries.Remove(id);
        }
    }

    /// <summary>
    /// Whether what becomes of a turn's append is this sending's own doing, and no other's before. A command without a fingerprint may differ
    /// from the one before it under the same id; so its sender is told that there was one, and looks what it was.
    /// </summary>
    private static bool IsOwn(CommandRequest request, in Turn turn) => turn.Kind == TurnKind.Accepted && request.Fingerprint != 0;

    /// <summary>Takes as many turns as it needs, in bounded time.</summary>
    private async ValueTask<CommandReply> TakeTurnsAsync(CommandRequest request, Turn turn, long started)
    {
        Hold? hold = null;
        var isOwn = false;
        for (; ; turn = IsOver(started) ? new Turn(TurnKind.Refused, Refusal: Refusals.OutcomeUnknown) : TakeTurn(request, hold))
        {
            isOwn |= IsOwn(request, turn);
            switch (turn.Kind)
            {
                case TurnKind.Retired:
                    return await directory.DecideAsync(request);
                case TurnKind.NotLoaded:
                    if (await LoadAsync() is { } unavailable) return Refuse(unavailable);
                    continue;
                case TurnKind.NeedsFunds:
                    var funds = await services.Funds.HoldAsync(turn.Need!, stream, request);
                    if (funds.Refusal is { Kind: RefusalKind.Unavailable } notNow) return Refuse(notNow);
                    // It was refused for an entity that may have moved on: then nothing is needed any more.
                    if (funds.Refusal is not null) turn = Confirm(turn, funds.Refusal);
                    else hold = funds.Hold;
                    if (turn.Kind != TurnKind.Refused) continue;
                    break;
            }
            var outcome = turn.Wait is null ? new AppendOutcome(AppendStatus.Committed) : await turn.Wait.Task;
            // What the answer shows is durable, too; but who waits for that may have been let go, and then its place is not known here.
            if (outcome.IsCommitted && turn.Last is not null) outcome = await turn.Last.Task;
            if (outcome.IsCommitted) return await AnswerAsync(request, turn, outcome, isOwn);
            if (FinalWord(outcome.Status) is { } final) return Refuse(final);
            if (outcome.Status == AppendStatus.TooLate) hold = null;
            // The wait goes on at the leader; it is bounded there, and decided anew here with a fresh stamp.
            if (outcome.Status == AppendStatus.Held) await Task.Delay(TimeSpan.FromMilliseconds(services.Settings.RetryAfterMs), services.Time);
        }
    }

    /// <summary>Answers a question when all that the answer shows is durable.</summary>
    public async ValueTask<QueryReply> QueryAsync(Query query)
    {
        var started = services.Time.GetTimestamp();
        // Whoever asks for what others write all the time is answered in bounded time, too.
        while (!IsOver(started))
        {
            var (turn, reply, visibleTo) = TakeQuery(query);
            switch (turn.Kind)
            {
                case TurnKind.Retired:
                    return await directory.QueryAsync(stream, query, null);
                case TurnKind.NotLoaded:
                    if (await LoadAsync() is { } unavailable) return await RefuseQueryAsync(unavailable);
                    continue;
                case TurnKind.Refused:
                    return await RefuseQueryAsync(turn.Refusal!);
            }
            var outcome = await turn.Wait!.Task;
            if (outcome.IsCommitted && turn.Last is not null)
            {
                outcome = await turn.Last.Task;
                visibleTo = outcome.Last;
            }
            if (outcome.IsCommitted) return reply.View is { } view ? new QueryReply(view.PlacedAt(visibleTo), null, visibleTo) : await RefuseQueryAsync(reply.Refusal!, visibleTo);
            if (outcome.Status == AppendStatus.Unknown) break;   // A question has no outcome to learn of later.
            if (FinalWord(outcome.Status) is { } final) return await RefuseQueryAsync(final);
        }
        return await RefuseQueryAsync(Refusals.NoAnswer);
    }

    private bool IsOver(long started) => services.Time.GetElapsedTime(started).TotalMilliseconds >= services.Settings.CommandTimeoutMs;

    /// <summary>Leaves memory if nobody has asked for it for the given time and nothing is under way; writes a checkpoint first if much came since the last.</summary>
    public async ValueTask<bool> RetireAsync(TimeSpan idle)
    {
        CheckpointDraft? draft = null;
        lock (_gate)
        {
            if (_underWay.Count > 0 || _tries.Count > 0 || _version > _durableVersion || _loading is { IsCompleted: false } || services.Time.GetElapsedTime(_lastUsed) < idle) return _retired;
            _retired = true;
            if (_state is not null && _version - _checkpointVersion >= services.Settings.CheckpointEveryEvents / 10)
                draft = new CheckpointDraft(_version, EntityHistory.Write(kind, _state, _remembered!));
        }
        if (draft is not null) await SaveAsync(draft, _durableSeq, _durableEpoch);
        return true;
    }

    /// <summary>Somebody wrote to it elsewhere: what is known here is of yesterday.</summary>
    public void LearnOf(long version)
    {
        lock (_gate)
        {
            _seenVersion = Math.Max(_seenVersion, version);
            if (_state is not null && _version < version) Forget();
        }
    }

    /// <summary>Throws away what is known, to be read again from the journal: others may have written meanwhile.</summary>
    public void Doubt()
    {
        lock (_gate) Forget();
    }

    /// <summary>Those who wait here are told that the outcome is unknown, and may ask elsewhere; what is under way goes on.</summary>
    public void ReleaseCallers()
    {
        lock (_gate)
        {
            foreach (var append in _underWay.Values) append.TrySetResult(new AppendOutcome(AppendStatus.Unknown));
            foreach (var question in _questions) question.TrySetResult(new AppendOutcome(AppendStatus.Unknown));
        }
    }

    /// <inheritdoc/>
    public void OnOutcome(PendingAppend append, AppendOutcome outcome)
    {
        CheckpointDraft? save = null;
        lock (_gate)
        {
            if (append.IsQuestion) _questions.Remove(append);
            append.IsOfYesterday = append.Generation != _generation;
            if (append.IsOfYesterday || (append.IsQuestion && outcome.IsCommitted)) return;
            _underWay.Remove(append.Request.Command);
            if (!outcome.IsCommitted)
            {
                Telemetry.Reloaded(outcome.Status);
                Forget();
                return;
            }
            _durableVersion = append.Version;
            (_durableSeq, _durableEpoch) = (outcome.Last, outcome.Epoch);
            if (_draft?.Version == append.Version) (save, _draft) = (_draft, null);
        }
        // A checkpoint is a cache: nobody waits for it, and one that is lost costs time only.
        if (save is not null) _ = SaveAsync(save, outcome.Last, outcome.Epoch).AsTask();
    }

    /// <inheritdoc/>
    public bool StandsBy(PendingAppend append) => Volatile.Read(ref _generation) == append.Generation;

    private (Turn Turn, Reply Reply, Seq VisibleTo) TakeQuery(Query query)
    {
        lock (_gate)
        {
            _lastUsed = services.Time.GetTimestamp();
            if (_retired) return (new Turn(TurnKind.Retired), default, default);
            if (_state is null) return (new Turn(TurnKind.NotLoaded), default, default);
            var (reply, visibleTo) = (kind.Query(_state, query), _durableSeq);
            return services.Outbox.HasRoom ? (new Turn(TurnKind.Answered, Last: Unwritten, Wait: Ask()), reply, visibleTo) : (new Turn(TurnKind.Refused, Refusal: services.Outbox.WhyFull), default, default);
        }
    }

    private Turn TakeTurn(CommandRequest request, Hold? hold)
    {
        lock (_gate)
        {
            _lastUsed = services.Time.GetTimestamp();
            if (_retired) return new Turn(TurnKind.Retired);
            if (_state is null) return new Turn(TurnKind.NotLoaded);
            return _remembered!.TryGet(request.Id, out var known) ? Known(request, known) : Decide(request, hold);
        }
    }

    private Turn Decide(CommandRequest request, Hold? hold)
    {
        var context = new CommandContext(request.Id, request.Actor, services.Time.GetUtcNow(), hold?.Funds, services.Sealing);
        if (kind.NeedOf(_state!, request.Command, context) is { } need && hold?.Funds.AmountMinor != need.AmountMinor)
            return new Turn(TurnKind.NeedsFunds, Need: need, Version: _generation);
        if (!services.Outbox.HasRoom) return new Turn(TurnKind.Refused, Refusal: services.Outbox.WhyFull);
        if (!_remembered!.HasRoom(context.Now.ToUnixTimeMilliseconds())) return new Turn(TurnKind.Refused, Refusal: Refusals.Busy);
        switch (kind.Decide(_state!, request.Command, context))
        {
            case Decision.Refused refused:
                return new Turn(TurnKind.Refused, Ask(), Refusal: refused.Refusal);
            case Decision.Accepted { Events.IsEmpty: true }:
                var (view, receipt) = (kind.Answer(_state!, request.Command, context), new Receipt(_durableSeq, _durableEpoch, _version));
                return new Turn(TurnKind.Unchanged, Last: Unwritten, Wait: Ask(), View: view, Version: _generation, Receipt: receipt);
            case Decision.Accepted accepted:
                return Accept(request, context, accepted.Events, hold);
            case var other:
                throw new System.Diagnostics.UnreachableException($"{stream}: {other} is no decision.");
        }
    }

    /// <summary>The append of the last event, if it is not known to be durable.</summary>
    private PendingAppend? Unwritten => _version > _durableVersion ? _last : null;

    /// <summary>
    /// What an answer that writes nothing waits for: the leader's word that all that it shows is durable, and that nobody else has written
    /// since. It goes behind all that is under way, which may have been written long ago. To be called last in a turn: an outbox that has
    /// just closed refuses at once, and then the state is gone.
    /// </summary>
    private PendingAppend Ask()
    {
        var question = new PendingAppend(
            new AppendRequest { Command = CommandId.None, Fingerprint = 0, Origin = services.Node, Streams = [new StreamAppend(stream, _version, [])] },
            this, _generation, _version, services.Outbox.Timestamp);
        _questions.Add(question);
        services.Outbox.Enqueue(question);
        return question;
    }

    /// <summary>A refusal that was found elsewhere for a turn of before: it counts if the entity is still what it was then.</summary>
    private Turn Confirm(Turn asked, Refusal refusal)
    {
        lock (_gate)
        {
            if (_generation != asked.Version || _state is null || _retired) return asked;
            return services.Outbox.HasRoom ? new Turn(TurnKind.Refused, Ask(), Refusal: refusal) : new Turn(TurnKind.Refused, Refusal: services.Outbox.WhyFull);
        }
    }

    /// <summary>The same id is the same command: it is answered as it was, or told that it is another.</summary>
    private Turn Known(CommandRequest request, RememberedCommand known)
    {
        if (known.Fingerprint != request.Fingerprint) return new Turn(TurnKind.Refused, Refusal: Refusals.KeyReused);
        if (_underWay.TryGetValue(request.Id, out var pending)) return new Turn(TurnKind.Joined, pending, View: pending.View, Version: pending.Version);
        if (known.Version != _version || _version > _durableVersion) return new Turn(TurnKind.Known, Version: known.Version);
        // Nothing has happened since: what it was answered then is what it is answered now.
        var context = new CommandContext(request.Id, request.Actor, services.Time.GetUtcNow());
        return new Turn(TurnKind.Known, View: kind.Answer(_state!, request.Command, context), Version: known.Version, Receipt: new Receipt(_durableSeq, _durableEpoch, _version));
    }

    private Turn Accept(CommandRequest request, in CommandContext context, ImmutableArray<Event> events, Hold? hold)
    {
        var @new = new NewEvent[events.Length];
        for (var i = 0; i < @new.Length; i++) @new[i] = new NewEvent(MarketCodec.TypeOf(events[i]), MarketCodec.Encode(events[i]), events[i]);
        var append = new AppendRequest
        {
            Command = request.Id,
            Fingerprint = request.Fingerprint,
            Origin = services.Node,
            Streams = [new StreamAppend(stream, _version, ImmutableCollectionsMarshal.AsImmutableArray(@new))],
            Causes = (hold, request.Causes) switch
            {
                (null, null) => [],
                (null, { } named) => named.Events,
                ({ } held, null) => [held.Seq],
                ({ } held, { } named) => [.. named.Events, held.Seq],
            },
            CausesByCommand = request.Causes?.Commands ?? [],
            NotAfterUnixMs = hold?.NotAfterUnixMs ?? long.MaxValue,
        };
        var pending = new PendingAppend(append, this, _generation, _version + events.Length, services.Outbox.Timestamp);
        try
        {
            foreach (var happened in events) _state = kind.Evolve(_state!, happened);
            _version += events.Length;
            _remembered!.Add(request.Id, new RememberedCommand(_version, request.Fingerprint, context.Now.ToUnixTimeMilliseconds()));
            _last = _underWay[request.Id] = pending;
            DraftCheckpoint();
            pending.View = kind.Answer(_state!, request.Command, context);
        }
        catch
        {
            // A rule that ends in the middle may have changed half of the state: nothing is decided on that.
            Forget();
            throw;
        }
        // An outbox that has just closed refuses at once, and then all that was noted here is gone when it returns.
        services.Outbox.Enqueue(pending);
        return new Turn(TurnKind.Accepted, pending, View: pending.View, Version: pending.Version);
    }

    /// <summary>Taken in the turn, when the state is at hand, and kept aside until its version is durable.</summary>
    private void DraftCheckpoint()
    {
        // A checkpoint is a whole copy. The larger the last one was, the longer the next one waits: that bounds the bytes copied per event.
        var due = Math.Max(services.Settings.CheckpointEveryEvents, _checkpointBytes / CheckpointBytesPerEvent);
        if (_draft is not null || _version - _checkpointVersion < due) return;
        _draft = new CheckpointDraft(_version, EntityHistory.Write(kind, _state!, _remembered!));
        (_checkpointVersion, _checkpointBytes) = (_version, _draft.Bytes.Length);
    }

    private async ValueTask<CommandReply> AnswerAsync(CommandRequest request, Turn turn, AppendOutcome outcome, bool isOwn)
    {
        switch (turn.Kind)
        {
            case TurnKind.Refused:
                return Refuse(turn.Refusal!);
            case TurnKind.Known when turn.View is { } then:
                return Accepted(then, turn.Receipt, !isOwn);
            case TurnKind.Known:
                return await ReplayAsync(request, turn.Version, !isOwn);
            case TurnKind.Unchanged:
                RememberUnchanged(request, turn);
                return Accepted(turn.View!, turn.Last is null ? turn.Receipt : new Receipt(outcome.Last, outcome.Epoch, turn.Receipt.Version));
            // It is durable, but what it was decided on was thrown away: what it led to is told by the journal, not by what was shown here.
            case TurnKind.Accepted or TurnKind.Joined when turn.Wait!.IsOfYesterday:
                return await ReplayAsync(request, turn.Version, turn.Kind == TurnKind.Joined);
            default:
                return Accepted(turn.View!, new Receipt(outcome.Last, outcome.Epoch, turn.Version), turn.Kind == TurnKind.Joined);
        }
    }

    /// <summary>
    /// Who has named a command may send it again when it might change something: it is answered as it was. Only once the leader has said that
    /// what it was decided on was so; and the runtime's own commands, which have no fingerprint, are decided anew.
    /// </summary>
    private void RememberUnchanged(CommandRequest request, in Turn turn)
    {
        if (request.Fingerprint == 0 || turn.Receipt.Version == 0) return;
        lock (_gate)
        {
            var nowUnixMs = services.Time.GetUtcNow().ToUnixTimeMilliseconds();
            if (_generation != turn.Version || _remembered is not { } remembered || remembered.TryGet(request.Id, out _) || !remembered.HasRoom(nowUnixMs)) return;
            remembered.Add(request.Id, new RememberedCommand(turn.Receipt.Version, request.Fingerprint, nowUnixMs));
        }
    }

    private static CommandReply Accepted(View view, Receipt receipt, bool replayed = false)
    {
        Telemetry.Answered(replayed ? "replayed" : "accepted");
        return new CommandReply(receipt, view.PlacedAt(receipt.Seq), null, replayed);
    }

    /// <summary>The answer that was given then: the journal still knows the state in which it was given.</summary>
    private async ValueTask<CommandReply> ReplayAsync(CommandRequest request, long version, bool replayed)
    {
        try
        {
            var context = new CommandContext(request.Id, request.Actor, services.Time.GetUtcNow());
            return await _past.AskAsync(version, then => Accepted(kind.Answer(then.State, request.Command, context), new Receipt(then.LastSeq, then.LastEpoch, version), replayed));
        }
        catch (JournalException e) when (e is not JournalDamagedException)
        {
            Telemetry.JournalFailed(e);
            return Refuse(Refusals.Of(e));
        }
    }

    private static CommandReply Refuse(Refusal refusal)
    {
        Telemetry.Answered(refusal.Kind == RefusalKind.Unavailable ? "unavailable" : "refused");
        return new CommandReply(default, null, refusal, Replayed: false);
    }

    private async ValueTask<QueryReply> RefuseQueryAsync(Refusal refusal, Seq visibleTo = default)
    {
        await directory.LeaveNoTraceAsync(this);
        return new QueryReply(null, refusal, visibleTo);
    }

    /// <summary>What ends a command without another try; null if deciding it anew may bring an outcome.</summary>
    private Refusal? FinalWord(AppendStatus status) => status switch
    {
        AppendStatus.Unknown => Refusals.OutcomeUnknown,
        AppendStatus.NotSent => Refusals.NoLeader,
        AppendStatus.Fenced => Refusals.Deposed,
        AppendStatus.TooLarge => new Refusal(RefusalKind.Invalid, "too-large", "This would write more than one command may. Split it."),
        AppendStatus.MissingCause => Refusals.MissingCause(services.Settings.RecentEvents),
        AppendStatus.NotStorable => Refusals.NotStorable,
        AppendStatus.CausalCycle => new Refusal(RefusalKind.Conflict, "causal-cycle", "This depends on something that depends on this. Send one of them without the other as its cause."),
        AppendStatus.HoldBackFull => Refusals.HoldBackFull,
        _ => null,
    };

    /// <summary>One load for all who wait. Null when the entity is live, else why it is not.</summary>
    private async ValueTask<Refusal?> LoadAsync()
    {
        Task loading;
        lock (_gate)
        {
            if (_state is not null) return null;
            if (_loading is null or { IsCompleted: true }) _loading = LoadOnceAsync(_generation);
            loading = _loading;
        }
        try
        {
            await loading;
            return null;
        }
        catch (JournalException e) when (e is not JournalDamagedException)
        {
            Telemetry.JournalFailed(e);
            return Refusals.Of(e);
        }
    }

    private async Task LoadOnceAsync(int generation)
    {
        var loaded = await services.History.LoadAsync(stream, kind);
        lock (_gate)
        {
            if (generation != _generation || loaded.Version < _seenVersion) return;
            (_state, _remembered) = (loaded.State, loaded.Remembered);
            _version = _durableVersion = loaded.Version;
            _checkpointVersion = loaded.CheckpointVersion;
            (_durableSeq, _durableEpoch) = (loaded.LastSeq, loaded.LastEpoch);
        }
    }

    private void Forget()
    {
        _generation++;
        _state = null;
        _remembered = null;
        _last = null;
        _draft = null;
        _underWay.Clear();
    }

    private async ValueTask SaveAsync(CheckpointDraft draft, Seq last, Epoch epoch)
    {
        try
        {
            await services.History.SaveAsync(stream, kind, draft.Version, last, epoch, draft.Bytes);
        }
        catch (Exception e)
        {
            // Whatever it is: a cache that is not written costs time only.
            Telemetry.JournalFailed(e);
        }
    }
}
