using System.Threading.Channels;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>Whoever was asked to order a batch leads no more, or can be reached anew; what became of the batch is not known, and it may be sent again at once.</summary>
public sealed class LeaderChangedException() : IOException("The leader changed before it had answered.");

/// <summary>Reaches the sequencer of the leader, wherever it is.</summary>
public interface ILeaderLink
{
    /// <summary>
    /// Sends a batch. <see cref="AppendStatus.NotSent"/> for every request if nobody leads or the leader is full;
    /// a broken link is an exception (<see cref="LeaderChangedException"/> or another of its kind), and then the outcome is unknown. <see cref="AppendStatus.Fenced"/> only if nobody here will ever lead
    /// again: one leader that is deposed has a successor, and whoever asks is to be told <see cref="AppendStatus.NotSent"/>.
    /// </summary>
    Task<AppendOutcome[]> SubmitAsync(IReadOnlyList<AppendRequest> requests);
}

/// <summary>An append request on its way, and whoever waits for its outcome.</summary>
internal sealed class PendingAppend(AppendRequest request, IAppendOwner owner, int generation, long version, long enqueuedAt)
    : TaskCompletionSource<AppendOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>What is to be written.</summary>
    public AppendRequest Request { get; } = request;

    /// <summary>Whether nothing is to be written: only whether the version still is what its entity knows.</summary>
    public bool IsQuestion { get; } = request.EventCount == 0;

    /// <summary>Whether its entity had thrown away what it was decided on when the outcome came.</summary>
    public bool IsOfYesterday { get; set; }

    /// <summary>What its sender is shown once it is durable; null for a question.</summary>
    public View? View { get; set; }

    /// <summary>The load of the entity that it was decided in.</summary>
    public int Generation { get; } = generation;

    /// <summary>The entity's version after it.</summary>
    public long Version { get; } = version;

    /// <summary>The timestamp at which it was handed over.</summary>
    public long EnqueuedAt { get; } = enqueuedAt;

    /// <summary>Whether its entity has dropped what it was decided on.</summary>
    public bool StandsOnNothing => !owner.StandsBy(this);

    /// <summary>Tells the owner first, then whoever waits.</summary>
    public void Finish(AppendOutcome outcome)
    {
        owner.OnOutcome(this, outcome);
        TrySetResult(outcome);
    }
}

/// <summary>The entity that handed an append over.</summary>
internal interface IAppendOwner
{
    /// <summary>Called once for each append, in the order of handing over, before whoever waits for it goes on.</summary>
    void OnOutcome(PendingAppend append, AppendOutcome outcome);

    /// <summary>Whether what an append was decided on still holds, as far as the entity knows.</summary>
    bool StandsBy(PendingAppend append);
}

/// <summary>
/// A node's one way to the leader. It has one batch under way at a time; what arrives meanwhile makes up the next. That keeps the order
/// within every stream, and makes batches as large as the load is high. A batch whose outcome is unknown is sent again, to whoever leads
/// then, until its requests' time is up: command ids make that safe.
/// </summary>
public sealed class Outbox
{
    private readonly ILeaderLink _leader;
    private readonly TimeProvider _time;
    private readonly RuntimeSettings _settings;
    private readonly Func<VectorClock> _tick;
    private readonly Channel<PendingAppend> _queue = Channel.CreateUnbounded<PendingAppend>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abandoned = new();
    private readonly Task _running;
    private List<PendingAppend> _batch = [];
    private List<PendingAppend> _answered = [];
    private AppendOutcome[] _outcomes = [];
    private int _waiting;

    /// <summary>Opens an outbox.</summary>
    /// <param name="leader">The way to the leader.</param>
    /// <param name="tick">Ticks the node's vector clock for one command.</param>
    /// <param name="time">The node's clock.</param>
    /// <param name="settings">The limits.</param>
    public Outbox(ILeaderLink leader, Func<VectorClock> tick, TimeProvider time, RuntimeSettings settings)
    {
        _leader = leader;
        _tick = tick;
        _time = time;
        _settings = settings;
        _running = RunAsync();
    }

    /// <summary>How many commands wait.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Whether one more command may be decided: asked before an entity changes its state, so that what was decided can always be handed over.</summary>
    internal bool HasRoom => Volatile.Read(ref _waiting) < _settings.MaxOutboxCommands && !_stopping.IsCancellationRequested;

    /// <summary>Why there is no room.</summary>
    internal Refusal WhyFull => _stopping.IsCancellationRequested ? Refusals.Stopping : Refusals.Busy;

    /// <summary>What ended it though nobody had foreseen it, or null. Everybody who waited was told; it takes nothing more.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Told once if something that nobody foresaw has ended it.</summary>
    public event Action<Exception>? Failed;

    internal long Timestamp => _time.GetTimestamp();

    /// <summary>Takes an append over. It is answered in bounded time.</summary>
    internal void Enqueue(PendingAppend append)
    {
        Interlocked.Increment(ref _waiting);
        if (_queue.Writer.TryWrite(append)) return;
        Interlocked.Decrement(ref _waiting);
        append.Finish(new AppendOutcome(AppendStatus.NotSent));
    }

    /// <summary>Takes no more, sends what it has taken, and ends.</summary>
    public async Task StopAsync()
    {
        _stopping.Cancel();
        _queue.Writer.TryComplete();
        await _running;
    }

