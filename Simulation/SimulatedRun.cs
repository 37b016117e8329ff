using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Simulation.Promises;
using Rialto.Simulation.Workloads;

namespace Rialto.Simulation;

/// <summary>What came of a run.</summary>
/// <param name="Plan">What it was made of.</param>
/// <param name="Broken">What is wrong, by promise; empty if all is well.</param>
/// <param name="TraceHash">What happened, as one number: the same for the same seed, everywhere.</param>
/// <param name="Trace">What happened, in words if they were kept.</param>
/// <param name="VirtualMs">How long it took in its own time.</param>
/// <param name="Faults">What was made to go wrong, by kind.</param>
/// <param name="Messages">What nodes told each other, by kind.</param>
/// <param name="SteadyMessages">How many of them between the first quarter of the run, when what the clients needed was made, and its second third, when the cluster is asked whether it is well.</param>
/// <param name="Commands">How many answers clients were given.</param>
/// <param name="Events">How many events the journal holds.</param>
/// <param name="Epochs">How many epochs were claimed.</param>
/// <param name="LongestWithoutLeaderMs">How long nobody led at most.</param>
/// <param name="WellAfterMs">How long after the faults all was well.</param>
internal sealed record RunResult(
    RunPlan Plan, IReadOnlyList<(int Promise, string Sentence)> Broken, ulong TraceHash, Trace Trace, long VirtualMs, Tally Faults, Tally Messages, long SteadyMessages,
    int Commands, long Events, long Epochs, long LongestWithoutLeaderMs, long? WellAfterMs);

/// <summary>
/// One run: a cluster, its clients, and what goes wrong, on one thread in virtual time, all of it told by the seed. First clients and faults
/// (safety), then no more faults (all must heal and go on), then no more load (all must come to rest); then the promises are checked.
/// </summary>
internal sealed class SimulatedRun
{
    private const int ProbeEveryMs = 20;
    private const int SampleEveryMs = 1_500;

    private static readonly StreamId ProbeLedger = StreamId.Of("ledger", "EUR");

    private readonly RunPlan _plan;
    private readonly Scheduler _scheduler;
    private readonly Chance _chance;
    private readonly Trace _trace;
    private readonly Tally _faults = new();
    private readonly FaultyWire _wire;
    private readonly FaultyDisk _disk;
    private readonly ForgetfulCheckpoints _checkpoints;
    private readonly RunLog _log = new();
    private readonly Door _door;
    private readonly Actor _founder;
    private readonly List<Actor> _actors = [];
    private readonly IReadOnlyList<IWorkload> _workloads = IWorkload.All();
    private readonly TraceWatcher _watcher;
    private SimulatedProcess? _process;
    private long _steadyMessages;
    private bool _isOver;
    private bool _isLoaded;

    private SimulatedRun(RunPlan plan)
    {
        _plan = plan with { Runtime = Bugs.Spoil(plan.Bug, plan.Runtime) };
        _chance = new Chance(plan.Seed);
        _scheduler = new Scheduler(_chance.Fork(), 5 * plan.RunMs) { DisorderPercent = plan.DisorderPercent };
        _trace = new Trace(_scheduler, plan.KeepTrace);
        _wire = new FaultyWire(_scheduler, _chance.Fork(), _trace, _faults);
        _disk = new FaultyDisk(_scheduler, _chance.Fork(), _trace, _faults);
        _disk.Beneath = Bugs.SpoilJournal(plan.Bug, _disk.Durable, _scheduler);
        _checkpoints = new ForgetfulCheckpoints(Bugs.SpoilCheckpoints(plan.Bug, new MemoryCheckpoints()), _scheduler, _chance.Fork());
        var secrets = new Secrets(_log);
        _disk.Written = (_, batch) =>
        {
            secrets.Learn(batch);
            foreach (var record in batch) _log.DurableMs[record.Seq] = _scheduler.NowMs;
        };
        _door = new Door(_scheduler, _chance.Fork(), plan, _log, _trace, secrets);
        Bugs.SpoilWire(plan.Bug, _wire, _door, _chance.Fork());
        _founder = NewActor("founder");
        for (var i = 1; i <= plan.Clients; i++) _actors.Add(NewActor($"c{i}"));
        _watcher = new TraceWatcher(_trace, plan.Nodes, () => _process);
        _scheduler.Fired = now =>
        {
            _trace.Mark(now);
            if (plan.KeepTrace) _watcher.Look();
        };
    }

    private IJournal Journal => _plan.Bug == Bug.AckBeforeCommit ? _disk.Durable : _disk.Beneath ?? _disk.Durable;

