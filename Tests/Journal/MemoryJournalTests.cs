using Rialto.Journal;
using Rialto.Journal.Memory;

namespace Rialto.Tests.Journals;

/// <summary>The contract, in memory.</summary>
public sealed class MemoryJournalTests : JournalContract
{
    protected override Task<IJournal> OpenAsync() => Task.FromResult<IJournal>(new MemoryJournal());
}
