using Rialto.Journal;
using Rialto.Journal.Files;

namespace Rialto.Tests.Journals;

/// <summary>The contract, in files.</summary>
public sealed class FileJournalTests : JournalContract
{
    private readonly TemporaryFolder _folder = new();

    protected override Task<IJournal> OpenAsync() => Task.FromResult<IJournal>(FileJournal.Open(_folder.Path));

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>The contract, in files so small that nearly every batch begins a new one.</summary>
public sealed class FileJournalInManySegmentsTests : JournalContract
{
    private readonly TemporaryFolder _folder = new();

    protected override Task<IJournal> OpenAsync() =>
        Task.FromResult<IJournal>(FileJournal.Open(_folder.Path, new FileJournalSettings { SegmentBytesMax = 2000 }));

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
