using System.Text.Json.Nodes;

namespace Rialto.Demo;

/// <summary>Holds two auctions at a time, each in another format: starts those that wait for it, and opens a new one now and then.</summary>
internal sealed class Auctioneer(BotCaller market) : Bot(market, TimeSpan.FromSeconds(2))
{
    public const string Currency = "USD";
    public const decimal Cash = 10_000;

    private const int MaxOpen = 2;
    private const int TurnsBetween = 12;

    private static readonly string[] Items = ["Globe", "Pocket watch", "Map of Venice", "Carnival mask", "Chess set", "Sextant", "Oil lamp", "Telescope", "Glass bowl", "Music box"];

    private int _opened;
    private int _turnsUntilNext;

    protected override Task PrepareAsync() => OpenAccountAsync(Currency, 2, Cash);

    protected override async Task TakeTurnAsync()
    {
        var open = 0;
        foreach (var auction in await Market.ListAsync("/api/auctions?limit=50"))
        {
            if (auction.Text("auctioneer") != Name || auction.Text("status") is not ("open" or "awaiting-start" or "running")) continue;
            open++;
            if (auction.Text("status") == "awaiting-start") await Market.PostAsync($"/api/auctions/{auction.Text("id")}/start");
        }
        if (--_turnsUntilNext > 0 || open >= MaxOpen) return;
        _turnsUntilNext = TurnsBetween;
        await Market.PostAsync("/api/auctions", Offer(_opened++));
    }

    private JsonObject Offer(int number)
    {
        var offer = new JsonObject { ["item"] = Items[Chance.Next(Items.Length)], ["asset"] = Currency, ["minimumBidders"] = 3, ["startTimeoutSeconds"] = 60 };
        string[] formats = ["english", "sealed-rounds", "dutch", "vickrey", "first-price"];
        var format = formats[number % formats.Length];
        (string Field, decimal Value)[] terms = format switch
        {
            "english" => [("minimumBid", 20), ("increment", 2), ("closesInSeconds", 40), ("softCloseSeconds", 8)],
            "sealed-rounds" => [("minimumBid", 20), ("minimumRounds", 2), ("roundSeconds", 15)],
            "dutch" => [("startPrice", 150), ("step", 5), ("stepSeconds", 3), ("floor", 30)],
            _ => [("minimumBid", 20), ("roundSeconds", 20)],
        };
        offer["format"] = format;
        foreach (var (field, value) in terms) offer[field] = value;
        return offer;
    }
}
