using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>
/// Drives one life of a node: carries inputs into its <see cref="Node"/> and outputs out, the same on every engine and in the simulator. It claims,
/// leads, drains, follows, renews the lease, and tells whoever waits that the leader has changed. It knows no rule of its own.
///
/// Whatever is unforeseen, in a step or in what a step began, is the node's failure (<see cref="Failure"/>): it is told to the engine, and the
/// node stops at once. Nothing here ends unseen.
/// </summary>
/// <remarks>Steps are taken in the engine's turns, one at a time. The properties may be read from anywhere.</remarks>
public sealed class NodeDriver : INodeOutputs
{
    /// <summary>So many questions of one kind to storage may be under way: one that hangs must not keep the next from being asked.</summary>
    private const int MaxUnderWay = 3;

    private readonly NodeSettings _settings;
    private readonly Node _machine;
    private readonly NodeHost _host;
    private readonly IJournal _journal;
    private readonly TimeProvider _time;
    private readonly INodePorts _ports;
    private readonly long _born;
    private readonly Lock _leading = new();
    private readonly List<NodeOutput> _outputs = [];
    private Epoch _leads;
    private (Rank Leader, Epoch Epoch)? _follows;
    private Signal _leaderChanged = new();
    private Seq _leasedAt;
    private int _renewing;
    private int _reading;
    private volatile bool _isOver;
    private volatile bool _isRetired;

    /// <summary>A node that has not started.</summary>
    /// <param name="host">What lives on it.</param>
    /// <param name="settings">The time limits of its protocols.</param>
    /// <param name="journal">The journal.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="ports">What its engine gives.</param>
    public NodeDriver(NodeHost host, NodeSettings settings, IJournal journal, TimeProvider time, INodePorts ports)
    {
        (_host, _settings, _journal, _time, _ports) = (host, settings, journal, time, ports);
        _machine = new Node(host.Rank, settings);
        _born = time.GetTimestamp();
        Outlook = new Outlook(null, Epoch.None, [], [host.Rank], 0);
        host.Fenced += OnFenced;
        host.Failed += Fail;
    }

    /// <summary>Its rank.</summary>
    public Rank Rank => _host.Rank;

    /// <summary>What it last knew.</summary>
    public Outlook Outlook { get; private set; }

    /// <summary>Whether it takes part.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>What went wrong that nobody foresaw, or null.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Milliseconds of its own steady clock.</summary>
    public long NowMs => (long)_time.GetElapsedTime(_born).TotalMilliseconds;

    /// <summary>To whom its outbox sends, and in which epoch; null if it knows of no leader.</summary>
    public (Rank Leader, Epoch Epoch)? Follows
    {
        get
        {
            lock (_leading) return _follows;
        }
    }

    /// <summary>Completes when <see cref="Follows"/> changes, or the one that it names can be reached now.</summary>
    public Task LeaderChanged
    {
        get
        {
            lock (_leading) return _leaderChanged.Task;
        }
    }

    /// <summary>Whether it has claimed an epoch and leads in it.</summary>
    public bool Leads(Epoch epoch)
    {
        lock (_leading) return _leads == epoch && !_isOver;
    }

    /// <summary>Takes part from now on.</summary>
    /// <param name="members">All nodes, this one among them.</param>
    /// <param name="epoch">The newest epoch in storage.</param>
    /// <param name="holder">Who claimed it, if that life may still go on.</param>
    public void Start(IEnumerable<Rank> members, Epoch epoch, Rank? holder)
    {
        HasStarted = true;
        Feed(new NodeInput.Start([.. members], epoch, holder));
    }

    /// <summary>Says something to it, in a turn.</summary>
    public void Feed(NodeInput input) => _ports.Post(() => Step(input));

    /// <summary>Another node's machine answers that nobody listens there.</summary>
    public void NobodyListens(Rank peer) => Feed(new NodeInput.NobodyListens(peer));

    /// <summary>In a turn: time has passed.</summary>
    public void Tick()
    {
        if (!TakesSteps) return;
        Step(new NodeInput.Tick(_host.Sequencer is { } sequencer ? sequencer.Committed : _host.Replica.Applied));
        // Heartbeats tell how far the others are: a batch that was lost, and was the last, shows in nothing else.
        foreach (var peer in Outlook.Peers) _host.PeerIsAt(peer.Peer, Outlook.Epoch, peer.At);
    }

    /// <summary>The members are others now.</summary>
    /// <param name="members">All of them.</param>
    /// <param name="reborn">Those that came back as another process before they were missed: they have lost their memory all the same.</param>
    public void SetMembers(IReadOnlyCollection<Rank> members, IEnumerable<Rank> reborn)
    {
        foreach (var rank in reborn) Feed(new NodeInput.PeerFailed(rank));
        _host.SetMembers(members);
        Feed(new NodeInput.MembershipChanged([.. members]));
    }

