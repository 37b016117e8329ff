using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rialto.Journal;

namespace Rialto.Grains.Nodes;

/// <summary>
/// Has silos put out of the cluster. The membership only takes note of the wish, so its word is waited for: from then on Orleans breaks the
/// calls that wait for that silo, and moves its grains.
/// </summary>
internal sealed class Evictor(IClusterMembershipService membership, Func<Rank, SiloAddress, Task>? evict, TimeProvider time, ILogger log)
{
    /// <summary>How often it is tried.</summary>
    private const int Tries = 5;

    /// <summary>How long the membership may take to say that a silo is dead, in milliseconds, before it is tried again.</summary>
    private const int WaitMs = 500;

    private readonly ConcurrentDictionary<SiloAddress, Task> _underWay = new();

    /// <summary>Begins to put a silo out, unless that is under way.</summary>
    public void Evict(Rank rank, SiloAddress silo) => _underWay.GetOrAdd(silo, gone => EvictAsync(rank, gone));

    private async Task EvictAsync(Rank rank, SiloAddress silo)
    {
        await Task.Yield();
        var started = time.GetTimestamp();
        for (var left = Tries; left > 0; left--)
        {
            try
            {
                if (evict is not null) await evict(rank, silo);
                else await membership.TryKill(silo);
                if (await IsDeadAsync(silo))
                {
                    log.Evicted(rank, silo, (long)time.GetElapsedTime(started).TotalMilliseconds);
                    break;
                }
            }
            catch (Exception e)
            {
                log.NotEvicted(rank, silo, e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(WaitMs), time);
            }
        }
        _underWay.TryRemove(silo, out _);
    }

    private async Task<bool> IsDeadAsync(SiloAddress silo)
    {
        for (var started = time.GetTimestamp(); time.GetElapsedTime(started).TotalMilliseconds < WaitMs;)
        {
            if (membership.CurrentSnapshot.GetSiloStatus(silo) is SiloStatus.Dead or SiloStatus.None) return true;
            await Task.Delay(TimeSpan.FromMilliseconds(5), time);
        }
        return false;
    }
}
