using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rialto.Api.Http;
using Rialto.Api.Orders;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Orders;

namespace Rialto.Api.Original;

/// <summary>
/// The routes of the original stock trading platform, for clients that were written for it: its addresses, bodies, shapes and statuses (also
/// the 500 that it gives for too few pieces), on the dealer of this market. Nobody need say who they are.
/// </summary>
internal static class StockPlatform
{
    private const string Gone = "Replicas copy the journal by themselves now; nobody writes to them from outside. Place orders with POST /orders, and read them with GET /orders/logs/{number}.";

    private static readonly OriginalAnswer NoStock = OriginalAnswer.Error(404, "Stock not found");
    private static readonly OriginalAnswer TooFew = OriginalAnswer.Error(500, "Insufficient stock quantity");
    private static readonly OriginalAnswer NoOrder = OriginalAnswer.Error(400, "Order number invalid");
    private static readonly OriginalAnswer Missing = OriginalAnswer.Error(400, "Missing required fields");

    public static void MapStockPlatform(this OriginalRoutes routes, StockCache cache)
    {
        routes.Get("/stocks/{name}", call => GetStockAsync(call, cache)).Says("OriginalGetStock", "A stock, as the original platform tells it.").Returns("application/json");
        routes.Post("/orders", OriginalBodies.Default.OriginalOrderBody, call => OrderAsync(call, cache))
            .Says("OriginalOrder", "Trade with the dealer, as on the original platform.").Returns("application/json").Example("""{"name":"GameStart","quantity":1,"type":"sell"}""");
        routes.Get("/orders/{number}", GetOrderAsync).Says("OriginalGetOrder", "An order by number, as the original platform tells it.").Returns("application/json");
        routes.Get("/orders/logs/{number}", LogsAsync).Says("OriginalGetLogs", "All orders after a number, as the original platform tells them.").Returns("application/json");
        routes.Get("/health", Health).Says("OriginalHealth", "Which node answers.").Returns("application/json");
        routes.Post("/invalidate/{name}", EmptyBodies.Default.EmptyBody, call => Invalidate(call, cache), EmptyBody.Instance)
            .Says("OriginalInvalidate", "Drop a stock from the cache of the front door.").Returns("application/json");
        routes.Post("/update", OriginalBodies.Default.OriginalUpdateBody, call => UpdateAsync(call, cache))
            .Says("OriginalUpdate", "Change how many pieces the dealer has, as the original catalog does.").Returns("application/json").Example("""{"name":"GameStart","change":10}""");
        routes.Gone("/replicate", Gone).Says("OriginalReplicate", "Gone: replicas need nobody's help.");
    }

    private static async ValueTask<OriginalAnswer> GetStockAsync(Call call, StockCache cache)
    {
        var name = call.Part("name");
        if (!Bounds.IsName(name)) return NoStock;
        var (stock, _, problem) = await StockEndpoints.LookUpAsync(call.Engine, cache, name);
        return problem is not null ? Told(problem) : OriginalAnswer.Data(json =>
        {
            json.WriteStartObject();
            json.WriteString("name"u8, stock!.Name);
            json.WriteNumber("price"u8, stock.Price);
            json.WriteNumber("quantity"u8, stock.Quantity);
            json.WriteEndObject();
        });
    }

