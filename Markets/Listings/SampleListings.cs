using System.Collections.Immutable;

namespace Rialto.Markets.Listings;

/// <summary>
/// The built-in source: vehicles that nobody sells, in a dozen cities of two countries, the same on every machine. Prices fall with age and
/// distance, and differ from city to city, so that comparing is worth while.
/// </summary>
public static class SampleListings
{
    private static readonly (string Make, string Model, int NewPrice)[] Models =
    [
        ("Toyota", "Corolla", 26_000), ("Toyota", "RAV4", 38_000), ("Honda", "Civic", 29_000), ("Ford", "F-150", 52_000), ("Tesla", "Model 3", 55_000), ("Volkswagen", "Golf", 34_000),
    ];

    /// <summary>The cities, and how their prices compare with the others', in per cent.</summary>
    private static readonly (string Country, string City, int PerCent)[] Cities =
    [
        ("CA", "Toronto", 104), ("CA", "Montreal", 97), ("CA", "Ottawa", 101), ("CA", "Calgary", 99), ("CA", "Vancouver", 106), ("CA", "Halifax", 95),
        ("US", "Buffalo", 94), ("US", "Detroit", 92), ("US", "New York", 103), ("US", "Chicago", 98), ("US", "Seattle", 102), ("US", "Boston", 105),
    ];

    private static readonly string[] Trims = ["LE", "SE", "XLE", "Sport", "Limited"];

    /// <summary>All shelves that the sample fills, in order.</summary>
    public static IReadOnlyList<ShelfName> Shelves { get; } = [.. Cities.SelectMany(city => Models.Select(model => new ShelfName(city.Country, city.City, model.Make, model.Model)))];

    /// <summary>The vehicles of a shelf; none if the sample has no such shelf.</summary>
    public static ImmutableArray<Vehicle> VehiclesOf(ShelfName shelf)
    {
        var key = shelf.Key;
        foreach (var (country, city, perCent) in Cities)
            foreach (var (make, model, newPrice) in Models)
                if (new ShelfName(country, city, make, model).Key == key) return Make(key, country, city, newPrice * (long)perCent);
        return [];
    }

    private static ImmutableArray<Vehicle> Make(string key, string country, string city, long newPriceMinor)
    {
        var chance = Seed(key);
        var unit = Atlas.UnitOf(country);
        var vehicles = ImmutableArray.CreateBuilder<Vehicle>();
        var location = SharedText.Of($"{city}, {Atlas.Find(country, city)!.Region}");
        for (var count = 40 + Below(ref chance, 41); count > 0; count--)
        {
            var age = Below(ref chance, 12);
            var kilometres = (age * 14_000) + 500 + Below(ref chance, 18_000);
            // A tenth less for each year, a little less for what it was driven, and what the seller thinks of it.
            var price = newPriceMinor;
            for (var year = 0; year < age; year++) price -= price / 10;
            price -= price * Math.Min(kilometres, 200_000) / 1_000_000;
            price += price * (Below(ref chance, 21) - 10) / 100;
            var odometer = unit == DistanceUnit.Km ? kilometres : (int)(kilometres * 1_000_000L / 1_609_344);
            vehicles.Add(new Vehicle(Vin(ref chance), 2026 - age, price / 5_000 * 5_000, odometer, unit, location, Trims[Below(ref chance, Trims.Length)], SharedText.Of($"{city} Motors {1 + Below(ref chance, 4)}")));
        }
        return vehicles.ToImmutable();
    }

    private static VehicleId Vin(ref ulong chance)
    {
        const string letters = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
        Span<char> text = stackalloc char[17];
        foreach (ref var letter in text) letter = letters[Below(ref chance, letters.Length)];
        return VehicleId.TryParseVin(text, out var vin) ? vin : throw new InvalidOperationException("A VIN of valid letters is valid.");
    }

    private static ulong Seed(string key)
    {
        var seed = 14695981039346656037;
        foreach (var letter in key) seed = (seed ^ letter) * 1099511628211;
        return seed;
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood, 2014): the same for ever.</summary>
    private static int Below(ref ulong chance, int bound)
    {
        chance += 0x9E3779B97F4A7C15;
        var mixed = (chance ^ (chance >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)bound);
    }
}
