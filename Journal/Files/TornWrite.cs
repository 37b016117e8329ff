namespace Rialto.Journal.Files;

/// <summary>What a torn write at the end of a journal means, in words for whoever runs it.</summary>
public static class TornWrite
{
    /// <summary>What can be said of it, and no more.</summary>
    /// <param name="marked">See <see cref="FileJournal.MarkedSeq"/>.</param>
    public static string Meaning(Seq? marked) => marked is { } seq
        ? $"All that had been acknowledged when the journal's mark was renewed last, up to seq {seq}, is there. After a loss of power, or in a copy made while the server ran, what was acknowledged within a second after that may be in them."
        : "No mark of what had been acknowledged stands beside the journal, so acknowledged events may be in them.";
}
