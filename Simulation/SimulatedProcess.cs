using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Simulation;

/// <summary>
/// One life of the server's process: an embedded cluster with all its nodes, from its start until it loses power. What is on the disk is all
/// that the next one knows.
/// </summary>
internal sealed class SimulatedProcess
{
    private readonly SortedDictionary<Rank, VirtualTime> _clocks = [];
    private readonly VirtualTime _time;

    private SimulatedProcess(Scheduler scheduler, int nodes)
    {
        _time = new VirtualTime(scheduler);
        for (var rank = 1; rank <= nodes; rank++) _clocks.Add(new Rank(rank), new VirtualTime(scheduler));
    }

    /// <summary>Whether it is no more.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The cluster.</summary>
    public EmbeddedCluster Cluster { get; private set; } = null!;

    /// <summary>Whether the cluster takes commands.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>The nodes' clocks.</summary>
    public IReadOnlyDictionary<Rank, VirtualTime> Clocks => _clocks;

    /// <summary>Begins a life, and goes on trying until the disk lets it.</summary>
    /// <param name="scheduler">What it runs on.</param>
    /// <param name="plan">How it is made up.</param>
    /// <param name="wire">The network between its nodes.</param>
    /// <param name="disk">What lasts.</param>
    /// <param name="checkpoints">What may last.</param>
    /// <param name="begun">Told of the process as soon as it exists: it may lose power before it has started.</param>
    public static async Task StartAsync(Scheduler scheduler, RunPlan plan, FaultyWire wire, FaultyDisk disk, ICheckpoints checkpoints, Action<SimulatedProcess> begun)
    {
        var process = new SimulatedProcess(scheduler, plan.Nodes);
        begun(process);
        var settings = new EmbeddedSettings
        {
            Nodes = plan.Nodes,
            Protocol = plan.Protocol,
            Runtime = plan.Runtime,
            Sealing = new SealingKey([.. Enumerable.Repeat((byte)7, 32)]),
            Wire = new WireOf(process, wire),
            ClockOf = rank => process._clocks[rank],
        };
        while (!process.IsOver)
        {
            try
            {
                process.Cluster = await EmbeddedCluster.StartAsync(settings, disk.For(process), checkpoints, process._time);
                process.HasStarted = true;
                return;
            }
            catch (JournalException)
            {
                await scheduler.Wait(100);
            }
        }
    }

    /// <summary>It stops where it is, and nothing of it goes on.</summary>
    public void LosePower()
    {
        IsOver = true;
        _time.Stop();
        foreach (var clock in _clocks.Values) clock.Stop();
    }

    /// <summary>A node, if the process has come so far.</summary>
    public VirtualNode? NodeOf(Rank rank) => HasStarted ? Cluster.NodeOf(rank) : null;
}