    private static async ValueTask<OriginalAnswer> OrderAsync(WriteCall<OriginalOrderBody> call, StockCache cache)
    {
        var body = call.Body;
        if (body.Name is null || body.Quantity is null || body.Type is null) return Missing;
        if (body.Type is not ("buy" or "sell")) return OriginalAnswer.Error(400, "Invalid order type: buy or sell");
        if (body.Quantity < 1) return OriginalAnswer.Error(400, "Invalid quantity: at least 1");
        if (!Bounds.IsName(body.Name)) return NoStock;
        var (_, order, problem) = await StockEndpoints.TradeAsync(call, cache, body.Name, body.Type == "buy" ? OrderSide.Buy : OrderSide.Sell, body.Quantity.Value);
        return problem is not null ? Told(problem) : OriginalAnswer.Data(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("transaction_number"u8, order!.Number);
            json.WriteEndObject();
        });
    }

    private static ValueTask<OriginalAnswer> GetOrderAsync(Call call)
    {
        var order = NumberOf(call) is { } number ? call.Engine.Replica.Ask((StockBoard board) => board.Find(number), out _) : null;
        return ValueTask.FromResult(order is null ? NoOrder : OriginalAnswer.Data(json => Write(json, order)));
    }

    private static ValueTask<OriginalAnswer> LogsAsync(Call call)
    {
        if (NumberOf(call) is not { } after) return ValueTask.FromResult(NoOrder);
        var replica = call.Engine.Replica;
        return ValueTask.FromResult(OriginalAnswer.Data(json =>
        {
            json.WriteStartArray();
            for (long? next = after; next is { } from;)
            {
                var page = replica.Ask((StockBoard board) => board.OrdersAfter(from, Bounds.MaxPage), out _);
                foreach (var order in page.Items) Write(json, order);
                next = page.Next is null ? null : page.Items[^1].Number;
            }
            json.WriteEndArray();
        }));
    }

    private static ValueTask<OriginalAnswer> Health(Call call)
    {
        var cluster = call.Engine.ViewCluster();
        if (call.Engine.NotReadyBecause is { } why) return ValueTask.FromResult(OriginalAnswer.Error(503, why));
        var node = cluster.Leader ?? cluster.Nodes[^1].Rank;
        return ValueTask.FromResult(OriginalAnswer.Of(json =>
        {
            json.WriteNumber("node_id"u8, node.Value);
            json.WriteString("status"u8, "ok"u8);
        }));
    }

    private static ValueTask<OriginalAnswer> Invalidate(WriteCall<EmptyBody> call, StockCache cache)
    {
        cache.Evict(call.Part("name"));
        return ValueTask.FromResult(OriginalAnswer.Success);
    }

    private static async ValueTask<OriginalAnswer> UpdateAsync(WriteCall<OriginalUpdateBody> call, StockCache cache)
    {
        var body = call.Body;
        if (body.Name is null || body.Change is null) return Missing;
        if (!Bounds.IsName(body.Name)) return NoStock;
        var (reply, problem) = await call.TryExecuteAsync(StreamId.Of("stock", body.Name), new AdjustStock(body.Change.Value));
        if (problem is not null) return Told(problem);
        cache.Invalidate(body.Name, reply.Receipt.Seq);
        return OriginalAnswer.Success;
    }

    /// <summary>The original's own words where it has some.</summary>
    private static OriginalAnswer Told(Problem problem) => problem.Code switch
    {
        "stock-not-found" => NoStock,
        "insufficient-stock" => TooFew,
        _ => problem,
    };

    private static long? NumberOf(Call call) =>
        long.TryParse(call.Part("number"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static void Write(Utf8JsonWriter json, StockOrderView order)
    {
        json.WriteStartObject();
        json.WriteNumber("number"u8, order.Number);
        json.WriteString("name"u8, order.Name);
        json.WriteString("type"u8, order.Side == OrderSide.Buy ? "buy"u8 : "sell"u8);
        json.WriteNumber("quantity"u8, order.Quantity);
        json.WriteEndObject();
    }
}

internal sealed record OriginalOrderBody
{
    public string? Name { get; init; }
    public int? Quantity { get; init; }
    public string? Type { get; init; }
}

internal sealed record OriginalUpdateBody
{
    public string? Name { get; init; }
    public int? Change { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = StrictJson.MaxDepth)]
[JsonSerializable(typeof(OriginalOrderBody))]
[JsonSerializable(typeof(OriginalUpdateBody))]
internal sealed partial class OriginalBodies : JsonSerializerContext;
