using static Rialto.Markets.RefusalKind;

namespace Rialto.Markets.Listings;

/// <summary>Every no of the listings market. Form (<c>invalid-name</c>, <c>out-of-range</c>, <c>too-long</c>, <c>invalid-text</c>) is <see cref="Bounds"/>'.</summary>
public static class ListingRefusals
{
    internal static Refusal ShelfNotFound(string shelf) =>
        new(NotFound, "shelf-not-found", $"Nothing was fetched or imported for '{shelf}'. Refresh it, or import a file.");

    internal static Refusal WrongShelf(string shelf) =>
        new(Invalid, "wrong-shelf", $"These vehicles do not belong on the shelf '{shelf}'. Send them to the shelf of their country, city, make and model.");

    internal static Refusal AnotherLoad(string load) =>
        new Refusal(Conflict, "another-load", "A load of this name is under way with other parts, mode or currency. Send it as it was begun, or give it another name.").With("load", load);

    internal static Refusal PartOutOfOrder(int expected) =>
        new Refusal(Conflict, "part-out-of-order", $"Send part {expected} next.").With("expected", expected);

    /// <summary>A shelf's prices are in one currency.</summary>
    public static Refusal MixedCurrencies(string known, string given) =>
        new Refusal(Invalid, "mixed-currencies", $"The prices on this shelf are in {known}: bring these in {known} too, or replace the whole shelf.").With("currency", known).With("given", given);

    internal static readonly Refusal ShelfFull =
        new Refusal(Invalid, "too-many", $"A shelf holds at most {ListingBounds.MaxVehicles} vehicles. Bring fewer.").With("maximum", ListingBounds.MaxVehicles);

    // Questions.

    /// <summary>Nobody knows a city of this name.</summary>
    public static Refusal CityNotFound(string city) =>
        new Refusal(NotFound, "city-not-found", $"No shelf is in a city '{Short(city)}', and it is not known beforehand. Write it with its country, such as CA/Toronto.").With("city", Short(city));

    /// <summary>Several countries have a city of this name.</summary>
    public static Refusal AmbiguousCity(string city, IEnumerable<string> countries) =>
        new Refusal(Invalid, "ambiguous-city", $"There is a '{Short(city)}' in {string.Join(" and in ", countries)}. Write it with its country.").With("city", Short(city));

    internal static Refusal RateNeeded(string from, string to) =>
        new Refusal(Invalid, "rate-needed", $"Prices are in {from} and in {to}, which are not compared without a rate. Give rates={from}:… (how many {to} one {from} is).").With("from", from).With("to", to);

    internal static Refusal DistanceNeeded(string city, string to) =>
        new Refusal(Invalid, "distance-needed", $"The way from {city} to {to} is not known here. Give distanceKm.").With("from", city).With("to", to);

    internal static readonly Refusal NothingToCompare =
        new(NotFound, "nothing-to-compare", "None of these cities has such a vehicle. Refresh the shelves, import a file, or check the names.");

    internal static Refusal VehicleNotFound(string vin) =>
        new Refusal(NotFound, "vehicle-not-found", $"No shelf has or had a vehicle '{Short(vin)}'. Look it up in the list.").With("vin", Short(vin));

    // Watches.

    internal static Refusal WatchNotFound(string watch) =>
        new(NotFound, "watch-not-found", $"There is no watch '{watch}'. Look it up in the list of watches.");

    internal static readonly Refusal NotOwner = new(Forbidden, "not-owner", "Only who set a watch, and the operator, can remove it.");

    private static string Short(string text) => text.Length > 64 ? text[..64] + "…" : text;
}
