using Microsoft.Extensions.Logging;
using Rialto.GrainInterfaces;
using Rialto.Grains.Engine;
using Rialto.Journal;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Grains.Nodes;

/// <summary>
/// A silo as a member of the cluster: its life from start to end, and the door through which grains and other silos reach it. What it does as a
/// node is its driver's (<see cref="NodeDriver"/>), which takes its steps on a thread of its own. Membership is Orleans'; the detector only adds
/// speed, by having a silo that is silent put out.
/// </summary>
public sealed class SiloNode : INodePorts
{
    private readonly SiloNodeSettings _settings;
    private readonly IClusterMembershipService _orleans;
    private readonly Membership _membership;
    private readonly Evictor _evictor;
    private readonly ILocalSiloDetails _silo;
    private readonly NodePost _post;
    private readonly EntityRouter _router;
    private readonly IJournal _journal;
    private readonly TimeProvider _time;
    private readonly ILogger<SiloNode> _log;
    private readonly NodeThread _thread;
    private readonly NodeDriver _driver;
    private readonly ClusterLook _look;
    private readonly MembershipWatch _watch;
    private readonly Pauses _pauses;
    private readonly CancellationTokenSource _leaving = new();
    private Task _watching = Task.CompletedTask;
    private volatile bool _isClosed;

    /// <summary>A node that has not started.</summary>
    /// <exception cref="ArgumentException">The silo's name carries no rank.</exception>
    public SiloNode(
        SiloNodeSettings settings, IClusterMembershipService membership, ILocalSiloDetails silo, NodePost post, EntityRouter router, IGrainFactory grains,
        IJournal journal, ICheckpoints checkpoints, TimeProvider time, ILogger<SiloNode> log)
    {
        if (!SiloNames.TryRead(silo.Name, out var rank)) throw new ArgumentException($"The silo is called '{silo.Name}': a node's is called {SiloNames.Of(new Rank(3))}, by its rank.");
        (_settings, _orleans, _silo, _post, _router, _journal, _time, _log) = (settings, membership, silo, post, router, journal, time, log);
        Rank = rank;
        _membership = new Membership(rank, silo.SiloAddress);
        _evictor = new Evictor(membership, settings.Evict, time, log);
        _pauses = new Pauses(rank, log);
        _thread = new NodeThread($"rialto node {rank}", Tick, OnFailed);
        Host = new NodeHost(rank, new SiloLinks(this, router, grains, time), journal, checkpoints, time, settings.Runtime, settings.Sealing);
        _driver = new NodeDriver(Host, settings.Protocol, journal, time, this);
        _look = new ClusterLook(_driver, Host, _membership, post, journal, settings.Elections);
        _watch = new MembershipWatch(this, _driver, _membership, membership, post, _evictor, _look, time);
    }

    /// <summary>Its rank.</summary>
    public Rank Rank { get; }

    /// <summary>What lives on it.</summary>
    public NodeHost Host { get; }

    /// <summary>What is done to it on purpose.</summary>
    public NodeFaults Faults { get; } = new();

    /// <summary>Whether it takes no more commands: the silo is stopping, has crashed, or a fault has stopped it.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>What went wrong that nobody foresaw, and has stopped it; or null.</summary>
    public Exception? Failure => _driver.Failure;

    /// <summary>To whom its outbox sends, and in which epoch; null if it knows of no leader.</summary>
    public (Rank Leader, Epoch Epoch)? Follows => _driver.Follows;

    /// <summary>Completes when <see cref="Follows"/> changes.</summary>
    public Task LeaderChanged => _driver.LeaderChanged;

    /// <summary>Which life of its silo this is.</summary>
    internal int Generation => _silo.SiloAddress.Generation;

    // Its life.

