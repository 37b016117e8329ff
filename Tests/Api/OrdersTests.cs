using System.Text.Json;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>The dealer, the exchange and the original stock platform's routes, over HTTP.</summary>
public class OrdersTests(LiveServer server) : IClassFixture<LiveServer>
{
    private async Task<string> ListStockAsync(int quantity = 100)
    {
        var name = Unique.Name("stock");
        var listed = await server.As("eva").PostAsync("/api/stocks", new { name, price = 15.99m, quantity });
        Assert.Equal((15.99m, (long)quantity), (listed.Ok(201).Amount("price"), listed.Json.Number("quantity")));
        Assert.Equal($"/api/stocks/{name}", listed.Headers["Location"]);
        return name;
    }

    private async Task<string> OpenBookAsync(string? asset = null, string? currency = null)
    {
        var symbol = Unique.Name("book");
        (await server.As("eva").PostAsync("/api/books", new { symbol, asset = asset ?? symbol, currency, tick = 0.01m, lot = 1 })).Ok(201);
        return symbol;
    }

    private Task<Answer> PlaceAsync(string book, string actor, string side, decimal quantity, decimal? price, string time = "gtc", bool postOnly = false) =>
        server.As(actor).PostAsync($"/api/books/{book}/orders", new { side, type = price is null ? "market" : "limit", price, quantity, timeInForce = time, postOnly });

    private static string Levels(JsonElement book, string side) =>
        string.Join(' ', book.GetProperty(side).EnumerateArray().Select(level => FormattableString.Invariant($"{level[1].GetDecimal()}@{level[0].GetDecimal()}")));

    // The dealer.

    [Fact]
    public async Task An_order_at_the_dealer_has_a_number_and_changes_the_quantity()
    {
        var name = await ListStockAsync();
        var bought = (await server.As("ann").PostAsync($"/api/stocks/{name}/orders", new { side = "buy", quantity = 30 }, "first")).Ok(201);
        var sold = (await server.As("ann").PostAsync($"/api/stocks/{name}/orders", new { side = "sell", quantity = 5 })).Ok(201);
        Assert.Equal(("buy", 30L, 15.99m), (bought.Word("side"), bought.Number("quantity"), bought.Amount("price")));
        Assert.True(sold.Number("number") > bought.Number("number"));
        // What this door wrote it never forgets, cache or not.
        Assert.Equal(75, (await server.As(null).GetAsync($"/api/stocks/{name}")).Ok().Number("quantity"));
        var again = await server.As("ann").PostAsync($"/api/stocks/{name}/orders", new { side = "buy", quantity = 30 }, "first");
        Assert.True(again.IsReplayed);
        Assert.Equal(bought.GetRawText(), again.Ok(201).GetRawText());
        Assert.Equal(bought.GetRawText(), (await server.As(null).SeeAsync($"/api/stocks/orders/{bought.Number("number")}")).Ok().GetRawText());
        Assert.Equal(75, (await server.As(null).GetAsync($"/api/stocks/{name}")).Ok().Number("quantity"));
    }

    [Fact]
    public async Task Many_orders_at_once_get_numbers_without_a_gap_and_never_take_more_than_there_is()
    {
        var (one, other) = (await ListStockAsync(40), await ListStockAsync(1_000));
        var answers = await Task.WhenAll(Enumerable.Range(0, 120).Select(i => server.As($"buyer-{i}").PostAsync($"/api/stocks/{(i % 2 == 0 ? one : other)}/orders", new { side = "buy", quantity = 1 })));
        Assert.All(answers.Where(answer => !answer.IsSuccess), answer => answer.Refused(409, "insufficient-stock"));
        Assert.Equal(100, answers.Count(answer => answer.IsSuccess));
        Assert.Equal(0, (await server.As(null).GetAsync($"/api/stocks/{one}")).Ok().Number("quantity"));
        var all = await server.As(null).GetAllAsync("/api/stocks/orders", 37);
        Assert.Equal(Enumerable.Range(1, all.Count).Select(number => (long)number), all.Select(order => order.Number("number")));
        Assert.Equal(all.Select(order => order.Number("seq")).Order(), all.Select(order => order.Number("seq")));
        Assert.Empty(answers.Where(answer => answer.IsSuccess).Select(answer => answer.Json.Number("number")).Except(all.Select(order => order.Number("number"))));
        var later = (await server.As(null).SeeAsync($"/api/stocks/orders?after={all.Count - 3}")).Ok().Items();
        Assert.Equal(all.TakeLast(3).Select(order => order.GetRawText()), later.Select(order => order.GetRawText()));
    }

