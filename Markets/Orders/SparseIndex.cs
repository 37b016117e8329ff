using System.Numerics;
using System.Runtime.CompilerServices;

namespace Rialto.Markets.Orders;

/// <summary>
/// A sorted map from numbers (0 to 2⁶⁰) to numbers, as a tree of 64-way nodes with a bit for each child that is there: six bits of the key at
/// each step, and the next greater or smaller key is a count of zeros away. Its height follows the greatest key that it has seen; a million
/// dense keys are four steps, of which only the last leaves the processor's cache. Nothing is ever copied or rebalanced, and nodes are used again.
/// </summary>
internal sealed class SparseIndex
{
    private const int Step = 6;
    private const int MaxHeight = 10;

    private readonly Slab<Node> _nodes = new(chunkBits: 8);
    private int _root;
    private int _height = 1;

    public SparseIndex() => _root = New();

    private struct Node : ISlot
    {
        public ulong Used;
        public Children Child;

        public int NextFree
        {
            readonly get => Child[0];
            set => Child[0] = value;
        }
    }

    [InlineArray(1 << Step)]
    private struct Children
    {
        private int _first;
    }

    /// <summary>The value of a key; -1 if it has none.</summary>
    public int Get(long key)
    {
        if (key < 0 || key >> (Step * _height) != 0) return -1;
        var node = _root;
        for (var shift = Step * (_height - 1); ; shift -= Step)
        {
            // The bits are not asked: they lie in another line of the cache than most children.
            node = _nodes[node].Child[(int)(key >> shift) & 63];
            if (shift == 0 || node < 0) return node;
        }
    }

    /// <summary>Gives a key that has none a value.</summary>
    public void Add(long key, int value)
    {
        while (key >> (Step * _height) != 0) Rise();
        var node = _root;
        for (var shift = Step * (_height - 1); shift > 0; shift -= Step)
        {
            var digit = (int)(key >> shift) & 63;
            if ((_nodes[node].Used >> digit & 1) == 0)
            {
                var child = New();
                ref var parent = ref _nodes[node];
                parent.Used |= 1UL << digit;
                parent.Child[digit] = child;
            }
            node = _nodes[node].Child[digit];
        }
        ref var leaf = ref _nodes[node];
        leaf.Used |= 1UL << (int)(key & 63);
        leaf.Child[(int)(key & 63)] = value;
    }

    /// <summary>Takes a key out that is there.</summary>
    public void Remove(long key)
    {
        Span<int> path = stackalloc int[MaxHeight];
        var node = _root;
        for (var depth = _height - 1; depth > 0; depth--)
        {
            path[depth] = node;
            node = _nodes[node].Child[(int)(key >> (Step * depth)) & 63];
        }
        path[0] = node;
        for (var depth = 0; ; depth++)
        {
            ref var at = ref _nodes[path[depth]];
            var digit = (int)(key >> (Step * depth)) & 63;
            at.Used &= ~(1UL << digit);
            at.Child[digit] = -1;
            if (at.Used != 0 || depth == _height - 1) return;
            _nodes.Free(path[depth]);
        }
    }

    /// <summary>The value of the smallest key above this one; -1 if there is none.</summary>
    public int Above(long key) => Beside(key, above: true);

    /// <summary>The value of the greatest key below this one; -1 if there is none.</summary>
    public int Below(long key) => Beside(key, above: false);

    private int Beside(long key, bool above)
    {
        if (key >> (Step * _height) != 0) return above ? -1 : Edge(_root, _height - 1, above: false);
        Span<int> path = stackalloc int[MaxHeight];
        var node = _root;
        var depth = _height - 1;
        while (true)
        {
            path[depth] = node;
            var digit = (int)(key >> (Step * depth)) & 63;
            if (depth == 0 || (_nodes[node].Used >> digit & 1) == 0) break;
            node = _nodes[node].Child[digit];
            depth--;
        }
        for (; depth < _height; depth++)
        {
            ref var at = ref _nodes[path[depth]];
            var digit = (int)(key >> (Step * depth)) & 63;
            var beside = above ? at.Used & (ulong.MaxValue << digit << 1) : at.Used & ((1UL << digit) - 1);
            if (beside == 0) continue;
            var child = at.Child[above ? BitOperations.TrailingZeroCount(beside) : BitOperations.Log2(beside)];
            return depth == 0 ? child : Edge(child, depth - 1, above);
        }
        return -1;
    }

    /// <summary>The value of the smallest or greatest key under a node; -1 under an empty root.</summary>
    private int Edge(int node, int depth, bool above)
    {
        for (; ; depth--)
        {
            ref var at = ref _nodes[node];
            if (at.Used == 0) return -1;
            node = at.Child[above ? BitOperations.TrailingZeroCount(at.Used) : BitOperations.Log2(at.Used)];
            if (depth == 0) return node;
        }
    }

    private void Rise()
    {
        var root = New();
        if (_nodes[_root].Used != 0)
        {
            ref var at = ref _nodes[root];
            at.Used = 1;
            at.Child[0] = _root;
        }
        else
        {
            _nodes.Free(_root);
        }
        _root = root;
        _height++;
    }

    private int New()
    {
        var node = _nodes.Take();
        ref var at = ref _nodes[node];
        at.Used = 0;
        ((Span<int>)at.Child).Fill(-1);
        return node;
    }
}
