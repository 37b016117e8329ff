using System.Text.Json.Serialization;
using Rialto.Api.Http;
using Rialto.Markets.Orders;

namespace Rialto.Api.Orders;

internal sealed record ListStockBody
{
    public required string Name { get; init; }
    public required ExactDecimal Price { get; init; }
    public required ExactDecimal Quantity { get; init; }
}

internal sealed record TradeStockBody
{
    public required OrderSide Side { get; init; }
    public required ExactDecimal Quantity { get; init; }
}

internal sealed record CreateBookBody
{
    public required string Symbol { get; init; }
    public string? Asset { get; init; }
    public string? Currency { get; init; }
    public ExactDecimal? Tick { get; init; }
    public ExactDecimal? Lot { get; init; }
}

internal sealed record PlaceOrderBody
{
    public required OrderSide Side { get; init; }
    public OrderType? Type { get; init; }
    public ExactDecimal? Price { get; init; }
    public required ExactDecimal Quantity { get; init; }
    public TimeInForce? TimeInForce { get; init; }
    public bool? PostOnly { get; init; }
    public string? ClientOrderId { get; init; }
    public string? Account { get; init; }
}

internal sealed record ReplaceOrderBody
{
    public ExactDecimal? Price { get; init; }
    public ExactDecimal? Quantity { get; init; }
}

internal sealed record HaltBody
{
    public string? Reason { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = StrictJson.MaxDepth)]
[JsonSerializable(typeof(ListStockBody))]
[JsonSerializable(typeof(TradeStockBody))]
[JsonSerializable(typeof(CreateBookBody))]
[JsonSerializable(typeof(PlaceOrderBody))]
[JsonSerializable(typeof(ReplaceOrderBody))]
[JsonSerializable(typeof(HaltBody))]
internal sealed partial class OrderBodies : JsonSerializerContext;
