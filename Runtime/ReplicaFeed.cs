using System.Threading.Channels;
using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>
/// Brings the ordered multicast to a node's replica: carries what <see cref="MulticastReceiver{T}"/> orders. Whoever brings something never
/// waits: it is noted, and worked off in order by one loop. A batch that finds no room counts as lost, and is asked for again.
/// </summary>
internal sealed class ReplicaFeed
{
    private abstract record Input
    {
        public sealed record Batch(SequencedSpan<CommittedBatch> Span) : Input;
        public sealed record Leader(Rank Rank, Epoch Epoch, Seq? Start) : Input;
        public sealed record CommittedUpTo(Epoch Epoch, Seq Last) : Input;
        public sealed record UseJournal(Seq UpTo) : Input;
        public sealed record Tick : Input;
        public sealed record Refresh : Input;
        public sealed record Signal(Rank From, NodeSignal What) : Input;
    }

    private static readonly Input.Tick Ticked = new();
    private static readonly Input.Refresh Refreshed = new();

    private readonly Replica _replica;
    private readonly TimeProvider _time;
    private readonly RuntimeSettings _settings;
    private readonly Action<Rank, NodeSignal> _send;
    private readonly SnapshotOffer _snapshots;
    private readonly MulticastReceiver<CommittedBatch> _receiver;
    private readonly Channel<Input> _inputs = Channel.CreateUnbounded<Input>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<DeliveryOrder<CommittedBatch>> _orders = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _born;
    private readonly ITimer _timer;
    private readonly Task _running;
    private (Rank For, long Round, Seq At)? _digestWanted;
    private long _armedFor = long.MaxValue;
    private int _batches;
    private volatile bool _isLive;

