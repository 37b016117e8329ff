using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Rialto.GrainInterfaces;
using Rialto.Grains.Engine;
using Rialto.Journal;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Grains.Nodes;

/// <summary>What a node last knew of the cluster; replaced as a whole after every step.</summary>
/// <param name="Leader">Who leads.</param>
/// <param name="Epoch">The newest epoch.</param>
/// <param name="Peers">The others.</param>
/// <param name="AtMs">When, by the node's own clock.</param>
internal sealed record Outlook(Rank? Leader, Epoch Epoch, IReadOnlyList<PeerView> Peers, long AtMs);

/// <summary>
/// A silo as a member of the cluster: carries inputs into its <see cref="Node"/> and outputs out, and knows no rule of its own. All steps
/// are taken on a thread of its own. Membership is Orleans'; the detector only adds speed, by having a silo that is silent put out.
/// </summary>
public sealed class SiloNode
{
    /// <summary>How often it says that it takes part, in milliseconds, and how often in all.</summary>
    private const int GreetEveryMs = 500, Greetings = 20;

    /// <summary>A silo that is active and has not said a word for so long, in milliseconds, is a remnant of a process that is gone.</summary>
    private const int MuteAfterMs = 10_000;

    /// <summary>How long memory may be collected, in milliseconds, before it is worth a line in the log.</summary>
    private const int LongCollectionMs = 100;

    /// <summary>How long what another node said of itself is shown, in milliseconds.</summary>
    private const int ReportFreshMs = 500;

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
    private readonly long _born;
    private readonly NodeThread _thread;
    private readonly Lock _leading = new();
    private readonly List<NodeOutput> _outputs = [];
    private readonly ConcurrentDictionary<Rank, string> _ends = new();
    private readonly Lock _changingMembers = new();
    private readonly ConcurrentDictionary<Rank, (NodeReport Said, long AtMs)> _reports = new();
    private readonly CancellationTokenSource _leaving = new();
    private Node? _machine;
    private Task _watching = Task.CompletedTask;
    private volatile Outlook _outlook = new(null, Epoch.None, [], 0);
    private volatile bool _isClosed;
    private Epoch _leads;
    private (Rank Leader, Epoch Epoch)? _follows;
    private TaskCompletionSource _leaderChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _reportedAt;
    private TimeSpan _collected;

    /// <summary>A node that has not started.</summary>
    /// <exception cref="ArgumentException">The silo's name carries no rank.</exception>
    public SiloNode(
        SiloNodeSettings settings, IClusterMembershipService membership, ILocalSiloDetails silo, NodePost post, EntityRouter router, IGrainFactory grains,
        IJournal journal, ICheckpoints checkpoints, TimeProvider time, ILogger<SiloNode> log)
    {
        if (!SiloNames.TryRead(silo.Name, out var rank)) throw new ArgumentException($"The silo is called '{silo.Name}': a node's is called {SiloNames.Of(new Rank(3))}, by its rank.");
        (_settings, _orleans, _silo, _post, _router, _journal, _time, _log) = (settings, membership, silo, post, router, journal, time, log);
        Rank = rank;
        _born = time.GetTimestamp();
        _membership = new Membership(rank, silo.SiloAddress);
        _evictor = new Evictor(membership, settings.Evict, time, log);
        _thread = new NodeThread($"rialto node {rank}", TakeTurn, failure => log.TurnFailed(failure, rank));
        Host = new NodeHost(rank, new SiloLinks(this, router, grains, time), journal, checkpoints, time, settings.Runtime, settings.Sealing);
        Host.Fenced += end => Feed(new NodeInput.Fenced(end.Epoch, end.Leader));
    }

    /// <summary>Its rank.</summary>
    public Rank Rank { get; }

    /// <summary>What lives on it.</summary>
    public NodeHost Host { get; }

    /// <summary>What is done to it on purpose.</summary>
    public NodeFaults Faults { get; } = new();

