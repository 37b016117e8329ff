using System.Text.Json;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>A running server without sample data, shared by the tests of a class. They keep apart by names that nobody else uses.</summary>
public class LiveServer : IAsyncLifetime
{
    private RialtoProcess? _process;

    internal RialtoProcess Process => _process!;

    /// <summary>What hosts the entities.</summary>
    public virtual string Engine => "embedded";

    public async Task InitializeAsync() => _process = await RialtoProcess.StartAsync("--sample", "false", "--engine", Engine);

    public async Task DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
    }

    internal Client As(string? actor) => Process.As(actor);

    /// <summary>A new ledger of scale 2 with these accounts, each with an initial amount.</summary>
    internal async Task<string> OpenLedgerAsync(params (string Account, decimal Initial)[] accounts)
    {
        var asset = Unique.Name("asset");
        (await As("bank").PostAsync("/api/ledgers", new { asset, scale = 2 })).Ok(201);
        foreach (var (account, initial) in accounts) (await As("bank").PostAsync($"/api/ledgers/{asset}/accounts", new { account, initial })).Ok(201);
        return asset;
    }

    /// <summary>A new auction's id. Who is named has joined; an auction of sealed rounds with enough of them is started.</summary>
    internal async Task<string> OpenAuctionAsync(object terms, params string[] bidders)
    {
        var auction = (await As("seller").PostAsync("/api/auctions", terms)).Ok(201).Word("id")!;
        foreach (var bidder in bidders) (await As(bidder).PostAsync($"/api/auctions/{auction}/join")).Ok();
        var status = (await As("seller").GetAsync($"/api/auctions/{auction}")).Ok().Word("status");
        if (status == "awaiting-start") (await As("seller").PostAsync($"/api/auctions/{auction}/start")).Ok();
        return auction;
    }

    internal async Task<JsonElement> BidAsync(string auction, string bidder, decimal amount) =>
        (await As(bidder).PostAsync($"/api/auctions/{auction}/bids", new { amount })).Ok();

    internal async Task<JsonElement> AuctionAsync(string auction, string? viewer = "seller") => (await As(viewer).GetAsync($"/api/auctions/{auction}")).Ok();

    internal async Task<JsonElement> AccountAsync(string asset, string account, string? viewer = "operator") =>
        (await As(viewer).GetAsync($"/api/ledgers/{asset}/accounts/{account}")).Ok();

    /// <summary>Waits until an event of this type has happened to a stream, and returns it.</summary>
    internal async Task<FeedEvent> WaitForAsync(string stream, string type)
    {
        await using var feed = await As("operator").ListenAsync($"?after=0&stream={stream}");
        return (await feed.ReadUntilAsync(type))[^1];
    }
}