    [Fact]
    public async Task The_catalog_is_listed_by_name()
    {
        var name = await ListStockAsync();
        var all = await server.As(null).GetAllAsync("/api/stocks", 3);
        Assert.Equal(all.Select(stock => stock.Word("name")!).Order(StringComparer.Ordinal), all.Select(stock => stock.Word("name")));
        Assert.Contains(name, all.Select(stock => stock.Word("name")));
    }

    [Fact]
    public async Task What_the_dealer_cannot_do_it_says()
    {
        var name = await ListStockAsync(2);
        var problem = (await server.As("ann").PostAsync($"/api/stocks/{name}/orders", new { side = "buy", quantity = 3 })).Refused(409, "insufficient-stock");
        Assert.Equal(2, problem.Number("available"));
        (await server.As("ann").PostAsync("/api/stocks", new { name, price = 1, quantity = 1 })).Refused(409, "stock-exists");
        (await server.As("ann").PostAsync("/api/stocks", new { name = "orders", price = 1, quantity = 1 })).Refused(422, "invalid-name");
        (await server.As("ann").PostAsync("/api/stocks/none/orders", new { side = "buy", quantity = 1 })).Refused(404, "stock-not-found");
        (await server.As("ann").PostAsync($"/api/stocks/{name}/orders", new { side = "buy", quantity = 0 })).Refused(422, "out-of-range");
        (await server.As("ann").PostAsync($"/api/stocks/{name}/orders", new { side = "buy", quantity = 0.5m })).Refused(422, "too-many-decimals");
        (await server.As("ann").PostAsync($"/api/stocks/{name}/orders", new { side = "lend", quantity = 1 })).Refused(400, "wrong-type");
        (await server.As(null).PostAsync($"/api/stocks/{name}/orders", new { side = "buy", quantity = 1 })).Refused(401, "actor-required");
        (await server.As(null).GetAsync("/api/stocks/none")).Refused(404, "stock-not-found");
        (await server.As(null).GetAsync("/api/stocks/orders/0")).Refused(404, "order-not-found");
        (await server.As(null).GetAsync("/api/stocks/orders/x")).Refused(404, "order-not-found");
    }

    // The original platform.

    [Fact]
    public async Task The_original_platforms_routes_answer_in_its_shapes()
    {
        var name = await ListStockAsync();
        var (front, own) = (server.As(null), server.As("ann"));
        Assert.Equal($$$"""{"data":{"name":"{{{name}}}","price":15.99,"quantity":100}}""", (await front.GetAsync($"/stocks/{name}")).Text);
        Original(await front.GetAsync("/stocks/none"), 404, "Stock not found");

        var first = (await front.PostAsync("/orders", new { name, quantity = 1, type = "sell" })).Ok(200).GetProperty("data").Number("transaction_number");
        var second = (await own.PostAsync("/orders", new { name, quantity = 3, type = "buy" })).Ok(200).GetProperty("data").Number("transaction_number");
        Assert.Equal(98, (await front.GetAsync($"/stocks/{name}")).Ok().GetProperty("data").Number("quantity"));
        Assert.Equal($$$"""{"data":{"number":{{{first}}},"name":"{{{name}}}","type":"sell","quantity":1}}""", (await front.GetAsync($"/orders/{first}")).Text);
        var logs = (await front.GetAsync($"/orders/logs/{first}")).Ok().Items("data");
        Assert.Equal((second, "buy", 3L), logs.Where(order => order.Word("name") == name).Select(order => (order.Number("number"), order.Word("type"), order.Number("quantity"))).Single());
        Assert.Equal(Enumerable.Range(1, logs.Count).Select(i => first + i), logs.Select(order => order.Number("number")));

        Original(await front.PostAsync("/orders", new { name, quantity = 1_000, type = "buy" }), 500, "Insufficient stock quantity");
        Original(await front.PostAsync("/orders", new { name = "none", quantity = 1, type = "buy" }), 404, "Stock not found");
        Original(await front.PostAsync("/orders", new { name, type = "buy" }), 400, "Missing required fields");
        Original(await front.GetAsync("/orders/999999999"), 400, "Order number invalid");
        Original(await front.GetAsync("/orders/first"), 400, "Order number invalid");
        Assert.Equal(400, (await front.PostAsync("/orders", new { name, quantity = 0, type = "buy" })).Status);
        Assert.Equal(400, (await front.PostAsync("/orders", new { name, quantity = 1, type = "lend" })).Status);

        Assert.Equal("""{"data":{"success":true}}""", (await front.PostAsync("/update", new { name, change = 10 })).Text);
        Assert.Equal(108, (await front.GetAsync($"/stocks/{name}")).Ok().GetProperty("data").Number("quantity"));
        Original(await front.PostAsync("/update", new { name, change = -109 }), 500, "Insufficient stock quantity");
        Original(await front.PostAsync("/update", new { name = "none", change = 1 }), 404, "Stock not found");
        Original(await front.PostAsync("/update", new { name }), 400, "Missing required fields");
        Assert.Equal("""{"data":{"success":true}}""", (await front.SendAsync(HttpMethod.Post, $"/invalidate/{name}")).Text);
        Assert.True((await front.GetAsync("/health")).Ok().Number("node_id") >= 1);
        Assert.Equal("ok", (await front.GetAsync("/health")).Json.Word("status"));
        Assert.Equal(410, (await front.PostAsync("/replicate", new { transaction_number = 1, name, type = "sell", quantity = 10 })).Status);
        var acted = (await server.As("operator").SeeAsync($"/api/journal?stream=stock/{name}&limit=1000")).Ok().Items().Where(item => item.Word("type") == "stock.traded").Select(item => item.GetProperty("data").Word("by"));
        Assert.Equal(["anonymous", "ann"], acted);
    }

