using System.Numerics;
using System.Runtime.CompilerServices;

namespace Rialto.Markets.Orders;

/// <summary>
/// A sorted map from numbers (0 to 2⁶⁰) to numbers, as a tree of 64-way nodes with a bit for each child that is there: six bits of the key at
/// each step, and the next greater or smaller key is a count of zeros away. Its height follows the greatest key that it has seen; a million
/// dense keys are four steps, of which only the last leaves the processor's cache. The bits of all nodes lie side by side, apart from the
/// children, and stay in the cache: whoever adds or removes a key touches one line of its node. Nothing is rebalanced, and nodes are used again.
/// </summary>
internal sealed class SparseIndex
{
    private const int Step = 6;
    private const int MaxHeight = 10;

    private readonly Slab<Node> _nodes = new(chunkBits: 6);
    private ulong[] _used = new ulong[16];
    private int _root;
    private int _height = 1;

    public SparseIndex() => _root = New();

    private struct Node : ISlot
    {
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
            var child = _nodes[node].Child[digit];
            if (child < 0) Put(node, digit, child = New());
            node = child;
        }
        Put(node, (int)(key & 63), value);
    }

    /// <summary>Takes a key out that is there.</summary>
    public void Remove(long key)
    {
        var node = BottomOf(key);
        _nodes[node].Child[(int)(key & 63)] = -1;
        if ((_used[node] &= ~(1UL << (int)(key & 63))) == 0 && _height > 1) RemoveEmpty(key);
    }

    /// <summary>Nodes that have become empty leave the tree, from this key's bottom one upwards.</summary>
    private void RemoveEmpty(long key)
    {
        Span<int> path = stackalloc int[MaxHeight];
        var node = _root;
        for (var depth = _height - 1; depth > 0; depth--)
        {
            path[depth] = node;
            node = _nodes[node].Child[(int)(key >> (Step * depth)) & 63];
        }
        path[0] = node;
        for (var depth = 0; depth < _height - 1 && _used[path[depth]] == 0; depth++)
        {
            _nodes.Free(path[depth]);
            var digit = (int)(key >> (Step * (depth + 1))) & 63;
            _used[path[depth + 1]] &= ~(1UL << digit);
            _nodes[path[depth + 1]].Child[digit] = -1;
        }
    }

    /// <summary>The bottom node that a key is in, or would be in; -1 if there is none.</summary>
    private int BottomOf(long key)
    {
        var node = _root;
        for (var shift = Step * (_height - 1); shift > 0 && node >= 0; shift -= Step) node = _nodes[node].Child[(int)(key >> shift) & 63];
        return node;
    }

    /// <summary>The value of the smallest key above this one; -1 if there is none.</summary>
    public int Above(long key)
    {
        // Most often it is a neighbour in the same node.
        if (key >> (Step * _height) == 0 && BottomOf(key) is >= 0 and var bottom && (_used[bottom] & (ulong.MaxValue << (int)(key & 63) << 1)) is not 0 and var beside)
            return _nodes[bottom].Child[BitOperations.TrailingZeroCount(beside)];
        return Beside(key, above: true);
    }

    /// <summary>The value of the greatest key below this one; -1 if there is none.</summary>
    public int Below(long key)
    {
        if (key >> (Step * _height) == 0 && BottomOf(key) is >= 0 and var bottom && (_used[bottom] & ((1UL << (int)(key & 63)) - 1)) is not 0 and var beside)
            return _nodes[bottom].Child[BitOperations.Log2(beside)];
        return Beside(key, above: false);
    }

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
            if (depth == 0 || (_used[node] >> digit & 1) == 0) break;
            node = _nodes[node].Child[digit];
            depth--;
        }
        for (; depth < _height; depth++)
        {
            var used = _used[path[depth]];
            var digit = (int)(key >> (Step * depth)) & 63;
            var beside = above ? used & (ulong.MaxValue << digit << 1) : used & ((1UL << digit) - 1);
            if (beside == 0) continue;
            var child = _nodes[path[depth]].Child[above ? BitOperations.TrailingZeroCount(beside) : BitOperations.Log2(beside)];
            return depth == 0 ? child : Edge(child, depth - 1, above);
        }
        return -1;
    }

    /// <summary>The value of the smallest or greatest key under a node; -1 under an empty root.</summary>
    private int Edge(int node, int depth, bool above)
    {
        for (; ; depth--)
        {
            var used = _used[node];
            if (used == 0) return -1;
            node = _nodes[node].Child[above ? BitOperations.TrailingZeroCount(used) : BitOperations.Log2(used)];
            if (depth == 0) return node;
        }
    }

    private void Rise()
    {
        var root = New();
        if (_used[_root] != 0) Put(root, 0, _root);
        else _nodes.Free(_root);
        _root = root;
        _height++;
    }

    private int New()
    {
        var node = _nodes.Take();
        if (node == _used.Length) Array.Resize(ref _used, 2 * _used.Length);
        _used[node] = 0;
        ((Span<int>)_nodes[node].Child).Fill(-1);
        return node;
    }

    private void Put(int node, int digit, int value)
    {
        _used[node] |= 1UL << digit;
        _nodes[node].Child[digit] = value;
    }
}
