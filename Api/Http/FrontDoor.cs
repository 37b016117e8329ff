using System.Collections.Concurrent;
using Rialto.Journal;
using Rialto.Markets.Auctions;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;

namespace Rialto.Api.Http;

/// <summary>What every route needs: the running market, the time, and when to end.</summary>
internal sealed class FrontDoor(IEngine engine, KnownKeys keys, TimeProvider time, StreamPlaces streams, CancellationToken stopping)
{
    /// <summary>How long a read waits to come as far as it was asked to.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(2);

    private const int MaxRememberedScales = 100_000;

    private readonly ConcurrentDictionary<StreamId, int> _scales = new();

    public IEngine Engine => engine;

    public KnownKeys Keys => keys;

    public TimeProvider Time => time;

    public StreamPlaces Streams => streams;

    /// <summary>Set when the server takes no more.</summary>
    public CancellationToken Stopping => stopping;

    /// <summary>The decimals of a ledger's amounts; they never change, so they are asked for once.</summary>
    public async ValueTask<(int Scale, Problem? Problem)> ScaleOfLedgerAsync(StreamId ledger)
    {
        if (_scales.TryGetValue(ledger, out var known)) return (known, null);
        var reply = await engine.QueryAsync(ledger, new GetLedgerFacts());
        if (reply.Refusal is { } refusal) return (0, refusal);
        var facts = reply.View!.As<LedgerFactsView>();
        return facts.Exists ? (Remember(ledger, facts.Scale), null) : (0, Problems.LedgerNotFound(ledger.Key));
    }

    /// <summary>The decimals of an auction's amounts.</summary>
    public async ValueTask<(int Scale, Problem? Problem)> ScaleOfAuctionAsync(StreamId auction)
    {
        if (_scales.TryGetValue(auction, out var known)) return (known, null);
        var reply = await engine.QueryAsync(auction, new GetAuctionScale());
        if (reply.Refusal is { } refusal) return (0, refusal);
        return (Remember(auction, reply.View!.As<AuctionScaleView>().Scale), null);
    }

    private int Remember(StreamId entity, int scale)
    {
        if (_scales.Count >= MaxRememberedScales) _scales.Clear();
        _scales[entity] = scale;
        return scale;
    }
}
