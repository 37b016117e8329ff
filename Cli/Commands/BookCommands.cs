using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Rialto.Cli.Commands;

/// <summary>The exchange: limit order books, orders, trades.</summary>
internal static class BookCommands
{
    private const int WidestBar = 30;

    private static readonly Argument<string> Symbol = new("symbol") { Description = "The book." };
    private static readonly Argument<long> Order = new("order") { Description = "The order's number in its book." };
    private static readonly Argument<decimal> Quantity = Values.NumberAt("quantity", "How much.");
    private static readonly Option<int?> Depth = new("--depth") { Description = "How many prices of each side, 1 to 1000.", HelpName = "n" };
    private static readonly Option<int?> Seconds = new("--seconds") { Description = "How long a candle is.", HelpName = "n" };

    /// <summary>Called as the fields of a request are.</summary>
    private static readonly Option[] BookTerms =
    [
        new Option<string?>("--asset") { Description = "What is traded; the symbol if nothing is said.", HelpName = "name" },
        new Option<string?>("--currency") { Description = "What is paid with, from its ledger; unfunded without one.", HelpName = "name" },
        Values.Number("--tick", "The smallest step of a price."),
        Values.Number("--lot", "The smallest step of a quantity."),
    ];

    private static readonly Option<decimal?> Price = Values.Number("--price", "The limit; a market order without one.");
    private static readonly Option<decimal?> Size = Values.Number("--quantity", "How much in all, with what has traded.");
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why.", HelpName = "text" };

    private static readonly Option[] OrderTerms =
    [
        Price,
        new Option<string?>("--time-in-force") { Description = "What becomes of what does not trade at once; gtc if nothing is said.", HelpName = "word" }.AcceptOnlyFromAmong("gtc", "ioc", "fok"),
        new Option<bool?>("--post-only") { Description = "Refuse it if any of it would trade at once.", Arity = ArgumentArity.Zero },
        new Option<string?>("--client-order-id") { Description = "Your own name for it.", HelpName = "id" },
        new Option<string?>("--account") { Description = "Whose funds; the actor's if nothing is said.", HelpName = "name" },
    ];

    public static Command Create() => new Verb("book", "The exchange: order books with price-time priority.")
    {
        new Verb("create", "Open a book; who asks is its keeper.", "rialto book create GME --tick 0.01 --as desk", "rialto book create GME --asset GME --currency USD --as desk") { Symbol }.Takes(BookTerms).Writes(CreateAsync),
        new Verb("list", "Books, by symbol.", "rialto book list") { Globals.Limit }.Does(ListAsync),
        new Verb("show", "A book as a ladder: the best prices of both sides, and how much is wanted and offered there.", "rialto book show GME --depth 5") { Symbol, Depth }.Does(ShowAsync),
        new Verb("depth", "How much can be traded down to each price, counted from the best.", "rialto book depth GME --depth 50") { Symbol, Depth }.Does(ShowDepthAsync),
        new Verb("buy", "Place an order to buy.", "rialto book buy GME 10 --price 15.99 --as ann", "rialto book buy GME 10 --as ann") { Symbol, Quantity }.Takes(OrderTerms).Writes(run => PlaceAsync(run, "buy")),
        new Verb("sell", "Place an order to sell.", "rialto book sell GME 10 --price 15.99 --time-in-force ioc --as bob") { Symbol, Quantity }.Takes(OrderTerms).Writes(run => PlaceAsync(run, "sell")),
        new Verb("order", "One order, and its trades.", "rialto book order GME 1 --as ann") { Symbol, Order }.Does(async run => run.Show(await run.GetAsync($"/api/books/{run.Get(Symbol)}/orders/{run.Get(Order)}"), ShowOrder)),
        new Verb("replace", "Give a resting order another price or size. It keeps its place only if nothing but its size shrinks.", "rialto book replace GME 1 --quantity 8 --as ann") { Symbol, Order, Price, Size }.Writes(ReplaceAsync),
        new Verb("cancel", "Take what is left of an order out of the book.", "rialto book cancel GME 1 --as ann") { Symbol, Order }.Writes(CancelAsync),
        new Verb("trades", "A book's trades, newest first.", "rialto book trades GME --limit 5") { Symbol, Globals.Limit }.Does(TradesAsync),
        new Verb("candles", "A book's candles, newest first.", "rialto book candles GME --seconds 60") { Symbol, Seconds, Globals.Limit }.Does(CandlesAsync),
        new Verb("watch", "Tell orders and trades as they happen.", "rialto book watch GME", "rialto book watch GME --after 0 --count 10") { Symbol, Watching.After, Watching.Count, Watching.For }.Does(WatchAsync),
        new Verb("halt", "Stop trading: orders can only be cancelled. The keeper only.", "rialto book halt GME --reason \"News are due.\" --as desk") { Symbol, Reason }.Writes(HaltAsync),
        new Verb("resume", "Let trading go on. The keeper only.", "rialto book resume GME --as desk") { Symbol }.Writes(async run => run.Show(await run.PostAsync($"/api/books/{run.Get(Symbol)}/resume"), ShowBook)),
    };

