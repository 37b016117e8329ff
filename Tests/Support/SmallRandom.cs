using System.Globalization;

namespace Rialto.Tests.Support;

/// <summary>Chance that is the same for the same seed, today and with any later runtime (SplitMix64).</summary>
internal sealed class SmallRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A seed from RIALTO_SEED; without it, a new one each time. Whoever asks prints it.</summary>
    public static SmallRandom FromEnvironment(out ulong seed)
    {
        seed = Environment.GetEnvironmentVariable("RIALTO_SEED") is { Length: > 0 } text
            ? ulong.Parse(text, CultureInfo.InvariantCulture)
            : (ulong)DateTime.UtcNow.Ticks % 1_000_000_000;
        return new SmallRandom(seed);
    }

    public ulong Next64()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number from <paramref name="minimum"/> to just below <paramref name="end"/>.</summary>
    public int Between(int minimum, int end) => minimum + (int)(Next64() % (ulong)(end - minimum));

    public T Pick<T>(IReadOnlyList<T> choices) => choices[Between(0, choices.Count)];
}