    /// <summary>Whether it takes no more commands: the silo is stopping, or has crashed.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>To whom its outbox sends, and in which epoch; null if it knows of no leader.</summary>
    public (Rank Leader, Epoch Epoch)? Follows
    {
        get
        {
            lock (_leading) return _follows;
        }
    }

    /// <summary>Completes when <see cref="Follows"/> changes.</summary>
    public Task LeaderChanged
    {
        get
        {
            lock (_leading) return _leaderChanged.Task;
        }
    }

    private long NowMs => (long)_time.GetElapsedTime(_born).TotalMilliseconds;

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
        _machine = new Node(Rank, _settings.Protocol);
        _collected = GC.GetTotalPauseDuration();
        // If it was this one, that was in another life.
        Feed(new NodeInput.Start(_membership.Members, end.Epoch, _settings.IsFirst || end.Leader == Rank ? null : end.Leader));
        _thread.Start();
        _watching = Task.WhenAll(WatchAsync(), GreetAsync(), ClearAwayAsync());
    }

    /// <summary>Hands the lead on, if it has it, and leaves; what lives here goes on until the silo stops.</summary>
    public async Task LeaveAsync(CancellationToken cancellation)
    {
        if (_isClosed || _machine is null) return;
        var led = _outlook.Leader == Rank;
        var epoch = _outlook.Epoch;
        Feed(new NodeInput.Resign());
        if (!led || _membership.Members.Length < 2) return;
        // Whoever leaves is told nothing more; who leads now stands in the journal.
        var started = _time.GetTimestamp();
        while (!cancellation.IsCancellationRequested && _time.GetElapsedTime(started).TotalMilliseconds < _settings.HandoverWaitMs)
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
                _log.JournalFailed(Rank, e.Message);
            }
        }
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
        StandDown();
        Host.Crash();
        Follow(null, Epoch.None);
    }

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

    /// <summary>Takes and says nothing more, but keeps what it has in memory: it was put out while it was frozen or cut off.</summary>
    public void Close()
    {
        _isClosed = _router.IsClosed = true;
        _leaving.Cancel();
        _thread.End();
        Faults.LetGo();
    }

    /// <summary>Has an election held although nothing is wrong.</summary>
    public void Elect() => Feed(new NodeInput.ForceElection());

    /// <summary>Whether it has claimed an epoch and leads in it.</summary>
    public bool Leads(Epoch epoch)
    {
        lock (_leading) return _leads == epoch && !_isClosed;
    }

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

    /// <summary>Another silo takes part.</summary>
    public void Greet(Rank from, int life)
    {
        if (Faults.IsOutOfReach || !_membership.Heard(from, life, out var reborn)) return;
        // It is missed from now on, and may not know yet to whom it has to give a sign of life.
        if (AddressOf(from) is { } silo && from != Rank) _post.Greet(silo, Rank, _silo.SiloAddress.Generation);
        SayMembersChanged(reborn);
    }

    /// <summary>Takes a message of another node. One of a life that is over, or of a silo that is no member, is not heard.</summary>
    public void Hear(NodeLetter letter)
    {
        Greet(letter.From, letter.Life);
        if (!Faults.IsOutOfReach && _membership.IsOfNow(letter.From, letter.Life)) Feed(new NodeInput.Received(letter.From, letter.Message));
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
        if (!_isClosed && !Faults.IsOutOfReach && _membership.Known(to) is { } address) _post.Signal(address, new SignalLetter(Rank.Value, _silo.SiloAddress.Generation, signal));
    }

    /// <summary>How this node is.</summary>
    public NodeReport Report() => new(
        Rank.Value, "alive", 0, [.. Host.Clock.Entries.Select(entry => KeyValuePair.Create(entry.Node.Value, entry.Ticks))],
        Host.Replica.Applied.Value, (Host.Sequencer?.Committed ?? Host.Replica.Applied).Value, Host.Entities.Count);

    /// <summary>The cluster as this node sees it. What others say of themselves may be half a second old.</summary>
    public ClusterView View()
    {
        AskOthers();
        var (seen, now) = (_outlook, NowMs);
        var own = Report();
        var committed = Math.Max(own.CommittedSeq, seen.Peers.Select(peer => peer.At.Value).DefaultIfEmpty().Max());
        var nodes = _membership.Members.Append(Rank).Concat(_membership.Gone).Distinct().Order().Select(rank => rank == Rank ? View(own, seen, committed, "alive", 0) : ViewOther(rank, seen, committed, now));
        return new ClusterView("orleans", seen.Leader, seen.Epoch, [.. nodes], _settings.Elections.All, _journal.RefusedWrites);
    }

    private NodeView ViewOther(Rank rank, Outlook seen, long committed, long nowMs)
    {
        var peer = seen.Peers.FirstOrDefault(peer => peer.Peer == rank);
        var isMember = peer.Peer == rank;
        var isHeard = _reports.TryGetValue(rank, out var last);
        var report = isHeard ? last.Said : new NodeReport(rank.Value, "", 0, [], 0, 0, 0);
        report = report with { AppliedSeq = Math.Max(report.AppliedSeq, peer.At.Value), Entities = isMember ? report.Entities : 0 };
        var state = isMember ? peer.Phase.ToString().ToLowerInvariant() : _ends.GetValueOrDefault(rank, "left");
        // Not every node sends this one heartbeats; what it answered when it was asked is a sign of life as well.
        var silentMs = peer.Evidence.SilentMs + nowMs - seen.AtMs;
        return View(report, seen, committed, state, isMember ? Math.Max(0, isHeard ? Math.Min(silentMs, nowMs - last.AtMs) : silentMs) : 0);
    }

    private static NodeView View(NodeReport report, Outlook seen, long committed, string state, long silentMs)
    {
        var rank = new Rank(report.Rank);
        return new NodeView(
            rank, state, rank == seen.Leader, silentMs, VectorClock.Of(report.Clock.Select(entry => (new Rank(entry.Key), entry.Value))),
            new Seq(report.AppliedSeq), Math.Max(0, committed - report.AppliedSeq), report.Entities);
    }

    private void AskOthers()
    {
        var (last, now) = (Volatile.Read(ref _reportedAt), NowMs);
        if (now - last < ReportFreshMs && last != 0 || Interlocked.CompareExchange(ref _reportedAt, now, last) != last) return;
        foreach (var rank in _membership.Members)
            if (rank != Rank && AddressOf(rank) is { } address) _ = AskAsync(rank, address);
    }

    private async Task AskAsync(Rank rank, SiloAddress address)
    {
        try
        {
            _reports[rank] = (await _post.AskAsync(address), NowMs);
        }
        catch (Exception e) when (EntityRouter.IsLost(e))
        {
            // It is shown as it was.
        }
    }

    private SiloAddress? AddressOf(Rank rank) => rank == Rank ? _silo.SiloAddress : _membership.AddressOf(rank);

    private void Feed(NodeInput input) => _thread.Post(() => Step(input));

    /// <summary>Tells the state machine whenever the membership changes.</summary>
    private async Task WatchAsync()
    {
        try
        {
            await foreach (var snapshot in _orleans.MembershipUpdates.WithCancellation(_leaving.Token))
                if (_membership.Update(snapshot, out var reborn)) SayMembersChanged(reborn);
        }
        catch (OperationCanceledException)
        {
            // The node leaves.
        }
    }

    private void SayMembersChanged(ImmutableArray<Rank> reborn)
    {
        // Of two changes at once the older one must not be told last.
        lock (_changingMembers)
        {
            var members = _membership.Members;
            foreach (var rank in members) _ends.TryRemove(rank, out _);
            // One that came back before its former self was missed has lost its memory all the same.
            foreach (var rank in reborn) Feed(new NodeInput.PeerFailed(rank));
            Host.SetMembers(members);
            Feed(new NodeInput.MembershipChanged(members));
        }
    }

    /// <summary>Says to all that it takes part; more than once, since it may be lost, and some may not have seen yet that it is active.</summary>
    private async Task GreetAsync()
    {
        for (var left = Greetings; left > 0 && !_leaving.IsCancellationRequested; left--)
        {
            foreach (var other in _membership.Others) _post.Greet(other, Rank, _silo.SiloAddress.Generation);
            await RestAsync(GreetEveryMs);
        }
    }

    /// <summary>While it leads: has put out what is left in the membership of processes that are gone.</summary>
    private async Task ClearAwayAsync()
    {
        while (!_leaving.IsCancellationRequested)
        {
            foreach (var (rank, silo) in _membership.Remains(NowMs, MuteAfterMs))
                if (_outlook.Leader == Rank) _evictor.Evict(rank, silo);
            await RestAsync(1_000);
        }
    }

    private async Task RestAsync(int milliseconds)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), _time, _leaving.Token);
        }
        catch (OperationCanceledException)
        {
            // The node leaves.
        }
    }

    /// <summary>On the node's thread: takes the tick that is due; says in how many milliseconds the next is.</summary>
    private int TakeTurn()
    {
        if (_machine is not { } machine) return -1;
        if (NowMs >= machine.DueAtMs)
        {
            Step(new NodeInput.Tick(Host.Sequencer is { } sequencer ? sequencer.Committed : Host.Replica.Applied));
            foreach (var peer in _outlook.Peers) Host.PeerIsAt(peer.Peer, _outlook.Epoch, peer.At);
        }
        return machine.DueAtMs == long.MaxValue ? -1 : (int)Math.Clamp(machine.DueAtMs - NowMs, 1, 60_000);
    }

    private void Step(NodeInput input)
    {
        var (machine, now, collectingMs) = (_machine!, NowMs, TakeCollectingMs());
        if (machine.DueAtMs != long.MaxValue && now > machine.DueAtMs + _settings.Protocol.StallAfterMs)
        {
            // Others may have written meanwhile to what lives here. The replica reads what it missed, and that tells which entities are behind;
            // until then the leader refuses what is of yesterday. To doubt all would make seconds of a pause of half a second.
            _log.WasFrozen(Rank, now - machine.DueAtMs, collectingMs);
            Host.Refresh();
        }
        _outputs.Clear();
        machine.Step(input, now, _outputs);
        foreach (var output in _outputs.ToArray()) CarryOut(output);
        _outlook = new Outlook(machine.Leader, machine.Epoch, machine.View(now), now);
    }

    /// <summary>For how long memory was collected since this was asked last, in milliseconds; a long time is worth a line in the log.</summary>
    private long TakeCollectingMs()
    {
        var total = GC.GetTotalPauseDuration();
        var collectingMs = (long)(total - _collected).TotalMilliseconds;
        _collected = total;
        if (collectingMs < LongCollectionMs) return collectingMs;
        var last = GC.GetGCMemoryInfo(GCKind.Any);
        _log.StoodStill(Rank, collectingMs, last.Generation, last.HeapSizeBytes >> 20);
        return collectingMs;
    }

    private void CarryOut(NodeOutput output)
    {
        switch (output)
        {
            case NodeOutput.Send send:
                if (!Faults.IsOutOfReach && _membership.AddressOf(send.To) is { } address) _post.Tell(address, new NodeLetter(Rank, _silo.SiloAddress.Generation, send.Message));
                break;
            case NodeOutput.ClaimEpoch claim: _ = ClaimAsync(claim.Seen); break;
            case NodeOutput.ReadStorage: _ = ReadAsync(); break;
            case NodeOutput.Lead lead:
                lock (_leading) _leads = lead.Epoch;
                _ = LeadAsync(lead.Epoch);
                break;
            case NodeOutput.StepDown down:
                _log.StepsDown(Rank, down.Reason);
                StandDown();
                if (Follows?.Leader == Rank) Follow(null, Epoch.None);
                break;
            case NodeOutput.DrainAndResign: _ = DrainAsync(); break;
            case NodeOutput.Follow follow: Follow(follow.Leader, follow.Epoch); break;
            case NodeOutput.Suspect suspect:
                if (!Faults.IsOutOfReach && AddressOf(suspect.Peer) is { } suspected) _ = LookAsync(suspect.Peer, suspected);
                break;
            case NodeOutput.DeclareFailed failed:
                _log.PeerFailed(Rank, failed.Peer, failed.Evidence.SilentMs);
                _ends[failed.Peer] = "failed";
                if (_machine!.Leader == Rank) Evict(failed.Peer);
                break;
            case NodeOutput.Departed departed: _ends[departed.Peer] = "left"; break;
            case NodeOutput.RecordElection record: _settings.Elections.Record(record.Record, Rank, _time); break;
        }
    }

    /// <summary>A silo that is silent because its process is gone need not be waited for any longer.</summary>
    private async Task LookAsync(Rank peer, SiloAddress silo)
    {
        if (await Knock.IsRefusedAsync(silo.Endpoint, TimeSpan.FromMilliseconds(_settings.Protocol.FailedAfterMs), _leaving.Token) && silo.Equals(AddressOf(peer)))
            Feed(new NodeInput.NobodyListens(peer));
    }

    private async Task ClaimAsync(Epoch seen)
    {
        try
        {
            var claim = await _journal.ClaimEpochAsync(seen, Rank, _time.GetUtcNow().ToUnixTimeMilliseconds());
            if (claim.Granted)
            {
                Feed(new NodeInput.ClaimGranted(claim.Current));
                return;
            }
            var end = await _journal.ReadEndAsync();
            Feed(new NodeInput.ClaimRefused(end.Epoch, end.Leader));
        }
        catch (JournalException e)
        {
            _log.JournalFailed(Rank, e.Message);
            Feed(new NodeInput.ClaimFailed());
        }
    }

    /// <summary>Storage first, and then the membership: a silo that was put out before it woke must not take itself for a member.</summary>
    private async Task ReadAsync()
    {
        try
        {
            var end = await _journal.ReadEndAsync();
            await _orleans.Refresh();
            var isMember = _orleans.CurrentSnapshot.GetSiloStatus(_silo.SiloAddress) == SiloStatus.Active;
            Feed(new NodeInput.StorageRead(end.Epoch, end.Leader, null, isMember));
        }
        catch (Exception e) when (e is JournalException || EntityRouter.IsLost(e))
        {
            _log.JournalFailed(Rank, e.Message);
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
                if (end.Epoch != epoch) Feed(new NodeInput.Fenced(end.Epoch, end.Leader));
                else Lead(epoch, end);
                return;
            }
            catch (JournalException e)
            {
                _log.JournalFailed(Rank, e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(_settings.Protocol.ClaimRetryMs), _time);
            }
        }
    }

    private void Lead(Epoch epoch, JournalEnd end)
    {
        lock (_leading)
        {
            if (_leads != epoch || _isClosed) return;
            Host.Lead(epoch, end, _membership.Members);
        }
        _log.Leads(Rank, epoch, end.Seq);
        Follow(Rank, epoch);
        // Whoever was silent when nobody led is still in the membership.
        foreach (var peer in _outlook.Peers)
            if (peer.Phase == PeerPhase.Failed) Evict(peer.Peer);
    }

    private async Task DrainAsync()
    {
        var last = await Host.DrainAsync(TimeSpan.FromMilliseconds(_settings.Protocol.HandoverTimeoutMs));
        Feed(new NodeInput.Drained(last));
    }

    private void StandDown()
    {
        lock (_leading)
        {
            _leads = Epoch.None;
            Host.StepDown();
        }
    }

    private void Follow(Rank? leader, Epoch epoch)
    {
        TaskCompletionSource changed;
        lock (_leading)
        {
            (Rank, Epoch)? follows = leader is { } named ? (named, epoch) : null;
            if (_follows == follows) return;
            _follows = follows;
            changed = _leaderChanged;
            _leaderChanged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        if (leader is { } other && other != Rank) Host.Follow(other, epoch);
        changed.TrySetResult();
    }

    private void Evict(Rank peer)
    {
        if (peer != Rank && _membership.AddressOf(peer) is { } silo) _evictor.Evict(peer, silo);
    }
}
