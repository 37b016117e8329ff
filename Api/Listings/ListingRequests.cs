using System.Text.Json.Serialization;
using Rialto.Api.Http;
using Rialto.Markets.Listings;

namespace Rialto.Api.Listings;

internal sealed record RefreshBody
{
    public required string[] Cities { get; init; }
    public required string Make { get; init; }
    public required string Model { get; init; }
}

internal sealed record WatchBody
{
    public required string[] Cities { get; init; }
    public required string Make { get; init; }
    public required string Model { get; init; }
    public required CompareMode Mode { get; init; }
    public required ExactDecimal Threshold { get; init; }
    public string? Currency { get; init; }
    public RateBody[]? Rates { get; init; }
    public string? To { get; init; }
    public ExactDecimal? TransportPerKm { get; init; }
    public ExactDecimal? TaxPercent { get; init; }
    public ExactDecimal? Fees { get; init; }
    public int? DistanceKm { get; init; }
}

internal sealed record RateBody
{
    public required string Currency { get; init; }
    public required ExactDecimal Rate { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = StrictJson.MaxDepth)]
[JsonSerializable(typeof(RefreshBody))]
[JsonSerializable(typeof(WatchBody))]
internal sealed partial class ListingBodies : JsonSerializerContext;

/// <summary>What a refresh answers, as it is described to clients.</summary>
internal sealed record RefreshShape(ShelfView[] Shelves, long Seq);

/// <summary>What an import answers, as it is described to clients.</summary>
internal sealed record ImportShape(string Import, int Rows, ImportedShape[] Shelves, long Seq);

/// <summary>One shelf of an import, as it is described to clients.</summary>
internal sealed record ImportedShape(string Shelf, int Vehicles, int Parts, bool Resumed, long Seq);
