using Rialto.Api.Http;
using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets.Orders;
using Rialto.Runtime;

namespace Rialto.Tests.Api;

/// <summary>Which idempotency keys a front door knows.</summary>
public sealed class KnownKeyTests : IAsyncLifetime
{
    private static readonly StreamId Pepper = StreamId.Of("stock", "Pepper");
    private static readonly StreamId Cloves = StreamId.Of("stock", "Cloves");

    private readonly CancellationTokenSource _stopping = new();
    private EmbeddedCluster _engine = null!;

    public async Task InitializeAsync() => _engine = await EmbeddedCluster.StartAsync(new EmbeddedSettings { Nodes = 3 }, new MemoryJournal(), new MemoryCheckpoints(), TimeProvider.System);

    public async Task DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _engine.DisposeAsync();
        _stopping.Dispose();
    }

    [Fact]
    public async Task A_key_that_was_used_at_one_front_door_is_known_at_another_and_for_its_own_entity_alone()
    {
        var other = await KnownKeys.FollowAsync(_engine, _stopping.Token);
        var id = Caller.CommandOf("ann", "key-1");
        await UseAsync(id, other);
        Assert.False(other.TryUse(id, Cloves, out _));
        Assert.True(other.TryUse(id, Pepper, out var isNew));
        Assert.False(isNew);
    }

    [Fact]
    public async Task What_was_used_before_a_front_door_came_is_known_to_it()
    {
        var id = Caller.CommandOf("ann", "key-2");
        await UseAsync(id, null);
        Assert.False((await KnownKeys.FollowAsync(_engine, _stopping.Token)).TryUse(id, Cloves, out _));
    }

    [Fact]
    public async Task The_following_goes_on_when_the_node_that_answers_is_no_more()
    {
        var keys = await KnownKeys.FollowAsync(_engine, _stopping.Token);
        Assert.Null(await _engine.ChangeNodeAsync(_engine.ViewCluster().Leader!.Value, NodeChange.Crash));
        var id = Caller.CommandOf("ann", "key-3");
        await UseAsync(id, keys);
        Assert.False(keys.TryUse(id, Cloves, out _));
        await _stopping.CancelAsync();
        await keys.Following.WaitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>Has a stock listed with this command id, and waits until a front door has heard of it.</summary>
    private async Task UseAsync(CommandId id, KnownKeys? heardBy)
    {
        var reply = await _engine.ExecuteAsync(new CommandRequest(Pepper, new ListStock(100, 100), "ann", id, 7));
        Assert.Null(reply.Refusal);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (heardBy is not null && heardBy.Heard < reply.Receipt.Seq) await Task.Delay(5, patience.Token);
    }
}