    [Fact]
    public async Task What_never_reaches_an_original_route_is_told_in_its_shape_too()
    {
        using var form = new FormUrlEncodedContent([new("name", "GameStart")]);
        Original(await server.As(null).SendAsync(HttpMethod.Post, "/orders", form), 415, "Send the body as application/json in UTF-8.");
        Original(await server.As(null).SendAsync(HttpMethod.Delete, "/orders/1"), 405, "This address takes another method: see the header Allow.");
        Original(await server.As(null).GetAsync("/leader/now"), 404, "There is nothing at this address. The routes are listed at /docs.");
    }

    private static void Original(Answer answer, int status, string message)
    {
        Assert.Equal(status, answer.Status);
        Assert.Equal($$$"""{"error":{"code":{{{status}}},"message":"{{{message}}}"}}""", answer.Text);
    }

    // The exchange.

    [Fact]
    public async Task An_order_trades_with_the_best_and_rests_with_what_is_left()
    {
        var book = await OpenBookAsync();
        var maker = (await PlaceAsync(book, "ann", "sell", 5, 10.00m)).Ok(201);
        Assert.Equal(("open", 0m, 5m), (maker.Word("status"), maker.Amount("filled"), maker.Amount("remaining")));
        var placed = await PlaceAsync(book, "bob", "buy", 8, 10.05m);
        var taker = placed.Ok(201);
        Assert.Equal($"/api/books/{book}/orders/{taker.Word("id")}", placed.Headers["Location"]);
        Assert.Equal(("partially-filled", 5m, 3m), (taker.Word("status"), taker.Amount("filled"), taker.Amount("remaining")));
        Assert.Equal((10.00m, 5m, 1L), taker.Items("fills").Select(fill => (fill.Amount("price"), fill.Amount("quantity"), fill.Number("trade"))).Single());
        Assert.Equal("filled", (await server.As("ann").GetAsync($"/api/books/{book}/orders/{maker.Word("id")}")).Ok().Word("status"));
        var shown = (await server.As(null).GetAsync($"/api/books/{book}?depth=1")).Ok();
        Assert.Equal(("3@10.05", "", 10.00m, "open"), (Levels(shown, "bids"), Levels(shown, "asks"), shown.Amount("last"), shown.Word("status")));
        Assert.Equal(placed.Seq, shown.Number("seq"));
        var cancelled = (await server.As("bob").SendAsync(HttpMethod.Delete, $"/api/books/{book}/orders/{taker.Word("id")}")).Ok(200);
        Assert.Equal(("cancelled", 5m, 0m), (cancelled.Word("status"), cancelled.Amount("filled"), cancelled.Amount("remaining")));
        // As it was, before the cancelling.
        Assert.Equal("3@10.05", Levels((await server.As(null).GetAsync($"/api/books/{book}?at={placed.Seq}")).Ok(), "bids"));
    }

