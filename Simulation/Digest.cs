using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Simulation;

/// <summary>A hash of the states of many entities, whatever order they are in.</summary>
internal static class Digest
{
    public static ulong Of(Replica replica)
    {
        ulong sum = 0;
        replica.Look(replica.Entities(), (stream, kind, state) => sum += Of(stream, kind, state));
        return sum;
    }

    public static ulong Of(StreamId stream, EntityKind kind, object state) => Hash(stream.Text) * 31 + Hash(kind.Save(state));

    private static ulong Hash(ReadOnlySpan<char> text)
    {
        var hash = 14695981039346656037UL;
        foreach (var character in text) hash = (hash ^ character) * 1099511628211UL;
        return hash;
    }

    // Eight bytes at a time: states are long.
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037UL ^ (ulong)bytes.Length;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            hash = (hash ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * 1099511628211UL;
            hash ^= hash >> 32;
        }
        foreach (var one in bytes) hash = (hash ^ one) * 1099511628211UL;
        return hash;
    }
}
