using System.Diagnostics;

namespace Rialto.Simulation;

/// <summary>
/// One thread on which everything of a run happens, one thing after the other, and its time, which passes only when there is nothing to do.
/// It is the synchronization context of all code that it runs, so every <c>await</c> comes back to it; among what is ready, chance picks
/// what comes first. What a run does is therefore told by its seed alone.
/// </summary>
internal sealed class Scheduler(Chance chance, long maxMs) : SynchronizationContext
{
    /// <summary>So many steps without time passing, and something turns in circles.</summary>
    private const int MaxStepsAtOnce = 2_000_000;

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly PriorityQueue<(VirtualTimer Timer, int Setting), (long At, long Order)> _timers = new();
    private (SendOrPostCallback Callback, object? State)[] _ready = new (SendOrPostCallback, object?)[256];
    private int _first;
    private int _count;
    private long _order;
    private object? _doing;
    private string? _stray;

    /// <summary>How often, in percent, something else than what has waited longest comes first.</summary>
    public int DisorderPercent { get; set; }

    /// <summary>The time since the beginning, in ticks of 100 ns.</summary>
    public long Now { get; private set; }

    /// <summary>The time since the beginning, in milliseconds.</summary>
    public long NowMs => Now / TimeSpan.TicksPerMillisecond;

    /// <summary>How many things have been done.</summary>
    public long Steps { get; private set; }

    /// <summary>What is being done now, or was last: told by other threads when a run is stuck in it.</summary>
    public string Doing => ((_doing as Delegate)?.Target ?? _doing)?.GetType().ToString() ?? "nothing";

    /// <summary>Told the time whenever a timer fires.</summary>
    public Action<long>? Fired { get; set; }

    /// <summary>Runs until a task has ended.</summary>
    /// <exception cref="SimulationException">Nothing more can happen before that, or it goes on for ever.</exception>
    public void Run(Func<Task> main)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            var running = main();
            while (!running.IsCompleted)
            {
                RunReady();
                if (running.IsCompleted) break;
                if (!Advance()) throw new SimulationException("Nothing can happen any more, and the run has not ended.");
                if (NowMs > maxMs) throw new SimulationException($"After {NowMs} ms the run has not ended.");
            }
            running.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Does something after a time, whatever else happens.</summary>
    public void After(long ticks, Action action) => Arm(new VirtualTimer(this, null, static act => ((Action)act!)(), action), ticks);

    /// <summary>Waits, by the scheduler's own time.</summary>
    public Task Wait(int milliseconds)
    {
        var done = new TaskCompletionSource();
        After(milliseconds * TimeSpan.TicksPerMillisecond, done.SetResult);
        return done.Task;
    }

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            _stray ??= Environment.StackTrace;
            return;
        }
        if (_count == _ready.Length) Grow();
        _ready[(_first + _count++) & (_ready.Length - 1)] = (d, state);
    }

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) => throw new SimulationException("Something waits in place for another thread's work.");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    internal void Arm(VirtualTimer timer, long ticks) => _timers.Enqueue((timer, timer.Setting), (Now + Math.Max(0, ticks), _order++));

    private void RunReady()
    {
        for (var steps = 0; _count > 0; steps++)
        {
            if (steps > MaxStepsAtOnce) throw new SimulationException($"At {NowMs} ms something turns in circles: time does not pass any more.");
            var (callback, state) = Take();
            Steps++;
            _doing = state;
            callback(state);
        }
        if (_stray is not null) throw new SimulationException($"Something left the scheduler: it went on in another thread.\n{_stray}");
    }

    private (SendOrPostCallback, object?) Take()
    {
        if (DisorderPercent > 0 && _count > 1 && chance.Percent(DisorderPercent))
        {
            var other = (_first + chance.Below(_count)) & (_ready.Length - 1);
            (_ready[_first], _ready[other]) = (_ready[other], _ready[_first]);
        }
        var taken = _ready[_first];
        _ready[_first] = default;
        _first = (_first + 1) & (_ready.Length - 1);
        _count--;
        return taken;
    }

    private void Grow()
    {
        var larger = new (SendOrPostCallback, object?)[_ready.Length * 2];
        for (var i = 0; i < _count; i++) larger[i] = _ready[(_first + i) & (_ready.Length - 1)];
        (_ready, _first) = (larger, 0);
    }

    /// <summary>Lets time pass to the next timer, and fires it. False if there is none.</summary>
    private bool Advance()
    {
        while (_timers.TryDequeue(out var due, out var when))
        {
            if (due.Timer.Setting != due.Setting) continue;
            Debug.Assert(when.At >= Now, "time goes on");
            Now = when.At;
            if (!due.Timer.Expire()) continue;
            Fired?.Invoke(Now);
            Steps++;
            _doing = due.Timer;
            due.Timer.Fire();
            return true;
        }
        return false;
    }
}

/// <summary>The run cannot go on: what went wrong is in the program under test, or in the simulator.</summary>
internal sealed class SimulationException(string message) : Exception(message);
