namespace Rialto.Grains.Nodes;

/// <summary>
/// A thread of a node's own, on which its state machine takes its steps one after the other: signs of life must not wait behind the work of
/// a busy thread pool.
/// </summary>
internal sealed class NodeThread
{
    private readonly object _gate = new();
    private readonly Queue<Action> _turns = new();
    private readonly Func<int> _takeTurn;
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;
    private bool _ended, _paused;

    /// <summary>A thread that has not started.</summary>
    /// <param name="name">For people who look at threads.</param>
    /// <param name="takeTurn">Called when it is time, and after every posted turn; says in how many milliseconds it wants to be called again, -1 for never.</param>
    /// <param name="failed">Told of a bug in a turn; the thread goes on.</param>
    public NodeThread(string name, Func<int> takeTurn, Action<Exception> failed)
    {
        _takeTurn = takeTurn;
        _failed = failed;
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
        var waitMs = 0;
        while (Next(waitMs, out var turn))
        {
            try
            {
                turn?.Invoke();
                waitMs = _takeTurn();
            }
            catch (Exception e)
            {
                _failed(e);
                waitMs = 10;
            }
        }
    }

    private bool Next(int waitMs, out Action? turn)
    {
        lock (_gate)
        {
            if (!_ended && _turns.Count == 0 && waitMs != 0) Monitor.Wait(_gate, waitMs);
            while (_paused && !_ended) Monitor.Wait(_gate);
            _turns.TryDequeue(out turn);
            return !_ended;
        }
    }
}
