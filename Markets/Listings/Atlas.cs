using System.Collections.Frozen;
using Rialto.Markets.Dispatch;

namespace Rialto.Markets.Listings;

/// <summary>A city that is known beforehand.</summary>
/// <param name="Country">Two letters.</param>
/// <param name="Name">Its name.</param>
/// <param name="Region">The state or province, as addresses write it.</param>
/// <param name="Place">Where its middle is.</param>
public sealed record City(string Country, string Name, string Region, Position Place);

/// <summary>What is known of the world beforehand: what currency and which unit of distance a country uses, and where some cities lie.</summary>
public static class Atlas
{
    /// <summary>The cities whose places are known.</summary>
    public static IReadOnlyList<City> Cities { get; } =
    [
        new("CA", "Toronto", "ON", new Position(43_653_200, -79_383_200)),
        new("CA", "Montreal", "QC", new Position(45_501_700, -73_567_300)),
        new("CA", "Ottawa", "ON", new Position(45_421_500, -75_697_200)),
        new("CA", "Calgary", "AB", new Position(51_044_700, -114_071_900)),
        new("CA", "Vancouver", "BC", new Position(49_282_700, -123_120_700)),
        new("CA", "Edmonton", "AB", new Position(53_546_100, -113_493_800)),
        new("CA", "Halifax", "NS", new Position(44_648_800, -63_575_200)),
        new("CA", "Winnipeg", "MB", new Position(49_895_100, -97_138_400)),
        new("US", "Buffalo", "NY", new Position(42_886_400, -78_878_400)),
        new("US", "Detroit", "MI", new Position(42_331_400, -83_045_800)),
        new("US", "New York", "NY", new Position(40_712_800, -74_006_000)),
        new("US", "Chicago", "IL", new Position(41_878_100, -87_629_800)),
        new("US", "Seattle", "WA", new Position(47_606_200, -122_332_100)),
        new("US", "Boston", "MA", new Position(42_360_100, -71_058_900)),
        new("US", "Los Angeles", "CA", new Position(34_052_200, -118_243_700)),
        new("DE", "Stuttgart", "BW", new Position(48_775_800, 9_182_900)),
        new("DE", "Berlin", "BE", new Position(52_520_000, 13_405_000)),
        new("GB", "London", "LND", new Position(51_507_400, -127_800)),
    ];

    private static readonly FrozenDictionary<string, City[]> BySlug =
        Cities.GroupBy(city => ShelfName.Slug(city.Name)).ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

    /// <summary>The cities of this name, whose places are known.</summary>
    public static IReadOnlyList<City> Find(string name) => BySlug.TryGetValue(ShelfName.Slug(name), out var cities) ? cities : [];

    /// <summary>The city of this country and name, if its place is known.</summary>
    public static City? Find(string country, string name) => Find(name).FirstOrDefault(city => city.Country.Equals(country, StringComparison.OrdinalIgnoreCase));

    /// <summary>A country's currency (ISO 4217); null if it is not known here.</summary>
    public static string? CurrencyOf(string country) => country.ToUpperInvariant() switch
    {
        "CA" => "CAD",
        "US" => "USD",
        "GB" => "GBP",
        "CH" => "CHF",
        "AU" => "AUD",
        "MX" => "MXN",
        "AT" or "BE" or "DE" or "ES" or "FI" or "FR" or "IE" or "IT" or "NL" or "PT" => "EUR",
        _ => null,
    };

    /// <summary>What a country's odometers show.</summary>
    public static DistanceUnit UnitOf(string country) => country.ToUpperInvariant() is "US" or "GB" ? DistanceUnit.Mi : DistanceUnit.Km;

    /// <summary>Null if this is a currency's code, else the refusal.</summary>
    public static Refusal? CheckCurrency(string? currency, string what) =>
        currency is { Length: 3 } && currency.All(char.IsAsciiLetterUpper) ? null
        : new Refusal(RefusalKind.Invalid, "invalid-currency", $"Write {what} as three capital letters (ISO 4217), such as CAD.").With("field", what);

    /// <summary>The way between two places as the crow flies (haversine), in whole kilometres.</summary>
    public static int KilometresBetween(Position from, Position to)
    {
        const double earthKm = 6371.0088;   // Its mean radius (IUGG R₁).
        const double radian = Math.PI / 180 / 1_000_000;
        var (north, east) = ((to.LatE6 - from.LatE6) * radian / 2, (to.LonE6 - from.LonE6) * radian / 2);
        var half = (Math.Sin(north) * Math.Sin(north)) + (Math.Cos(from.LatE6 * radian) * Math.Cos(to.LatE6 * radian) * Math.Sin(east) * Math.Sin(east));
        return (int)Math.Round(2 * earthKm * Math.Asin(Math.Sqrt(Math.Min(1, half))));
    }
}