    /// <summary>Runs a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="watch">Given the scheduler, for somebody who sees to it that the run does not get stuck.</param>
    public static RunResult Execute(RunPlan plan, Action<Scheduler>? watch = null)
    {
        var run = new SimulatedRun(plan);
        watch?.Invoke(run._scheduler);
        var broken = new List<(int, string)>();
        try
        {
            run._scheduler.Run(run.LiveAsync);
            broken.AddRange(run._log.FoundOnTheWay);
            broken.AddRange(Promise.Check(new Aftermath(run._plan, run._log, run.Journal, run._disk.Claims, run._workloads, run.LastReplicas())));
        }
        catch (Exception e)
        {
            // Whatever it is, this run has not come to its end, and the other seeds shall.
            broken.AddRange(run._log.FoundOnTheWay);
            broken.Add((9, e is SimulationException ? e.Message : e.ToString()));
        }
        var end = run.Journal.ReadEndAsync().AsTask().GetAwaiter().GetResult();
        return new RunResult(
            plan, broken, run._trace.Hash, run._trace, run._scheduler.NowMs, run._faults, run._wire.Sent, run._steadyMessages, run._log.Told.Count, end.Seq.Value, end.Epoch.Value,
            run._log.LongestWithoutLeaderMs, run._log.WellAfterMs);
    }

    private Actor NewActor(string name) => new(name, _chance.Fork(), _door, _scheduler, _plan, _log);

    private async Task LiveAsync()
    {
        _scheduler.After(_plan.RunMs / 4 * TimeSpan.TicksPerMillisecond, () => _steadyMessages -= _wire.Sent.Total);
        _scheduler.After(_plan.FaultsUntilMs * TimeSpan.TicksPerMillisecond, () => _steadyMessages += _wire.Sent.Total);
        await StartProcessAsync();
        foreach (var workload in _workloads) await workload.PrepareAsync(_founder, [.. _actors.Select(actor => actor.Name)]);
        var mischief = new Mischief(_scheduler, _chance.Fork(), _plan, _wire, _disk, _faults, _trace, () => _process, PowerCycleAsync);
        var clients = _plan.ThinkMs == 0 ? [] : _actors.Select(ActAsync).ToList();
        Task[] watching = [WatchLeaderAsync(), SampleAsync(), ReadFeedAsync("nobody"), ReadFeedAsync(_actors[0].Name), NameCausesAsync()];
        await mischief.RunAsync();
        await BecomeWellAsync();
        await _scheduler.Wait((int)Math.Max(0, _plan.LoadUntilMs - _scheduler.NowMs));
        foreach (var client in clients) await client;
        await _scheduler.Wait((int)Math.Max(0, _plan.RunMs - _scheduler.NowMs));
        _isOver = true;
        foreach (var watcher in watching) await watcher;
        await SettleAsync();
        foreach (var (rank, replica) in LastReplicas()) Sample(rank, replica);
    }

    private async Task StartProcessAsync()
    {
        await SimulatedProcess.StartAsync(_scheduler, _plan, _wire, _disk, _checkpoints, process => _door.Process = _process = process);
    }

    private async Task PowerCycleAsync()
    {
        // Where there is none, none can be lost; but a process that is only starting can lose it.
        if (_process is not { IsOver: false } process) return;
        process.LosePower();
        if (_disk.Beneath is HastyJournal hasty) await hasty.LosePowerAsync();
        await _scheduler.Wait(_chance.Between(50, 1_500));
        if (_chance.Percent(30)) _checkpoints.LossPercent = 50;
        await StartProcessAsync();
    }

    // The load.

    private async Task ActAsync(Actor actor)
    {
        while (_scheduler.NowMs < _plan.LoadUntilMs)
        {
            await _scheduler.Wait(actor.Chance.Around(_plan.ThinkMs));
            await actor.Chance.Pick(_workloads).ActAsync(actor);
            _isLoaded = true;
        }
    }

