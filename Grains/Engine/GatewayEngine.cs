using Rialto.GrainInterfaces;
using Rialto.Grains.Nodes;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Grains.Engine;

/// <summary>
/// The market as a front door sees it that is no silo: commands and questions go to the grains through the silos' gateways, its replica
/// follows the journal, and the cluster is shown as its leader sees it.
/// </summary>
public sealed class GatewayEngine : IEngine, IAsyncDisposable
{
    /// <summary>How often the cluster is looked at.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>How often the journal is, without a reason to.</summary>
    private static readonly TimeSpan ReadEvery = TimeSpan.FromMilliseconds(25);

    /// <summary>So long without a word of a leader, and there is none, in milliseconds.</summary>
    private const int LeaderlessAfterMs = 1_500;

    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly EntityRouter _router;
    private readonly JournalFollower _follower;
    private readonly CancellationTokenSource _stopping = new();
    private Task _looking = Task.CompletedTask;
    private volatile ClusterView _view = new("orleans", null, Epoch.None, [], [], 0);
    private long _seenAt;

    private GatewayEngine(IGrainFactory grains, IJournal journal, JournalFollower follower, SiloNodeSettings settings, TimeProvider time)
    {
        (_grains, Journal, _follower, _time) = (grains, journal, follower, time);
        _router = new EntityRouter(grains, settings, time);
    }

    /// <inheritdoc/>
    public string Name => "orleans";

    /// <inheritdoc/>
    public Replica Replica => _follower.Replica;

    /// <inheritdoc/>
    public IJournal Journal { get; }

    /// <inheritdoc/>
    public string? NotReadyBecause =>
        _stopping.IsCancellationRequested ? "This server is stopping."
        : _view.Leader is null || _time.GetElapsedTime(Volatile.Read(ref _seenAt)).TotalMilliseconds > LeaderlessAfterMs ? "No node leads yet, or none can be reached."
        : Replica.Failure?.Message;

    /// <summary>Reads the journal, and finds out who leads.</summary>
    /// <param name="grains">A client of the cluster.</param>
    /// <param name="journal">The cluster's journal; it stays its opener's to dispose.</param>
    /// <param name="settings">Times and limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Gives up starting.</param>
    public static async Task<GatewayEngine> StartAsync(IGrainFactory grains, IJournal journal, SiloNodeSettings settings, TimeProvider time, CancellationToken cancellation)
    {
        var follower = await JournalFollower.StartAsync(journal, time, settings.Runtime, ReadEvery, cancellation);
        var engine = new GatewayEngine(grains, journal, follower, settings, time);
        engine._looking = engine.LookOnAsync();
        return engine;
    }

    /// <inheritdoc/>
    public async ValueTask<CommandReply> ExecuteAsync(CommandRequest request)
    {
        var reply = await _router.ExecuteAsync(request);
        _follower.Notice(reply.Receipt.Seq);
        return reply;
    }

    /// <inheritdoc/>
    public async ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at = null)
    {
        var reply = await _router.QueryAsync(entity, query, at);
        _follower.Notice(reply.VisibleTo);
        return reply;
    }

    /// <inheritdoc/>
    public ClusterView ViewCluster() => _view;

    /// <inheritdoc/>
    public async ValueTask<Refusal?> ElectAsync()
    {
        try
        {
            // Where the newest epoch's leader leads no more, an election is under way or about to be, which is what was asked for.
            await _grains.GetGrain<ICoordinatorGrain>((await Journal.ReadEpochAsync()).Value).ElectAsync();
            return null;
        }
        catch (Exception e) when (e is JournalException || EntityRouter.IsLost(e))
        {
            return Refusals.NoLeader;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ReconcileReport?> ReconcileAsync() => _view.Epoch > Epoch.None ? await _grains.ReconcileAsync(_view.Epoch) : null;

    /// <inheritdoc/>
    public ValueTask<Refusal?> ChangeNodeAsync(Rank rank, NodeChange change) =>
        ValueTask.FromResult<Refusal?>(_view.Nodes.Any(node => node.Rank == rank) ? OrleansEngine.NotHere : Refusals.NoSuchNode(rank));

    /// <summary>Ends; the client and the journal stay open.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _looking;
        await _follower.DisposeAsync();
    }

    private async Task LookOnAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var epoch = await Journal.ReadEpochAsync(_stopping.Token);
                if (epoch > Epoch.None && await _grains.GetGrain<ICoordinatorGrain>(epoch.Value).ViewAsync().WaitAsync(TimeSpan.FromMilliseconds(LeaderlessAfterMs / 3), _time) is { } report)
                {
                    _view = report.ToView();
                    Volatile.Write(ref _seenAt, _time.GetTimestamp());
                }
                await Task.Delay(LookEvery, _time, _stopping.Token);
            }
            catch (Exception e) when (e is JournalException || EntityRouter.IsLost(e))
            {
                await Task.Delay(LookEvery, _time, CancellationToken.None);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
