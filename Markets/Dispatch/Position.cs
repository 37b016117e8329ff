namespace Rialto.Markets.Dispatch;

/// <summary>A place on the ground in millionths of a degree (about a tenth of a metre), so that distances are whole numbers and the same everywhere.</summary>
/// <param name="LatE6">Latitude, -90,000,000 to 90,000,000.</param>
/// <param name="LonE6">Longitude, -180,000,000 to 180,000,000.</param>
public readonly record struct Position(int LatE6, int LonE6)
{
    /// <summary>The decimals of a degree that are kept.</summary>
    public const int Scale = 6;

    /// <summary>The greatest latitude, in millionths of a degree.</summary>
    public const int MaxLatE6 = 90_000_000;

    /// <summary>The greatest longitude, in millionths of a degree.</summary>
    public const int MaxLonE6 = 180_000_000;

    private const int CosineBits = 20;

    /// <summary>A degree of a great circle on a sphere of the earth's mean radius (6,371,008.8 m, IUGG).</summary>
    private const long CmPerDegree = 11_119_508;

    internal decimal Lat => Amounts.ToDecimal(LatE6, Scale);

    internal decimal Lon => Amounts.ToDecimal(LonE6, Scale);

    internal Refusal? Check() =>
        LatE6 is < -MaxLatE6 or > MaxLatE6 ? Bounds.OutOfRange("lat", -90, 90)
        : LonE6 is < -MaxLonE6 or > MaxLonE6 ? Bounds.OutOfRange("lon", -180, 180)
        : null;

    /// <summary>
    /// The square of the distance, in square centimetres: enough to tell who is nearer. Meridians are taken as parallel at the mean latitude,
    /// the way round is the shorter one; over the hundred kilometres of a region that is good to half a per cent.
    /// </summary>
    public long SquaredCmTo(Position other)
    {
        var lon = Math.Abs((long)LonE6 - other.LonE6);
        if (lon > MaxLonE6) lon = (2L * MaxLonE6) - lon;
        var north = ((long)LatE6 - other.LatE6) * CmPerDegree / 1_000_000;
        var east = (lon * CmPerDegree / 1_000_000 * Cosine(((long)LatE6 + other.LatE6) / 2)) >> CosineBits;
        return (north * north) + (east * east);
    }

    /// <summary>The distance in whole metres; see <see cref="SquaredCmTo"/>.</summary>
    public long MetresTo(Position other) => MetresOf(SquaredCmTo(other));

    /// <summary>Whole metres from a squared distance.</summary>
    internal static long MetresOf(long squaredCm)
    {
        long root = 0;
        for (var bit = 1L << 31; bit > 0; bit >>= 1)
        {
            var next = root + bit;
            if (next * next <= squaredCm) root = next;
        }
        return root / 100;
    }

    /// <summary>The cosine of a latitude in 2^-20, by the rational formula of Bhaskara I (7th century), which is right to 0.002 and needs whole numbers only.</summary>
    private static long Cosine(long latE6)
    {
        const long halfCircleSquared = 32_400L * 100_000_000;   // 180 degrees, in ten-thousandths of a degree, squared.
        var squared = latE6 / 100 * (latE6 / 100);
        return ((halfCircleSquared - (4 * squared)) << CosineBits) / (halfCircleSquared + squared);
    }
}
