using System.Collections.Immutable;
using System.Globalization;

namespace Rialto.Markets.Listings;

/// <summary>
/// Compares what cities ask for one make and model. On each shelf the best vehicle is the first in an order that is there already, so a
/// comparison costs a look at each city, however many vehicles stand there.
/// </summary>
internal static class CityComparison
{
    private readonly record struct Place(string? Country, string City, ShelfRows? Shelf, Vehicle? Vehicle, long Value, int? Kilometres, bool IsElsewhere = false);

    /// <summary>What a comparison comes to, without its views.</summary>
    /// <param name="Currency">In what.</param>
    /// <param name="Cities">All cities, as asked for.</param>
    /// <param name="Best">Which of them is best.</param>
    /// <param name="Next">Which is the next best, or null.</param>
    public readonly record struct Outcome(string Currency, ImmutableArray<string> Cities, int Best, int? Next)
    {
        /// <summary>By how much the best is better: in hundredths, or in millionths per kilometre. Null if there is no other.</summary>
        public long? Gap { get; init; }
    }

    /// <summary>A comparison as it is shown.</summary>
    public static Refusal? Run(IReadOnlyList<ShelfRows> shelves, CompareRequest request, DateTimeOffset now, TimeSpan freshFor, out CompareView? view)
    {
        view = null;
        if (Compare(shelves, request, out var outcome, out var places) is { } refusal) return refusal;
        var best = places[outcome.Best];
        var vehicle = best.Shelf!.Show(best.Vehicle!);
        decimal? saving = outcome.Gap is { } gap ? Shown(gap, request.Mode) : null;
        view = new CompareView(
            request.Mode, outcome.Currency, new BestView(best.Country!, best.City, vehicle, Shown(best.Value, request.Mode)),
            [.. places.Select(place => Show(place, request, outcome.Currency, now, freshFor))], saving, Recommend(places, outcome, request.Mode));
        return null;
    }

    /// <summary>Which city is best, and by how much.</summary>
    public static Refusal? Measure(IReadOnlyList<ShelfRows> shelves, CompareRequest request, out Outcome outcome) => Compare(shelves, request, out outcome, out _);

    private static Refusal? Compare(IReadOnlyList<ShelfRows> shelves, CompareRequest request, out Outcome outcome, out Place[] places)
    {
        (outcome, places) = (default, []);
        if (request.Check() is { } wrong) return wrong;
        var found = new Place[request.Cities.Length];
        for (var i = 0; i < found.Length; i++)
            if (Find(shelves, request.Cities[i], out found[i]) is { } unknown) return unknown;
        var currency = request.Terms.Currency ?? found.FirstOrDefault(place => place.Shelf?.Currency is not null).Shelf?.Currency ?? (found[0].Country is { } country ? Atlas.CurrencyOf(country) : null) ?? "";
        if (Choose(found, request, currency) is { } refusal) return refusal;

        int? best = null, next = null;
        for (var i = 0; i < found.Length; i++)
        {
            if (found[i].Vehicle is null) continue;
            if (best is not { } leading || found[i].Value < found[leading].Value) (best, next) = (i, best);
            else if (next is not { } second || found[i].Value < found[second].Value) next = i;
        }
        if (best is not { } first) return ListingRefusals.NothingToCompare;
        outcome = new Outcome(currency, [.. found.Select(place => place.City)], first, next) { Gap = next is { } other ? found[other].Value - found[first].Value : null };
        places = found;
        return null;
    }

    private static Refusal? Find(IReadOnlyList<ShelfRows> shelves, string text, out Place place)
    {
        var city = CityRef.Parse(text);
        var slug = ShelfName.Slug(city.Name);
        var country = city.Country?.ToUpperInvariant();
        place = new Place(country, city.Name, null, null, 0, null);
        ShelfRows? found = null;
        foreach (var shelf in shelves)
        {
            if (shelf.CitySlug != slug || (country is not null && !country.Equals(shelf.CountrySlug, StringComparison.OrdinalIgnoreCase))) continue;
            // A shelf on which nothing was found makes no city doubtful: anybody may have asked for one.
            if (found is { Rows.Length: > 0 } && shelf.Rows.Length > 0) return ListingRefusals.AmbiguousCity(text, [found.Name.Country, shelf.Name.Country]);
            if (found is null || (found.Rows.Length == 0 && (shelf.Rows.Length > 0 || Atlas.Find(shelf.Name.Country, city.Name) is not null))) found = shelf;
        }
        if (found is not null) place = place with { Country = found.Name.Country, City = found.Name.City, Shelf = found };
        else if (country is null && Atlas.Find(city.Name) is [var known]) place = place with { Country = known.Country, City = known.Name };
        return null;
    }

