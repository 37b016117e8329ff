namespace Rialto.Journal.Files;

/// <summary>How a journal in files is kept.</summary>
public sealed record FileJournalSettings
{
    /// <summary>A segment that would grow beyond this is followed by a new one; a batch that is larger by itself has one of its own.</summary>
    public long SegmentBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// The first of the acknowledged events whose loss at the journal's end is accepted; null for none. A journal that lacks more or fewer is still refused.
    /// </summary>
    public Seq? AcceptLoss { get; init; }

    /// <summary>So many claims and appends may wait for the disk; one more is an error. A leader has one in flight at a time.</summary>
    public int WaitingWritesMax { get; init; } = 256;
}