    [Fact]
    public async Task What_does_not_wait_is_cancelled_and_what_must_rest_is_refused_if_it_would_trade()
    {
        var book = await OpenBookAsync();
        (await PlaceAsync(book, "ann", "sell", 5, 10.00m)).Ok(201);
        var killed = (await PlaceAsync(book, "bob", "buy", 6, 10.00m, "fok")).Ok(201);
        Assert.Equal(("cancelled", 0m, "not-fillable"), (killed.Word("status"), killed.Amount("filled"), killed.Word("reason")));
        Assert.Equal(10.00m, (await PlaceAsync(book, "bob", "buy", 6, 10.00m, postOnly: true)).Refused(409, "would-trade").Amount("price"));
        Assert.Equal("self-trade", (await PlaceAsync(book, "ann", "buy", 1, 10.00m)).Ok(201).Word("reason"));
        var part = (await PlaceAsync(book, "bob", "buy", 6, 10.00m, "ioc")).Ok(201);
        Assert.Equal(("cancelled", 5m, 0m), (part.Word("status"), part.Amount("filled"), part.Amount("remaining")));
        Assert.Equal("cancelled", (await PlaceAsync(book, "bob", "buy", 6, null)).Ok(201).Word("status"));
    }

    [Fact]
    public async Task A_resting_order_can_be_replaced_by_its_owner()
    {
        var book = await OpenBookAsync();
        var id = (await PlaceAsync(book, "ann", "sell", 5, 10.00m)).Ok(201).Word("id");
        var replaced = (await server.As("ann").SendAsync(HttpMethod.Patch, $"/api/books/{book}/orders/{id}", Client.Json("""{"price":9.5,"quantity":7}"""))).Ok(200);
        Assert.Equal((id, 9.50m, 7m), (replaced.Word("id"), replaced.Amount("price"), replaced.Amount("remaining")));
        (await server.As("bob").SendAsync(HttpMethod.Patch, $"/api/books/{book}/orders/{id}", Client.Json("""{"quantity":1}"""))).Refused(403, "not-owner");
        (await server.As("ann").SendAsync(HttpMethod.Patch, $"/api/books/{book}/orders/{id}", Client.Json("{}"))).Refused(422, "nothing-to-replace");
        (await server.As("bob").SendAsync(HttpMethod.Delete, $"/api/books/{book}/orders/{id}")).Refused(403, "not-owner");
        (await server.As("ann").SendAsync(HttpMethod.Delete, $"/api/books/{book}/orders/{id}")).Ok(200);
        (await server.As("ann").SendAsync(HttpMethod.Delete, $"/api/books/{book}/orders/{id}")).Refused(409, "order-cancelled");
    }

    [Fact]
    public async Task Ones_own_orders_are_listed_newest_first()
    {
        var book = await OpenBookAsync();
        for (var i = 1; i <= 5; i++) (await PlaceAsync(book, "ann", "sell", i, 10.00m + i)).Ok(201);
        var placed = await server.As("bob").PostAsync($"/api/books/{book}/orders", new { side = "buy", quantity = 1, price = 11.00m, clientOrderId = "mine" });
        Assert.Equal("filled", placed.Ok(201).Word("status"));
        (await server.As("ann").SendAsync(HttpMethod.Delete, $"/api/books/{book}/orders/3")).Ok(200);
        var path = $"/api/books/{book}/orders";
        Assert.Equal(["5 open", "4 open", "3 cancelled", "2 open", "1 filled"], (await server.As("ann").GetAllAsync(path, 2)).Select(order => $"{order.Word("id")} {order.Word("status")}"));
        Assert.Equal(["5", "4", "2"], (await server.As("ann").GetAllAsync($"{path}?open=true", 2)).Select(order => order.Word("id")));
        // Another's name for an order is nobody else's business.
        Assert.True(Assert.Single((await server.As("ann").SeeAsync($"{path}?owner=bob")).Ok().Items()).Lacks("clientOrderId"));
        var own = Assert.Single((await server.As("bob").SeeAsync(path)).Ok().Items());
        Assert.Equal(("6", "filled", "mine", 11.00m), (own.Word("id"), own.Word("status"), own.Word("clientOrderId"), own.Items("fills")[0].Amount("price")));
        Assert.Empty((await server.As("cid").SeeAsync(path)).Ok().Items());
        (await server.As(null).GetAsync(path)).Refused(401, "actor-required");
        (await server.As("ann").GetAsync("/api/books/none/orders")).Refused(404, "book-not-found");
        (await server.As("ann").GetAsync($"{path}?owner=a/b")).Refused(422, "invalid-name");
        (await server.As("ann").GetAsync($"{path}?open=perhaps")).Refused(400, "invalid-parameter");
    }

