namespace Rialto.Markets.Listings;

/// <summary>What the listings market accepts at most.</summary>
public static class ListingBounds
{
    /// <summary>The longest name of a city, make or model.</summary>
    public const int MaxNameLength = 48;

    /// <summary>The most vehicles in one command: far below what the sequencer takes at once, however long their texts are.</summary>
    public const int MaxPerPart = 500;

    /// <summary>The most parts of one load.</summary>
    public const int MaxParts = 100;

    /// <summary>The most vehicles of one shelf.</summary>
    public const int MaxVehicles = MaxPerPart * MaxParts;

    /// <summary>The oldest model year: that of the first motor car.</summary>
    public const int MinYear = 1886;

    /// <summary>The latest model year.</summary>
    public const int MaxYear = 2100;

    /// <summary>The highest price, in hundredths of the currency.</summary>
    public const long MaxPriceMinor = 100_000_000_000;

    /// <summary>The most that an odometer shows, in its own unit.</summary>
    public const int MaxOdometer = 5_000_000;

    /// <summary>The longest location, trim or seller.</summary>
    public const int MaxTextLength = 100;

    /// <summary>The longest web address of a listing.</summary>
    public const int MaxUrlLength = 300;

    /// <summary>The most cities in one comparison.</summary>
    public const int MaxCities = 20;

    /// <summary>The most rates that one question can give.</summary>
    public const int MaxRates = 20;

    /// <summary>The most points that are kept of one vehicle's price history; the newest stay.</summary>
    public const int MaxPricePoints = 100;

    /// <summary>How many vehicles that are on no shelf any more keep their price history.</summary>
    public const int MaxGone = 200_000;

    /// <summary>
    /// How many vehicles one page of a search looks at, at most: a page that finds few ends early, and names the next. So many take a
    /// millisecond or a few, and no page keeps the others waiting for longer.
    /// </summary>
    public const int MaxLookedAt = 10_000;

    /// <summary>The most imports that are remembered.</summary>
    public const int MaxImports = 1_000;

    /// <summary>The most watches.</summary>
    public const int MaxWatches = 100_000;
}
