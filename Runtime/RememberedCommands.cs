using System.Buffers.Binary;
using Rialto.Journal;

namespace Rialto.Runtime;

/// <summary>What an entity remembers of a command that took effect.</summary>
/// <param name="Version">The entity's version after its last event.</param>
/// <param name="Fingerprint">See <see cref="JournalRecord.Fingerprint"/>.</param>
/// <param name="AtUnixMs">When it was accepted, in milliseconds since 1970-01-01 UTC.</param>
internal readonly record struct RememberedCommand(long Version, ulong Fingerprint, long AtUnixMs);

/// <summary>
/// The command ids that an entity has seen: at least the last <c>count</c>, and all of the last <c>hours</c>. Older ones are forgotten,
/// oldest first. About a hundred bytes each.
/// </summary>
internal sealed class RememberedCommands(int count, int hours)
{
    private const int EntryBytes = 16 + 8 + 8 + 8;

    private readonly Dictionary<CommandId, RememberedCommand> _commands = [];
    private readonly Queue<CommandId> _byAge = new();

    /// <summary>How many are remembered.</summary>
    public int Count => _commands.Count;

    /// <summary>Looks a command up.</summary>
    public bool TryGet(CommandId id, out RememberedCommand command) => _commands.TryGetValue(id, out command);

    /// <summary>Remembers a command; a command of several events is remembered at its last.</summary>
    public void Add(CommandId id, RememberedCommand command)
    {
        ref var entry = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_commands, id, out var known);
        entry = command;
        if (known) return;
        _byAge.Enqueue(id);
        var oldest = command.AtUnixMs - hours * 3_600_000L;
        while (_byAge.Count > count && _commands[_byAge.Peek()].AtUnixMs < oldest) _commands.Remove(_byAge.Dequeue());
    }

    /// <summary>Writes them, oldest first.</summary>
    public byte[] Save()
    {
        var bytes = new byte[4 + _byAge.Count * EntryBytes];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, _byAge.Count);
        var rest = bytes.AsSpan(4);
        foreach (var id in _byAge)
        {
            var command = _commands[id];
            id.Value.TryWriteBytes(rest, bigEndian: true, out _);
            BinaryPrimitives.WriteInt64LittleEndian(rest[16..], command.Version);
            BinaryPrimitives.WriteUInt64LittleEndian(rest[24..], command.Fingerprint);
            BinaryPrimitives.WriteInt64LittleEndian(rest[32..], command.AtUnixMs);
            rest = rest[EntryBytes..];
        }
        return bytes;
    }

    /// <summary>Takes in what <see cref="Save"/> wrote, and returns how many bytes that was.</summary>
    public int Load(ReadOnlySpan<byte> bytes)
    {
        var entries = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        for (var i = 0; i < entries; i++)
        {
            var entry = bytes.Slice(4 + i * EntryBytes, EntryBytes);
            Add(new CommandId(new Guid(entry[..16], bigEndian: true)), new RememberedCommand(
                BinaryPrimitives.ReadInt64LittleEndian(entry[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[32..])));
        }
        return 4 + entries * EntryBytes;
    }
}
