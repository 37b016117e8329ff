using System.Collections.Concurrent;
using System.Globalization;
using Rialto.Api.Http;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Markets.Orders;
using Rialto.Runtime;

namespace Rialto.Api.Orders;

/// <summary>Exchanges over HTTP: books, orders, depth, trades and candles.</summary>
internal sealed class BookEndpoints
{
    private const int MaxRememberedTerms = 100_000;

    /// <summary>A book is asked for so many orders at once: others are not to wait for one who has very many.</summary>
    private const int MaxOrdersAtOnce = 100;

    private static readonly string[] PlaceCodes =
    [
        "book-not-found", "out-of-range", "too-many-decimals", "off-tick", "off-lot", "price-missing", "price-of-market-order", "post-only-must-rest", "would-trade", "halted",
        "client-order-id-taken", "account-not-found", "issuer-cannot-trade", "insufficient-funds", "sealed-funds", "not-funded", "too-many",
    ];

    // What never changes is asked for once: a book's terms, and that an account is there.
    private readonly ConcurrentDictionary<string, BookTermsView> _terms = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Asset, string Account), bool> _accounts = new();

    public static void Map(Routes routes)
    {
        var books = new BookEndpoints();
        MapBooks(routes, books);
        MapOrders(routes, books);
    }

    private static void MapBooks(Routes routes, BookEndpoints books)
    {
        routes.Post("/api/books", OrderBodies.Default.CreateBookBody, books.CreateAsync)
            .Says("CreateBook", "Open an exchange; the actor is its keeper. With a currency it is funded: orders are held for and settled in the ledgers of asset and currency.").Returns<BookView>(201)
            .Refuses("book-exists", "invalid-name", "out-of-range", "too-many-decimals", "ledger-not-found", "same-asset", "tick-lot-not-exact")
            .Example("""{"symbol":"GME","asset":"GME","currency":"USD","tick":0.01,"lot":1}""");
        routes.Get("/api/books", ListAsync).Says("ListBooks", "Books, by symbol.").Returns<PageShape<BookListItem>>().Pages();
        routes.Get("/api/books/{symbol}", GetAsync)
            .Says("GetBook", "The best prices of both sides and what is offered there.").Returns<BookView>()
            .Asks(new QueryNote("depth", true, "How many prices of each side, 1 to 1000; 10 if nothing is said."), MappedRoute.MinSeq, MappedRoute.At).Refuses("book-not-found", "beyond-end");
        routes.Get("/api/books/{symbol}/trades", call => TapeAsync(call, null, static (tape, symbol, _, before, limit) => tape.Trades(symbol, before, limit)))
            .Says("ListTrades", "A book's trades, newest first.").Returns<PageShape<TradeView>>().Pages().Refuses("book-not-found");
        routes.Get("/api/books/{symbol}/candles", CandlesAsync)
            .Says("ListCandles", "A book's candles, newest first; without those in which nothing was traded.").Returns<PageShape<CandleView>>()
            .Asks(new QueryNote("seconds", true, "How long a candle is, 1 to 86400; 60 if nothing is said.")).Pages().Refuses("book-not-found");
        routes.Post("/api/books/{symbol}/halt", OrderBodies.Default.HaltBody, HaltAsync, new HaltBody())
            .Says("HaltBook", "Stop trading: orders can only be cancelled. The keeper only.").Returns<BookView>().Refuses("book-not-found", "not-keeper", "too-long", "invalid-text")
            .Example("""{"reason":"News are due."}""");
        routes.Post("/api/books/{symbol}/resume", EmptyBodies.Default.EmptyBody, ResumeAsync, EmptyBody.Instance)
            .Says("ResumeBook", "Let trading go on. The keeper only.").Returns<BookView>().Refuses("book-not-found", "not-keeper").Example("{}");
    }

    private static void MapOrders(Routes routes, BookEndpoints books)
    {
        routes.Post("/api/books/{symbol}/orders", OrderBodies.Default.PlaceOrderBody, books.PlaceAsync)
            .Says("PlaceOrder", "Place an order. It trades at once with whom it meets; the rest waits, or is cancelled, as timeInForce says.").Returns<OrderView>(201)
            .Refuses(PlaceCodes)
            .Example("""{"side":"buy","type":"limit","price":15.99,"quantity":10,"timeInForce":"gtc","postOnly":false,"clientOrderId":null,"account":null}""");
        routes.Get("/api/books/{symbol}/orders", ListOrdersAsync)
            .Says("ListOrders", "Somebody's orders in a book, newest first: those that rest, and those that were closed not long ago.").Returns<PageShape<OrderView>>()
            .Asks(new QueryNote("owner", false, "Whose; the caller's if nothing is said."), new QueryNote("open", false, "Only those that rest.", ["true", "false"])).Pages()
            .Refuses("book-not-found", "invalid-name", "actor-required");
        routes.Get("/api/books/{symbol}/orders/{id}", GetOrderAsync)
            .Says("GetOrder", "One order. Those that were closed long ago stand in the journal.").Returns<OrderView>().Asks(MappedRoute.MinSeq, MappedRoute.At)
            .Refuses("book-not-found", "order-not-found", "beyond-end");
        routes.Patch("/api/books/{symbol}/orders/{id}", OrderBodies.Default.ReplaceOrderBody, books.ReplaceAsync)
            .Says("ReplaceOrder", "Give a resting order another price or quantity. It keeps its place only if nothing but its size shrinks. The owner only.").Returns<OrderView>()
            .Refuses("book-not-found", "order-not-found", "not-owner", "order-filled", "order-cancelled", "below-filled", "nothing-to-replace", "out-of-range", "too-many-decimals", "off-tick",
                "off-lot", "halted", "insufficient-funds", "sealed-funds", "not-funded")
            .Example("""{"price":15.50,"quantity":8}""");
        routes.Delete("/api/books/{symbol}/orders/{id}", EmptyBodies.Default.EmptyBody, CancelAsync, EmptyBody.Instance)
            .Says("CancelOrder", "Take what is left of an order out of the book. The owner only.").Returns<OrderView>()
            .Refuses("book-not-found", "order-not-found", "not-owner", "order-filled", "order-cancelled");
    }

    // Books.

    private async ValueTask<Answer> CreateAsync(WriteCall<CreateBookBody> call)
    {
        var body = call.Body;
        var asset = body.Asset ?? body.Symbol;
        if (Bounds.CheckName(body.Symbol, "symbol") is { } unnamed) return unnamed;
        if (Bounds.CheckName(asset, "asset") is { } wrongAsset) return wrongAsset;
        if (body.Currency is not null && Bounds.CheckName(body.Currency, "currency") is { } wrongCurrency) return wrongCurrency;
        BookFunding? funding = null;
        var (priceScale, quantityScale) = (Math.Min(Math.Max(2, body.Tick?.Decimals ?? 2), Amounts.MaxScale), Math.Min(body.Lot?.Decimals ?? 0, Amounts.MaxScale));
        if (body.Currency is not null)
        {
            var (paid, noCurrency) = await FactsAsync(call.Door.Engine, body.Currency, null);
            if (noCurrency is not null) return noCurrency;
            var (traded, noAsset) = await FactsAsync(call.Door.Engine, asset, null);
            if (noAsset is not null) return noAsset;
            funding = new BookFunding(body.Currency, traded!.Exists, paid!.Exists);
            if (traded.Exists && paid.Exists) (priceScale, quantityScale) = (paid.Scale, traded.Scale);
        }
        if (Step(body.Tick, "tick", priceScale, Math.Max(0, priceScale - 2), out var tick) is { } wrongTick) return wrongTick;
        if (Step(body.Lot, "lot", quantityScale, quantityScale, out var lot) is { } wrongLot) return wrongLot;
        var command = new CreateBook(asset, priceScale, tick, quantityScale, lot, funding);
        return await call.ExecuteAsync(StreamId.Of("book", body.Symbol), command, $"/api/books/{body.Symbol}");
    }

    /// <summary>A tick or lot in minor units; without one, 1 with so many zeros: a cent, or a whole piece.</summary>
    private static Refusal? Step(ExactDecimal? step, string field, int scale, int zeros, out long minor)
    {
        minor = 1;
        if (step is { } given) return given.ToMinor(field, scale, out minor);
        for (var i = 0; i < zeros; i++) minor *= 10;
        return null;
    }

    private static async ValueTask<Answer> ListAsync(Call call)
    {
        if (call.Page(out var limit, out string? cursor) is { } wrong) return wrong;
        if (cursor is not null && !Bounds.IsName(cursor)) return Problems.InvalidCursor;
        if (await call.WaitAsync() is { } behind) return behind;
        var page = call.Engine.Replica.Ask((BookTape tape) => tape.List(cursor, limit), out var visibleTo);
        return Answer.Page(page, visibleTo);
    }

    private static async ValueTask<Answer> GetAsync(Call call)
    {
        if (Named(call.Part("symbol"), out var book) is { } no) return no;
        if (call.Number("depth", 1, BookBounds.MaxDepth, out var depth) is { } wrong) return wrong;
        return await call.AskAsync(book, new GetBook((int)(depth ?? 10)));
    }

    private static async ValueTask<Answer> CandlesAsync(Call call)
    {
        if (call.Number("seconds", 1, 86_400, out var seconds) is { } wrong) return wrong;
        return await TapeAsync(call, (int)(seconds ?? 60), static (tape, symbol, length, before, limit) => tape.Candles(symbol, length!.Value, before, limit));
    }

    /// <summary>A list of one book's, which never lags behind the book.</summary>
    private static async ValueTask<Answer> TapeAsync<TView>(Call call, int? seconds, Func<BookTape, string, int?, long?, int, Page<TView>?> read) where TView : View
    {
        if (Named(call.Part("symbol"), out var book) is { } no) return no;
        if (call.Page(out var limit, out long? before) is { } wrong) return wrong;
        if (await call.WaitAsync() is { } behind) return behind;
        var now = await call.Engine.QueryAsync(book, new GetBookTerms());
        if (now.Refusal is { } refusal) return refusal;
        if (await call.WaitForAsync(now.VisibleTo) is { } late) return late;
        var page = call.Engine.Replica.Ask((BookTape tape) => read(tape, book.Key, seconds, before, limit), out var visibleTo);
        return page is null ? Problems.Behind : Answer.Page(page, visibleTo);
    }

    private static async ValueTask<Answer> HaltAsync(WriteCall<HaltBody> call) =>
        Named(call.Part("symbol"), out var book) is { } no ? no : await call.ExecuteAsync(book, new HaltBook(call.Body.Reason));

    private static async ValueTask<Answer> ResumeAsync(WriteCall<EmptyBody> call) =>
        Named(call.Part("symbol"), out var book) is { } no ? no : await call.ExecuteAsync(book, new ResumeBook());

    // Orders.

    private async ValueTask<Answer> PlaceAsync(WriteCall<PlaceOrderBody> call)
    {
        if (Named(call.Part("symbol"), out var book) is { } no) return no;
        var (terms, unknown) = await TermsAsync(call.Door.Engine, book);
        if (unknown is not null) return unknown;
        var body = call.Body;
        if (Minor(body.Price, "price", terms!.PriceScale, out var price) is { } wrongPrice) return wrongPrice;
        if (body.Quantity.ToMinor("quantity", terms.QuantityScale, out var quantity) is { } wrongQuantity) return wrongQuantity;
        if (body.Account is not null && Bounds.CheckName(body.Account, "account") is { } wrongAccount) return wrongAccount;
        OrderAccounts? accounts = null;
        if (terms.Currency is not null)
        {
            var account = body.Account ?? call.Actor;
            var (hasAsset, noAsset) = await HasAccountAsync(call.Door.Engine, terms.Asset, account);
            if (noAsset is not null) return noAsset;
            var (hasCurrency, noCurrency) = await HasAccountAsync(call.Door.Engine, terms.Currency, account);
            if (noCurrency is not null) return noCurrency;
            accounts = new OrderAccounts(account, hasAsset, hasCurrency);
        }
        var command = new PlaceOrder(
            body.Side, quantity, price, body.Type ?? OrderType.Limit, body.TimeInForce ?? TimeInForce.Gtc, body.PostOnly ?? false, body.ClientOrderId, accounts);
        var (reply, problem) = await call.TryExecuteAsync(book, command);
        if (problem is not null) return problem;
        var order = reply.View!.As<OrderView>();
        return Answer.Of(order, reply.Receipt.Seq) with { IsCreated = true, Location = $"/api/books/{book.Key}/orders/{order.Id}", IsReplayed = reply.Replayed };
    }

    private async ValueTask<Answer> ReplaceAsync(WriteCall<ReplaceOrderBody> call)
    {
        if (NamedOrder(call.Part("symbol"), call.Part("id"), out var book, out var order) is { } no) return no;
        var (terms, unknown) = await TermsAsync(call.Door.Engine, book);
        if (unknown is not null) return unknown;
        if (Minor(call.Body.Price, "price", terms!.PriceScale, out var price) is { } wrongPrice) return wrongPrice;
        if (Minor(call.Body.Quantity, "quantity", terms.QuantityScale, out var quantity) is { } wrongQuantity) return wrongQuantity;
        return await call.ExecuteAsync(book, new ReplaceOrder(order, price, quantity));
    }

    private static async ValueTask<Answer> CancelAsync(WriteCall<EmptyBody> call) =>
        NamedOrder(call.Part("symbol"), call.Part("id"), out var book, out var order) is { } no ? no : await call.ExecuteAsync(book, new CancelOrder(order));

    private static async ValueTask<Answer> GetOrderAsync(Call call) =>
        NamedOrder(call.Part("symbol"), call.Part("id"), out var book, out var order) is { } no ? no : await call.AskAsync(book, new GetOrder(order, call.Viewer));

    /// <summary>Which orders are somebody's is the replica's to say, which never lags behind the book here; how they stand, the book's.</summary>
    private static async ValueTask<Answer> ListOrdersAsync(Call call)
    {
        if (Named(call.Part("symbol"), out var book) is { } no) return no;
        if (call.Text("owner", out var named) is { } wrongOwner) return wrongOwner;
        if (call.Switch("open", out var openOnly) is { } wrongSwitch) return wrongSwitch;
        if (call.Page(out var limit, out long? before) is { } wrong) return wrong;
        if ((named ?? call.Viewer.Actor) is not { } owner) return Problems.ActorRequired;
        if (Bounds.CheckName(owner, "owner") is { } noName) return noName;
        if (await call.WaitAsync() is { } behind) return behind;
        var now = await call.Engine.QueryAsync(book, new GetBookTerms());
        if (now.Refusal is { } refusal) return refusal;
        if (await call.WaitForAsync(now.VisibleTo) is { } late) return late;

        var orders = new List<OrderView>();
        while (true)
        {
            var numbers = call.Engine.Replica.Ask((BookTape tape) => tape.OrdersOf(book.Key, owner, before, MaxOrdersAtOnce), out var visibleTo);
            if (numbers is null) return Problems.Behind;
            if (numbers.Count == 0) return Answer.Page(new Page<OrderView>(orders, null), visibleTo);
            var reply = await call.Engine.QueryAsync(book, new GetOrders([.. numbers], call.Viewer));
            if (reply.Refusal is { } failed) return failed;
            foreach (var order in reply.View!.As<OrdersView>().Items)
            {
                if (openOnly && order.Status is not (OrderStatus.Open or OrderStatus.PartiallyFilled)) continue;
                if (orders.Count == limit) return Answer.Page(new Page<OrderView>(orders, orders[^1].Id), visibleTo);
                orders.Add(order);
            }
            before = numbers[^1];
        }
    }

    // What several routes ask.

    private async ValueTask<(BookTermsView? Terms, Problem? Problem)> TermsAsync(IEngine engine, StreamId book)
    {
        if (_terms.TryGetValue(book.Key, out var known)) return (known, null);
        var reply = await engine.QueryAsync(book, new GetBookTerms());
        if (reply.Refusal is { } refusal) return (null, refusal);
        if (_terms.Count >= MaxRememberedTerms) _terms.Clear();
        return (_terms[book.Key] = reply.View!.As<BookTermsView>(), null);
    }

    /// <summary>Whether there is such an account, or why nobody can say so now: that is not the same as none.</summary>
    internal async ValueTask<(bool Has, Problem? Problem)> HasAccountAsync(IEngine engine, string asset, string account)
    {
        if (_accounts.ContainsKey((asset, account))) return (true, null);
        var (facts, problem) = await FactsAsync(engine, asset, account);
        if (problem is not null || !facts!.HasAccount) return (false, problem);
        if (_accounts.Count >= MaxRememberedTerms) _accounts.Clear();
        return (_accounts[(asset, account)] = true, null);
    }

    private static async ValueTask<(LedgerFactsView? Facts, Problem? Problem)> FactsAsync(IEngine engine, string asset, string? account)
    {
        var reply = await engine.QueryAsync(StreamId.Of("ledger", asset), new GetLedgerFacts(account));
        return reply.Refusal is { } refusal ? (null, refusal) : (reply.View!.As<LedgerFactsView>(), null);
    }

    private static Refusal? Minor(ExactDecimal? amount, string field, int scale, out long? minor)
    {
        minor = null;
        if (amount is not { } given) return null;
        if (given.ToMinor(field, scale, out var exact) is { } wrong) return wrong;
        minor = exact;
        return null;
    }

    /// <summary>What can be no book's name names none.</summary>
    private static Problem? Named(string symbol, out StreamId book)
    {
        book = default;
        if (!Bounds.IsName(symbol)) return new Problem(404, "book-not-found", "There is no such book. Look it up in the list of books.");
        book = StreamId.Of("book", symbol);
        return null;
    }

    private static Problem? NamedOrder(string symbol, string id, out StreamId book, out long order)
    {
        order = 0;
        if (Named(symbol, out book) is { } no) return no;
        return long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out order) ? null : new Problem(404, "order-not-found", "There is no such order. Orders of a book are called 1, 2, 3, ….");
    }
}
