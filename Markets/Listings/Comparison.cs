using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rialto.Markets.Listings;

/// <summary>By what cities are compared.</summary>
[JsonConverter(typeof(LowerHyphen<CompareMode>))]
public enum CompareMode
{
    /// <summary>By the lowest price.</summary>
    Cheapest,
    /// <summary>By the lowest price for each kilometre that the vehicle was driven, as the original does.</summary>
    PricePerKm,
    /// <summary>By price, tax, transport to the buyer, and fees.</summary>
    TotalCost,
}

/// <summary>An exchange rate: how much of the comparison's currency one unit of another is.</summary>
/// <param name="Currency">The other currency.</param>
/// <param name="RateE6">In millionths.</param>
public sealed record Rate(string Currency, long RateE6)
{
    /// <summary>The highest rate, in millionths.</summary>
    public const long MaxE6 = 1_000_000_000_000;
}

/// <summary>In what and by what terms prices of different places are compared.</summary>
/// <param name="Currency">The comparison's currency; null: that of the first city.</param>
/// <param name="Rates">Into that currency.</param>
/// <param name="To">Where the buyer is; null: in the first city.</param>
/// <param name="TransportMinorPerKm">total-cost: hundredths of the currency for each kilometre on the way to the buyer.</param>
/// <param name="TaxE4">total-cost: tax on the price, in hundredths of a per cent.</param>
/// <param name="FeesMinor">total-cost: for a vehicle from elsewhere, in hundredths of the currency.</param>
/// <param name="DistanceKm">total-cost: how far it is where that is not known.</param>
public sealed record CompareTerms(
    string? Currency = null, ImmutableArray<Rate> Rates = default, string? To = null, long TransportMinorPerKm = CompareTerms.DefaultTransportMinorPerKm, int TaxE4 = 0, long FeesMinor = 0, int? DistanceKm = null)
{
    /// <summary>Into the comparison's currency; none are no list, not an absent one.</summary>
    public ImmutableArray<Rate> Rates { get; init; } = Rates.IsDefault ? [] : Rates;

    /// <summary>What a kilometre of transport costs if nothing is said: 1.00.</summary>
    public const long DefaultTransportMinorPerKm = 100;

    /// <summary>The highest tax: 100 per cent.</summary>
    public const int MaxTaxE4 = 10_000;

    /// <summary>The longest way on Earth, in kilometres.</summary>
    public const int MaxDistanceKm = 20_040;

    /// <summary>The highest fees and cost of a kilometre, in hundredths.</summary>
    public const long MaxCostMinor = 100_000_000;

    /// <summary>Null if they make sense, else the refusal.</summary>
    internal Refusal? Check()
    {
        var wrong = (Currency is null ? null : Atlas.CheckCurrency(Currency, "currency"))
            ?? Bounds.CheckRange(TransportMinorPerKm, "transportPerKm", 0, MaxCostMinor) ?? Bounds.CheckRange(TaxE4, "taxPercent", 0, MaxTaxE4)
            ?? Bounds.CheckRange(FeesMinor, "fees", 0, MaxCostMinor) ?? (DistanceKm is { } km ? Bounds.CheckRange(km, "distanceKm", 0, MaxDistanceKm) : null)
            ?? (To is null ? null : CityRef.Parse(To).Check("to"));
        if (wrong is not null || Rates.IsDefault) return wrong;
        if (Rates.Length > ListingBounds.MaxRates) return Bounds.OutOfRange("rates", 0, ListingBounds.MaxRates);
        foreach (var rate in Rates)
            if ((rate is null ? Bounds.OutOfRange("rates", 0, Rate.MaxE6) : Atlas.CheckCurrency(rate.Currency, "rates") ?? Bounds.CheckRange(rate.RateE6, "rates", 1, Rate.MaxE6)) is { } bad) return bad;
        return null;
    }

    /// <summary>How much one unit of a currency is in another, in millionths; null if nobody says.</summary>
    internal long? RateE6(string from, string to)
    {
        if (from == to) return 1_000_000;
        if (Rates.IsDefault) return null;
        foreach (var rate in Rates)
            if (rate.Currency == from) return rate.RateE6;
        return null;
    }

    /// <summary>An amount in another currency, to the nearest hundredth.</summary>
    internal static long Convert(long minor, long rateE6) => rateE6 == 1_000_000 ? minor : Clip((((Int128)minor * rateE6) + 500_000) / 1_000_000);

    /// <summary>What a vehicle costs where the buyer is.</summary>
    internal long TotalMinor(long priceMinor, int kilometres, bool isElsewhere) =>
        Clip(priceMinor + ((((Int128)priceMinor * TaxE4) + 5_000) / 10_000) + ((Int128)kilometres * TransportMinorPerKm) + (isElsewhere ? FeesMinor : 0));

    private static long Clip(Int128 minor) => minor > Amounts.MaxTotalMinor ? Amounts.MaxTotalMinor : (long)minor;
}

/// <summary>A city as somebody writes it: <c>Toronto</c>, or <c>CA/Toronto</c>.</summary>
/// <param name="Country">Two letters, or null.</param>
/// <param name="Name">The city.</param>
public readonly record struct CityRef(string? Country, string Name)
{
    /// <summary>Reads what somebody wrote.</summary>
    public static CityRef Parse(string text)
    {
        var slash = text.IndexOf('/');
        return slash < 0 ? new CityRef(null, text.Trim()) : new CityRef(text[..slash].Trim(), text[(slash + 1)..].Trim());
    }

    /// <summary>Null if it can be a city, else the refusal.</summary>
    public Refusal? Check(string what) => (Country is null ? null : ShelfName.CheckCountry(Country)) ?? ShelfName.CheckPart(Name, what);

    /// <summary>Whether a city is meant by this.</summary>
    internal bool Means(string countrySlug, string citySlug) =>
        ShelfName.Slug(Name) == citySlug && (Country is null || Country.Equals(countrySlug, StringComparison.OrdinalIgnoreCase));
}

/// <summary>What is to be compared.</summary>
/// <param name="Cities">Two or more, each <c>Toronto</c> or <c>CA/Toronto</c>.</param>
/// <param name="Make">The make.</param>
/// <param name="Model">The model.</param>
/// <param name="Mode">By what.</param>
/// <param name="Terms">In what currency and by what terms.</param>
public sealed record CompareRequest(ImmutableArray<string> Cities, string Make, string Model, CompareMode Mode, CompareTerms Terms)
{
    /// <summary>Null if it makes sense, else the refusal.</summary>
    public Refusal? Check()
    {
        var wrong = ShelfName.CheckPart(Make, "make") ?? ShelfName.CheckPart(Model, "model") ?? (Enum.IsDefined(Mode) ? null : Bounds.OutOfRange("mode", 0, 2))
            ?? (Terms is null ? Bounds.OutOfRange("terms", 0, 0) : Terms.Check());
        if (wrong is not null) return wrong;
        if (Cities.IsDefault || Cities.Length is < 2 or > ListingBounds.MaxCities)
            return new Refusal(RefusalKind.Invalid, "out-of-range", $"Name 2 to {ListingBounds.MaxCities} cities, with commas between them.").With("field", "cities");
        foreach (var city in Cities)
            if ((city is null ? ShelfName.CheckPart(null, "city") : CityRef.Parse(city).Check("city")) is { } bad) return bad;
        return null;
    }
}
