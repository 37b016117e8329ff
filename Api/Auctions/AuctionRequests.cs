using System.Text.Json.Serialization;
using Rialto.Api.Http;

namespace Rialto.Api.Auctions;

/// <summary>Opens an auction; who asks is its auctioneer.</summary>
internal sealed record CreateAuctionBody
{
    public required string Item { get; init; }
    public string? Format { get; init; }
    public ExactDecimal? MinimumBid { get; init; }
    public int? MinimumRounds { get; init; }
    public int? MinimumBidders { get; init; }
    public int? RoundSeconds { get; init; }
    public int? StartTimeoutSeconds { get; init; }
    public string? Asset { get; init; }
    public ExactDecimal? Reserve { get; init; }
    public ExactDecimal? Increment { get; init; }
    public ExactDecimal? BuyNow { get; init; }
    public int? ClosesInSeconds { get; init; }
    public int? SoftCloseSeconds { get; init; }
    public ExactDecimal? StartPrice { get; init; }
    public ExactDecimal? Step { get; init; }
    public int? StepSeconds { get; init; }
    public ExactDecimal? Floor { get; init; }
}

internal sealed record BidBody
{
    public required ExactDecimal Amount { get; init; }
    public ExactDecimal? Maximum { get; init; }
}

internal sealed record CancelBody
{
    public string? Reason { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = StrictJson.MaxDepth)]
[JsonSerializable(typeof(CreateAuctionBody))]
[JsonSerializable(typeof(BidBody))]
[JsonSerializable(typeof(CancelBody))]
internal sealed partial class AuctionBodies : JsonSerializerContext;
