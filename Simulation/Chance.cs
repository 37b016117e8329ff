namespace Rialto.Simulation;

/// <summary>SplitMix64 (G. Steele, D. Lea, C. Flood, 2014): a seed means the same on every machine and with every later runtime.</summary>
internal sealed class Chance(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>Another source, which this one's later numbers do not disturb.</summary>
    public Chance Fork() => new(Next());

    public int Below(int limit) => (int)(Next() % (ulong)limit);

    public int Between(int low, int high) => low + Below(high - low + 1);

    public bool Percent(double percent) => Next() % 1_000_000 < percent * 10_000;

    public T Pick<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    /// <summary>So long, on average: short waits are frequent, long ones rare, as between people (exponential, in tenths of the mean, without floating point).</summary>
    public int Around(int mean)
    {
        var tenths = 0;
        while (tenths < 50 && Below(10) != 0) tenths++;
        return Math.Max(1, mean * tenths / 10 + Below(mean / 10 + 1));
    }
}
