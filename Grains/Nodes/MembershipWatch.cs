using System.Collections.Immutable;
using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Grains.Nodes;

/// <summary>
/// Keeps a node and its silo's membership in step, while the node takes part: tells the node who is a member, tells the others that it takes
/// part, and has put out what is left of processes that are gone.
/// </summary>
internal sealed class MembershipWatch(SiloNode node, NodeDriver driver, Membership membership, IClusterMembershipService orleans, NodePost post, Evictor evictor, ClusterLook look, TimeProvider time)
{
    /// <summary>How often it says that it takes part, in milliseconds, and how often in all.</summary>
    private const int GreetEveryMs = 500, Greetings = 20;

    /// <summary>A silo that is active and has not said a word for so long, in milliseconds, is a remnant of a process that is gone.</summary>
    private const int MuteAfterMs = 10_000;

    private readonly Lock _changing = new();

    /// <summary>Runs until the node leaves.</summary>
    public Task RunAsync(CancellationToken leaving) => Task.WhenAll(WatchAsync(leaving), GreetAsync(leaving), ClearAwayAsync(leaving));

    /// <summary>Another silo takes part.</summary>
    public void Greet(Rank from, int life)
    {
        if (!membership.Heard(from, life, out var reborn)) return;
        // It is missed from now on, and may not know yet to whom it has to give a sign of life.
        if (from != node.Rank && membership.AddressOf(from) is { } silo) post.Greet(silo, node.Rank, node.Generation);
        SayMembersChanged(reborn);
    }

    /// <summary>Tells the state machine whenever the membership changes.</summary>
    private async Task WatchAsync(CancellationToken leaving)
    {
        try
        {
            await foreach (var snapshot in orleans.MembershipUpdates.WithCancellation(leaving))
                if (membership.Update(snapshot, out var reborn)) SayMembersChanged(reborn);
        }
        catch (OperationCanceledException)
        {
            // The node leaves.
        }
    }

    private void SayMembersChanged(ImmutableArray<Rank> reborn)
    {
        // Of two changes at once the older one must not be told last.
        lock (_changing)
        {
            var members = membership.Members;
            look.OnMembers(members);
            driver.SetMembers(members, reborn);
        }
    }

    /// <summary>Says to all that it takes part; more than once, since it may be lost, and some may not have seen yet that it is active.</summary>
    private async Task GreetAsync(CancellationToken leaving)
    {
        for (var left = Greetings; left > 0 && !leaving.IsCancellationRequested; left--)
        {
            foreach (var other in membership.Others) post.Greet(other, node.Rank, node.Generation);
            await RestAsync(GreetEveryMs, leaving);
        }
    }

    /// <summary>While it leads: has put out what is left in the membership of processes that are gone.</summary>
    private async Task ClearAwayAsync(CancellationToken leaving)
    {
        while (!leaving.IsCancellationRequested)
        {
            foreach (var (rank, silo) in membership.Remains(driver.NowMs, MuteAfterMs))
                if (driver.Outlook.Leader == node.Rank) evictor.Evict(rank, silo);
            await RestAsync(1_000, leaving);
        }
    }

    private async Task RestAsync(int milliseconds, CancellationToken leaving)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), time, leaving);
        }
        catch (OperationCanceledException)
        {
            // The node leaves.
        }
    }
}
