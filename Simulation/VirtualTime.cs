namespace Rialto.Simulation;

/// <summary>
/// A clock of a node. It may be early or late, run fast or slow, and jump; its steady part, which timers go by, runs fast or slow only.
/// When its process ends, its timers never fire again.
/// </summary>
internal sealed class VirtualTime(Scheduler scheduler) : TimeProvider
{
    /// <summary>When a run begins, by a clock that is right.</summary>
    public static readonly DateTimeOffset Beginning = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _skew;
    private long _driftPpm;
    private long _steadyAt;
    private long _steady;

    /// <summary>Whether its process is no more.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>How much its time of day differs, in milliseconds.</summary>
    public long SkewMs
    {
        get => _skew / TimeSpan.TicksPerMillisecond;
        set => _skew = value * TimeSpan.TicksPerMillisecond;
    }

    /// <summary>How much faster it runs, in millionths.</summary>
    public long DriftPpm
    {
        get => _driftPpm;
        set
        {
            (_steady, _steadyAt) = (Steady, scheduler.Now);
            _driftPpm = value;
        }
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    private long Steady
    {
        get
        {
            var passed = scheduler.Now - _steadyAt;
            return _steady + passed + passed * _driftPpm / 1_000_000;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Beginning.AddTicks(Steady + _skew);

    /// <inheritdoc/>
    public override long GetTimestamp() => Steady;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(scheduler, this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Its process is no more.</summary>
    public void Stop() => IsStopped = true;

    /// <summary>How long something takes in true time that takes so long by this clock.</summary>
    internal long ToTrue(long ticks) => ticks - ticks * _driftPpm / 1_000_000;
}

/// <summary>A timer of a virtual clock.</summary>
internal sealed class VirtualTimer(Scheduler scheduler, VirtualTime? time, TimerCallback callback, object? state) : ITimer
{
    private long _period;

    /// <summary>Which setting counts: one that was changed since does not fire.</summary>
    public int Setting { get; private set; }

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        Setting++;
        _period = period == Timeout.InfiniteTimeSpan ? 0 : period.Ticks;
        if (dueTime != Timeout.InfiniteTimeSpan) Arm(dueTime.Ticks);
        return true;
    }

    /// <summary>Its time has come. False if its process is no more.</summary>
    public bool Expire()
    {
        if (time is { IsStopped: true }) return false;
        Setting++;
        if (_period > 0) Arm(_period);
        return true;
    }

    public void Fire() => callback(state);

    /// <inheritdoc/>
    public void Dispose() => Setting++;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void Arm(long ticks) => scheduler.Arm(this, time?.ToTrue(ticks) ?? ticks);
}