    private static async Task CreateAsync(Run run) => run.Show(await run.PostAsync($"/api/books", [("symbol", run.Get(Symbol)), .. BookTerms.Select(run.Field)]), ShowBook);

    private static async Task ListAsync(Run run) =>
        run.ShowList(await run.GetAsync($"/api/books", ("limit", run.Get(Globals.Limit))), "No books.", "symbol", "asset", "currency", "status", "bid", "ask", "last");

    private static async Task ShowAsync(Run run) => run.Show(await run.GetAsync($"/api/books/{run.Get(Symbol)}", ("depth", run.Get(Depth))), ShowBook);

    private static async Task PlaceAsync(Run run, string side) => run.Show(
        await run.PostAsync(
            $"/api/books/{run.Get(Symbol)}/orders", [("side", side), ("type", run.Get(Price) is null ? "market" : "limit"), ("quantity", run.Get(Quantity)), .. OrderTerms.Select(run.Field)]),
        ShowOrder);

    private static async Task ReplaceAsync(Run run) =>
        run.Show(await run.SendAsync(HttpMethod.Patch, $"/api/books/{run.Get(Symbol)}/orders/{run.Get(Order)}", run.Field(Price), run.Field(Size)), ShowOrder);

    private static async Task CancelAsync(Run run) => run.Show(await run.SendAsync(HttpMethod.Delete, $"/api/books/{run.Get(Symbol)}/orders/{run.Get(Order)}"), ShowOrder);

    private static async Task TradesAsync(Run run) => run.ShowList(
        await run.GetAsync($"/api/books/{run.Get(Symbol)}/trades", ("limit", run.Get(Globals.Limit))), "No trades.", "trade", "price", "quantity", "side", "maker", "taker", "at");

    private static async Task CandlesAsync(Run run) => run.ShowList(
        await run.GetAsync($"/api/books/{run.Get(Symbol)}/candles", ("seconds", run.Get(Seconds)), ("limit", run.Get(Globals.Limit))),
        "No candles.", "from", "open", "high", "low", "close", "volume", "trades");

    private static async Task HaltAsync(Run run) => run.Show(await run.PostAsync($"/api/books/{run.Get(Symbol)}/halt", run.Field(Reason)), ShowBook);

    private static void ShowOrder(Screen screen, JsonElement order)
    {
        screen.Facts(order, "id", "symbol", "owner", "side", "price", "quantity", "status", "filled", "remaining", "reason", "clientOrderId", "seq");
        if (order.Items("fills").Any()) screen.Table(order.Items("fills"), "", "trade", "price", "quantity");
    }

