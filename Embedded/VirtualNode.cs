using Rialto.Journal;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Embedded;

/// <summary>What a virtual node last knew of the cluster; replaced as a whole after every step.</summary>
/// <param name="Leader">Who leads.</param>
/// <param name="Epoch">The newest epoch.</param>
/// <param name="Peers">The others.</param>
/// <param name="Alive">The ranks that have not failed or left, itself included; ascending.</param>
/// <param name="AtMs">When, by its steady clock.</param>
internal sealed record Outlook(Rank? Leader, Epoch Epoch, IReadOnlyList<PeerView> Peers, Rank[] Alive, long AtMs);

/// <summary>
/// One member of an embedded cluster: carries inputs into its <see cref="Node"/> and outputs out, and knows no rule of its own. Everything
/// here that touches the state machine runs in a turn.
/// </summary>
internal sealed class VirtualNode
{
    private const int MaxMissed = 10_000;

    private readonly EmbeddedCluster _cluster;
    private readonly NodeSettings _settings;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly long _born;
    private readonly Lock _leading = new();
    private readonly Queue<NodeInput> _missed = new();
    private readonly List<NodeOutput> _outputs = [];
    private Node? _machine;
    private Epoch _leads;
    private Epoch _followed;
    private Signal _leaderChanged = new();

