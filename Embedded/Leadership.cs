using Rialto.Journal;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Embedded;

/// <summary>
/// What the nodes of one process share about leading: claims in the journal, leases, and the record of elections. Leases live in memory:
/// they only have to outlive a node, not the process. An epoch that none of these nodes has tried to claim is another process's.
/// </summary>
internal sealed class Leadership(IJournal journal, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Epoch, int> _tried = [];
    private readonly ElectionHistory _elections = new();
    private Epoch _begunAfter;
    private Epoch _leased;
    private long _leasedAt;

    /// <summary>The last elections, oldest first.</summary>
    public IReadOnlyList<ElectionView> Elections => _elections.All;

    /// <summary>Reads where this process begins.</summary>
    public async Task<JournalEnd> BeginAsync(CancellationToken cancellation)
    {
        var end = await journal.ReadEndAsync(cancellation);
        _begunAfter = end.Epoch;
        return end;
    }

    /// <summary>Claims the epoch after the one that was seen, for a node.</summary>
    public async Task<NodeInput> ClaimAsync(Epoch seen, Rank claimant)
    {
        Try(seen.Next, 1);
        try
        {
            var claim = await journal.ClaimEpochAsync(seen, claimant, time.GetUtcNow().ToUnixTimeMilliseconds());
            if (claim.Granted)
            {
                Lease(claim.Current);
                return new NodeInput.ClaimGranted(claim.Current);
            }
            Try(seen.Next, -1);
            var end = await journal.ReadEndAsync();
            return new NodeInput.ClaimRefused(end.Epoch, end.Leader);
        }
        catch (JournalException)
        {
            // It may have been granted: the epoch still counts as tried.
            return new NodeInput.ClaimFailed();
        }
    }

    /// <summary>Reads what storage knows; null if it does not answer.</summary>
    public async Task<NodeInput.StorageRead?> ReadAsync()
    {
        try
        {
            var end = await journal.ReadEndAsync();
            lock (_gate)
            {
                long? ageMs = end.Epoch == _leased ? (long)time.GetElapsedTime(_leasedAt).TotalMilliseconds : null;
                return new NodeInput.StorageRead(end.Epoch, end.Leader, ageMs);
            }
        }
        catch (JournalException)
        {
            return null;
        }
    }

    /// <summary>Renews a lease, if its epoch is the newest known; null if that is not known.</summary>
    public NodeInput? Renew(Epoch epoch)
    {
        lock (_gate)
        {
            if (epoch < _leased) return new NodeInput.Fenced(_leased);
            if (epoch > _leased) return null;
            _leasedAt = time.GetTimestamp();
            return new NodeInput.LeaseRenewed(epoch);
        }
    }

    /// <summary>Whether an epoch is from before this process began, or one of its nodes has tried to claim it.</summary>
    public bool IsOurs(Epoch epoch)
    {
        lock (_gate) return epoch <= _begunAfter || _tried.GetValueOrDefault(epoch) > 0;
    }

    /// <summary>Keeps the record of an election, once.</summary>
    public void Record(ElectionRecord record, Rank by) => _elections.Record(record, by, time);

    private void Try(Epoch epoch, int by)
    {
        lock (_gate) _tried[epoch] = _tried.GetValueOrDefault(epoch) + by;
    }

    private void Lease(Epoch epoch)
    {
        lock (_gate)
            if (epoch > _leased) (_leased, _leasedAt) = (epoch, time.GetTimestamp());
    }
}
