using Rialto.Api.Http;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Orders;
using Rialto.Runtime;

namespace Rialto.Api.Orders;

/// <summary>The dealer over HTTP: its catalog, buying and selling, and orders by number.</summary>
internal static class StockEndpoints
{
    public static void MapStocks(this Routes routes, StockCache cache)
    {
        routes.Post("/api/stocks", OrderBodies.Default.ListStockBody, call => ListAsync(call, cache))
            .Says("ListStock", "List a stock at the dealer.").Returns<StockView>(201)
            .Refuses("stock-exists", "invalid-name", "out-of-range", "too-many-decimals").Example("""{"name":"GameStart","price":15.99,"quantity":100}""");
        routes.Get("/api/stocks", CatalogAsync).Says("GetCatalog", "The dealer's stocks, by name.").Returns<PageShape<StockView>>().Pages();
        routes.Get("/api/stocks/{name}", call => GetAsync(call, cache))
            .Says("GetStock", "A stock's price and quantity.").Returns<StockView>().Asks(MappedRoute.MinSeq, MappedRoute.At).Refuses("stock-not-found", "beyond-end");
        routes.Post("/api/stocks/{name}/orders", OrderBodies.Default.TradeStockBody, call => OrderAsync(call, cache))
            .Says("OrderStock", "Buy from the dealer or sell to it, at the catalog's price. Orders are numbered 1, 2, 3, … over all stocks.").Returns<StockOrderView>(201)
            .Refuses("stock-not-found", "insufficient-stock", "too-many", "out-of-range", "too-many-decimals").Example("""{"side":"buy","quantity":1}""");
        routes.Get("/api/stocks/orders/{number}", GetOrderAsync)
            .Says("GetStockOrder", "One order at the dealer, by number.").Returns<StockOrderView>().Asks(MappedRoute.MinSeq).Refuses("order-not-found");
        routes.Get("/api/stocks/orders", OrdersAsync)
            .Says("ListStockOrders", "Orders at the dealer, by number.").Returns<PageShape<StockOrderView>>()
            .Asks(new QueryNote("after", true, "Only orders with greater numbers.")).Pages();
    }

    private static async ValueTask<Answer> ListAsync(WriteCall<ListStockBody> call, StockCache cache)
    {
        var body = call.Body;
        if (Bounds.CheckName(body.Name, "name") is { } wrong) return wrong;
        if (body.Price.ToMinor("price", StockBounds.PriceScale, out var price) is { } wrongPrice) return wrongPrice;
        if (body.Quantity.ToMinor("quantity", 0, out var quantity) is { } wrongQuantity) return wrongQuantity;
        var (reply, problem) = await call.TryExecuteAsync(StreamId.Of("stock", body.Name), new ListStock(price, quantity));
        if (problem is not null) return problem;
        cache.Invalidate(body.Name, reply.Receipt.Seq);
        return Answer.Of(reply.View!, reply.Receipt.Seq) with { IsCreated = true, Location = $"/api/stocks/{body.Name}", IsReplayed = reply.Replayed };
    }

    private static async ValueTask<Answer> CatalogAsync(Call call)
    {
        if (call.Page(out var limit, out string? cursor) is { } wrong) return wrong;
        if (cursor is not null && !Bounds.IsName(cursor)) return Problems.InvalidCursor;
        if (await call.WaitAsync() is { } behind) return behind;
        var page = call.Engine.Replica.Ask((StockBoard board) => board.List(cursor, limit), out var visibleTo);
        return Answer.Page(page, visibleTo);
    }

    private static async ValueTask<Answer> GetAsync(Call call, StockCache cache)
    {
        var name = call.Part("name");
        if (!Bounds.IsName(name)) return new Problem(404, "stock-not-found", "There is no such stock. Look it up in the list of stocks.");
        var stock = StreamId.Of("stock", name);
        if (call.Http.Request.QueryString.HasValue) return await call.AskAsync(stock, new GetStock());
        var (view, at, problem) = await LookUpAsync(call.Engine, cache, name);
        return problem is not null ? problem : Answer.Of(view!, at);
    }