    [Fact]
    public async Task Halting_stops_all_but_cancelling()
    {
        var book = await OpenBookAsync();
        var id = (await PlaceAsync(book, "ann", "sell", 5, 10.00m)).Ok(201).Word("id");
        (await server.As("ann").PostAsync($"/api/books/{book}/halt")).Refused(403, "not-keeper");
        Assert.Equal("halted", (await server.As("eva").PostAsync($"/api/books/{book}/halt", new { reason = "News are due." })).Ok(200).Word("status"));
        (await PlaceAsync(book, "bob", "buy", 1, 10.00m)).Refused(409, "halted");
        (await server.As("ann").SendAsync(HttpMethod.Delete, $"/api/books/{book}/orders/{id}")).Ok(200);
        Assert.Equal("open", (await server.As("eva").PostAsync($"/api/books/{book}/resume")).Ok(200).Word("status"));
        (await PlaceAsync(book, "bob", "buy", 1, 10.00m)).Ok(201);
    }

    [Fact]
    public async Task Trades_and_candles_come_newest_first_in_pages()
    {
        var book = await OpenBookAsync();
        for (var i = 1; i <= 7; i++)
        {
            (await PlaceAsync(book, "ann", "sell", i, 10.00m + i)).Ok(201);
            (await PlaceAsync(book, "bob", "buy", i, 10.00m + i)).Ok(201);
        }
        var trades = await server.As(null).GetAllAsync($"/api/books/{book}/trades", 3);
        Assert.Equal([7L, 6, 5, 4, 3, 2, 1], trades.Select(trade => trade.Number("trade")));
        Assert.Equal(("buy", 17.00m, 7m), (trades[0].Word("side"), trades[0].Amount("price"), trades[0].Amount("quantity")));
        Assert.Equal(28m, (await server.As(null).GetAllAsync($"/api/books/{book}/candles?seconds=1", 2)).Sum(candle => candle.Amount("volume")));
        var days = (await server.As(null).SeeAsync($"/api/books/{book}/candles?seconds=86400")).Ok().Items();
        Assert.Equal((17.00m, 11.00m), (days.Max(candle => candle.Amount("high")), days.Min(candle => candle.Amount("low"))));
        (await server.As(null).GetAsync("/api/books/none/trades")).Refused(404, "book-not-found");
        (await server.As(null).GetAsync($"/api/books/{book}/candles?seconds=0")).Refused(400, "invalid-parameter");
        Assert.Contains(book, (await server.As(null).GetAllAsync("/api/books", 2)).Select(line => line.Word("symbol")));
    }

    [Fact]
    public async Task What_an_exchange_cannot_do_it_says()
    {
        var book = await OpenBookAsync();
        (await server.As("ann").PostAsync("/api/books", new { symbol = book, asset = "X" })).Refused(409, "book-exists");
        (await server.As("ann").PostAsync("/api/books", new { symbol = Unique.Name("b"), currency = "nothing" })).Refused(404, "ledger-not-found");
        (await server.As("ann").PostAsync("/api/books", new { symbol = Unique.Name("b"), tick = 0 })).Refused(422, "out-of-range");
        (await PlaceAsync("none", "ann", "buy", 1, 1)).Refused(404, "book-not-found");
        (await PlaceAsync(book, "ann", "buy", 1, 1.005m)).Refused(422, "too-many-decimals");
        (await PlaceAsync(book, "ann", "buy", 0, 1)).Refused(422, "out-of-range");
        (await server.As("ann").PostAsync($"/api/books/{book}/orders", new { side = "buy", quantity = 1 })).Refused(422, "price-missing");
        (await server.As("ann").PostAsync($"/api/books/{book}/orders", new { side = "buy", quantity = 1, price = 1, timeInForce = "day" })).Refused(400, "wrong-type");
        (await server.As("ann").GetAsync($"/api/books/{book}/orders/1")).Refused(404, "order-not-found");
        (await server.As("ann").GetAsync($"/api/books/{book}/orders/x")).Refused(404, "order-not-found");
        (await server.As("ann").GetAsync($"/api/books/{book}?depth=0")).Refused(400, "invalid-parameter");
    }

