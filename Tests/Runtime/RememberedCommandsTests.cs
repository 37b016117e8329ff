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
