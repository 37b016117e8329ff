namespace Rialto.Journal;

/// <summary>Tells whoever follows a journal from outside when it grows, so that it need not ask again and again.</summary>
public interface IJournalAlarm : IAsyncDisposable
{
    /// <summary>Whether growth is told now. It may end at any time, and then whoever follows has to ask; the change itself is told as growth is.</summary>
    bool IsHeard { get; }
}
