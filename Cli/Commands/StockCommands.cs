using System.CommandLine;

namespace Rialto.Cli.Commands;

/// <summary>The dealer: stocks at a catalog's price, and orders with gap-free numbers.</summary>
internal static class StockCommands
{
    private static readonly Argument<string> Name = new("name") { Description = "The stock." };
    private static readonly Argument<string?> AnyName = new("name") { Description = "The stock; all of them without a name.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<long> Quantity = new("quantity") { Description = "How many pieces." };
    private static readonly Argument<decimal> Price = Values.NumberAt("price", "What a piece costs.");
    private static readonly Argument<long?> Number = new("number") { Description = "The order's number; all orders without one.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<long?> After = new("--after") { Description = "Only orders with greater numbers.", HelpName = "number" };

    public static Command Create() => new Verb("stock", "The dealer: look stocks up, buy and sell them.")
    {
        new Verb("lookup", "Price and quantity of a stock, or of all.", "rialto stock lookup GameStart", "rialto stock lookup --json") { AnyName, Globals.Limit }.Does(LookUpAsync),
        new Verb("buy", "Buy from the dealer.", "rialto stock buy GameStart 2 --as ann") { Name, Quantity }.Writes(run => TradeAsync(run, "buy")),
        new Verb("sell", "Sell to the dealer.", "rialto stock sell GameStart 1 --as ann") { Name, Quantity }.Writes(run => TradeAsync(run, "sell")),
        new Verb("order", "An order by its number, or all that came after one.", "rialto stock order 1", "rialto stock order --after 10") { Number, After, Globals.Limit }.Does(OrderAsync),
        new Verb("list", "List a new stock at the dealer.", "rialto stock list Zebra 12.50 100 --as dealer") { Name, Price, Quantity }.Writes(ListAsync),
    };

    private static async Task LookUpAsync(Run run)
    {
        if (run.Get(AnyName) is { } name) run.Show(await run.GetAsync($"/api/stocks/{name}"), ShowStock);
        else run.ShowList(await run.GetAsync($"/api/stocks", ("limit", run.Get(Globals.Limit))), "No stocks.", "name", "price", "quantity");
    }

    private static async Task TradeAsync(Run run, string side) =>
        run.Show(await run.PostAsync($"/api/stocks/{run.Get(Name)}/orders", ("side", side), ("quantity", run.Get(Quantity))), ShowOrder);

    private static async Task OrderAsync(Run run)
    {
        if (run.Get(Number) is { } number) run.Show(await run.GetAsync($"/api/stocks/orders/{number}"), ShowOrder);
        else run.ShowList(
            await run.GetAsync($"/api/stocks/orders", ("after", run.Get(After)), ("limit", run.Get(Globals.Limit))), "No orders.", "number", "name", "side", "quantity", "price", "at");
    }

    private static async Task ListAsync(Run run) =>
        run.Show(await run.PostAsync($"/api/stocks", ("name", run.Get(Name)), ("price", run.Get(Price)), ("quantity", run.Get(Quantity))), ShowStock);

    private static void ShowStock(Screen screen, System.Text.Json.JsonElement stock) => screen.Facts(stock, "name", "price", "quantity", "seq");

    private static void ShowOrder(Screen screen, System.Text.Json.JsonElement order) => screen.Facts(order, "number", "name", "side", "quantity", "price", "at", "seq");
}