    /// <summary>A stock from the cache, or from its entity into the cache.</summary>
    internal static async ValueTask<(StockView? View, Seq At, Problem? Problem)> LookUpAsync(IEngine engine, StockCache cache, string name)
    {
        if (cache.Find(name) is { } known) return (known.View, known.At, null);
        // Nothing that this node had applied before the question can be missing in the answer.
        var applied = engine.Replica.Applied;
        var reply = await engine.QueryAsync(StreamId.Of("stock", name), new GetStock());
        if (reply.Refusal is { } refusal) return (null, default, refusal);
        var (view, at) = (reply.View!.As<StockView>(), reply.VisibleTo > applied ? reply.VisibleTo : applied);
        cache.Keep(view, at);
        return (view, at, null);
    }

    private static async ValueTask<Answer> OrderAsync(WriteCall<TradeStockBody> call, StockCache cache)
    {
        var name = call.Part("name");
        if (!Bounds.IsName(name)) return new Problem(404, "stock-not-found", "There is no such stock. Look it up in the list of stocks.");
        if (call.Body.Quantity.ToMinor("quantity", 0, out var quantity) is { } wrong) return wrong;
        var (reply, order, problem) = await TradeAsync(call, cache, name, call.Body.Side, quantity);
        if (problem is not null) return problem;
        return Answer.Of(order!, reply.Receipt.Seq) with
        {
            IsCreated = true, Location = FormattableString.Invariant($"/api/stocks/orders/{order!.Number}"), IsReplayed = reply.Replayed,
        };
    }

    private static readonly Problem Traded = new(503, "behind",
        "The order is placed and durable, and this node has not come that far yet, so it cannot tell the order's number. Send it again with the same idempotency key, or look for its seq in the list of orders.") { RetryAfter = 1 };

    /// <summary>Has the dealer trade, and finds out the order's number, which its place in the journal gives it.</summary>
    internal static async ValueTask<(CommandReply Reply, StockOrderView? Order, Problem? Problem)> TradeAsync<TBody>(
        WriteCall<TBody> call, StockCache cache, string name, OrderSide side, long quantity) where TBody : class
    {
        var (reply, problem) = await call.TryExecuteAsync(StreamId.Of("stock", name), new TradeStock(side, quantity));
        if (problem is not null) return (reply, null, problem);
        var at = reply.Receipt.Seq;
        cache.Invalidate(name, at);
        var replica = call.Door.Engine.Replica;
        // The order is durable; a node that cannot say its number now says it when it is asked again.
        if (!await replica.WaitForAsync(at, FrontDoor.MaxWait, CancellationToken.None)) return (reply, null, Traded.With("seq", at.Value));
        return (reply, replica.Ask((StockBoard board) => board.At(at), out _), null);
    }

    private static async ValueTask<Answer> GetOrderAsync(Call call)
    {
        if (await call.WaitAsync() is { } behind) return behind;
        var text = call.Part("number");
        var isNumber = long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number);
        var seq = Seq.None;
        var order = isNumber ? call.Engine.Replica.Ask((StockBoard board) => board.Find(number), out seq) : null;
        return order is null ? new Problem(404, "order-not-found", "The dealer has no order of this number. Look it up in the list of orders.") : Answer.Of(order, seq);
    }

    private static async ValueTask<Answer> OrdersAsync(Call call)
    {
        if (call.Number("after", 0, long.MaxValue, out var after) is { } wrongAfter) return wrongAfter;
        if (call.Page(out var limit, out long? cursor) is { } wrong) return wrong;
        if (await call.WaitAsync() is { } behind) return behind;
        var page = call.Engine.Replica.Ask((StockBoard board) => board.OrdersAfter(cursor ?? after ?? 0, limit), out var visibleTo);
        return Answer.Page(page, visibleTo);
    }
}
