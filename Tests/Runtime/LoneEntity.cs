using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Tests.Runtime;

/// <summary>The entities of one node, wired by hand to a leader that answers what a test wants. The ledger USD has been written to the journal before.</summary>
internal sealed class LoneEntity : ILeaderLink
{
    private LoneEntity(TimeProvider time, RuntimeSettings settings)
    {
        var outbox = new Outbox(this, () => VectorClock.Zero, time, settings);
        Entities = new EntityDirectory(new EntityServices(
            new Rank(1), new EntityHistory(Journal, new MemoryCheckpoints(), settings), outbox, time, settings, new NoFunds(), Sealing: null));
    }

    public EntityDirectory Entities { get; }

    public MemoryJournal Journal { get; } = new();

    /// <summary>What has come to the leader, batch by batch.</summary>
    public List<IReadOnlyList<AppendRequest>> Sent { get; } = [];

    /// <summary>How the leader answers.</summary>
    public Func<IReadOnlyList<AppendRequest>, Task<AppendOutcome[]>> Leader { get; set; } = requests => Task.FromResult(All(requests, AppendStatus.MissingCause));

    public static async Task<LoneEntity> StartAsync(TimeProvider time, RuntimeSettings settings)
    {
        var lone = new LoneEntity(time, settings);
        lone.Leader = await lone.ElectAsync();
        foreach (var (command, id) in new (Command, string)[] { (new CreateLedger(2), "create"), (new OpenAccount("ann", 100_00), "ann"), (new OpenAccount("bob", 100_00), "bob") })
            Assert.Null((await lone.SendAsync(command, id)).Refusal);
        lone.Sent.Clear();
        return lone;
    }

    /// <summary>A new leader, in an epoch of its own.</summary>
    public async Task<Func<IReadOnlyList<AppendRequest>, Task<AppendOutcome[]>>> ElectAsync()
    {
        var epoch = (await Journal.ClaimEpochAsync((await Journal.ReadEndAsync()).Epoch, new Rank(1), 0)).Current;
        var end = await Journal.ReadEndAsync();
        return new SequencerHost(new Sequencer(new SequencerSettings(), epoch, end), end.Seq, Journal, TimeProvider.System, new RuntimeSettings { RetryAfterMs = 1 }, _ => { }).SubmitAsync;
    }

    public static AppendOutcome[] All(IReadOnlyList<AppendRequest> requests, AppendStatus status) => [.. requests.Select(_ => new AppendOutcome(status))];

    public Task<CommandReply> SendAsync(Command command, string id) =>
        Entities.ExecuteAsync(new CommandRequest(EmbeddedMarket.Usd, command, "ann", CommandId.From(id))).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public Task<QueryReply> AskAsync() =>
        Entities.QueryAsync(EmbeddedMarket.Usd, new GetAccount("ann", Viewer.Operator), null).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public Task<AppendOutcome[]> SubmitAsync(IReadOnlyList<AppendRequest> requests)
    {
        Sent.Add(requests);
        return Leader(requests);
    }

    private sealed class NoFunds : IFunds
    {
        public ValueTask<(Hold? Hold, Refusal? Refusal)> HoldAsync(FundsNeed need, StreamId purpose, CommandRequest request) =>
            throw new InvalidOperationException("Nothing is to be held.");
    }
}
