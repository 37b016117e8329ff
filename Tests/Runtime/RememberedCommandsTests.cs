using Rialto.Journal;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Runtime;

public class RememberedCommandsTests
{
    private const long Hour = 3_600_000;

    [Theory, InlineData(1UL), InlineData(2UL), InlineData(3UL)]
    public void It_remembers_what_a_plain_list_would_through_growth_forgetting_and_checkpoints(ulong seed)
    {
        var random = new SmallRandom(seed);
        var (remembered, list, nowMs) = (new RememberedCommands(count: 50, hours: 1), new List<(CommandId Id, RememberedCommand Command)>(), 10 * Hour);
        for (var i = 0; i < 3_000; i++)
        {
            nowMs += random.Between(0, 120_000);
            // One in five is another event of a command that is known.
            var isKnown = list.Count > 0 && random.Between(0, 5) == 0;
            var at = isKnown ? random.Between(0, list.Count) : list.Count;
            var id = isKnown ? list[at].Id : CommandId.From($"command {i}");
            var command = new RememberedCommand(i, (ulong)i * 7, nowMs);
            remembered.Add(id, command);
            if (isKnown) list[at] = (id, command);
            else list.Add((id, command));
            while (!isKnown && list.Count > 50 && list[0].Command.AtUnixMs < nowMs - Hour) list.RemoveAt(0);
            if (random.Between(0, 100) == 0) remembered = Restored(remembered);
            Assert.Equal(list.Count, remembered.Count);
        }
        foreach (var (id, command) in list)
        {
            Assert.True(remembered.TryGet(id, out var found));
            Assert.Equal(command, found);
        }
        Assert.False(remembered.TryGet(CommandId.From("command 0"), out _));
    }

    [Fact]
    public void When_it_is_full_of_young_ones_there_is_no_room_until_the_first_is_old_enough()
    {
        var remembered = new RememberedCommands(count: 2, hours: 1, most: 16);
        for (var i = 0; i < 16; i++)
        {
            Assert.True(remembered.HasRoom(i));
            remembered.Add(CommandId.From($"command {i}"), new RememberedCommand(i, 0, i));
        }
        Assert.False(remembered.HasRoom(Hour));
        Assert.Equal(16, remembered.Count);
        Assert.True(remembered.HasRoom(Hour + 1));
        Assert.False(remembered.TryGet(CommandId.From("command 0"), out _));
        Assert.True(remembered.TryGet(CommandId.From("command 1"), out _));
    }

    [Fact]
    public void What_has_happened_is_remembered_although_there_was_no_room_and_the_oldest_makes_way()
    {
        var remembered = new RememberedCommands(count: 2, hours: 1, most: 16);
        for (var i = 0; i < 40; i++) remembered.Add(CommandId.From($"command {i}"), new RememberedCommand(i, 0, 0));
        Assert.Equal(16, remembered.Count);
        for (var i = 0; i < 40; i++) Assert.Equal((i >= 24, i >= 24 ? i : 0), (remembered.TryGet(CommandId.From($"command {i}"), out var found), found.Version));
    }

    private static RememberedCommands Restored(RememberedCommands from)
    {
        var bytes = new byte[from.SavedBytes];
        from.Save(bytes);
        var restored = new RememberedCommands(count: 50, hours: 1);
        Assert.Equal(bytes.Length, restored.Load(bytes));
        var again = new byte[restored.SavedBytes];
        restored.Save(again);
        Assert.Equal(bytes, again);
        return restored;
    }
}
