using System.Threading.Channels;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>
/// Runs the sequencer on the leader's node: takes the batches of all outboxes, commits everything that is waiting in one write (group
/// commit), answers, and multicasts what was committed. It ends when it is stopped or fenced; then every request is answered
/// <see cref="AppendStatus.Fenced"/>, and a new leader has a new one.
/// </summary>
public sealed class SequencerHost
{
    /// <summary>How long a sequencer that has given up may take to tell those who wait, in milliseconds.</summary>
    private const int LastWordsMs = 500;

    private readonly record struct Submission(IReadOnlyList<AppendRequest> Requests, TaskCompletionSource<AppendOutcome[]> Answer);

    private readonly Sequencer _sequencer;
    private readonly IJournal _journal;
    private readonly TimeProvider _time;
    private readonly RuntimeSettings _settings;
    private readonly Action<CommittedBatch> _multicast;
    private readonly Action<JournalEnd>? _fenced;
    private readonly Action<Exception>? _failed;
    // Whoever hands a batch over begins to order it: storage waits for nothing else, and another thread would have to be found first.
    private readonly Channel<Submission> _queue = Channel.CreateUnbounded<Submission>(new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true });
    private readonly CancellationTokenSource _abandon = new();
    private readonly Task _running;
    private Task<bool>? _waiting;
    private long _queuedEvents;

    /// <summary>Begins to lead.</summary>
    /// <param name="sequencer">The sequencer of the claimed epoch.</param>
    /// <param name="learned">Up to where the sequencer knows which command stands where.</param>
    /// <param name="journal">The journal.</param>
    /// <param name="time">The leader's clock.</param>
    /// <param name="settings">The limits.</param>
    /// <param name="multicast">Sends a committed batch to every node, this one included; must not block or throw.</param>
    /// <param name="fenced">Told once, with the journal's end, if a newer epoch is found to have begun.</param>
    /// <param name="failed">Told once if something that nobody foresaw has ended it.</param>
    public SequencerHost(Sequencer sequencer, Seq learned, IJournal journal, TimeProvider time, RuntimeSettings settings, Action<CommittedBatch> multicast, Action<JournalEnd>? fenced = null,
        Action<Exception>? failed = null)
    {
        _sequencer = sequencer;
        _journal = journal;
        _time = time;
        _settings = settings;
        _multicast = multicast;
        _fenced = fenced;
        _failed = failed;
        Committed = sequencer.Last;
        _running = RunAsync(learned);
    }

    /// <summary>The epoch that it leads in.</summary>
    public Epoch Epoch => _sequencer.Epoch;

    /// <summary>The last place that is known to be durable.</summary>
    public Seq Committed { get; private set; }

    /// <summary>Whether a newer leader has claimed the journal. It never leads again.</summary>
    public bool IsFenced { get; private set; }

    /// <summary>Why nothing can be committed now, or null: what the journal said last, until it takes a batch again.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether it has ended by what nobody foresaw (<see cref="Failure"/>): it takes nothing more, and does not lead any more.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>
    /// Has a batch ordered and committed. Completes when every request in it has its outcome. An idle sequencer begins with it before this
    /// returns, so it is not to be called under a lock, nor on a scheduler that the sequencer must not go on on.
    /// </summary>
    /// <param name="requests">In the order in which they are to stand, as far as causes and conflicts allow.</param>
    public Task<AppendOutcome[]> SubmitAsync(IReadOnlyList<AppendRequest> requests)
    {
        var events = EventsOf(requests);
        if (Interlocked.Add(ref _queuedEvents, events) > _settings.MaxQueuedEvents)
        {
            Interlocked.Add(ref _queuedEvents, -events);
            return Task.FromResult(AnswerAll(requests, AppendStatus.NotSent));
        }
        var submission = new Submission(requests, new TaskCompletionSource<AppendOutcome[]>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (_queue.Writer.TryWrite(submission)) return submission.Answer.Task;
        Interlocked.Add(ref _queuedEvents, -events);
        return Task.FromResult(AnswerAll(requests, AppendStatus.Fenced));
    }

    /// <summary>
    /// Waits until all that was handed over before is answered, and returns the last durable place then; null if it leads no more.
    /// What is ordered afterwards is judged by a later time than this call's.
    /// </summary>
    public async Task<Seq?> BarrierAsync()
    {
        // However much waits: this adds nothing to it.
        var submission = new Submission([], new TaskCompletionSource<AppendOutcome[]>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (_queue.Writer.TryWrite(submission)) await submission.Answer.Task;
        return IsFenced || _queue.Reader.Completion.IsCompleted ? null : Committed;
    }

    /// <summary>Takes no more, commits what it has taken, and ends, whatever storage does.</summary>
    /// <param name="within">After this time what is not committed is given up; its senders are told that the outcome is unknown, unless a write that storage does not answer is under way.</param>
    public async Task StopAsync(TimeSpan within)
    {
        _queue.Writer.TryComplete();
        try
        {
            await _running.WaitAsync(within, _time);
        }
        catch (TimeoutException)
        {
            _abandon.Cancel();
            // A write may be under way that storage never answers; what comes of it is told by the journal to whoever leads next.
            await Task.WhenAny(_running, Task.Delay(TimeSpan.FromMilliseconds(LastWordsMs), _time));
        }
    }

    /// <summary>Takes no more, and begins nothing more. A write that is under way is left to the journal, which fences it.</summary>
    public void Abandon()
    {
        _queue.Writer.TryComplete();
        _abandon.Cancel();
    }

    /// <summary>Until there is something to order, or somebody has waited too long for a cause.</summary>
    private async Task<bool> WaitAsync()
    {
        _waiting ??= MoreAsync();
        if (!_waiting.IsCompleted && _sequencer.HeldCount > 0)
        {
            var leftMs = _sequencer.DueAtUnixMs - _time.GetUtcNow().ToUnixTimeMilliseconds();
            try
            {
                await _waiting.WaitAsync(TimeSpan.FromMilliseconds(Math.Clamp(leftMs, 1, 60_000)), _time);
            }
            catch (TimeoutException)
            {
                return true;
            }
        }
        var more = await _waiting;
        _waiting = null;
        return more;
    }

    /// <summary>A task that can be waited for again and again, which what the channel returns cannot.</summary>
    private async Task<bool> MoreAsync() => await _queue.Reader.WaitToReadAsync();

    private async Task RunAsync(Seq learned)
    {
        var taken = new List<Submission>();
        try
        {
            await OrderOnAsync(learned, taken);
        }
        catch (Exception e)
        {
            // Nobody foresaw it. It is told, and nobody waits for a sequencer that works no more.
            Failure = e;
            HasFailed = true;
            Telemetry.LoopFailed("sequencer", e);
        }
        _queue.Writer.TryComplete();
        if (HasFailed)
            foreach (var doubtful in taken) doubtful.Answer.TrySetResult(AnswerAll(doubtful.Requests, AppendStatus.Unknown));
        while (_queue.Reader.TryRead(out var late)) late.Answer.TrySetResult(AnswerAll(late.Requests, AppendStatus.Fenced));
        if (HasFailed) _failed?.Invoke(Failure!);
    }

    private async Task OrderOnAsync(Seq learned, List<Submission> taken)
    {
        if (learned < Committed) await LearnCommandsAsync(learned);
        while (_waiting is not null || _sequencer.HeldCount > 0 ? await WaitAsync() : await _queue.Reader.WaitToReadAsync())
        {
            if (_abandon.IsCancellationRequested) break;
            taken.Clear();
            var bytes = 0L;
            for (var events = 0; events < _settings.MaxBatchCommands && bytes < _settings.MaxBatchBytes && _queue.Reader.TryRead(out var submission);)
            {
                taken.Add(submission);
                events += EventsOf(submission.Requests);
                foreach (var request in submission.Requests) bytes += request.ByteCount;
            }
            await ServeAsync(taken);
            if (IsFenced) break;
        }
    }

    /// <summary>What the last leader committed with its last breath may be somebody's cause.</summary>
    private async Task LearnCommandsAsync(Seq after)
    {
        try
        {
            while (after < Committed)
            {
                var records = await _journal.ReadAsync(after, _settings.ReadPage);
                foreach (var record in records)
                {
                    _sequencer.LearnCommand(record.Command, record.Seq);
                    _sequencer.LearnClock(record.Clock);
                }
                after = records.Count > 0 ? records[^1].Seq : Committed;
            }
        }
        catch (Exception e)
        {
            // Whoever names one of these as a cause is refused in the end, and nothing else is wrong.
            Telemetry.JournalFailed(e);
        }
    }

    private async Task ServeAsync(List<Submission> taken)
    {
        IReadOnlyList<AppendRequest> requests = taken.Count == 1 ? taken[0].Requests : [.. taken.SelectMany(submission => submission.Requests)];
        var outcomes = await OutcomesAsync(requests);
        Interlocked.Add(ref _queuedEvents, -EventsOf(requests));
        if (taken.Count == 1)
        {
            taken[0].Answer.TrySetResult(outcomes);
            return;
        }
        var at = 0;
        foreach (var submission in taken)
        {
            submission.Answer.TrySetResult(outcomes.AsSpan(at, submission.Requests.Count).ToArray());
            at += submission.Requests.Count;
        }
    }

    /// <summary>Tries until storage has given an answer: what was written although its answer was lost is found again by its command id.</summary>
    private async Task<AppendOutcome[]> OutcomesAsync(IReadOnlyList<AppendRequest> requests)
    {
        var (recover, inDoubt, isRefused) = (false, false, false);
        while (true)
        {
            try
            {
                if (recover && !await RecoverAsync()) return AnswerAll(requests, inDoubt ? AppendStatus.Unknown : AppendStatus.Fenced);
                recover = true;
                if (isRefused) return await WriteInPartsAsync(requests);
                if (await TryCommitAsync(requests) is { } outcomes)
                {
                    Failure = null;
                    return outcomes;
                }
            }
            catch (JournalRefusedException e)
            {
                // Storage works. It does not take what somebody here wants to have written, and the others shall not wait for that.
                Telemetry.JournalFailed(e);
                isRefused = true;
                continue;
            }
            catch (Exception e)
            {
                // Whatever it is, those who wait are told in time and the server says that it is not ready; nothing is assumed of the write.
                Failure = e;
                inDoubt = true;
                Telemetry.JournalFailed(e);
            }
            if (_abandon.IsCancellationRequested) return AnswerAll(requests, AppendStatus.Unknown);
            await Task.Delay(TimeSpan.FromMilliseconds(_settings.RetryAfterMs), _time);
        }
    }

    /// <summary>Writes the halves of what storage does not take as a whole, down to the one request that it does not take.</summary>
    private async Task<AppendOutcome[]> WriteInPartsAsync(IReadOnlyList<AppendRequest> requests)
    {
        if (requests.Count == 1) return AnswerAll(requests, AppendStatus.NotStorable);
        var half = requests.Count / 2;
        var first = await OutcomesAsync([.. requests.Take(half)]);
        // What was decided on something that is not written now must not be written either.
        AppendRequest[] lost = [.. requests.Take(half).Where((_, i) => !first[i].IsCommitted)];
        var second = new AppendOutcome[requests.Count - half];
        Array.Fill(second, new AppendOutcome(AppendStatus.Conflict));
        int[] standing = [.. Enumerable.Range(0, second.Length).Where(i => !Array.Exists(lost, other => Sequencer.StandsOn(requests[half + i], other)))];
        if (standing.Length > 0)
        {
            var outcomes = IsFenced ? AnswerAll(requests, AppendStatus.Fenced) : await OutcomesAsync([.. standing.Select(i => requests[half + i])]);
            for (var i = 0; i < standing.Length; i++) second[standing[i]] = outcomes[i];
        }
        return [.. first, .. second];
    }

    /// <summary>Null if the write was refused: the end is not where it was, or the epoch is over.</summary>
    private async Task<AppendOutcome[]?> TryCommitAsync(IReadOnlyList<AppendRequest> requests)
    {
        var unknown = _sequencer.UnknownStreams(requests);
        if (unknown.Count > 0)
        {
            var versions = await _journal.ReadVersionsAsync(unknown);
            for (var i = 0; i < unknown.Count; i++) _sequencer.LearnVersion(unknown[i], versions[i]);
        }
        var batch = _sequencer.Order(requests, _time.GetUtcNow().ToUnixTimeMilliseconds());
        if (batch.Records.Count > 0)
        {
            var started = _time.GetTimestamp();
            var result = await _journal.AppendAsync(Epoch, batch.Records);
            var took = _time.GetElapsedTime(started);
            if (Traces.AreHeard) Traces.Committed(batch.Records, Epoch, result.Written, took, _time);
            if (!result.Written) return null;
            _sequencer.Written();
            Committed = batch.Records[^1].Seq;
            Telemetry.Committed(batch.Records.Count, took);
            var committed = new CommittedEvent[batch.Records.Count];
            for (var i = 0; i < committed.Length; i++) committed[i] = new CommittedEvent(batch.Records[i], (Event?)batch.Sources[i]);
            _multicast(new CommittedBatch(committed));
        }
        else if (IsAsked(requests))
        {
            // A write proves that nobody else leads. Where there is none, storage is asked: what another wrote would not be known here.
            if (await _journal.ReadEpochAsync() != Epoch) return null;
        }
        for (var i = 0; i < requests.Count; i++)
        {
            if (batch.Outcomes[i].Status != AppendStatus.Conflict) continue;
            batch.Outcomes[i] = await SettleConflictAsync(requests[i]);
            if (batch.Outcomes[i].IsCommitted) _sequencer.LearnCommand(requests[i].Command, batch.Outcomes[i].Last);
        }
        return batch.Outcomes;
    }

    private async Task<AppendOutcome> SettleConflictAsync(AppendRequest request)
    {
        var append = request.Streams[0];
        var written = await _journal.ReadStreamAsync(append.Stream, append.ExpectedVersion, append.Events.Length + 1);
        return Sequencer.CompareWithWritten(request, written);
    }

    /// <summary>Reads the end again, and multicasts what was committed without our knowing it. False if a newer epoch has begun.</summary>
    private async Task<bool> RecoverAsync()
    {
        var end = await _journal.ReadEndAsync();
        if (end.Epoch != Epoch)
        {
            IsFenced = true;
            _fenced?.Invoke(end);
            return false;
        }
        while (Committed < end.Seq)
        {
            var records = await _journal.ReadAsync(Committed, _settings.ReadPage);
            if (records.Count == 0) break;
            _multicast(new CommittedBatch([.. records.Select(record => new CommittedEvent(record))]));
            Committed = records[^1].Seq;
        }
        _sequencer.Recovered(end);
        return true;
    }

    private static bool IsAsked(IReadOnlyList<AppendRequest> requests)
    {
        for (var i = 0; i < requests.Count; i++)
            if (requests[i].EventCount == 0) return true;
        return false;
    }

    /// <summary>A question counts as one: it takes room, too.</summary>
    private static int EventsOf(IReadOnlyList<AppendRequest> requests)
    {
        var events = 0;
        for (var i = 0; i < requests.Count; i++) events += Math.Max(1, requests[i].EventCount);
        return events;
    }

    private static AppendOutcome[] AnswerAll(IReadOnlyList<AppendRequest> requests, AppendStatus status)
    {
        var outcomes = new AppendOutcome[requests.Count];
        Array.Fill(outcomes, new AppendOutcome(status));
        return outcomes;
    }
}