    [Fact]
    public async Task A_funded_order_is_held_settled_and_replayed_as_it_was()
    {
        var (asset, currency) = (await server.OpenLedgerAsync(("ann", 50), ("bob", 0)), await server.OpenLedgerAsync(("ann", 0), ("bob", 1_000)));
        var book = await OpenBookAsync(asset, currency);
        var body = new { side = "sell", price = 20.00m, quantity = 10, timeInForce = "gtc" };
        var sell = (await server.As("ann").PostAsync($"/api/books/{book}/orders", body, "sell")).Ok(201);
        Assert.Equal(40m, (await server.AccountAsync(asset, "ann")).Amount("available"));
        (await PlaceAsync(book, "bob", "buy", 60, 20.00m)).Refused(409, "insufficient-funds");
        (await PlaceAsync(book, "cid", "buy", 1, 20.00m)).Refused(404, "account-not-found");
        Assert.Equal("filled", (await PlaceAsync(book, "bob", "buy", 4, 25.00m)).Ok(201).Word("status"));
        await server.WaitForAsync($"book/{book}", "book.paid");
        (await server.As("ann").SendAsync(HttpMethod.Delete, $"/api/books/{book}/orders/{sell.Word("id")}")).Ok(200);
        await using (var feed = await server.As("operator").ListenAsync(FormattableString.Invariant($"?after=0&stream=ledger/{asset}")))
            await feed.ReadUntilAsync(e => e.Type == "ledger.hold-paid" && e.Data.Number("leftMinor") == 0);
        await using (var feed = await server.As("operator").ListenAsync(FormattableString.Invariant($"?after=0&stream=ledger/{currency}")))
            await feed.ReadUntilAsync(e => e.Type == "ledger.hold-paid" && e.Data.Number("leftMinor") == 0);
        foreach (var ledger in new[] { asset, currency })
        {
            var trial = (await server.As("operator").GetAsync($"/api/ledgers/{ledger}")).Ok();
            Assert.True(trial.GetProperty("balanced").GetBoolean());
            Assert.Equal(0m, trial.Amount("pendingDebits"));
        }
        Assert.Equal((46m, 4m), ((await server.AccountAsync(asset, "ann")).Amount("available"), (await server.AccountAsync(asset, "bob")).Amount("available")));
        Assert.Equal((80m, 920m), ((await server.AccountAsync(currency, "ann")).Amount("available"), (await server.AccountAsync(currency, "bob")).Amount("available")));
        var again = await server.As("ann").PostAsync($"/api/books/{book}/orders", body, "sell");
        Assert.True(again.IsReplayed);
        Assert.Equal(sell.GetRawText(), again.Ok(201).GetRawText());
        var history = (await server.As("bob").SeeAsync($"/api/ledgers/{currency}/accounts/ann/history")).Ok().Items();
        Assert.Equal(("posted", "bob", 80m), history.Where(line => line.Word("side") == "credit" && line.Word("kind") == "posted")
            .Select(line => (line.Word("kind")!, line.Word("counterparty")!, line.Amount("amount"))).Single());
    }

    [Fact]
    public async Task Numbers_and_books_are_as_they_were_after_a_kill()
    {
        await using var own = await RialtoProcess.StartAsync();
        var client = own.As("ann");
        Assert.Equal(15, (await client.GetAsync("/api/stocks?limit=100")).Ok().Items().Count);
        Assert.Equal("""{"data":{"name":"GameStart","price":15.99,"quantity":100}}""", (await client.GetAsync("/stocks/GameStart")).Text);
        (await client.PostAsync("/api/books", new { symbol = "GME" })).Ok(201);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 1; i <= 4; i++)
            {
                var number = (await client.PostAsync("/api/stocks/Google/orders", new { side = "buy", quantity = 1 }, FormattableString.Invariant($"{round}/{i}"))).Ok(201).Number("number");
                Assert.Equal((round * 4) + i, number);
                (await client.PostAsync("/api/books/GME/orders", new { side = "buy", price = i, quantity = 1 })).Ok(201);
            }
            var before = (await client.GetAsync("/api/books/GME")).Ok().GetRawText();
            own.KillHard();
            await own.RestartAsync();
            Assert.Equal(before, (await client.GetAsync("/api/books/GME")).Ok().GetRawText());
            var again = await client.PostAsync("/api/stocks/Google/orders", new { side = "buy", quantity = 1 }, FormattableString.Invariant($"{round}/4"));
            Assert.Equal(((round * 4) + 4L, true), (again.Ok(201).Number("number"), again.IsReplayed));
        }
        Assert.Equal(12, (await client.GetAsync("/api/stocks/orders")).Ok().Items().Count);
        Assert.True((await client.GetAsync("/api/journal/verify")).Ok().GetProperty("ok").GetBoolean());
    }
}
