using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Runtime;

/// <summary>An embedded cluster on a journal in memory, with the ledger USD and two accounts of 100.00.</summary>
internal sealed class EmbeddedMarket : IAsyncDisposable
{
    public static readonly StreamId Usd = StreamId.Of("ledger", "USD");

    private EmbeddedMarket(EmbeddedCluster cluster, FaultyJournal journal, MemoryCheckpoints checkpoints)
    {
        Cluster = cluster;
        Journal = journal;
        Checkpoints = checkpoints;
    }

    public EmbeddedCluster Cluster { get; private set; }

    public FaultyJournal Journal { get; }

    public MemoryCheckpoints Checkpoints { get; }

    public static async Task<EmbeddedMarket> StartAsync(RuntimeSettings? settings = null, int nodes = 3, TimeProvider? time = null)
    {
        var journal = new FaultyJournal(new MemoryJournal());
        var checkpoints = new MemoryCheckpoints();
        var cluster = await EmbeddedCluster.StartAsync(SettingsOf(settings, nodes), journal, checkpoints, time ?? TimeProvider.System);
        var market = new EmbeddedMarket(cluster, journal, checkpoints);
        await market.DoAsync(new CreateLedger(2), "create");
        await market.DoAsync(new OpenAccount("ann", 100_00), "ann");
        await market.DoAsync(new OpenAccount("bob", 100_00), "bob");
        return market;
    }

    /// <summary>Ends the cluster and starts another one on the same journal and checkpoints, with nothing in memory.</summary>
    public async Task RestartAsync(RuntimeSettings? settings = null, int nodes = 3)
    {
        await Cluster.DisposeAsync();
        Cluster = await EmbeddedCluster.StartAsync(SettingsOf(settings, nodes), Journal, Checkpoints, TimeProvider.System);
    }

    public Task<CommandReply> SendAsync(Command command, string id, ulong fingerprint = 0) =>
        Cluster.ExecuteAsync(new CommandRequest(Usd, command, "ann", CommandId.From(id), fingerprint)).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public async Task<CommandReply> DoAsync(Command command, string id)
    {
        var reply = await SendAsync(command, id);
        Assert.Null(reply.Refusal);
        return reply;
    }

    public Task<CommandReply> PayAsync(string id, long cents) => DoAsync(new Transfer(new TransferOrder("ann", "bob", cents)), id);

    public async Task<AccountView> AccountAsync(string account, Seq? at = null)
    {
        var reply = await Cluster.QueryAsync(Usd, new GetAccount(account, Viewer.Operator), at).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        return Assert.IsType<AccountView>(reply.View);
    }

    public async Task<IReadOnlyList<JournalRecord>> EventsAsync() => await Journal.ReadAsync(Seq.None, int.MaxValue);

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    private static EmbeddedSettings SettingsOf(RuntimeSettings? settings, int nodes) => new() { Nodes = nodes, Runtime = settings ?? new RuntimeSettings { RetryAfterMs = 1 } };
}
