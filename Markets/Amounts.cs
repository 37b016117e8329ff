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
    public static decimal ToDecimal(long minor, int scale) =>
        new((int)(ulong)Math.Abs(minor), (int)((ulong)Math.Abs(minor) >> 32), 0, minor < 0, (byte)scale);
}
