using System.Collections.Immutable;

namespace Rialto.Markets.Listings;

/// <summary>What can be asked about one shelf.</summary>
public abstract record ShelfQuery : Query
{
    private protected ShelfQuery()
    {
    }
}

/// <summary>When and whence the shelf was filled: a <see cref="ShelfView"/>.</summary>
public sealed record GetShelf : ShelfQuery;

/// <summary>A load that is not whole yet.</summary>
/// <param name="Load">Its name.</param>
/// <param name="Part">How many parts are there.</param>
/// <param name="Parts">How many there will be.</param>
/// <param name="Since">When it began.</param>
public sealed record LoadingView(string Load, int Part, int Parts, DateTimeOffset Since);

/// <summary>Why the last fetch brought nothing.</summary>
/// <param name="Source">From where.</param>
/// <param name="Code">A word for programs.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="At">When.</param>
public sealed record FailureView(string Source, string Code, string Detail, DateTimeOffset At);

/// <summary>A shelf: what it holds, and when and whence that came.</summary>
public sealed record ShelfView : View
{
    /// <summary>Its key: <c>ca/toronto/toyota/corolla</c>.</summary>
    public required string Shelf { get; init; }
    /// <summary>Two letters.</summary>
    public required string Country { get; init; }
    /// <summary>The city.</summary>
    public required string City { get; init; }
    /// <summary>The make.</summary>
    public required string Make { get; init; }
    /// <summary>The model.</summary>
    public required string Model { get; init; }
    /// <summary>What its prices are in; null before a load was whole.</summary>
    public string? Currency { get; init; }
    /// <summary>How many vehicles it holds.</summary>
    public required int Count { get; init; }
    /// <summary>Whence they came.</summary>
    public string? Source { get; init; }
    /// <summary>When they came.</summary>
    public DateTimeOffset? FetchedAt { get; init; }
    /// <summary>Whether that is so recent that it is not fetched again; null where the answer does not depend on the time.</summary>
    public bool? Fresh { get; init; }
    /// <summary>Who brought them.</summary>
    public string? By { get; init; }
    /// <summary>The last whole load.</summary>
    public string? Load { get; init; }
    /// <summary>The load that is on its way, or was cut short.</summary>
    public LoadingView? Loading { get; init; }
    /// <summary>What went wrong since the last whole load.</summary>
    public FailureView? Failure { get; init; }
}

/// <summary>A vehicle on a shelf.</summary>
public sealed record VehicleView : View
{
    /// <summary>The VIN, or a number in its place.</summary>
    public required string Id { get; init; }
    /// <summary>The VIN, if it is known.</summary>
    public string? Vin { get; init; }
    /// <summary>The model year.</summary>
    public required int Year { get; init; }
    /// <summary>The make.</summary>
    public required string Make { get; init; }
    /// <summary>The model.</summary>
    public required string Model { get; init; }
    /// <summary>The price.</summary>
    public required decimal Price { get; init; }
    /// <summary>What the price is in.</summary>
    public required string Currency { get; init; }
    /// <summary>What the odometer shows, in <see cref="Unit"/>.</summary>
    public int? Mileage { get; init; }
    /// <summary>Kilometres or miles.</summary>
    public required DistanceUnit Unit { get; init; }
    /// <summary>How far it was driven, in kilometres.</summary>
    public decimal? Kilometres { get; init; }

    /// <summary>How far it was driven in whole units; what the odometer shows where it counts them.</summary>
    public long? MileageIn(DistanceUnit unit) =>
        Mileage is not { } shown || Kilometres is not { } kilometres ? null
        : unit == Unit ? shown : (long)decimal.Round(unit == DistanceUnit.Km ? kilometres : kilometres / 1.609344m, MidpointRounding.AwayFromZero);