    /// <summary>Learns what the journal holds, from another's replica if one can give it. The silo is not active yet.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await _orleans.Refresh(default, cancellation);
        _membership.Update(_orleans.CurrentSnapshot, out _);
        _membership.TrustAll();
        var leader = (await _journal.ReadEndAsync(cancellation)).Leader;
        await Host.StartAsync([.. _membership.Members.Where(rank => rank != Rank).OrderBy(rank => rank == leader)], cancellation);
    }

    /// <summary>Takes part from now on. The silo is active.</summary>
    public async Task JoinAsync(CancellationToken cancellation)
    {
        await _settings.BeforeJoin(cancellation);
        await _orleans.Refresh(default, cancellation);
        _membership.Update(_orleans.CurrentSnapshot, out _);
        _membership.TrustAll();
        var end = await _journal.ReadEndAsync(cancellation);
        _pauses.TakeCollectingMs();
        // If it was this one, that was in another life.
        _driver.Start(_membership.Members, end.Epoch, _settings.IsFirst || end.Leader == Rank ? null : end.Leader);
        _thread.Start();
        _watching = _watch.RunAsync(_leaving.Token);
    }

    /// <summary>Hands the lead on, if it has it, and leaves; what lives here goes on until the silo stops.</summary>
    public async Task LeaveAsync(CancellationToken cancellation)
    {
        if (_isClosed || !_driver.HasStarted) return;
        await _driver.LeaveAsync(TimeSpan.FromMilliseconds(_settings.HandoverWaitMs), cancellation);
    }

    /// <summary>Commits what it has taken, and ends.</summary>
    public async Task StopAsync()
    {
        var hadCrashed = _isClosed;
        _isClosed = _router.IsClosed = true;
        await _leaving.CancelAsync();
        if (!hadCrashed) await Host.StopAsync();
        _thread.End();
        await _watching;
    }

    /// <summary>Loses all memory, and says nothing more: as the others see it, its process is gone.</summary>
    public void Crash()
    {
        Close();
        Faults.Set(paused: false, isolated: false);
        _driver.End(Host.Crash);
    }

    /// <summary>Takes and says nothing more, but keeps what it has in memory: it was put out while it was frozen or cut off.</summary>
    public void Close()
    {
        _isClosed = _router.IsClosed = true;
        _leaving.Cancel();
        _thread.End();
        Faults.LetGo();
    }

    // What is done to it on purpose.

    /// <summary>Freezes where it is. Its journal is frozen by whoever gave it one.</summary>
    public void Pause()
    {
        _thread.Pause();
        Faults.Set(paused: true);
    }

    /// <summary>Goes on where it was. Others may have written meanwhile to what lives here.</summary>
    public void Resume()
    {
        Host.Entities.DoubtAll();
        Faults.Set(paused: false);
        _thread.Resume();
        Host.Refresh();
    }

    /// <summary>No message reaches it or leaves it.</summary>
    public void Isolate() => Faults.Set(isolated: true);

    /// <summary>Its messages come and go again.</summary>
    public void Heal()
    {
        Host.Entities.DoubtAll();
        Faults.Set(isolated: false);
        Host.Refresh();
    }

    // What grains and other silos ask of it.

    /// <summary>Has an election held although nothing is wrong.</summary>
    public void Elect() => _driver.Feed(new NodeInput.ForceElection());

    /// <summary>Whether it has claimed an epoch and leads in it.</summary>
    public bool Leads(Epoch epoch) => !_isClosed && _driver.Leads(epoch);

    /// <summary>Its sequencer in an epoch, as soon as it runs; null if this node does not lead in it.</summary>
    public async ValueTask<SequencerHost?> SequencerOfAsync(Epoch epoch)
    {
        for (var started = _time.GetTimestamp(); _time.GetElapsedTime(started).TotalMilliseconds < _settings.CallTimeoutMs;)
        {
            var changed = LeaderChanged;
            if (!Leads(epoch)) return null;
            if (Host.Sequencer is { } sequencer && sequencer.Epoch == epoch) return sequencer;
            // It reads where the journal ends.
            await Task.WhenAny(changed, Task.Delay(TimeSpan.FromMilliseconds(50), _time));
        }
        return null;
    }

    /// <summary>The silo that leads in an epoch, if this node follows it in that epoch.</summary>
    public SiloAddress? LeaderIn(Epoch epoch) => Follows is { } follows && follows.Epoch == epoch ? AddressOf(follows.Leader) : null;

    /// <summary>How this node is.</summary>
    public NodeReport Report() => _look.Report();

    /// <summary>The cluster as this node sees it. What others say of themselves may be half a second old.</summary>
    public ClusterView View() => _look.View();

    /// <summary>Another silo takes part.</summary>
    public void Greet(Rank from, int life)
    {
        if (!Faults.IsOutOfReach) _watch.Greet(from, life);
    }

    /// <summary>Takes a message of another node. One of a life that is over, or of a silo that is no member, is not heard.</summary>
    public void Hear(NodeLetter letter)
    {
        Greet(letter.From, letter.Life);
        if (!Faults.IsOutOfReach && _membership.IsOfNow(letter.From, letter.Life)) _driver.Feed(new NodeInput.Received(letter.From, letter.Message));
    }

    /// <summary>Takes what another node's host says.</summary>
    public void Receive(Rank from, int life, byte[] signal)
    {
        if (_isClosed || Faults.IsOutOfReach || _membership.Known(from)?.Generation != life) return;
        try
        {
            Host.Receive(from, SignalCodec.Decode(signal));
        }
        catch (FormatException e)
        {
            _log.Unreadable(from, e.Message);
        }
    }

    /// <summary>Sends something to another node's host; it is lost if that node is not known.</summary>
    internal void Send(Rank to, byte[] signal)
    {
        if (!_isClosed && !Faults.IsOutOfReach && _membership.Known(to) is { } address) _post.Signal(address, new SignalLetter(Rank.Value, Generation, signal));
    }

    // What its driver is given.

    IReadOnlyCollection<Rank> INodePorts.Members => _membership.Members;

    void INodePorts.Post(Action step) => _thread.Post(step);

    void INodePorts.TickIn(long? milliseconds) => _thread.TickIn(milliseconds);

    void INodePorts.Tell(Rank to, NodeMessage message)
    {
        if (!_isClosed && !Faults.IsOutOfReach && _membership.AddressOf(to) is { } address) _post.Tell(address, new NodeLetter(Rank, Generation, message));
    }

    async ValueTask<bool> INodePorts.IsMemberAsync()
    {
        try
        {
            await _orleans.Refresh();
            return _orleans.CurrentSnapshot.GetSiloStatus(_silo.SiloAddress) == SiloStatus.Active;
        }
        catch (Exception e) when (EntityRouter.IsLost(e))
        {
            throw new IOException(e.Message, e);
        }
    }

    void INodePorts.Knock(Rank peer)
    {
        if (!Faults.IsOutOfReach && AddressOf(peer) is { } address) _ = LookAsync(peer, address);
    }

    void INodePorts.OnPeerFailed(Rank peer, Evidence evidence)
    {
        _log.PeerFailed(Rank, peer, evidence.SilentMs);
        _look.OnEnded(peer, "failed");
    }

    void INodePorts.OnDeparted(Rank peer) => _look.OnEnded(peer, "left");

    void INodePorts.Evict(Rank peer)
    {
        if (peer != Rank && _membership.AddressOf(peer) is { } silo) _evictor.Evict(peer, silo);
    }

    void INodePorts.OnLeading(Epoch epoch, Seq after) => _log.Leads(Rank, epoch, after);

    void INodePorts.OnSteppedDown(StepDownReason why) => _log.StepsDown(Rank, why);

    void INodePorts.OnElected(ElectionRecord record) => _settings.Elections.Record(record, Rank, _time);

    void INodePorts.OnStalled(long milliseconds) => _pauses.OnStalled(milliseconds);

    void INodePorts.OnStorageFailed(JournalException failure) => _log.JournalFailed(Rank, failure.Message);

    /// <inheritdoc/>
    public void OnFailed(Exception failure)
    {
        _log.TurnFailed(failure, Rank);
        Close();
        _settings.OnFault?.Invoke(Rank, failure);
    }

    private void Tick()
    {
        _pauses.TakeCollectingMs();
        _driver.Tick();
    }

    private SiloAddress? AddressOf(Rank rank) => rank == Rank ? _silo.SiloAddress : _membership.AddressOf(rank);

    /// <summary>A silo that is silent because its process is gone need not be waited for any longer.</summary>
    private async Task LookAsync(Rank peer, SiloAddress silo)
    {
        if (await Nodes.Knock.IsRefusedAsync(silo.Endpoint, TimeSpan.FromMilliseconds(_settings.Protocol.FailedAfterMs), _leaving.Token) && silo.Equals(AddressOf(peer)))
            _driver.NobodyListens(peer);
    }
}
