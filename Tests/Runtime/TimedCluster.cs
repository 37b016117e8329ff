using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Runtime;

/// <summary>An embedded cluster on a clock that goes on only when told to. It can be stopped, and started again on what it has written.</summary>
internal sealed class TimedCluster(IJournal journal, RuntimeSettings settings) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly MemoryCheckpoints _checkpoints = new();
    private EmbeddedCluster? _cluster;

    public ManualTime Time { get; } = new();

    private EmbeddedCluster Cluster => _cluster ?? throw new InvalidOperationException("It was not started.");

    public async Task StartAgainAsync()
    {
        await StopAsync();
        _cluster = await EmbeddedCluster.StartAsync(new EmbeddedSettings { Runtime = settings }, journal, _checkpoints, Time);
    }

    public async Task StopAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    public Task<CommandReply> SendAsync(StreamId entity, Command command, string actor, string id) =>
        Cluster.ExecuteAsync(new CommandRequest(entity, command, actor, CommandId.From(id))).AsTask().WaitAsync(Limit);

    public async Task<TView> AskAsync<TView>(StreamId entity, Query query) where TView : View =>
        Assert.IsType<TView>((await Cluster.QueryAsync(entity, query).AsTask().WaitAsync(Limit)).View);

    /// <summary>Waits event by event: the condition is looked at again whenever something was committed.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            var seen = Cluster.Replica.Applied;
            if (await condition()) return;
            // Things that are looked at again after a while need the clock to go on.
            Time.Advance(TimeSpan.FromMilliseconds(10));
            if (Cluster.Replica.Applied == seen) await Cluster.Replica.FeedAsync(seen, 1, limit.Token).AsTask().WaitAsync(TimeSpan.FromSeconds(1)).ContinueWith(_ => { }, TaskScheduler.Default);
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The journal is whole, and the markets' promises are kept.</summary>
    public async Task AssertSoundAsync()
    {
        Assert.Empty((await JournalVerifier.VerifyAsync(journal)).Problems);
        Assert.Empty(await MarketAudit.RunAsync(journal, (await journal.ReadEndAsync()).Seq));
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