    /// <summary>A ladder: the highest price on top, so that both sides meet in the middle.</summary>
    private static void ShowBook(Screen screen, JsonElement book)
    {
        screen.Facts(book, "symbol", "asset", "currency", "tick", "lot", "status", "reason", "last", "orders:orderCount", "trades:tradeCount", "seq");
        var asks = book.Items("asks").Reverse().Select(level => Body.Of(("price", level[0].GetDecimal()), ("offered", level[1].GetDecimal())));
        var bids = book.Items("bids").Select(level => Body.Of(("wanted", level[1].GetDecimal()), ("price", level[0].GetDecimal())));
        screen.Table(asks.Concat(bids).Select(row => JsonSerializer.SerializeToElement(row)), "No orders.", "wanted", "price", "offered");
    }

    private static async Task ShowDepthAsync(Run run) => run.Show(await run.GetAsync($"/api/books/{run.Get(Symbol)}", ("depth", run.Get(Depth))), static (screen, book) =>
    {
        var levels = Sum(book, "bids").Concat(Sum(book, "asks")).ToList();
        var most = levels.Select(level => level.InAll).DefaultIfEmpty(1).Max();
        screen.Table(
            levels.Select(level => JsonSerializer.SerializeToElement(Body.Of(
                ("side", level.Side), ("price", level.Price), ("quantity", level.Quantity), ("inAll", level.InAll), ("depth", new string('#', (int)decimal.Ceiling(level.InAll / most * WidestBar)))))),
            "No orders.", "side", "price", "quantity", "inAll", "depth");
    });

    private static IEnumerable<(string Side, decimal Price, decimal Quantity, decimal InAll)> Sum(JsonElement book, string side)
    {
        var inAll = 0m;
        foreach (var level in book.Items(side))
        {
            inAll += level[1].GetDecimal();
            yield return (side, level[0].GetDecimal(), level[1].GetDecimal(), inAll);
        }
    }

    private static async Task WatchAsync(Run run)
    {
        var symbol = run.Get(Symbol);
        var book = (await run.GetAsync($"/api/books/{symbol}")).Json;
        var (tick, lot) = (book.At("tick").GetDecimal(), book.At("lot").GetDecimal());
        await Watching.FollowAsync(run, $"book/{symbol}", run.Get(Watching.After), happened => Tell(happened.Type, happened.Data, tick, lot));
    }

    /// <summary>Events count in ticks and lots.</summary>
    private static string Tell(string type, JsonElement data, decimal tick, decimal lot)
    {
        return type switch
        {
            "book.created" => $"{data.Word("keeper")} opens the book",
            "book.order-placed" => $"order {data.Word("order")}: {data.Word("owner")} {data.Word("side")}s {Lots(data, "lots")}{(data.At("priceTicks").ValueKind == JsonValueKind.Number ? $" at {Price(data)}" : " at the market")}{What()}",
            "book.order-replaced" => $"order {data.Word("order")} is now {data.Word("side")} {Lots(data, "lots")} at {Price(data)}{What()}",
            "book.order-cancelled" => $"order {data.Word("order")}: {data.Word("by")} cancels {Lots(data, "lots")}",
            "book.halted" => $"{data.Word("by")} halts trading{(data.Word("reason") is { Length: > 0 } reason ? $": {reason}" : "")}",
            "book.resumed" => $"{data.Word("by")} lets trading go on",
            "book.paid" => $"paid in {data.Word("asset")} up to payment {data.Word("upTo")}",
            _ => type,
        };

        string What()
        {
            var fills = string.Concat(data.Items("fills").Select(fill => $"; trade {fill.Word("trade")} with order {fill.Word("maker")}: {Lots(fill, "lots")} at {Price(fill)}"));
            var rest = data.Number("restLots") > 0 ? $"; {Lots(data, "restLots")} rest" : "";
            return fills + rest + (data.Word("cancelled") is { Length: > 0 } why ? $"; what is left is cancelled: {why}" : "");
        }

        string Price(JsonElement json) => (json.Number("priceTicks") * tick).ToString(CultureInfo.InvariantCulture);

        string Lots(JsonElement json, string field) => (json.Number(field) * lot).ToString(CultureInfo.InvariantCulture);
    }
}