    /// <summary>Begins where the replica is.</summary>
    /// <param name="replica">The replica; nobody else applies to it.</param>
    /// <param name="time">The node's clock.</param>
    /// <param name="settings">The limits.</param>
    /// <param name="send">Sends to another node.</param>
    /// <param name="clock">The vector clock over just what the replica has applied.</param>
    public ReplicaFeed(Replica replica, TimeProvider time, RuntimeSettings settings, Action<Rank, NodeSignal> send, Func<VectorClock> clock)
    {
        _replica = replica;
        _snapshots = new SnapshotOffer(() => (replica.Save(clock()), replica.Applied), time, settings.Replicas);
        _time = time;
        _settings = settings;
        _send = send;
        _receiver = new MulticastReceiver<CommittedBatch>(settings.Multicast, replica.Applied);
        _born = time.GetTimestamp();
        _timer = time.CreateTimer(static feed => ((ReplicaFeed)feed!).Note(Ticked), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _running = RunAsync();
    }

    private long NowMs => (long)_time.GetElapsedTime(_born).TotalMilliseconds;

    /// <summary>A batch has come.</summary>
    public void Receive(SequencedSpan<CommittedBatch> span)
    {
        if (Interlocked.Increment(ref _batches) > _settings.MaxUnappliedBatches) Interlocked.Decrement(ref _batches);
        else Note(new Input.Batch(span));
    }

    /// <summary>Another leads, or the same one in another epoch.</summary>
    public void Lead(Rank leader, Epoch epoch, Seq? start) => Note(new Input.Leader(leader, epoch, start));

    /// <summary>The journal is known to go so far.</summary>
    public void CommittedUpTo(Epoch epoch, Seq last) => Note(new Input.CommittedUpTo(epoch, last));

    /// <summary>The leader keeps what is missing here no more.</summary>
    public void UseJournal(Seq upTo) => Note(new Input.UseJournal(upTo));

    /// <summary>Reads from the journal what may have been missed, though nothing has come that would show it.</summary>
    public void Refresh() => Note(Refreshed);

    /// <summary>The replica has joined: from now on only this applies to it, so others can be given what it is.</summary>
    public void GoLive() => _isLive = true;

    /// <summary>Another node asks for something about the replica: it is answered between two batches.</summary>
    public void Ask(Rank from, NodeSignal question) => Note(new Input.Signal(from, question));

    /// <summary>Ends.</summary>
    public async Task StopAsync()
    {
        _stopping.Cancel();
        _inputs.Writer.TryComplete();
        await _timer.DisposeAsync();
        await _running;
        // What was noted before the end may still have asked for a part.
        _snapshots.Dispose();
    }

    private void Note(Input input) => _inputs.Writer.TryWrite(input);

    private async Task RunAsync()
    {
        try
        {
            while (await _inputs.Reader.WaitToReadAsync())
            {
                while (_inputs.Reader.TryRead(out var input))
                {
                    if (input is Input.Signal signal) await AnswerAsync(signal.From, signal.What);
                    else if (Take(input)) await FillAsync();
                    while (CarryOut()) await FillAsync();
                }
                Arm();
            }
        }
        catch (Exception e)
        {
            // Nobody takes any more of what is noted.
            _inputs.Writer.TryComplete();
            _replica.Fail(e);
        }
    }

    /// <summary>Whether the journal is to be read whatever the receiver thinks.</summary>
    private bool Take(Input input)
    {
        switch (input)
        {
            case Input.Batch batch:
                Interlocked.Decrement(ref _batches);
                _receiver.Received(batch.Span, NowMs, _orders);
                return false;
            case Input.Leader leader:
                _receiver.Lead(leader.Rank, leader.Epoch, leader.Start, NowMs, _orders);
                return false;
            case Input.CommittedUpTo committed:
                _receiver.CommittedUpTo(committed.Epoch, committed.Last, NowMs, _orders);
                return false;
            case Input.UseJournal use:
                _receiver.UseJournal(_orders);
                return false;
            case Input.Tick:
                _armedFor = long.MaxValue;
                _receiver.Tick(NowMs, _orders);
                return false;
            default:
                return true;
        }
    }

    /// <summary>Whether the journal is to be read now.</summary>
    private bool CarryOut()
    {
        var read = false;
        foreach (var order in _orders)
            switch (order)
            {
                case DeliveryOrder<CommittedBatch>.Deliver one:
                    Apply(one.Span.Content);
                    // A batch that does not hold what it says is no batch: the journal does.
                    read |= _replica.Applied < one.Span.Last;
                    break;
                case DeliveryOrder<CommittedBatch>.Ask one: _send(one.To, new NodeSignal.Missing(one.Nack)); break;
                case DeliveryOrder<CommittedBatch>.ReadJournal: read = true; break;
            }
        _orders.Clear();
        return read;
    }

    private void Apply(CommittedBatch batch)
    {
        if (_digestWanted is not { } wanted || wanted.At < batch.First || wanted.At >= batch.Last)
        {
            _replica.Apply(batch);
            TakeDigest();
            return;
        }
        _replica.Apply(new CommittedBatch([.. batch.Events.Where(committed => committed.Record.Seq <= wanted.At)]));
        TakeDigest();
        _replica.Apply(batch);
    }

    private void TakeDigest()
    {
        if (_digestWanted is not { } wanted || _replica.Applied < wanted.At) return;
        _digestWanted = null;
        _send(wanted.For, new NodeSignal.DigestTaken(wanted.Round, wanted.At, _replica.Applied == wanted.At ? _replica.Digest() : null));
    }

    private async Task AnswerAsync(Rank from, NodeSignal question)
    {
        switch (question)
        {
            // While the replica joins it changes meanwhile: who asks then is told that there is nothing.
            case NodeSignal.SnapshotWanted wanted:
                _send(from, _isLive ? _snapshots.Give(wanted, _replica.Applied) : new NodeSignal.SnapshotPart(wanted.Snapshot, wanted.Part, 0, default));
                break;
            case NodeSignal.DigestWanted wanted when !_isLive:
                _send(from, new NodeSignal.DigestTaken(wanted.Round, wanted.At, null));
                break;
            case NodeSignal.DigestWanted wanted:
                _digestWanted = (from, wanted.Round, wanted.At);
                TakeDigest();
                break;
            case NodeSignal.RebuildWanted wanted:
                try
                {
                    _send(from, new NodeSignal.Rebuilt(wanted.Round, await _replica.RebuildAsync(_stopping.Token)));
                }
                catch (Exception e) when (e is OperationCanceledException || (e is JournalException and not JournalDamagedException))
                {
                    // The next comparison finds the same.
                }
                break;
        }
    }

    private async Task FillAsync()
    {
        Telemetry.GapFilled();
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _replica.CatchUpAsync(_stopping.Token);
                TakeDigest();
                _receiver.CaughtUp(_replica.Applied, NowMs, _orders);
                return;
            }
            catch (Exception e) when (e is JournalException and not JournalDamagedException)
            {
                Telemetry.JournalFailed(e);
                await Task.Delay(TimeSpan.FromMilliseconds(_settings.RetryAfterMs), _time);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Arm()
    {
        if (_receiver.DueAtMs == _armedFor) return;
        _armedFor = _receiver.DueAtMs;
        var wait = _armedFor == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Max(1, _armedFor - NowMs));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
