using System.Text.Json.Nodes;

namespace Rialto.Demo;

/// <summary>Sees to it that no bot runs out of money: what the auctioneer takes in and the maker earns goes back to whoever has least.</summary>
internal sealed class Treasurer(BotCaller market, IReadOnlyList<string> accounts) : Bot(market, TimeSpan.FromSeconds(20))
{
    private const string Ledger = $"/api/ledgers/{DemoExchange.Currency}";

    /// <summary>A difference that is let be.</summary>
    private const decimal Tolerance = 200;

    protected override async Task TakeTurnAsync()
    {
        var purses = new List<(string Account, decimal Available)>();
        foreach (var account in accounts)
            if ((await Market.ReadAsync($"{Ledger}/accounts/{account}"))?.Amount("available") is { } available) purses.Add((account, available));
        if (purses.Count < 2) return;
        var (rich, poor) = (purses.MaxBy(purse => purse.Available), purses.MinBy(purse => purse.Available));
        if (rich.Available - poor.Available < Tolerance) return;
        await Market.PostAsync($"{Ledger}/transfers", new JsonObject
        {
            ["debit"] = rich.Account, ["credit"] = poor.Account, ["amount"] = decimal.Round((rich.Available - poor.Available) / 2, 2), ["memo"] = "evened out",
        });
    }
}