    /// <summary>Its node has crashed: sends nothing more, and tells all who wait that nothing is known here.</summary>
    public void Abandon()
    {
        _stopping.Cancel();
        _abandoned.Cancel();
        _queue.Writer.TryComplete();
    }

    private async Task RunAsync()
    {
        try
        {
            await SendOnAsync();
        }
        catch (Exception e)
        {
            // Nobody foresaw it. It is told, and nobody waits for an outbox that works no more.
            Failure = e;
            Telemetry.LoopFailed("outbox", e);
            _stopping.Cancel();
            _queue.Writer.TryComplete();
        }
        Tell(_answered, _outcomes);
        Tell(_batch, AnswerAll(_batch, AppendStatus.Unknown));
        while (_queue.Reader.TryRead(out var late)) Tell([late], [new AppendOutcome(AppendStatus.NotSent)]);
        if (Failure is { } failure) Failed?.Invoke(failure);
    }

    private async Task SendOnAsync()
    {
        while (_answered.Count > 0 || await _queue.Reader.WaitToReadAsync())
        {
            TakeBatch();
            // Callers of the last batch are told while the next one is on its way.
            var sending = _batch.Count > 0 ? SendAsync(_batch) : null;
            Tell(_answered, _outcomes);
            if (sending is null) continue;
            _outcomes = await sending;
            (_batch, _answered) = (_answered, _batch);
            // Unless one failed: what was decided on it must not be sent, so its entity learns of it first.
            if (Array.Exists(_outcomes, static outcome => !outcome.IsCommitted)) Tell(_answered, _outcomes);
        }
    }

    private void TakeBatch()
    {
        var bytes = 0L;
        while (_batch.Count < _settings.MaxBatchCommands && bytes < _settings.MaxBatchBytes && _queue.Reader.TryRead(out var append))
        {
            if (append.StandsOnNothing)
            {
                // The version that it expects may be there by now, made by others: the leader could not tell.
                Tell([append], [new AppendOutcome(AppendStatus.Conflict)]);
                continue;
            }
            _batch.Add(append);
            if (append.IsQuestion) continue;
            append.Request.Clock = _tick();
            bytes += append.Request.ByteCount;
        }
    }

    private void Tell(List<PendingAppend> answered, AppendOutcome[] outcomes)
    {
        for (var i = 0; i < answered.Count; i++) Tell(answered[i], outcomes[i]);
        Interlocked.Add(ref _waiting, -answered.Count);
        answered.Clear();
    }

    /// <summary>One entity that cannot bear to hear of it keeps nobody else from hearing.</summary>
    private void Tell(PendingAppend append, AppendOutcome outcome)
    {
        try
        {
            append.Finish(outcome);
        }
        catch (Exception e)
        {
            Telemetry.LoopFailed("outbox", e);
            append.TrySetException(e);
        }
    }

    /// <summary>One outcome for each append, in bounded time.</summary>
    private async Task<AppendOutcome[]> SendAsync(List<PendingAppend> batch)
    {
        AppendRequest[] requests = [.. batch.Select(append => append.Request)];
        var lost = AppendStatus.NotSent;
        while (!_abandoned.IsCancellationRequested)
        {
            AppendOutcome[]? outcomes = null;
            var hasChanged = false;
            try
            {
                outcomes = await Signal.Plainly(_leader.SubmitAsync(requests)).WaitAsync(TimeSpan.FromMilliseconds(_settings.AttemptTimeoutMs), _time, _abandoned.Token);
            }
            catch (Exception e)
            {
                // Whatever it is, nothing is known of what became of the batch.
                if (e is not (TimeoutException or IOException or OperationCanceledException)) Telemetry.LoopFailed("outbox", e);
                (lost, hasChanged) = (AppendStatus.Unknown, e is LeaderChangedException);
            }
            if (outcomes is not null && !IsWorthAnotherTry(outcomes, ref lost))
                // Who leads no more wrote nothing of this try, but cannot speak for one whose answer was lost.
                return outcomes[0].Status == AppendStatus.Fenced && lost == AppendStatus.Unknown ? AnswerAll(batch, lost) : outcomes;
            // Once a try may have reached the journal, only the journal can tell.
            if (_time.GetElapsedTime(batch[0].EnqueuedAt).TotalMilliseconds > _settings.CommandTimeoutMs)
                return AnswerAll(batch, outcomes is not null && lost == AppendStatus.NotSent ? outcomes[0].Status : lost);
            if (!hasChanged) await RestAsync();
        }
        return AnswerAll(batch, lost);
    }

    private async Task RestAsync()
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(_settings.RetryAfterMs), _time, _abandoned.Token);
        }
        catch (OperationCanceledException)
        {
            // Then there is no other try.
        }
    }

    private static AppendOutcome[] AnswerAll(List<PendingAppend> batch, AppendStatus status)
    {
        var outcomes = new AppendOutcome[batch.Count];
        Array.Fill(outcomes, new AppendOutcome(status));
        return outcomes;
    }

    /// <summary>A leader answers these for a batch as a whole: it was full, deposed, or gave up. Whoever leads next is asked the same.</summary>
    private static bool IsWorthAnotherTry(AppendOutcome[] outcomes, ref AppendStatus lost)
    {
        if (outcomes[0].Status == AppendStatus.Unknown) lost = AppendStatus.Unknown;
        return outcomes[0].Status is AppendStatus.NotSent or AppendStatus.Unknown;
    }
}
