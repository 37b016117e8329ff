namespace Rialto.Journal.Files;

/// <summary>
/// The places of one stream's or category's events, in order: the n-th is the event with version (or ordinal) n. Ten million of them
/// must fit in memory, so each is kept as its distance from the one before, in 7-bit groups, with a mark every 64 to start reading at.
/// </summary>
internal sealed class SeqList
{
    private const int Stride = 64;
    private const int LongestDistance = 10;

    private byte[] _distances = new byte[4];
    private int _used;
    private long _last;
    private List<(int Position, long Seq)>? _marks;

    public int Count { get; private set; }

    public void Add(Seq seq)
    {
        if (_distances.Length - _used < LongestDistance) Array.Resize(ref _distances, Math.Max(_distances.Length + LongestDistance, _distances.Length * 3 / 2));
        var distance = (ulong)(seq.Value - _last);
        for (; distance >= 0x80; distance >>= 7) _distances[_used++] = (byte)(distance | 0x80);
        _distances[_used++] = (byte)distance;
        _last = seq.Value;
        if (++Count % Stride == 0) (_marks ??= []).Add((_used, _last));
    }

    /// <summary>The places of at most <paramref name="limit"/> events after the <paramref name="after"/>-th.</summary>
    public long[] After(long after, int limit)
    {
        var start = (int)Math.Clamp(after, 0, Count);
        var found = new long[Math.Min(limit, Count - start)];
        var mark = start / Stride;
        var (position, seq) = mark == 0 ? (0, 0L) : _marks![mark - 1];
        for (var n = mark * Stride; n < start; n++) seq += Take(ref position);
        for (var i = 0; i < found.Length; i++) found[i] = seq += Take(ref position);
        return found;
    }

    private long Take(ref int position)
    {
        ulong distance = 0;
        for (var shift = 0; ; shift += 7)
        {
            var group = _distances[position++];
            distance |= (ulong)(group & 0x7F) << shift;
            if (group < 0x80) return (long)distance;
        }
    }
}
