using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Rialto.Journal;

namespace Rialto.Runtime;

/// <summary>What an entity remembers of a command that took effect.</summary>
/// <param name="Version">The entity's version after its last event.</param>
/// <param name="Fingerprint">See <see cref="JournalRecord.Fingerprint"/>.</param>
/// <param name="AtUnixMs">When it was accepted, in milliseconds since 1970-01-01 UTC.</param>
internal readonly record struct RememberedCommand(long Version, ulong Fingerprint, long AtUnixMs);

/// <summary>
/// The command ids that an entity has seen: at least the last <c>count</c>, and all of the last <c>hours</c>. Older ones are forgotten,
/// oldest first. About eighty bytes each.
/// <para>They stand in a ring as a checkpoint has them, and are found by a number: so saving hundreds of thousands of them, in an entity's
/// turn, is copying bytes.</para>
/// </summary>
internal sealed class RememberedCommands(int count, int hours, int most = RememberedCommands.MostInOneRing)
{
    /// <summary>More would not fit into one array, nor into a checkpoint: a power of two.</summary>
    public const int MostInOneRing = 1 << 25;

    private const int EntryBytes = 16 + 8 + 8 + 8;

    // Which one it was, counted from the first ever.
    private readonly Dictionary<CommandId, long> _numbers = [];
    private byte[] _ring = new byte[8 * EntryBytes];
    private long _oldest;
    private long _next;

    /// <summary>How many are remembered.</summary>
    public int Count => _numbers.Count;

    /// <summary>Whether one more can be remembered without forgetting one that is too young for that. Asked before a command is decided.</summary>
    public bool HasRoom(long nowUnixMs)
    {
        if (Count < most) return true;
        ForgetBefore(OldestAt(nowUnixMs));
        return Count < most;
    }

    /// <summary>How many bytes <see cref="Save"/> writes.</summary>
    public int SavedBytes => sizeof(int) + Count * EntryBytes;

    /// <summary>Looks a command up.</summary>
    public bool TryGet(CommandId id, out RememberedCommand command)
    {
        var found = _numbers.TryGetValue(id, out var number);
        command = found ? Read(EntryAt(number)) : default;
        return found;
    }

    /// <summary>Remembers a command; a command of several events is remembered at its last.</summary>
    public void Add(CommandId id, RememberedCommand command)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, id, out var known);
        if (!known)
        {
            if (_next - _oldest == _ring.Length / EntryBytes && _ring.Length / EntryBytes < most) Grow();
            number = _next++;
        }
        // What the journal holds has happened, room or not.
        if (_next - _oldest > _ring.Length / EntryBytes) _numbers.Remove(IdOf(EntryAt(_oldest++)));
        Write(EntryAt(number), id, command);
        if (!known) ForgetBefore(OldestAt(command.AtUnixMs));
    }

    /// <summary>Writes them, oldest first.</summary>
    public void Save(Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, Count);
        to = to.Slice(sizeof(int), Count * EntryBytes);
        var upToEnd = _ring.AsSpan(OffsetOf(_oldest));
        if (upToEnd.Length > to.Length) upToEnd = upToEnd[..to.Length];
        upToEnd.CopyTo(to);
        _ring.AsSpan(0, to.Length - upToEnd.Length).CopyTo(to[upToEnd.Length..]);
    }

    /// <summary>Takes in what <see cref="Save"/> wrote, and returns how many bytes that was.</summary>
    public int Load(ReadOnlySpan<byte> bytes)
    {
        var entries = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        for (var i = 0; i < entries; i++)
        {
            var entry = bytes.Slice(sizeof(int) + i * EntryBytes, EntryBytes);
            Add(IdOf(entry), Read(entry));
        }
        return sizeof(int) + entries * EntryBytes;
    }

    private long OldestAt(long nowUnixMs) => nowUnixMs - hours * 3_600_000L;

    private void ForgetBefore(long unixMs)
    {
        while (Count > count && Read(EntryAt(_oldest)).AtUnixMs < unixMs) _numbers.Remove(IdOf(EntryAt(_oldest++)));
    }

    private void Grow()
    {
        var larger = new byte[2 * _ring.Length];
        // A number's place in the ring follows from the ring's length, so each goes to a new one.
        var mask = larger.Length / EntryBytes - 1;
        for (var number = _oldest; number < _next; number++) EntryAt(number).CopyTo(larger.AsSpan((int)(number & mask) * EntryBytes));
        _ring = larger;
    }

    // The ring has room for a power of two.
    private int OffsetOf(long number) => (int)(number & (_ring.Length / EntryBytes - 1)) * EntryBytes;

    private Span<byte> EntryAt(long number) => _ring.AsSpan(OffsetOf(number), EntryBytes);

    private static CommandId IdOf(ReadOnlySpan<byte> entry) => new(new Guid(entry[..16], bigEndian: true));

    private static RememberedCommand Read(ReadOnlySpan<byte> entry) => new(
        BinaryPrimitives.ReadInt64LittleEndian(entry[16..]), BinaryPrimitives.ReadUInt64LittleEndian(entry[24..]), BinaryPrimitives.ReadInt64LittleEndian(entry[32..]));

    private static void Write(Span<byte> entry, CommandId id, RememberedCommand command)
    {
        id.Value.TryWriteBytes(entry, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(entry[16..], command.Version);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[24..], command.Fingerprint);
        BinaryPrimitives.WriteInt64LittleEndian(entry[32..], command.AtUnixMs);
    }
}