    /// <summary>The best vehicle of each city, in the comparison's currency.</summary>
    private static Refusal? Choose(Place[] places, CompareRequest request, string currency)
    {
        var buyer = places[0];
        if (request.Mode == CompareMode.TotalCost && request.Terms.To is { } text)
        {
            var to = CityRef.Parse(text);
            buyer = places.FirstOrDefault(place => place.Country is { } country && to.Means(ShelfName.Slug(country), ShelfName.Slug(place.City)));
            if (buyer.City is null)
            {
                var known = Atlas.Find(to.Name).Where(city => to.Country is null || city.Country.Equals(to.Country, StringComparison.OrdinalIgnoreCase)).ToList();
                if (known.Count > 1) return ListingRefusals.AmbiguousCity(text, known.Select(city => city.Country));
                buyer = known.Count == 1 ? new Place(known[0].Country, known[0].Name, null, null, 0, null) : new Place(to.Country, to.Name, null, null, 0, null);
            }
        }
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i].Shelf is not { Count: > 0 } shelf) continue;
            if (request.Terms.RateE6(shelf.Currency!, currency) is null) return ListingRefusals.RateNeeded(shelf.Currency!, currency);
            var kilometres = 0;
            var isElsewhere = places[i].City != buyer.City || places[i].Country != buyer.Country;
            if (request.Mode == CompareMode.TotalCost && isElsewhere)
            {
                if (Distance(places[i], buyer, request.Terms) is not { } known) return ListingRefusals.DistanceNeeded(places[i].City, buyer.City);
                kilometres = known;
            }
            if (First(shelf, request.Mode) is not { } vehicle) continue;
            places[i] = places[i] with { Vehicle = vehicle, IsElsewhere = isElsewhere, Kilometres = request.Mode == CompareMode.TotalCost ? kilometres : null };
            var value = request.Mode == CompareMode.PricePerKm ? vehicle.PricePerKmE6!.Value : vehicle.PriceMinor;
            places[i] = places[i] with { Value = InTerms(places[i], value, request, currency) };
        }
        return null;
    }

    private static int? Distance(in Place from, in Place to, CompareTerms terms)
    {
        return from.Country is { } country && to.Country is { } other && Atlas.Find(country, from.City) is { } here && Atlas.Find(other, to.City) is { } there
            ? Atlas.KilometresBetween(here.Place, there.Place) : terms.DistanceKm;
    }

    private static Vehicle? First(ShelfRows shelf, CompareMode mode)
    {
        if (mode == CompareMode.PricePerKm)
        {
            foreach (var at in shelf.ByPerKm.At)
                if (!shelf.Rows[at].IsElsewhere) return shelf.Rows[at].Vehicle;
            return null;
        }
        foreach (ref readonly var row in shelf.Rows.AsSpan())
            if (!row.IsElsewhere) return row.Vehicle;
        return null;
    }

    private static CityView Show(in Place place, CompareRequest request, string currency, DateTimeOffset now, TimeSpan freshFor)
    {
        var shelf = place.Shelf;
        var middle = shelf?.MiddleOf(request.Mode == CompareMode.PricePerKm) ?? default;
        decimal? median = middle.Count == 0 ? null
            : Mean(InTerms(place, middle.Lower, request, currency), InTerms(place, middle.Upper, request, currency), request.Mode);
        return new CityView(
            place.Country, place.City, place.Vehicle is { } vehicle ? shelf!.Show(vehicle) : null, place.Vehicle is null ? null : Shown(place.Value, request.Mode), middle.Count, median,
            place.Kilometres, shelf?.FetchedAt, shelf?.IsFresh(now, freshFor) ?? false, shelf?.ShowFailure());
    }

    /// <summary>What a vehicle of a city comes to in the comparison's terms.</summary>
    private static long InTerms(in Place place, long value, CompareRequest request, string currency)
    {
        var converted = CompareTerms.Convert(value, request.Terms.RateE6(place.Shelf!.Currency!, currency)!.Value);
        return request.Mode == CompareMode.TotalCost ? request.Terms.TotalMinor(converted, place.Kilometres ?? 0, place.IsElsewhere) : converted;
    }

    /// <summary>The mean of two, exactly: with half of a last decimal if it must be.</summary>
    private static decimal Mean(long a, long b, CompareMode mode) => a == b ? Shown(a, mode) : (Shown(a, mode) + Shown(b, mode)) / 2;

    private static decimal Shown(long value, CompareMode mode) => Amounts.ToDecimal(value, mode == CompareMode.PricePerKm ? 6 : 2);

    private static string Recommend(Place[] places, in Outcome outcome, CompareMode mode)
    {
        var best = places[outcome.Best];
        var price = Words(best.Value, outcome.Currency, mode);
        if (outcome.Next is not { } next) return $"Buy in {best.City}, the only one of these cities that has one: {price}.";
        var other = places[next];
        if (outcome.Gap == 0) return $"Buy in {best.City} or in {other.City}: both at {price}.";
        var share = ((Int128)outcome.Gap!.Value * 1_000 + (other.Value / 2)) / other.Value;
        return string.Create(CultureInfo.InvariantCulture, $"Buy in {best.City}: {price}, {Words(outcome.Gap.Value, outcome.Currency, mode)} ({(decimal)share / 10:0.0} %) less than in {other.City}.");
    }

    private static string Words(long value, string currency, CompareMode mode) => mode == CompareMode.PricePerKm
        ? string.Create(CultureInfo.InvariantCulture, $"{Amounts.ToDecimal(value, 6):0.00####} {currency} per kilometre driven")
        : string.Create(CultureInfo.InvariantCulture, $"{Amounts.ToDecimal(value, 2):#,##0.00} {currency}");
}
