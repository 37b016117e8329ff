namespace Rialto.Markets;

/// <summary>
/// Money and quantities are whole numbers of minor units inside (cents), and decimals in the asset's scale outside. Never floating point.
/// </summary>
public static class Amounts
{
    /// <summary>The most decimals an asset can have.</summary>
    public const int MaxScale = 9;

    /// <summary>The largest single amount, in minor units. Sums of them are checked against <see cref="MaxTotalMinor"/>.</summary>
    public const long MaxMinor = 1_000_000_000_000_000;

    /// <summary>The largest sum that an account may reach, in minor units: far from overflow even when two are added.</summary>
    public const long MaxTotalMinor = 1_000_000_000_000_000_000;

    /// <summary>The decimal that people see: 1250 at scale 2 is 12.50.</summary>
    public static decimal ToDecimal(long minor, int scale)
    {
        var size = minor < 0 ? (ulong)-minor : (ulong)minor;   // Also right for the one number whose negation does not fit.
        return new decimal((int)size, (int)(size >> 32), 0, minor < 0, (byte)scale);
    }

    /// <summary>The same for a sum that may be larger than any amount: up to 2^96 minor units.</summary>
    public static decimal ToDecimal(Int128 minor, int scale)
    {
        var size = (UInt128)Int128.Abs(minor);
        return new decimal((int)(uint)size, (int)(uint)(size >> 32), (int)(uint)(size >> 64), minor < 0, (byte)scale);
    }

    /// <summary>The minor units of a decimal: 12.50 at scale 2 is 1250. The refusal says what is wrong with it: too many decimals, or too large.</summary>
    /// <param name="amount">What somebody wrote.</param>
    /// <param name="scale">The asset's decimals.</param>
    /// <param name="minor">The minor units, or 0.</param>
    /// <returns>Null, or why it is no amount of this asset.</returns>
    public static Refusal? TryToMinor(decimal amount, int scale, out long minor)
    {
        minor = 0;
        var largest = ToDecimal(MaxMinor, scale);
        if (amount < -largest || amount > largest) return Bounds.OutOfRange("amount", -largest, largest);
        var shifted = amount * ToDecimal(1_000_000_000, MaxScale - scale);
        if (decimal.Truncate(shifted) != shifted)
            return new Refusal(RefusalKind.Invalid, "too-many-decimals", $"Write the amount with at most {scale} decimals.").With("scale", scale);
        minor = (long)shifted;
        return null;
    }
}