    public VirtualNode(EmbeddedCluster cluster, Rank rank, NodeSettings settings, TimeProvider time)
    {
        _cluster = cluster;
        _settings = settings;
        _time = time;
        Rank = rank;
        _born = time.GetTimestamp();
        _timer = time.CreateTimer(static node => ((VirtualNode)node!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Outlook = new Outlook(null, Epoch.None, [], [rank], 0);
    }

    public Rank Rank { get; }

    /// <summary>Its own clock, which may go wrong.</summary>
    public TimeProvider Time => _time;

    /// <summary>The life that it leads now; null before its start and after a crash.</summary>
    public Life? Life { get; private set; }

    /// <summary>What lives on it; null after a crash.</summary>
    public NodeHost? Host { get; private set; }

    /// <summary>Whether it takes part: started, not crashed.</summary>
    public bool HasJoined { get; private set; }

    public bool IsPaused { get; private set; }

    public bool IsIsolated { get; private set; }

    /// <summary>What it last knew.</summary>
    public Outlook Outlook { get; private set; }

    /// <summary>To whom its outbox sends; null if it knows of no leader.</summary>
    public Rank? Follows { get; private set; }

    /// <summary>The answer to what its outbox sent last, in this life or the one before.</summary>
    public Task UnderWay { get; set; } = Task.CompletedTask;

    /// <summary>The sequencer that it runs, or null.</summary>
    public SequencerHost? Sequencer => Host?.Sequencer;

    /// <summary>Completes when <see cref="Follows"/> changes, or the one that it names can be reached now.</summary>
    public Task LeaderChanged
    {
        get
        {
            lock (_leading) return _leaderChanged.Task;
        }
    }

    public long NowMs => (long)_time.GetElapsedTime(_born).TotalMilliseconds;

    /// <summary>Begins a life: a host with nothing in memory, which takes over another's replica, or reads the journal.</summary>
    public async Task LiveAsync(Life life, NodeHost host, IReadOnlyList<Rank> sources, CancellationToken cancellation)
    {
        (Life, Host) = (life, host);
        host.Fenced += end => FeedFenced(life, end);
        await host.StartAsync(sources, cancellation);
    }

    /// <summary>Takes part from now on.</summary>
    public void Join(IEnumerable<Rank> members, Epoch epoch, Rank? holder)
    {
        _machine = new Node(Rank, _settings);
        HasJoined = true;
        Step(new NodeInput.Start([.. members], epoch, holder));
    }

    /// <summary>Says something to it, in a turn, if it still leads the same life.</summary>
    public void Feed(Life life, NodeInput input) => _cluster.Turns.Post(() =>
    {
        if (life == Life) Take(input);
    });

    /// <summary>Gives it an input; one that is frozen takes it later.</summary>
    public void Take(NodeInput input)
    {
        if (_machine is null) return;
        if (!IsPaused) Step(input);
        else if (_missed.Count < MaxMissed) _missed.Enqueue(input);
    }

    /// <summary>Loses all memory.</summary>
    public void Crash()
    {
        var (life, host) = (Life, Host);
        (_machine, Life, Host, HasJoined, IsPaused) = (null, null, null, false, false);
        _missed.Clear();
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        life?.End();
        lock (_leading)
        {
            _leads = Epoch.None;
            host?.Crash();
        }
        Follow(null, Epoch.None);
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
        while (_missed.TryDequeue(out var input)) Take(input);
        OnTick();
        Host?.Refresh();
    }

    public void Isolate() => IsIsolated = true;

    public void Heal()
    {
        IsIsolated = false;
        Host?.Entities.DoubtAll();
        Host?.Refresh();
    }

    /// <summary>Another process leads, or this one ends: does nothing more.</summary>
    public void Retire()
    {
        _machine = null;
        _timer.Dispose();
    }

    /// <summary>Leads no more, whatever its state machine says.</summary>
    public void StandDown()
    {
        lock (_leading)
        {
            _leads = Epoch.None;
            Host?.StepDown();
        }
    }

    private void OnTimer() => _cluster.Turns.Post(OnTick);

    private void OnTick()
    {
        if (_machine is null || IsPaused || Host is not { } host) return;
        Step(new NodeInput.Tick(host.Sequencer is { } sequencer ? sequencer.Committed : host.Replica.Applied));
        // Heartbeats tell how far the others are: a batch that was lost, and was the last, shows in nothing else.
        foreach (var peer in Outlook.Peers) host.PeerIsAt(peer.Peer, Outlook.Epoch, peer.At);
    }

    private void Step(NodeInput input)
    {
        _outputs.Clear();
        _machine!.Step(input, NowMs, _outputs);
        foreach (var output in _outputs.ToArray()) CarryOut(output);
        if (_machine is null) return;
        Look();
        Arm();
    }

    private void Look()
    {
        var peers = _machine!.View(NowMs);
        Rank[] alive = [.. peers.Where(peer => peer.Phase is PeerPhase.Alive or PeerPhase.Suspected).Select(peer => peer.Peer).Append(Rank).Order()];
        Outlook = new Outlook(_machine.Leader, _machine.Epoch, peers, alive, NowMs);
        _cluster.OnLooked(this);
    }

    private void Arm()
    {
        if (_machine!.DueAtMs == long.MaxValue) _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        else _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, _machine.DueAtMs - NowMs)), Timeout.InfiniteTimeSpan);
    }

    private void CarryOut(NodeOutput output)
    {
        if (Life is not { } life) return;
        switch (output)
        {
            case NodeOutput.Send send: _cluster.Network.Send(this, send.To, send.Message); break;
            case NodeOutput.ClaimEpoch claim: _ = ClaimAsync(life, claim.Seen); break;
            case NodeOutput.ReadStorage: _ = ReadAsync(life); break;
            case NodeOutput.RenewLease renew when _cluster.Leadership.Renew(renew.Epoch) is { } answer: Feed(life, answer); break;
            case NodeOutput.Lead lead:
                lock (_leading) _leads = lead.Epoch;
                _ = LeadAsync(life, lead.Epoch);
                break;
            case NodeOutput.StepDown:
                StandDown();
                if (Follows == Rank) Follow(null, Epoch.None);
                break;
            case NodeOutput.DrainAndResign: _ = DrainAsync(life); break;
            case NodeOutput.Follow follow: Follow(follow.Leader, follow.Epoch); break;
            case NodeOutput.DeclareFailed failed: _cluster.OnFailed(this, failed.Peer); break;
            case NodeOutput.RecordElection record: _cluster.Leadership.Record(record.Record, Rank); break;
        }
    }

    /// <summary>An epoch that was begun outside this process is nothing to be outbid.</summary>
    private void FeedFenced(Life life, JournalEnd end)
    {
        if (_cluster.Leadership.IsOurs(end.Epoch)) Feed(life, new NodeInput.Fenced(end.Epoch, end.Leader));
        else _cluster.OnTaken();
    }

    private async Task ClaimAsync(Life life, Epoch seen)
    {
        var answer = await _cluster.Leadership.ClaimAsync(seen, Rank);
        if (answer is NodeInput.ClaimRefused refused && !_cluster.Leadership.IsOurs(refused.Current)) _cluster.OnTaken();
        else Feed(life, answer);
    }

    private async Task ReadAsync(Life life)
    {
        if (await _cluster.Leadership.ReadAsync() is not { } read) return;
        if (_cluster.Leadership.IsOurs(read.Epoch)) Feed(life, read);
        else _cluster.OnTaken();
    }

    /// <summary>Reads where the journal ends, after the claim, and leads from there.</summary>
    private async Task LeadAsync(Life life, Epoch epoch)
    {
        await Task.Yield();
        while (life == Life && _leads == epoch)
        {
            try
            {
                var end = await _cluster.Journal.ReadEndAsync();
                if (life.IsOver) return;
                if (end.Epoch != epoch) FeedFenced(life, end);
                else Lead(life, epoch, end);
                return;
            }
            catch (JournalException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(_settings.ClaimRetryMs), _time);
            }
        }
    }

    private void Lead(Life life, Epoch epoch, JournalEnd end)
    {
        lock (_leading)
        {
            if (life != Life || _leads != epoch || life.IsOver) return;
            Host!.Lead(epoch, end, _cluster.Members);
        }
        Follow(Rank, epoch);
        _cluster.OnLeading(this);
    }

    private async Task DrainAsync(Life life)
    {
        if (Host is not { } host) return;
        var last = await host.DrainAsync(TimeSpan.FromMilliseconds(_settings.HandoverTimeoutMs));
        Feed(life, new NodeInput.Drained(last));
    }

    private void Follow(Rank? leader, Epoch epoch)
    {
        lock (_leading)
        {
            if (Follows == leader && _followed == epoch) return;
            (Follows, _followed) = (leader, epoch);
        }
        if (leader is { } named && named != Rank) Host?.Follow(named, epoch);
        SayLeaderChanged();
    }

    /// <summary>Whoever waits for the leader looks again: it is another, or it can be reached now.</summary>
    public void SayLeaderChanged()
    {
        Signal changed;
        lock (_leading)
        {
            changed = _leaderChanged;
            _leaderChanged = new Signal();
        }
        changed.Set();
    }
}
