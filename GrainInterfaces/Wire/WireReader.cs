using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.GrainInterfaces.Wire;

/// <summary>Reads what <see cref="WireWriter"/> wrote, in the same order. What is read shares its memory with the letter.</summary>
/// <param name="letter">All bytes.</param>
public sealed class WireReader(ReadOnlyMemory<byte> letter)
{
    private ReadOnlyMemory<byte> _rest = letter;

    /// <summary>Whether nothing is left: a letter of an older process may end here.</summary>
    public bool IsAtEnd => _rest.IsEmpty;

    /// <summary>One byte.</summary>
    public byte Byte() => Take(1).Span[0];

    /// <summary>A yes or no.</summary>
    public bool Bool() => Byte() != 0;

    /// <summary>Four bytes.</summary>
    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)).Span);

    /// <summary>Eight bytes.</summary>
    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)).Span);

    /// <summary>Sixteen bytes.</summary>
    public CommandId Command() => new(new Guid(Take(16).Span));

    /// <summary>A rank, or nobody.</summary>
    public Rank? Rank() => Int32() is var value and not 0 ? new Rank(value) : null;

    /// <summary>A number, or none.</summary>
    public long? MaybeInt64() => Bool() ? Int64() : null;

    /// <summary>Bytes.</summary>
    public ReadOnlyMemory<byte> Bytes() => Take(Count());

    /// <summary>A text.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes().Span);

    /// <summary>A text, or none.</summary>
    public string? MaybeText() => Bool() ? Text() : null;

    /// <summary>How many follow.</summary>
    /// <exception cref="FormatException">More than the letter can hold.</exception>
    public int Count()
    {
        var count = Int32();
        return count >= 0 && count <= _rest.Length ? count : throw new FormatException("A letter between nodes is shorter than it says. Do all nodes run the same version?");
    }

    /// <summary>As many as follow.</summary>
    public ImmutableArray<T> Many<T>(Func<WireReader, T> read)
    {
        var many = new T[Count()];
        for (var i = 0; i < many.Length; i++) many[i] = read(this);
        return ImmutableCollectionsMarshal.AsImmutableArray(many);
    }

    /// <summary>Places.</summary>
    public ImmutableArray<Seq> Seqs() => Many(static wire => new Seq(wire.Int64()));

    /// <summary>Command ids.</summary>
    public ImmutableArray<CommandId> Commands() => Many(static wire => wire.Command());

    /// <summary>A vector clock.</summary>
    public VectorClock Clock()
    {
        var entries = new (Rank, long)[Count()];
        for (var i = 0; i < entries.Length; i++) entries[i] = (new Rank(Int32()), Int64());
        return VectorClock.Of(entries);
    }

    /// <summary>How a replica differs.</summary>
    public IReadOnlyList<ReplicaDifference> Differences()
    {
        var differences = new ReplicaDifference[Count()];
        for (var i = 0; i < differences.Length; i++) differences[i] = new ReplicaDifference(StreamId.Parse(Text()), (DifferenceKind)Byte(), Int64(), Int64());
        return differences;
    }

    /// <summary>A record of the journal, with its hash.</summary>
    public JournalRecord Record() => RecordCodec.Decode(Bytes()) with { Hash = Hash256.Read(Take(Hash256.Size).Span) };

    private ReadOnlyMemory<byte> Take(int length)
    {
        if (length > _rest.Length) throw new FormatException("A letter between nodes ends too early. Do all nodes run the same version?");
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