    /// <summary>The price for each kilometre that it was driven.</summary>
    public decimal? PricePerKm { get; init; }
    /// <summary>Where it stands, as the source writes it.</summary>
    public string? Location { get; init; }
    /// <summary>The shelf's country.</summary>
    public required string Country { get; init; }
    /// <summary>The shelf's city.</summary>
    public required string City { get; init; }
    /// <summary>The version of the model.</summary>
    public string? Trim { get; init; }
    /// <summary>Who sells it.</summary>
    public string? Seller { get; init; }
    /// <summary>Where it is listed.</summary>
    public string? Url { get; init; }
    /// <summary>When it was last listed.</summary>
    public required DateTimeOffset FetchedAt { get; init; }
    /// <summary>Whence.</summary>
    public required string Source { get; init; }
}

/// <summary>A city in a comparison.</summary>
/// <param name="Country">Its country; null if nothing of it is known.</param>
/// <param name="City">The city.</param>
/// <param name="Vehicle">The best vehicle there; null if there is none.</param>
/// <param name="Value">What was compared: price, price per kilometre, or total cost, in the comparison's currency.</param>
/// <param name="Count">How many vehicles were compared: by price per kilometre, those that have one.</param>
/// <param name="Median">The middle of what was compared of these, as <c>Value</c> is; of an even number the mean of the two in the middle.</param>
/// <param name="DistanceKm">total-cost: how far it is to the buyer.</param>
/// <param name="FetchedAt">When they were listed.</param>
/// <param name="Fresh">Whether that is recent.</param>
/// <param name="Failure">Why they could not be fetched again.</param>
public sealed record CityView(
    string? Country, string City, VehicleView? Vehicle, decimal? Value, int Count, decimal? Median, int? DistanceKm, DateTimeOffset? FetchedAt, bool Fresh, FailureView? Failure);

/// <summary>Where to buy.</summary>
/// <param name="Country">Its country.</param>
/// <param name="City">The city.</param>
/// <param name="Vehicle">The vehicle.</param>
/// <param name="Value">What was compared.</param>
public sealed record BestView(string Country, string City, VehicleView Vehicle, decimal Value);

/// <summary>A comparison of cities.</summary>
/// <param name="Mode">By what.</param>
/// <param name="Currency">In what.</param>
/// <param name="Best">Where to buy.</param>
/// <param name="ByCity">All cities, as asked for.</param>
/// <param name="Saving">By how much the best city is better than the next; null if no other has any.</param>
/// <param name="Recommendation">The same as a sentence.</param>
public sealed record CompareView(CompareMode Mode, string Currency, BestView Best, ImmutableArray<CityView> ByCity, decimal? Saving, string Recommendation) : View;

/// <summary>A point of a vehicle's price history.</summary>
/// <param name="At">When the price was first seen.</param>
/// <param name="Price">The price.</param>
/// <param name="Currency">What it is in.</param>
/// <param name="City">Where.</param>
public sealed record PriceView(DateTimeOffset At, decimal Price, string Currency, string City);

/// <summary>A vehicle and its prices since it was first seen.</summary>
/// <param name="Vehicle">As it is listed now; null if no shelf has it any more.</param>
/// <param name="Cities">All cities on whose shelves it stands; it counts on the one that was filled last.</param>
/// <param name="Prices">Oldest first.</param>
public sealed record VehicleHistoryView(VehicleView? Vehicle, ImmutableArray<string> Cities, ImmutableArray<PriceView> Prices) : View;

/// <summary>An import, or a fetch of several parts, as a whole.</summary>
/// <param name="Load">Its name.</param>
/// <param name="Source">Whence.</param>
/// <param name="By">Who brought it.</param>
/// <param name="Since">When it began.</param>
/// <param name="Shelves">How many shelves it fills.</param>
/// <param name="Filled">How many of them are filled.</param>
/// <param name="Complete">Whether it is whole. If not, send the same file again to go on.</param>
public sealed record ImportView(string Load, string Source, string By, DateTimeOffset Since, int Shelves, int Filled, bool Complete) : View;
