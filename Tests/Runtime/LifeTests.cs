using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Runtime;

namespace Rialto.Tests.Runtime;

/// <summary>What a node that shares its process wants of the world: it waits while the node is frozen, and comes to nothing when it has crashed.</summary>
public class LifeTests
{
    private readonly Life _life = new();

    private LivingJournal Journal => new(new MemoryJournal(), _life);

    [Fact]
    public async Task A_read_waits_until_the_node_thaws()
    {
        _life.Freeze();
        var read = Journal.ReadEndAsync().AsTask();
        Assert.False(read.IsCompleted);
        _life.Thaw();
        Assert.Equal(Seq.None, (await read).Seq);
    }

    [Fact]
    public async Task Whoever_reads_at_a_frozen_node_can_give_up()
    {
        using var patience = new CancellationTokenSource();
        _life.Freeze();
        var read = Journal.ReadAsync(Seq.None, 10, patience.Token).AsTask();
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    [Fact]
    public async Task What_waited_for_a_node_that_crashed_fails()
    {
        _life.Freeze();
        var claim = Journal.ClaimEpochAsync(Epoch.None, new Rank(1), 0).AsTask();
        _life.End();
        await Assert.ThrowsAsync<JournalException>(() => claim);
        await Assert.ThrowsAsync<JournalException>(() => Journal.ReadEndAsync().AsTask());
    }
}
