namespace Rialto.Journal;

/// <summary>What every batch must be before it reaches any storage. A batch that is not is a bug of the sequencer, not a refusal.</summary>
internal static class BatchShape
{
    /// <summary>Stops with an exception unless the batch has records, all of one epoch, in consecutive places.</summary>
    public static void Check(Epoch epoch, IReadOnlyList<JournalRecord> batch)
    {
        if (batch.Count == 0) throw new ArgumentException("A batch holds at least one record.", nameof(batch));
        var first = batch[0].Seq.Value;
        if (first < 1) throw new ArgumentException($"A batch cannot begin at place {first}.", nameof(batch));
        for (var i = 0; i < batch.Count; i++)
        {
            var record = batch[i];
            if (record.Seq.Value != first + i)
                throw new ArgumentException($"Place {record.Seq} stands where {first + i} must: a batch has no gaps.", nameof(batch));
            if (record.Epoch != epoch)
                throw new ArgumentException($"The record at {record.Seq} carries epoch {record.Epoch}, its writer epoch {epoch}.", nameof(batch));
        }
    }

    /// <summary>Stops with an exception unless an epoch can be claimed so.</summary>
    public static void CheckClaim(Rank claimant)
    {
        if (claimant.Value < 1) throw new ArgumentException($"Rank {claimant} cannot claim: ranks are positive.", nameof(claimant));
    }

    /// <summary>Stops with an exception unless a read asks for something.</summary>
    public static void CheckLimit(int limit) => ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
}
