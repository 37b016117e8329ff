using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Embedded;

/// <summary>
/// One member of an embedded cluster, over all its lives. A life begins with a host and a driver that know nothing, and ends with its crash. It
/// can be frozen: then what would happen to it waits.
/// </summary>
internal sealed class VirtualNode
{
    private const int MaxMissed = 10_000;

    private readonly EmbeddedCluster _cluster;
    private readonly ITimer _timer;
    private readonly Queue<Action> _missed = new();
    private readonly Outlook _nothing;

    public VirtualNode(EmbeddedCluster cluster, Rank rank, TimeProvider time)
    {
        (_cluster, Rank, Time) = (cluster, rank, time);
        _nothing = new Outlook(null, Epoch.None, [], [rank], 0);
        _timer = time.CreateTimer(static node => ((VirtualNode)node!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public Rank Rank { get; }

    /// <summary>Its own clock, which may go wrong.</summary>
    public TimeProvider Time { get; }

    /// <summary>The life that it leads now; null before its start and after a crash.</summary>
    public Life? Life { get; private set; }

    /// <summary>What lives on it; null after a crash.</summary>
    public NodeHost? Host { get; private set; }

    /// <summary>What drives it; null after a crash.</summary>
    public NodeDriver? Driver { get; private set; }

    /// <summary>Whether it takes part: started, not crashed.</summary>
    public bool HasJoined => Driver is { HasStarted: true };

    public bool IsPaused { get; private set; }

    public bool IsIsolated { get; private set; }

    /// <summary>What it last knew.</summary>
    public Outlook Outlook => Driver?.Outlook ?? _nothing;

    /// <summary>To whom its outbox sends; null if it knows of no leader.</summary>
    public Rank? Follows => Driver?.Follows?.Leader;

    /// <summary>The answer to what its outbox sent last, in this life or the one before.</summary>
    public Task UnderWay { get; set; } = Task.CompletedTask;

    /// <summary>The sequencer that it runs, or null.</summary>
    public SequencerHost? Sequencer => Host?.Sequencer;

    /// <summary>Begins a life: a host with nothing in memory, which takes over another's replica, or reads the journal.</summary>
    public async Task LiveAsync(Life life, NodeHost host, NodeDriver driver, IReadOnlyList<Rank> sources, CancellationToken cancellation)
    {
        (Life, Host, Driver) = (life, host, driver);
        await host.StartAsync(sources, cancellation);
    }

    /// <summary>In a turn: a step of one of its lives. One that is frozen takes it later, one that has ended never.</summary>
    public void Take(Life life, Action step)
    {
        if (life != Life) return;
        if (!IsPaused) step();
        else if (_missed.Count < MaxMissed) _missed.Enqueue(step);
    }

    /// <summary>When the driver wants its next tick.</summary>
    public void TickIn(Life life, long? milliseconds)
    {
        if (life == Life) _timer.Change(milliseconds is { } wait ? TimeSpan.FromMilliseconds(wait) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Loses all memory.</summary>
    public void Crash()
    {
        var (life, host, driver) = (Life, Host, Driver);
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        (Life, Host, Driver, IsPaused) = (null, null, null, false);
        _missed.Clear();
        life?.End();
        driver?.End(host!.Crash);
    }

    public void Pause()
    {
        IsPaused = true;
        Life?.Freeze();
    }

    /// <summary>Goes on where it was.</summary>
    public void Resume()
    {
        IsPaused = false;
        Host?.Entities.DoubtAll();
        Life?.Thaw();
        while (_missed.TryDequeue(out var step)) step();
        Driver?.Tick();
        Host?.Refresh();
    }

    public void Isolate() => IsIsolated = true;

    public void Heal()
    {
        IsIsolated = false;
        Host?.Entities.DoubtAll();
        Host?.Refresh();
    }

    private void OnTimer() => _cluster.Turns.Post(() =>
    {
        if (!IsPaused) Driver?.Tick();
    });
}
