using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Rialto.Markets.Orders;

/// <summary>What lives in a <see cref="Slab{T}"/>: while it is free, it names the next free one.</summary>
internal interface ISlot
{
    int NextFree { get; set; }
}

/// <summary>Has the processor fetch what will be wanted, while it goes on with other things.</summary>
internal static unsafe class Slab
{
    /// <summary>The line that this is in. It changes nothing but time, so it does not matter that an array may be moved meanwhile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch<T>(ref T wanted) where T : unmanaged
    {
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref wanted));
    }
}

/// <summary>
/// Structures in chunks that never move, named by number and used again: after warming up nothing is allocated, and growing copies nothing.
/// A freed one keeps its content until it is taken again. A chunk begins where a line of the processor's cache does, so that a structure of
/// one line, or two, is read with no more than that.
/// </summary>
internal sealed unsafe class Slab<T>(int chunkBits) where T : unmanaged, ISlot
{
    private const int LineBytes = 64;

    private readonly int _mask = (1 << chunkBits) - 1;

    // The chunks' memory, pinned; it lives as long as the slab.
    private byte[][] _memory = [];
    private nint[] _chunks = [];
    private int _used;
    private int _free = -1;

    /// <summary>The structure with this number, which must be in use.</summary>
    public ref T this[int number]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref *At(number);
    }

    /// <summary>Has the processor fetch the structure's first two lines while it goes on with other things. It changes nothing but time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int number) => Prefetch(number, 0, Math.Min(sizeof(T), 2 * LineBytes));

    /// <summary>The same for some bytes of a structure.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int number, int offset, int length)
    {
        if (!Sse.IsSupported) return;
        var from = (byte*)At(number) + offset;
        Sse.Prefetch0(from);
        if (length > LineBytes) Sse.Prefetch0(from + LineBytes);
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

    // Unchecked: two checks that no number of ours can fail would cost a tenth of an order's time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T* At(int number) => (T*)Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_chunks), number >> chunkBits) + (number & _mask);

    /// <summary>So many in a row, a power of two that every chunk is a multiple of; they are not given back. Nobody may take single ones beside.</summary>
    public int TakeRow(int length)
    {
        var first = Grow();
        _used += length - 1;
        return first;
    }

    private int Grow()
    {
        if (_used >> chunkBits == _chunks.Length)
        {
            var memory = GC.AllocateArray<byte>((sizeof(T) << chunkBits) + LineBytes - 1, pinned: true);
            var first = ((nint)Unsafe.AsPointer(ref memory[0]) + LineBytes - 1) & -LineBytes;
            _memory = [.. _memory, memory];
            _chunks = [.. _chunks, first];
        }
        return _used++;
    }
}
