using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rialto.Markets.Orders;

/// <summary>What lives in a <see cref="Slab{T}"/>: while it is free, it names the next free one.</summary>
internal interface ISlot
{
    int NextFree { get; set; }
}

/// <summary>
/// Structures in chunks that never move, named by number and used again: after warming up nothing is allocated, and growing copies nothing.
/// A freed one keeps its content until it is taken again.
/// </summary>
internal sealed class Slab<T>(int chunkBits) where T : struct, ISlot
{
    private readonly int _mask = (1 << chunkBits) - 1;
    private T[][] _chunks = [];
    private int _used;
    private int _free = -1;

    /// <summary>The structure with this number, which must be in use.</summary>
    public ref T this[int number]
    {
        // Two checks that no number of ours can fail would cost a tenth of an order's time.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Unsafe.Add(
            ref MemoryMarshal.GetArrayDataReference(Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_chunks), number >> chunkBits)), number & _mask);
    }

    /// <summary>One that is free; its content is what it was when it was freed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Take()
    {
        var free = _free;
        if (free < 0) return Grow();
        _free = this[free].NextFree;
        return free;
    }

    /// <summary>Gives one back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(int number)
    {
        this[number].NextFree = _free;
        _free = number;
    }

    private int Grow()
    {
        if (_used >> chunkBits == _chunks.Length) _chunks = [.. _chunks, new T[1 << chunkBits]];
        return _used++;
    }
}