    /// <summary>
    /// Hands the lead on, if it has it, and leaves the cluster. Returns when another leads, or nobody has for so long. What lives here goes on
    /// until its host stops.
    /// </summary>
    public async Task LeaveAsync(TimeSpan within, CancellationToken cancellation)
    {
        var (led, epoch) = (Outlook.Leader == Rank, Outlook.Epoch);
        Feed(new NodeInput.Resign());
        if (!led || _ports.Members.Count < 2) return;
        // Whoever leaves is told nothing more; who leads now stands in the journal.
        for (var started = _time.GetTimestamp(); !cancellation.IsCancellationRequested && _time.GetElapsedTime(started) < within;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), _time, CancellationToken.None);
            try
            {
                var end = await _journal.ReadEndAsync(cancellation);
                if (end.Epoch <= epoch || end.Leader is not { } next || next == Rank) continue;
                Follow(next, end.Epoch);
                return;
            }
            catch (JournalException e)
            {
                _ports.OnStorageFailed(e);
            }
        }
    }

    /// <summary>Takes no more steps. If it leads or follows, that stays: the process ends, and what was taken is to be committed.</summary>
    public void Retire()
    {
        _isRetired = true;
        _ports.TickIn(null);
    }

    /// <summary>Leads no more, whatever its state machine says.</summary>
    public void StandDown()
    {
        lock (_leading)
        {
            _leads = Epoch.None;
            _host.StepDown();
        }
        if (Follows?.Leader == Rank) Follow(null, Epoch.None);
    }

    /// <summary>The life is over: no more steps are taken, and it follows nobody.</summary>
    /// <param name="crash">Has the host lose its memory, together with the lead; null to leave it as it is.</param>
    public void End(Action? crash = null)
    {
        _isOver = true;
        _host.Fenced -= OnFenced;
        _host.Failed -= Fail;
        _ports.TickIn(null);
        lock (_leading)
        {
            _leads = Epoch.None;
            crash?.Invoke();
        }
        Follow(null, Epoch.None);
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

    private bool TakesSteps => HasStarted && !_isRetired && !_isOver;

    private void Step(NodeInput input)
    {
        if (!TakesSteps) return;
        try
        {
            var now = NowMs;
            if (_machine.DueAtMs != long.MaxValue && now > _machine.DueAtMs + _settings.StallAfterMs)
            {
                // Others may have written meanwhile to what lives here. The replica reads what it missed, and that tells which entities are
                // behind; until then the leader refuses what is of yesterday. To doubt all would make seconds of a pause of half a second.
                _ports.OnStalled(now - _machine.DueAtMs);
                _host.Refresh();
            }
            _outputs.Clear();
            _machine.Step(input, now, _outputs);
            foreach (var output in _outputs.ToArray()) output.CarryOut(this);
            if (!TakesSteps) return;
            Look(now);
            _ports.TickIn(_machine.DueAtMs == long.MaxValue ? null : Math.Max(1, _machine.DueAtMs - NowMs));
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Look(long now)
    {
        var peers = _machine.View(now);
        Rank[] alive = [.. peers.Where(peer => peer.Phase is PeerPhase.Alive or PeerPhase.Suspected).Select(peer => peer.Peer).Append(Rank).Order()];
        Outlook = new Outlook(_machine.Leader, _machine.Epoch, peers, alive, now);
        _ports.OnLooked(Outlook);
    }

    /// <summary>The one place where what nobody foresaw ends.</summary>
    private void Fail(Exception failure)
    {
        if (_isOver) return;
        Failure ??= failure;
        Telemetry.NodeFailed(failure);
        // Whoever waits here is told that nothing is known, and asks elsewhere; whoever follows the feed is let go.
        End(_host.Crash);
        _ports.OnFailed(failure);
    }

    /// <summary>Lets something begin that a step asked for, and sees to how it ends.</summary>
    private void Begin(Task work)
    {
        if (!work.IsCompletedSuccessfully) _ = WatchAsync();

        async Task WatchAsync()
        {
            try
            {
                await work;
            }
            catch (Exception e)
            {
                Fail(e);
            }
        }
    }

    // Outputs. What is begun here says what came of it by an input.

    void INodeOutputs.CarryOut(NodeOutput.Send output) => _ports.Tell(output.To, output.Message);

    void INodeOutputs.CarryOut(NodeOutput.ClaimEpoch output) => Begin(ClaimAsync(output.Seen));

    void INodeOutputs.CarryOut(NodeOutput.ReadStorage output)
    {
        if (Volatile.Read(ref _reading) < MaxUnderWay) Begin(ReadAsync());
    }

    void INodeOutputs.CarryOut(NodeOutput.RenewLease output)
    {
        // Every write of a leader renews its lease.
        if (_host.Sequencer is { } sequencer && sequencer.Epoch == output.Epoch && sequencer.Committed > _leasedAt)
        {
            _leasedAt = sequencer.Committed;
            Feed(new NodeInput.LeaseRenewed(output.Epoch));
        }
        else if (Volatile.Read(ref _renewing) < MaxUnderWay) Begin(RenewAsync(output.Epoch));
    }

    void INodeOutputs.CarryOut(NodeOutput.Lead output)
    {
        lock (_leading) _leads = output.Epoch;
        Begin(LeadAsync(output.Epoch));
    }

    void INodeOutputs.CarryOut(NodeOutput.StepDown output)
    {
        _ports.OnSteppedDown(output.Reason);
        StandDown();
    }

    void INodeOutputs.CarryOut(NodeOutput.Follow output) => Follow(output.Leader, output.Epoch);

    void INodeOutputs.CarryOut(NodeOutput.DrainAndResign output) => Begin(DrainAsync());

    void INodeOutputs.CarryOut(NodeOutput.Suspect output)
    {
        // It shows in the outlook.
    }

    void INodeOutputs.CarryOut(NodeOutput.Knock output) => _ports.Knock(output.Peer);

    void INodeOutputs.CarryOut(NodeOutput.DeclareFailed output) => _ports.OnPeerFailed(output.Peer, output.Evidence);

    void INodeOutputs.CarryOut(NodeOutput.Evict output) => _ports.Evict(output.Peer);

    void INodeOutputs.CarryOut(NodeOutput.Recovered output)
    {
        // It shows in the outlook.
    }

    void INodeOutputs.CarryOut(NodeOutput.Departed output) => _ports.OnDeparted(output.Peer);

    void INodeOutputs.CarryOut(NodeOutput.RecordElection output) => _ports.OnElected(output.Record);

    private void OnFenced(JournalEnd end)
    {
        if (_ports.IsForeign(end.Epoch)) _ports.OnTaken();
        else Feed(new NodeInput.Fenced(end.Epoch, end.Leader));
    }

    private async Task ClaimAsync(Epoch seen)
    {
        _ports.OnClaiming(seen.Next);
        try
        {
            var claim = await _journal.ClaimEpochAsync(seen, Rank, _time.GetUtcNow().ToUnixTimeMilliseconds());
            if (claim.Granted)
            {
                Feed(new NodeInput.ClaimGranted(claim.Current));
                return;
            }
            _ports.OnRefused(seen.Next);
            var end = await _journal.ReadEndAsync();
            if (_ports.IsForeign(end.Epoch)) _ports.OnTaken();
            else Feed(new NodeInput.ClaimRefused(end.Epoch, end.Leader));
        }
        catch (JournalException e)
        {
            // It may have been granted.
            _ports.OnStorageFailed(e);
            Feed(new NodeInput.ClaimFailed());
        }
    }

    /// <summary>Storage first, and then the membership: a node that was put out before it woke must not take itself for a member.</summary>
    private async Task ReadAsync()
    {
        Interlocked.Increment(ref _reading);
        try
        {
            var end = await _journal.ReadEndAsync();
            if (_ports.IsForeign(end.Epoch)) _ports.OnTaken();
            else Feed(new NodeInput.StorageRead(end.Epoch, end.Leader, end.LeaseAgeMs, await _ports.IsMemberAsync()));
        }
        catch (JournalException e)
        {
            _ports.OnStorageFailed(e);
        }
        catch (IOException e)
        {
            _ports.OnStorageFailed(new JournalException(e.Message, e));
        }
        finally
        {
            Interlocked.Decrement(ref _reading);
        }
    }

    private async Task RenewAsync(Epoch epoch)
    {
        Interlocked.Increment(ref _renewing);
        try
        {
            var lease = await _journal.RenewLeaseAsync(epoch);
            if (lease.Renewed) Feed(new NodeInput.LeaseRenewed(epoch));
            else if (_ports.IsForeign(lease.Current)) _ports.OnTaken();
            else Feed(new NodeInput.Fenced(lease.Current));
        }
        catch (JournalException e)
        {
            _ports.OnStorageFailed(e);
        }
        finally
        {
            Interlocked.Decrement(ref _renewing);
        }
    }

    /// <summary>Reads where the journal ends, after the claim, and leads from there.</summary>
    private async Task LeadAsync(Epoch epoch)
    {
        await Task.Yield();
        while (Leads(epoch))
        {
            try
            {
                var end = await _journal.ReadEndAsync();
                if (end.Epoch != epoch) OnFenced(end);
                else Lead(epoch, end);
                return;
            }
            catch (JournalException e)
            {
                _ports.OnStorageFailed(e);
                await Task.Delay(TimeSpan.FromMilliseconds(_settings.ClaimRetryMs), _time);
            }
        }
    }

    private void Lead(Epoch epoch, JournalEnd end)
    {
        lock (_leading)
        {
            if (_leads != epoch || _isOver) return;
            _host.Lead(epoch, end, _ports.Members);
            _leasedAt = end.Seq;
        }
        Follow(Rank, epoch);
        _ports.OnLeading(epoch, end.Seq);
    }

    private async Task DrainAsync() => Feed(new NodeInput.Drained(await _host.DrainAsync(TimeSpan.FromMilliseconds(_settings.HandoverTimeoutMs))));

    private void Follow(Rank? leader, Epoch epoch)
    {
        lock (_leading)
        {
            (Rank, Epoch)? follows = leader is { } named ? (named, epoch) : null;
            if (_follows == follows) return;
            _follows = follows;
        }
        if (leader is { } other && other != Rank) _host.Follow(other, epoch);
        SayLeaderChanged();
    }
}
