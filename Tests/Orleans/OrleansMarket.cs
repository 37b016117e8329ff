using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Silo.InProcess;
using Rialto.Tests.Support;

namespace Rialto.Tests.OnOrleans;

/// <summary>Silos in this process with the fast profile, on a journal in memory, and payers at some ledgers.</summary>
internal sealed class OrleansMarket : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private OrleansMarket(OrleansCluster cluster, FaultyJournal journal) => (Cluster, Journal, Payers) = (cluster, journal, new Payers(cluster));

    public OrleansCluster Cluster { get; }

    public FaultyJournal Journal { get; }

    public Payers Payers { get; }

    /// <summary>Starts, and returns when the highest leads.</summary>
    public static async Task<OrleansMarket> StartAsync(int nodes = 3, bool preemption = true)
    {
        var journal = new FaultyJournal(new MemoryJournal());
        var settings = new OrleansSettings { Nodes = nodes, Protocol = NodeSettings.Fast with { Preemption = preemption, HandoverDelayMs = 50 }, Runtime = new RuntimeSettings { RetryAfterMs = 5 } };
        var market = new OrleansMarket(await OrleansCluster.StartAsync(settings, journal, new MemoryCheckpoints(), TimeProvider.System), journal);
        await market.UntilAsync("a node leads", view => view.Leader is not null && view.Nodes.Count == nodes && (!preemption || view.Leader == new Rank(nodes)));
        await market.Payers.OpenAsync();
        return market;
    }

    public async Task ChangeAsync(int rank, NodeChange change) => Assert.Null(await Cluster.ChangeNodeAsync(new Rank(rank), change));

    /// <summary>Waits until the cluster is seen like this.</summary>
    public async Task<ClusterView> UntilAsync(string what, Func<ClusterView, bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            var view = Cluster.ViewCluster();
            if (condition(view)) return view;
            Assert.False(limit.IsCancellationRequested, $"After {Limit} there was still not: {what}. {view.Epoch} led by {view.Leader}, {string.Join(", ", view.Nodes)}; ready: {Cluster.NotReadyBecause}");
            await timer.WaitForNextTickAsync();
        }
    }

    public Task<ClusterView> UntilLedByAsync(int rank, Epoch after) =>
        UntilAsync($"node {rank} leads after epoch {after}", view => view.Leader == new Rank(rank) && view.Epoch > after && Cluster.NotReadyBecause is null);

    public async Task AssertSoundAsync()
    {
        await Payers.AssertSoundAsync();
        var end = (await Journal.ReadEndAsync()).Seq;
        await UntilAsync("every living replica has all", view => view.Nodes.All(node => node.State != "alive" || node.AppliedSeq == end));
    }

    public async ValueTask DisposeAsync()
    {
        await Payers.DisposeAsync();
        await Cluster.DisposeAsync();
    }
}
