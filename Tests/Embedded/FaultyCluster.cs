using System.Collections.Concurrent;
using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Embedded;

/// <summary>An embedded cluster with the fast profile, payers that never stop, and what was acknowledged to them.</summary>
internal sealed class FaultyCluster : IAsyncDisposable
{
    private const int Ledgers = 6;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<CommandId, Seq> _acknowledged = new();
    private readonly ConcurrentQueue<string> _refusals = new();
    private readonly CancellationTokenSource _enough = new();
    private readonly List<Task> _payers = [];

    private FaultyCluster(EmbeddedCluster cluster, FaultyJournal journal) => (Cluster, Journal) = (cluster, journal);

    public EmbeddedCluster Cluster { get; }

    public FaultyJournal Journal { get; }

    public static async Task<FaultyCluster> StartAsync(int nodes = 3, bool preemption = true, IWire? wire = null, RuntimeSettings? runtime = null)
    {
        var journal = new FaultyJournal(new MemoryJournal());
        var settings = new EmbeddedSettings { Nodes = nodes, Wire = wire, Protocol = NodeSettings.Fast with { Preemption = preemption }, Runtime = (runtime ?? new RuntimeSettings()) with { RetryAfterMs = 5 } };
        var market = new FaultyCluster(await EmbeddedCluster.StartAsync(settings, journal, new MemoryCheckpoints(), TimeProvider.System), journal);
        for (var i = 0; i < Ledgers; i++)
        {
            await market.DoAsync(i, new CreateLedger(2), $"create {i}");
            await market.DoAsync(i, new OpenAccount("ann", 1_000_000_00), $"ann {i}");
            await market.DoAsync(i, new OpenAccount("bob"), $"bob {i}");
        }
        return market;
    }

    /// <summary>Payers at every ledger, who pay one cent after the other until the end.</summary>
    public void Load()
    {
        for (var i = 0; i < Ledgers; i++)
        {
            var ledger = i;
            _payers.Add(Task.Run(async () =>
            {
                for (var n = 0; !_enough.IsCancellationRequested; n++) await PayAsync(ledger, $"pay {ledger} {n}");
            }));
        }
    }

    public async Task DoAsync(int ledger, LedgerCommand command, string id)
    {
        var reply = await Cluster.ExecuteAsync(new CommandRequest(StreamId.Of("ledger", $"L{ledger}"), command, "ann", CommandId.From(id))).AsTask().WaitAsync(Limit);
        Assert.Null(reply.Refusal);
    }

    public async Task ChangeAsync(int rank, NodeChange change) => Assert.Null(await Cluster.ChangeNodeAsync(new Rank(rank), change));

    public int Acknowledged => _acknowledged.Count;

    /// <summary>Waits until the cluster is seen like this.</summary>
    public async Task<ClusterView> UntilAsync(string what, Func<ClusterView, bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            var view = Cluster.ViewCluster();
            if (condition(view)) return view;
            Assert.False(limit.IsCancellationRequested, $"After {Limit} there was still not: {what}. {view.Epoch} led by {view.Leader}, {string.Join(", ", view.Nodes)}; {view.RefusedWrites} refused writes; ready: {Cluster.NotReadyBecause}");
            await timer.WaitForNextTickAsync();
        }
    }

    public Task<ClusterView> UntilLedByAsync(int rank, Epoch after) => UntilAsync($"node {rank} leads after epoch {after}", view => view.Leader == new Rank(rank) && view.Epoch > after && Cluster.NotReadyBecause is null);

    /// <summary>Waits until so many more payments were acknowledged.</summary>
    public async Task UntilPaidAsync(int more)
    {
        var from = Acknowledged;
        await UntilAsync($"{more} more payments after {from} (there are {Acknowledged}; {string.Join(", ", _refusals.Distinct())})", _ => Acknowledged >= from + more);
    }

    /// <summary>Ends the load. What was acknowledged is in the journal, once, at its place; the journal is whole; every replica comes to its end.</summary>
    public async Task AssertSoundAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_payers).WaitAsync(Limit);
        Assert.Empty(_refusals);
        Assert.Empty((await JournalVerifier.VerifyAsync(Journal)).Problems);
        var end = (await Journal.ReadEndAsync()).Seq;
        Assert.Empty(await MarketAudit.RunAsync(Journal, end));
        var written = (await Journal.ReadAsync(Seq.None, int.MaxValue)).ToLookup(record => record.Command);
        foreach (var (command, seq) in _acknowledged) Assert.Equal(seq, Assert.Single(written[command]).Seq);
        await UntilAsync("every living replica has all", view => view.Nodes.All(node => node.State != "alive" || node.AppliedSeq == end));
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await Cluster.DisposeAsync();
    }

    private async Task PayAsync(int ledger, string id)
    {
        var request = new CommandRequest(StreamId.Of("ledger", $"L{ledger}"), new Transfer(new TransferOrder("ann", "bob", 1)), "ann", CommandId.From(id));
        while (!_enough.IsCancellationRequested)
        {
            var reply = await Cluster.ExecuteAsync(request);
            if (reply.Refusal is null)
            {
                _acknowledged[request.Id] = reply.Receipt.Seq;
                return;
            }
            // What is worth another try is tried again with the same id, as a client would.
            if (reply.Refusal.Kind == RefusalKind.Unavailable) continue;
            _refusals.Enqueue(reply.Refusal.Code);
            return;
        }
    }
}