    /// <summary>Somebody who reads every event as it comes, at some node, and goes on at another when that one is gone.</summary>
    private async Task ReadFeedAsync(string name)
    {
        var chance = _chance.Fork();
        var after = Seq.None;
        var viewer = _plan.Bug == Bug.SealedBidLeaked ? Viewer.Operator : new Viewer(name);
        while (!_isOver)
        {
            if (_process is not { HasStarted: true, IsOver: false } process || _door.SomeReplica(process) is not { } at)
            {
                await _scheduler.Wait(100);
                continue;
            }
            var patience = new CancellationTokenSource();
            _scheduler.After(chance.Between(100, 2_000) * TimeSpan.TicksPerMillisecond, patience.Cancel);
            try
            {
                // A process that loses its power in the middle of a read never answers it.
                var events = await at.Replica.FeedAsync(after, chance.Between(1, 50), patience.Token).AsTask().WaitAsync(patience.Token);
                if (events.Count == 0) await _scheduler.Wait(20);
                foreach (var committed in events)
                {
                    var (record, shown) = (committed.Record, at.Replica.Conceal(committed.Record, committed.Happened, viewer));
                    if (record.Seq != after.Next) _log.Found(2, $"the feed of node {at.Rank} goes from {after} to {record.Seq}");
                    if (after < record.Seq) after = record.Seq;
                    _log.Fed.Add((at.Rank, record));
                    _door.Secrets.Shown(name, $"the feed of node {at.Rank} at {record.Seq}", MarketCodec.Encode(shown));
                }
            }
            catch (OperationCanceledException)
            {
                // Nothing has come for a while: another node is asked.
            }
            catch (JournalException)
            {
                await _scheduler.Wait(50);
            }
        }
    }

    /// <summary>Commands that name a cause which has no place yet, each in a stream of its own: the cause is sent after what depends on it.</summary>
    private async Task NameCausesAsync()
    {
        var chance = _chance.Fork();
        for (var pair = 1; _plan.ThinkMs > 0 && _scheduler.NowMs < _plan.LoadUntilMs && !_isOver; pair++)
        {
            await _scheduler.Wait(chance.Around(2_000));
            if (_process is not { HasStarted: true, IsOver: false } process) continue;
            var node = process.Cluster.NodeOf(new Rank(chance.Between(1, _plan.Nodes)));
            if (node.Life is null || process.Cluster.SequencerFor(node) is not { } leader) continue;
            var (cause, effect) = (Append($"cause{pair}", []), Append($"effect{pair}", [$"cause{pair}"]));
            _log.Causes.Add(new NamedCause(effect.Command, cause.Command));
            _ = leader.Sequencer.SubmitAsync([effect]);
            await _scheduler.Wait(chance.Between(1, 50));
            _ = leader.Sequencer.SubmitAsync([cause]);
            await _scheduler.Wait(chance.Between(1, 50));
            // Whoever waits for its cause sends again.
            _ = leader.Sequencer.SubmitAsync([effect]);

            AppendRequest Append(string name, string[] after)
            {
                var created = new Markets.Ledgers.LedgerCreated(name, 0, Markets.Ledgers.LedgerBounds.Issuer, "nobody");
                return new AppendRequest
                {
                    Command = CommandId.From(name),
                    Fingerprint = 0,
                    Origin = new Rank(1_000),
                    Streams = [new StreamAppend(StreamId.Of("ledger", name), 0, [new NewEvent(MarketCodec.TypeOf(created), MarketCodec.Encode(created))])],
                    CausesByCommand = _plan.Bug == Bug.HoldBackIgnored ? [] : [.. after.Select(text => CommandId.From(text))],
                    Clock = VectorClock.Zero.With(new Rank(1_000), 2 * pair - (after.Length == 0 ? 1 : 0)),
                };
            }
        }
    }

    // What is looked at meanwhile.

    private async Task WatchLeaderAsync()
    {
        long? since = null;
        while (!_isOver)
        {
            var leads = _process is { HasStarted: true, IsOver: false } process && process.Cluster.Members.Any(rank => process.Cluster.NodeOf(rank).Sequencer is { IsFenced: false });
            if (leads) since = null;
            else since ??= _scheduler.NowMs;
            if (since is { } from) _log.LongestWithoutLeaderMs = Math.Max(_log.LongestWithoutLeaderMs, _scheduler.NowMs - from);
            await _scheduler.Wait(ProbeEveryMs);
        }
    }

    private async Task SampleAsync()
    {
        while (!_isOver)
        {
            await _scheduler.Wait(SampleEveryMs);
            foreach (var (rank, replica) in LastReplicas()) Sample(rank, replica);
        }
    }

    private void Sample(Rank rank, Replica replica)
    {
        if (replica.Failure is { } failure) _log.Found(8, $"the replica of node {rank} has stopped: {failure}");
        _log.Samples.Add(new ReplicaSample(rank, replica.Applied, Digest.Of(replica)));
    }

    private IReadOnlyList<(Rank Rank, Replica Replica)> LastReplicas() =>
        _process is not { HasStarted: true, IsOver: false } process ? []
        : [.. process.Cluster.Members.Select(process.Cluster.NodeOf).Where(node => node.Host is not null).Select(node => (node.Rank, node.Host!.Replica))];

