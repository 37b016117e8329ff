using Microsoft.Extensions.Logging;

namespace Rialto.Demo;

/// <summary>
/// The bots of <c>--demo</c>: a handful of people who trade, bid, list and crash cars, so that the console and the stream are alive. Of the market
/// they know its address alone: what they do, anybody can do by the same requests. They open what they need, so they play on any engine and
/// with or without the sample. What they have goes round among them, and what they open they close, so nothing but the history grows: by about
/// 22,000 events an hour.
/// </summary>
public sealed class DemoCrowd : IAsyncDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;
    private readonly CancellationTokenSource _end;
    private readonly Task _playing;

    private DemoCrowd(Uri address, IEnumerable<string> samples, ILogger log, CancellationToken stopping)
    {
        // Its own address is reached directly, whatever proxy the machine has for others.
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = address, Timeout = CallTimeout };
        _end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var run = Guid.NewGuid().ToString("N")[..12];
        _playing = Task.WhenAll(Gather(new DemoRegion(samples), name => new BotCaller(_http, $"demo-{name}", run, _end.Token)).Select(bot => Task.Run(() => bot.PlayAsync(log), CancellationToken.None)));
    }

    /// <summary>Lets them play until the server stops.</summary>
    /// <param name="address">The front door.</param>
    /// <param name="samples">The ambulances and hospitals of the sample, which the bots play too. All others are somebody else's.</param>
    /// <param name="log">Told of a bot that stumbles.</param>
    /// <param name="stopping">Set when the server takes no more.</param>
    public static DemoCrowd Start(Uri address, IEnumerable<string> samples, ILogger log, CancellationToken stopping) => new(address, samples, log, stopping);

    /// <summary>Has them stop, and waits until they have.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _playing;
        _end.Dispose();
        _http.Dispose();
    }

    private static IEnumerable<Bot> Gather(DemoRegion region, Func<string, BotCaller> callerOf)
    {
        string[] takers = ["ada", "bela"], bidders = ["carl", "dora", "emil"], nodes = ["node-1", "node-2", "node-3"];
        BotCaller[] payers = [callerOf("maker"), .. takers.Select(callerOf), callerOf("auctioneer"), .. bidders.Select(callerOf)];
        yield return new Quoter(payers[0]);
        foreach (var taker in payers[1..3]) yield return new Taker(taker);
        yield return new DealerCustomer(callerOf("customer"));
        yield return new Auctioneer(payers[3]);
        foreach (var bidder in payers[4..]) yield return new Bidder(bidder, payers[3].Name);
        foreach (var node in nodes) yield return new EnergyNode(callerOf(node), [.. nodes.Select(other => $"demo-{other}")]);
        yield return new Treasurer(callerOf("treasurer"), [.. payers.Select(payer => payer.Name)]);
        yield return new Lister(callerOf("lister"));
        yield return new AmbulanceCrew(callerOf("crew"), region);
        yield return new HospitalDesk(callerOf("hospitals"), region);
        yield return new Driver(callerOf("driver"));
    }
}
