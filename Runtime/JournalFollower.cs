using Rialto.Journal;

namespace Rialto.Runtime;

/// <summary>
/// Keeps a replica up to date from the journal alone, for a front door that is no node and hears no multicast: it reads on at once when it is
/// told of a place that it has not seen, or storage tells that the journal grew; and every so often, seldom as long as storage tells.
/// </summary>
public sealed class JournalFollower : IAsyncDisposable
{
    /// <summary>How often it looks for more although storage would tell.</summary>
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly RuntimeSettings _settings;
    private readonly TimeSpan _every;
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;
    private IJournalAlarm? _alarm;

    private JournalFollower(IJournal journal, TimeProvider time, RuntimeSettings settings, TimeSpan every)
    {
        Replica = new Replica(journal, time, settings);
        (_time, _settings, _every) = (time, settings, every);
    }

    /// <summary>The replica.</summary>
    public Replica Replica { get; }

    /// <summary>Applies all that the journal holds now, and goes on from there.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="time">The clock.</param>
    /// <param name="settings">Limits and times.</param>
    /// <param name="every">How often it looks for more, as long as storage does not tell.</param>
    /// <param name="cancellation">Gives up starting.</param>
    public static async Task<JournalFollower> StartAsync(IJournal journal, TimeProvider time, RuntimeSettings settings, TimeSpan every, CancellationToken cancellation = default)
    {
        var follower = new JournalFollower(journal, time, settings, every);
        await follower.Replica.CatchUpAsync(cancellation);
        follower._alarm = journal.Listen(follower.Wake);
        follower._running = follower.RunAsync();
        return follower;
    }

    /// <summary>The journal goes at least to this place.</summary>
    public void Notice(Seq committed)
    {
        if (committed > Replica.Applied) Wake();
    }

    /// <summary>Ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Wake();
        Replica.Stop();
        await _running;
        if (_alarm is not null) await _alarm.DisposeAsync();
    }

    private void Wake() => Volatile.Read(ref _woken).TrySetResult();

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var woken = _woken;
            await Task.WhenAny(woken.Task, Task.Delay(_alarm is { IsHeard: true } ? Seldom : _every, _time));
            Volatile.Write(ref _woken, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            try
            {
                await Replica.CatchUpAsync(_stopping.Token);
            }
            catch (Exception e) when (e is JournalException and not JournalDamagedException)
            {
                Telemetry.JournalFailed(e);
                await Task.Delay(TimeSpan.FromMilliseconds(_settings.RetryAfterMs), _time);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Replica.Fail(e);
                return;
            }
        }
    }
}