    // After the faults.

    /// <summary>Waits until one leads, all follow it, all see each other, and a command is answered at every node.</summary>
    private async Task BecomeWellAsync()
    {
        var healed = _scheduler.NowMs;
        while (WhyNotWell() is { } why)
        {
            if (_scheduler.NowMs - healed > _plan.WellWithinMs)
            {
                _log.Found(9, $"{_plan.WellWithinMs} ms after the last fault: {why}");
                return;
            }
            await _scheduler.Wait(ProbeEveryMs);
        }
        foreach (var rank in _process!.Cluster.Members)
        {
            var command = new Markets.Ledgers.Transfer(new Markets.Ledgers.TransferOrder(_actors[0].Name, _actors[1].Name, 1));
            var request = new CommandRequest(ProbeLedger, command, _actors[0].Name, CommandId.From("probe", rank.ToString()), 1);
            var asked = _scheduler.NowMs;
            var reply = await _process.Cluster.RouteAsync(_process.Cluster.NodeOf(rank), request);
            if (reply.Refusal is not null || _scheduler.NowMs - asked > _plan.WellWithinMs)
                _log.Found(9, $"well again, but node {rank} answered after {_scheduler.NowMs - asked} ms: {reply.Refusal?.Code ?? "accepted"}");
        }
        _log.WellAfterMs = _scheduler.NowMs - healed;
    }

    private string? WhyNotWell()
    {
        if (_process is not { HasStarted: true } process) return "the process has not started";
        var nodes = process.Cluster.Members.Select(process.Cluster.NodeOf).ToList();
        var highest = nodes[^1].Rank;
        foreach (var node in nodes)
        {
            if (!node.HasJoined || node.IsPaused) return $"node {node.Rank} takes no part";
            if (node.Outlook.Leader is not { } leader) return $"node {node.Rank} knows of no leader";
            if (_plan.Protocol.Preemption && leader != highest) return $"node {node.Rank} follows {leader}, and {highest} is there";
            if (node.Outlook.Epoch != nodes[^1].Outlook.Epoch) return $"node {node.Rank} is in epoch {node.Outlook.Epoch}, and {highest} in {nodes[^1].Outlook.Epoch}";
            if (node.Outlook.Peers.FirstOrDefault(peer => peer.Phase != PeerPhase.Alive) is { Peer.Value: > 0 } bad) return $"node {node.Rank} takes {bad.Peer} for {bad.Phase}";
        }
        return nodes[^1].Sequencer is { IsFenced: false } ? null : $"node {highest} does not lead";
    }

    /// <summary>Waits until nothing is due any more: auctions are over, holds have ended, replicas have all. Nothing may happen between this and the check.</summary>
    private async Task SettleAsync()
    {
        var from = _scheduler.NowMs;
        while (WhyNotSettled() is { } why)
        {
            if (_scheduler.NowMs - from > 60_000)
            {
                _log.Found(6, $"{_scheduler.NowMs - from} ms after the last command: {why}");
                return;
            }
            await _scheduler.Wait(200);
        }
    }

    private string? WhyNotSettled()
    {
        var end = Journal.ReadEndAsync().AsTask().GetAwaiter().GetResult().Seq;
        foreach (var (rank, replica) in LastReplicas())
        {
            if (replica.Applied < end) return $"the replica of node {rank} is at {replica.Applied}, and the journal ends at {end}";
            if (!_isLoaded) continue;
            var (now, why) = (_process!.Clocks[rank].GetUtcNow(), (string?)null);
            var entities = replica.Entities();
            var holds = replica.Ask<Markets.Ledgers.StandingHolds, ILookup<StreamId, string>>(
                open => entities.SelectMany(open.For).ToLookup(hold => hold.Purpose, hold => hold.Transfer), out _);
            replica.Look(entities, (entity, kind, state) =>
            {
                // What is due later is nobody's fault; an auction is to be over, though, to see what becomes of its holds.
                if (kind.NextDeadline(state) is { } next && (next.At < now.AddSeconds(-5) || entity.Category == "auction")) why = $"{entity} still waits for {next.Name}";
                foreach (var hold in holds[entity])
                    if (kind.FateOf(state, hold).Kind != HoldFateKind.Keep) why = $"the hold {hold} for {entity} has not ended";
            });
            if (why is not null) return why;
            if (replica.Due() is [var due, ..]) return $"{due.Entity} was not asked for {due.Command.GetType().Name}, which is due at node {rank}";
        }
        return null;
    }
}
