using System.Text;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Auctions;

namespace Rialto.Simulation;

/// <summary>
/// What nobody but its owner may see yet: the amounts of sealed bids. Each is a long number that stands nowhere else, so whatever is shown to
/// somebody can be searched for it, whatever its shape. It is a secret no more when the journal holds its reveal.
/// </summary>
internal sealed class Secrets(RunLog log)
{
    private sealed record Secret(string Owner, StreamId Auction, long AmountMinor, byte[] Digits);

    private readonly List<Secret> _kept = [];

    /// <summary>An amount in minor units that chance repeats nowhere: 13 digits, two of them decimals.</summary>
    public static long NewAmount(Chance chance) => 1_000_000_000_000 + (long)(chance.Next() % 8_000_000_000_000);

    /// <summary>Somebody is about to bid so much.</summary>
    public void Keep(string owner, StreamId auction, long amountMinor)
    {
        // As a decimal of two places or as minor units, it begins with these digits.
        var digits = (amountMinor / 100).ToString(System.Globalization.CultureInfo.InvariantCulture);
        _kept.Add(new Secret(owner, auction, amountMinor, Encoding.ASCII.GetBytes(digits)));
    }

    /// <summary>Looks at what became durable.</summary>
    public void Learn(IReadOnlyList<JournalRecord> batch)
    {
        foreach (var record in batch)
        {
            if (record.Type != "auction.round-revealed") continue;
            var revealed = (RoundRevealed)MarketCodec.Decode(record.Type, record.Data.Span);
            foreach (var (bidder, amount) in revealed.BidsMinor)
                _kept.RemoveAll(secret => secret.Owner == bidder && secret.Auction == record.Stream && secret.AmountMinor == amount);
        }
    }

    /// <summary>Something is shown to somebody.</summary>
    public void Shown(string viewer, string where, ReadOnlySpan<byte> json)
    {
        foreach (var secret in _kept)
        {
            if (secret.Owner == viewer || json.IndexOf(secret.Digits) < 0) continue;
            log.Found(10, $"{where} shows {viewer} the sealed bid of {secret.Owner} in {secret.Auction}: {Encoding.UTF8.GetString(json)}");
        }
    }
}
