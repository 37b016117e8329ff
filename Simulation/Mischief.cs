using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Simulation;

/// <summary>
/// Makes faults, of the kinds that are allowed, until their time is over; each ends by itself after a while, and all are healed at the end.
/// At most a minority of the nodes is down or cut off for long; but now and then all lose power at once.
/// </summary>
internal sealed class Mischief(Scheduler scheduler, Chance chance, RunPlan plan, FaultyWire wire, FaultyDisk disk, Tally faults, Trace trace, Func<SimulatedProcess?> process, Func<Task> powerCycle)
{
    private readonly List<(int Weight, Func<Task> Make)> _makers = [];

    /// <summary>Goes on until faults are over, and all is healed.</summary>
    public async Task RunAsync()
    {
        Collect();
        while (_makers.Count > 0 && scheduler.NowMs < plan.FaultsUntilMs)
        {
            await scheduler.Wait(chance.Around(1_500));
            if (scheduler.NowMs >= plan.FaultsUntilMs) break;
            // Several at once are what nobody thought of.
            _ = Pick()();
        }
        await scheduler.Wait((int)Math.Max(0, plan.FaultsUntilMs - scheduler.NowMs));
        await HealAsync();
    }

    private void Collect()
    {
        if (plan.Faults.HasFlag(FaultKinds.Network))
            _makers.AddRange([(3, LossAsync), (2, DoubleAsync), (3, LateAsync), (3, OneWayAsync), (4, PartitionAsync), (2, IsolateAsync)]);
        if (plan.Faults.HasFlag(FaultKinds.Nodes))
            _makers.AddRange([(5, CrashAsync), (2, CrashLeaderAsync), (3, PauseAsync), (3, PauseLeaderAsync), (3, ClockAsync), (1, ElectAsync), (1, PowerAsync)]);
        if (plan.Faults.HasFlag(FaultKinds.Disk))
            _makers.AddRange([(2, SlowDiskAsync), (2, FailingDiskAsync), (2, LyingDiskAsync), (1, NoDiskAsync)]);
    }

    private Func<Task> Pick()
    {
        var at = chance.Below(_makers.Sum(maker => maker.Weight));
        foreach (var (weight, make) in _makers)
            if ((at -= weight) < 0) return make;
        return _makers[^1].Make;
    }

    private int SomeMs => chance.Pick([200, 700, 1_500, 4_000, 8_000]) + chance.Below(200);

    /// <summary>A fault lasts for some time, and never longer than faults may.</summary>
    private Task LastAsync() => scheduler.Wait((int)Math.Min(SomeMs, Math.Max(0, plan.FaultsUntilMs - scheduler.NowMs)));

    private Rank SomeNode => new(chance.Between(1, plan.Nodes));

    private Rank? Leader => process() is { HasStarted: true } now ? now.Cluster.ViewCluster().Leader : null;

    private void Note(string kind, string text, Rank? node = null)
    {
        faults.Add(kind);
        trace.Mark(kind);
        trace.Say(TraceKind.Fault, node, text);
    }

    // The network.

    private Task LossAsync() => WhileAsync("network: loss", chance.Pick([2, 10, 40]), percent => wire.Weather = wire.Weather with { LossPercent = percent });

    private Task DoubleAsync() => WhileAsync("network: doubling", chance.Pick([5, 50]), percent => wire.Weather = wire.Weather with { DoublePercent = percent });

    private Task LateAsync() => WhileAsync("network: delay", chance.Pick([2, 20, 60]), percent => wire.Weather = wire.Weather with { LatePercent = percent });

    private async Task WhileAsync(string kind, int percent, Action<double> set)
    {
        Note(kind, $"{kind} of {percent} %");
        set(percent);
        await LastAsync();
        set(0);
        trace.Say(TraceKind.Fault, null, $"{kind} ends");
    }

    private async Task OneWayAsync()
    {
        var (from, to) = (SomeNode, SomeNode);
        if (from == to) return;
        Note("network: one-way cut", $"nothing gets from {from} to {to}");
        wire.Cut(from, to);
        await LastAsync();
        wire.Mend(from, to);
        trace.Say(TraceKind.Fault, null, $"{to} hears {from} again");
    }

    private async Task PartitionAsync()
    {
        var size = chance.Between(1, Math.Max(1, plan.Nodes - 1));
        var side = new HashSet<Rank>();
        while (side.Count < size && side.Count < plan.Nodes - 1) side.Add(SomeNode);
        var both = chance.Percent(75);
        var others = Enumerable.Range(1, plan.Nodes).Select(rank => new Rank(rank)).Where(rank => !side.Contains(rank)).ToList();
        Note(both ? "network: partition" : "network: one-way partition", $"{string.Join(' ', side.Order())} {(both ? "|" : ">|")} {string.Join(' ', others)}");
        foreach (var one in side)
            foreach (var other in others)
            {
                wire.Cut(one, other);
                if (both) wire.Cut(other, one);
            }
        await LastAsync();
        foreach (var one in side)
            foreach (var other in others)
            {
                wire.Mend(one, other);
                wire.Mend(other, one);
            }
        trace.Say(TraceKind.Fault, null, "the partition is over");
    }

