using Rialto.Journal;
using Rialto.Journal.Files;
using Rialto.Journal.Memory;
using Rialto.Journal.Postgres;
using Rialto.Tests.Support;

namespace Rialto.Tests.Journals;

/// <summary>What every home of checkpoints must keep to.</summary>
public abstract class CheckpointsContract : IAsyncLifetime
{
    private static readonly StreamId Stream = StreamId.Parse("auction/7");

    private protected ICheckpoints Checkpoints { get; private set; } = null!;

    protected abstract Task<ICheckpoints> OpenAsync();

    public async Task InitializeAsync() => Checkpoints = await OpenAsync();

    public virtual Task DisposeAsync() => Task.CompletedTask;

    [ContractFact]
    public async Task A_stream_without_a_checkpoint_has_none() => Assert.Null(await Checkpoints.LoadAsync(Stream));

    [ContractFact]
    public async Task The_newest_checkpoint_of_a_stream_is_answered_byte_for_byte()
    {
        byte[] first = [1, 0, 255], second = [.. Enumerable.Range(0, 70_000).Select(n => (byte)n)];
        await Checkpoints.SaveAsync(Stream, new Checkpoint(3, 1, first));
        await Checkpoints.SaveAsync(Stream, new Checkpoint(9, 2, second));
        var loaded = await Checkpoints.LoadAsync(Stream);
        Assert.Equal((9, 2), (loaded!.Version, loaded.Schema));
        Assert.Equal(second, loaded.State.ToArray());
        Assert.Null(await Checkpoints.LoadAsync(StreamId.Parse("auction/8")));
    }

    [ContractFact]
    public async Task An_older_checkpoint_does_not_replace_a_newer_one()
    {
        await Checkpoints.SaveAsync(Stream, new Checkpoint(9, 1, new byte[] { 9 }));
        await Checkpoints.SaveAsync(Stream, new Checkpoint(3, 1, new byte[] { 3 }));
        Assert.Equal(9, (await Checkpoints.LoadAsync(Stream))!.Version);
    }
}

/// <summary>The contract, in memory.</summary>
public sealed class MemoryCheckpointsTests : CheckpointsContract
{
    protected override Task<ICheckpoints> OpenAsync() => Task.FromResult<ICheckpoints>(new MemoryCheckpoints());
}

/// <summary>The contract, in files, and what they do about damage.</summary>
public sealed class FileCheckpointsTests : CheckpointsContract
{
    private readonly TemporaryFolder _folder = new();

    protected override Task<ICheckpoints> OpenAsync() => Task.FromResult<ICheckpoints>(new FileCheckpoints(_folder.Path));

    public override Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_checkpoint_that_was_cut_or_changed_anywhere_is_answered_as_absent()
    {
        var stream = StreamId.Parse("auction/7");
        await Checkpoints.SaveAsync(stream, new Checkpoint(3, 1, new byte[] { 1, 2, 3 }));
        var file = Assert.Single(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories));
        var whole = await File.ReadAllBytesAsync(file);
        for (var at = 0; at < whole.Length; at++)
        {
            await File.WriteAllBytesAsync(file, whole[..at]);
            Assert.Null(await Checkpoints.LoadAsync(stream));
            byte[] flipped = [.. whole];
            flipped[at] ^= 0x40;
            await File.WriteAllBytesAsync(file, flipped);
            Assert.Null(await Checkpoints.LoadAsync(stream));
        }
        await Checkpoints.SaveAsync(stream, new Checkpoint(1, 1, new byte[] { 1 }));
        Assert.Equal(1, (await Checkpoints.LoadAsync(stream))!.Version);
    }
}

/// <summary>The contract, in PostgreSQL.</summary>
[NeedsPostgres]
public sealed class PostgresCheckpointsTests : CheckpointsContract
{
    private readonly string _database = LocalPostgres.Shared.CreateDatabase();
    private PostgresJournal? _journal;

    protected override async Task<ICheckpoints> OpenAsync() => (_journal = await PostgresJournal.OpenAsync(_database)).Checkpoints;

    public override async Task DisposeAsync()
    {
        if (_journal is not null) await _journal.DisposeAsync();
        LocalPostgres.Shared.DropDatabase(_database);
    }
}
