using Rialto.Journal;

namespace Rialto.Embedded;

/// <summary>
/// Which epochs are this process's: those from before it began, and those that one of its nodes has tried to claim. Any other was claimed by
/// another process, which has taken the journal.
/// </summary>
internal sealed class Leadership
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Epoch, int> _tried = [];
    private Epoch _begunAfter;

    /// <summary>This process begins after an epoch.</summary>
    public void BeginAfter(Epoch epoch) => _begunAfter = epoch;

    /// <summary>A node is about to claim an epoch. If it gets no answer, the claim may have been granted: the epoch counts as tried.</summary>
    public void Try(Epoch epoch) => Count(epoch, 1);

    /// <summary>The claim was refused.</summary>
    public void Refuse(Epoch epoch) => Count(epoch, -1);

    /// <summary>Whether an epoch is this process's.</summary>
    public bool IsOurs(Epoch epoch)
    {
        lock (_gate) return epoch <= _begunAfter || _tried.GetValueOrDefault(epoch) > 0;
    }

    private void Count(Epoch epoch, int by)
    {
        lock (_gate) _tried[epoch] = _tried.GetValueOrDefault(epoch) + by;
    }
}
