using System.Diagnostics;

namespace Rialto.Grains.Nodes;

/// <summary>
/// A thread of a node's own, on which its state machine takes its steps one after the other: signs of life must not wait behind the work of
/// a busy thread pool. A tick that is due goes before what is posted.
/// </summary>
internal sealed class NodeThread
{
    private readonly object _gate = new();
    private readonly Queue<Action> _turns = new();
    private readonly Action _tick;
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;
    private long? _dueAt;
    private bool _ended, _paused;

    /// <summary>A thread that has not started.</summary>
    /// <param name="name">For people who look at threads.</param>
    /// <param name="tick">Called when the time for it has come.</param>
    /// <param name="failed">Told of what nobody foresaw in a turn; the thread goes on.</param>
    public NodeThread(string name, Action tick, Action<Exception> failed)
    {
        (_tick, _failed) = (tick, failed);
        _thread = new Thread(Run) { Name = name, IsBackground = true, Priority = ThreadPriority.AboveNormal };
    }

    public void Start() => _thread.Start();

    /// <summary>Has something done on the thread. After its end nothing is done any more.</summary>
    public void Post(Action turn)
    {
        lock (_gate)
        {
            if (_ended) return;
            _turns.Enqueue(turn);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>The next tick is due in so many milliseconds; none if it is null.</summary>
    public void TickIn(long? milliseconds)
    {
        lock (_gate)
        {
            _dueAt = milliseconds is { } wait ? Stopwatch.GetTimestamp() + wait * Stopwatch.Frequency / 1_000 : null;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>No turn is taken until it is resumed; what is posted waits.</summary>
    public void Pause()
    {
        lock (_gate) _paused = true;
    }

    public void Resume()
    {
        lock (_gate)
        {
            _paused = false;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends it after the turn that it is taking.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            _turns.Clear();
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        while (Next() is { } turn)
        {
            try
            {
                turn();
            }
            catch (Exception e)
            {
                _failed(e);
            }
        }
    }

    private Action? Next()
    {
        lock (_gate)
        {
            while (!_ended)
            {
                var leftMs = _dueAt is { } due ? Math.Max(0, (due - Stopwatch.GetTimestamp() + Stopwatch.Frequency / 1_000 - 1) * 1_000 / Stopwatch.Frequency) : Timeout.Infinite;
                if (_paused) Monitor.Wait(_gate);
                else if (leftMs == 0)
                {
                    _dueAt = null;
                    return _tick;
                }
                else if (_turns.TryDequeue(out var turn)) return turn;
                else Monitor.Wait(_gate, (int)Math.Min(leftMs, 60_000));
            }
            return null;
        }
    }
}