    private async Task IsolateAsync()
    {
        var node = SomeNode;
        if (!await ChangeAsync(node, NodeChange.Isolate, "network: isolation")) return;
        await LastAsync();
        await ChangeAsync(node, NodeChange.Heal, null);
    }

    // Nodes.

    private Task CrashAsync() => CrashAsync(SomeNode);

    private Task CrashLeaderAsync() => Leader is { } leader ? CrashAsync(leader) : Task.CompletedTask;

    private async Task CrashAsync(Rank node)
    {
        if (!await ChangeAsync(node, NodeChange.Crash, "nodes: crash")) return;
        await LastAsync();
        await RestartAsync(node);
    }

    private Task PauseAsync() => PauseAsync(SomeNode);

    private Task PauseLeaderAsync() => Leader is { } leader ? PauseAsync(leader) : Task.CompletedTask;

    private async Task PauseAsync(Rank node)
    {
        if (!await ChangeAsync(node, NodeChange.Pause, "nodes: freeze")) return;
        await LastAsync();
        await ChangeAsync(node, NodeChange.Resume, null);
    }

    private async Task ClockAsync()
    {
        if (process() is not { } now) return;
        var node = SomeNode;
        var clock = now.Clocks[node];
        if (chance.Percent(50))
        {
            clock.SkewMs = chance.Between(-2_000, 2_000);
            Note("nodes: clock jump", $"the clock of {node} jumps to {clock.SkewMs} ms", node);
        }
        else
        {
            clock.DriftPpm = chance.Between(-20_000, 20_000);
            Note("nodes: clock drift", $"the clock of {node} drifts by {clock.DriftPpm} ppm", node);
        }
        await LastAsync();
        (clock.SkewMs, clock.DriftPpm) = (0, 0);
    }

    private async Task ElectAsync()
    {
        if (process() is not { HasStarted: true } now) return;
        Note("nodes: forced election", "an election is forced");
        await now.Cluster.ElectAsync();
    }

    private Task PowerAsync()
    {
        Note("nodes: all lose power", "all nodes lose power");
        return powerCycle();
    }

    private async Task<bool> ChangeAsync(Rank node, NodeChange change, string? kind)
    {
        if (process() is not { HasStarted: true, IsOver: false } now || await now.Cluster.ChangeNodeAsync(node, change) is not null) return false;
        if (kind is not null) Note(kind, $"{change}", node);
        else trace.Say(TraceKind.Fault, node, $"{change}");
        return true;
    }

    /// <summary>A restart that the disk refuses is tried again.</summary>
    private async Task RestartAsync(Rank node)
    {
        while (process() is { HasStarted: true, IsOver: false } now && now.Cluster.NodeOf(node) is { Life: null })
        {
            if (await ChangeAsync(node, NodeChange.Restart, null)) return;
            await scheduler.Wait(200);
        }
    }

    // The disk.

    private Task SlowDiskAsync() => WithDiskAsync("disk: slow", state => state with { WriteUs = chance.Pick([20_000, 200_000, 1_500_000]), ReadUs = 20_000 });

    private Task FailingDiskAsync() => WithDiskAsync("disk: fails before writes", state => state with { FailBeforePercent = chance.Pick([5, 50]) });

    private Task LyingDiskAsync() => WithDiskAsync("disk: fails after writes", state => state with { FailAfterPercent = chance.Pick([5, 50]) });

    private Task NoDiskAsync() => WithDiskAsync("disk: away for a while", state => state with { IsAway = true });

    private async Task WithDiskAsync(string kind, Func<DiskState, DiskState> change)
    {
        disk.State = change(disk.State);
        Note(kind, $"{kind}: {disk.State}");
        await LastAsync();
        disk.State = new DiskState();
        trace.Say(TraceKind.Fault, null, "the disk is well");
    }

    /// <summary>Everything is as it should be, from now on.</summary>
    private async Task HealAsync()
    {
        trace.Say(TraceKind.Fault, null, "faults are over: all is healed");
        wire.Weather = new Weather();
        wire.MendAll();
        disk.State = new DiskState();
        while (process() is not { HasStarted: true, IsOver: false }) await scheduler.Wait(50);
        var now = process()!;
        foreach (var (rank, clock) in now.Clocks)
        {
            (clock.SkewMs, clock.DriftPpm) = (0, 0);
            await ChangeAsync(rank, NodeChange.Heal, null);
            await ChangeAsync(rank, NodeChange.Resume, null);
            await RestartAsync(rank);
        }
    }
}
