using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Embedded;

/// <summary>An embedded cluster with the fast profile, and payers that never stop.</summary>
internal sealed class FaultyCluster : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private FaultyCluster(EmbeddedCluster cluster, FaultyJournal journal) => (Cluster, Journal, Payers) = (cluster, journal, new Payers(cluster));

    public EmbeddedCluster Cluster { get; }

    public FaultyJournal Journal { get; }

    public Payers Payers { get; }

    public static async Task<FaultyCluster> StartAsync(int nodes = 3, bool preemption = true, IWire? wire = null, RuntimeSettings? runtime = null)
    {
        var journal = new FaultyJournal(new MemoryJournal());
        var settings = new EmbeddedSettings { Nodes = nodes, Wire = wire, Protocol = NodeSettings.Fast with { Preemption = preemption }, Runtime = (runtime ?? new RuntimeSettings()) with { RetryAfterMs = 5 } };
        var market = new FaultyCluster(await EmbeddedCluster.StartAsync(settings, journal, new MemoryCheckpoints(), TimeProvider.System), journal);
        await market.Payers.OpenAsync();
        return market;
    }

    public async Task ChangeAsync(int rank, NodeChange change) => Assert.Null(await Cluster.ChangeNodeAsync(new Rank(rank), change));

    /// <summary>Waits until the cluster is seen like this.</summary>
    public Task<ClusterView> UntilAsync(string what, Func<ClusterView, bool> condition) => Cluster.UntilAsync(what, condition, Limit);

    public Task<ClusterView> UntilLedByAsync(int rank, Epoch after) =>
        Cluster.UntilReadyAsync($"node {rank} leads after epoch {after}", view => view.Leader == new Rank(rank) && view.Epoch > after, Limit);

    /// <summary>Ends the load. What was acknowledged is in the journal, once, at its place; the journal is whole; every replica comes to its end.</summary>
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
