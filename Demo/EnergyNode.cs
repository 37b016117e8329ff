using System.Text.Json.Nodes;

namespace Rialto.Demo;

/// <summary>Trades energy credits: sells to the other nodes while it has more than it began with, buys while it has less, and answers what they propose.</summary>
internal sealed class EnergyNode(BotCaller market, IReadOnlyList<string> nodes) : Bot(market, TimeSpan.FromSeconds(9))
{
    private const string Asset = "kWh";
    private const string Proposals = $"/api/ledgers/{Asset}/proposals";
    private const decimal Initial = 100;

    protected override Task PrepareAsync() => OpenAccountAsync(Asset, 2, Initial);

    protected override async Task TakeTurnAsync()
    {
        foreach (var proposal in await Market.ListAsync($"{Proposals}?account={Name}&open=true"))
            if (proposal.Text("counterparty") == Name) await Market.PostAsync($"{Proposals}/{proposal.Text("id")}/{(Chance.Next(8) == 0 ? "reject" : "accept")}");

        if (await AvailableAsync(Asset) is not { } credits) return;
        var others = nodes.Where(node => node != Name).ToList();
        await Market.PostAsync(Proposals, new JsonObject
        {
            ["side"] = credits > Initial ? "sell" : "buy",
            ["counterparty"] = others[Chance.Next(others.Count)],
            ["amount"] = Chance.Next(50, 1_500) / 100m,
            ["account"] = Name,
            ["autoAccept"] = Chance.Next(2) == 0,
            ["expiresInSeconds"] = 30,
        });
    }
}
