using System.Collections.Immutable;

namespace Rialto.Markets.Auctions;

/// <summary>
/// Several rounds of sealed bids. In each round every participant may bid once, at least the minimum, in any order; nobody sees an amount but
/// its bidder. A round ends when all have bid, or at its deadline; who stays silent has bid nothing. Then its bids are revealed. After the
/// minimum number of rounds the highest sum of bids wins and pays that sum. Of equal sums the one that was complete first wins: the bidder
/// whose last bid was sequenced earlier. Without any bid nothing is sold. In a cancelled auction what was not revealed stays sealed for ever.
/// Formats of one sealed round (<see cref="FirstPrice"/>, <see cref="Vickrey"/>) are this one with other terms, or another price.
/// </summary>
internal class SealedRounds : AuctionFormat
{
    private readonly Dictionary<string, long> _bidsOfRound = new(StringComparer.Ordinal);
    private readonly List<IReadOnlyDictionary<string, long>> _revealed = [];
    private readonly Dictionary<string, Standing> _standings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Backing> _holds = new(StringComparer.Ordinal);
    private int _round;
    private DateTimeOffset _closesAt;
    private long _bidCount;

    /// <summary>A bidder's sum, and which bid in the auction's order completed it.</summary>
    private readonly record struct Standing(long TotalMinor, long CompletedBy);

    private readonly record struct Backing(string Bidder, long AmountMinor);

    public override string Name => "sealed-rounds";

    public override Refusal? Agree(AuctionOptions options, int scale, out AuctionTerms terms)
    {
        var foreign = options.ReserveMinor is not null ? "reserve"
            : options.IncrementMinor is not null ? "increment"
            : options.BuyNowMinor is not null ? "buyNow"
            : options.ClosesInSeconds is not null ? "closesInSeconds"
            : options.SoftCloseSeconds is not null ? "softCloseSeconds"
            : DutchField(options);
        return AgreeOnCommon(options, scale, minimumBidders: 2, out terms) ?? (foreign is null ? null : AuctionRefusals.NotForFormat(foreign, Name));
    }

    public override ImmutableArray<Event> Start(AuctionTerms terms, DateTimeOffset now) =>
        [new AuctionStarted(), new RoundOpened(1, Bounds.After(now, terms.RoundSeconds))];

    public override Refusal? Check(AuctionState auction, PlaceBid bid, string bidder, DateTimeOffset now)
    {
        if (now >= _closesAt) return AuctionRefusals.TimeIsOver;
        if (_bidsOfRound.ContainsKey(bidder)) return AuctionRefusals.AlreadyBid(_round);
        if (bid.MaximumMinor is not null) return AuctionRefusals.NotForFormat("maximum", Name);
        var minimum = LeastMinor(auction.Terms);
        return bid.AmountMinor < minimum ? AuctionRefusals.BelowMinimum(Amounts.ToDecimal(minimum, auction.Scale)) : null;
    }

    public override long NeedMinor(AuctionState auction, PlaceBid bid, string bidder) => bid.AmountMinor;

    public override ImmutableArray<Event> Accept(AuctionState auction, PlaceBid bid, string bidder, DateTimeOffset now, HeldFunds? held)
    {
        var placed = new BidPlaced(bidder, _round, bid.AmountMinor, Transfer: held?.Transfer, HeldMinor: held?.AmountMinor);
        return _bidsOfRound.Count + 1 < auction.Participants.Count ? [placed] : [placed, .. EndRound(auction, now, placed)];
    }

    public override Deadline NextDeadline => new(_closesAt, $"round/{_round}", new CloseRound(_round));

    public override ImmutableArray<Event> Due(AuctionState auction, AuctionCommand deadline, DateTimeOffset now) =>
        deadline is CloseRound close && close.Round == _round ? EndRound(auction, now, null) : [];

    private ImmutableArray<Event> EndRound(AuctionState auction, DateTimeOffset now, BidPlaced? last)
    {
        var bids = new Dictionary<string, long>(_bidsOfRound.Count + 1, StringComparer.Ordinal);
        foreach (var bidder in auction.Participants)
        {
            if (bidder == last?.Bidder) bids.Add(bidder, last.AmountMinor!.Value);
            else if (_bidsOfRound.TryGetValue(bidder, out var amount)) bids.Add(bidder, amount);
        }
        var revealed = new RoundRevealed(_round, bids);
        return _round < auction.Terms.MinimumRounds
            ? [revealed, new RoundOpened(_round + 1, Bounds.After(now, auction.Terms.RoundSeconds))]
            : [revealed, Result(auction, last)];
    }

    private AuctionEvent Result(AuctionState auction, BidPlaced? last)
    {
        string? winner = null;
        Standing best = default;
        long second = 0;
        foreach (var bidder in auction.Participants)
        {
            var standing = _standings.GetValueOrDefault(bidder);
            if (bidder == last?.Bidder) standing = new Standing(standing.TotalMinor + last.AmountMinor!.Value, _bidCount + 1);
            if (standing.TotalMinor == 0) continue;
            if (standing.TotalMinor < best.TotalMinor || (standing.TotalMinor == best.TotalMinor && standing.CompletedBy > best.CompletedBy))
            {
                second = Math.Max(second, standing.TotalMinor);
                continue;
            }
            (winner, best, second) = (bidder, standing, best.TotalMinor);
        }
        return winner is null
            ? new AuctionUnsold(UnsoldReason.NoBids, Losers(auction, null))
            : new AuctionSold(winner, best.TotalMinor, PriceMinor(auction.Terms, best.TotalMinor, second), Losers(auction, winner));
    }

    /// <summary>What the winner pays.</summary>
    /// <param name="terms">What was agreed.</param>
    /// <param name="bestMinor">The winner's sum.</param>
    /// <param name="secondMinor">The best sum of anybody else; 0 if nobody else has bid.</param>
    protected virtual long PriceMinor(AuctionTerms terms, long bestMinor, long secondMinor) => bestMinor;

    /// <summary>The least that can be bid.</summary>
    protected static long LeastMinor(AuctionTerms terms) => Math.Max(terms.MinimumBidMinor, 1);

    public override bool BidsAreKnown => _revealed.Count > 0;

    public override HoldFate FateOf(AuctionState auction, string transfer)
    {
        if (!_holds.TryGetValue(transfer, out var backing)) return HoldFate.Unknown;
        return auction.Status switch
        {
            AuctionStatus.Running => HoldFate.Keep,
            AuctionStatus.Sold when auction.Sold!.Winner == backing.Bidder => HoldFate.Post(Math.Min(backing.AmountMinor, auction.Sold.PriceMinor)),
            _ => HoldFate.Void,
        };
    }

    public override void Evolve(AuctionEvent happened)
    {
        switch (happened)
        {
            case RoundOpened e:
                _round = e.Round;
                _closesAt = e.ClosesAt;
                break;
            case BidPlaced e:
                var amount = e.AmountMinor ?? throw new InvalidOperationException($"A concealed event cannot be replayed: {e}");
                _bidCount++;
                _bidsOfRound.Add(e.Bidder, amount);
                _standings[e.Bidder] = new Standing(_standings.GetValueOrDefault(e.Bidder).TotalMinor + amount, _bidCount);
                if (e.Transfer is not null) _holds.Add(e.Transfer, new Backing(e.Bidder, amount));
                break;
            case RoundRevealed e:
                _revealed.Add(e.BidsMinor);
                _bidsOfRound.Clear();
                break;
        }
    }

    public override Glance Glance(AuctionState auction) => new(_round, auction.Status == AuctionStatus.Running ? _closesAt : null, null, null);

    public override AuctionView Show(AuctionView view, AuctionState auction, Viewer viewer)
    {
        var running = auction.Status == AuctionStatus.Running;
        return view with
        {
            BidsInRound = running ? _bidsOfRound.Count : 0,
            Rounds = [.. _revealed.Select((bids, i) => Show(auction, i + 1, bids))],
            YourBid = running && viewer.Actor is { } actor && _bidsOfRound.TryGetValue(actor, out var own) ? Amounts.ToDecimal(own, auction.Scale) : null,
        };
    }

    private static RoundView Show(AuctionState auction, int round, IReadOnlyDictionary<string, long> bids)
    {
        var shown = new Dictionary<string, decimal>(auction.Participants.Count, StringComparer.Ordinal);
        foreach (var bidder in auction.Participants) shown.Add(bidder, Amounts.ToDecimal(bids.GetValueOrDefault(bidder), auction.Scale));
        return new RoundView(round, shown);
    }

    public override BidPlaced Conceal(BidPlaced bid) =>
        bid.Round <= _revealed.Count ? bid : bid with { AmountMinor = null, Transfer = null, HeldMinor = null, Salt = null, Sealed = true };

    public override IEnumerable<string> Audit(AuctionState auction)
    {
        var totals = new Dictionary<string, long>(_bidsOfRound, StringComparer.Ordinal);
        foreach (var (bidder, amount) in _revealed.SelectMany(round => round)) totals[bidder] = totals.GetValueOrDefault(bidder) + amount;
        foreach (var (bidder, standing) in _standings)
        {
            if (totals.GetValueOrDefault(bidder) != standing.TotalMinor) yield return $"Auction {auction.Key}: the bids of {bidder} do not add up to their sum.";
        }
        if (auction.Sold is { } sold && totals.Values.Max() != sold.TotalMinor) yield return $"Auction {auction.Key}: {sold.Winner} won with less than the highest sum.";
        if (auction.Sold is { } paid && (paid.PriceMinor > paid.TotalMinor || paid.PriceMinor < LeastMinor(auction.Terms))) yield return $"Auction {auction.Key}: {paid.Winner} pays what was never bid.";
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write(_round);
        writer.WriteTime(_closesAt);
        writer.Write(_bidCount);
        WriteBids(writer, _bidsOfRound);
        writer.WriteAll(_revealed.Count, _revealed, WriteBids);
        writer.WriteAll(_standings.Count, _standings, static (to, pair) =>
        {
            to.Write(pair.Key);
            to.Write(pair.Value.TotalMinor);
            to.Write(pair.Value.CompletedBy);
        });
        writer.WriteAll(_holds.Count, _holds, static (to, pair) =>
        {
            to.Write(pair.Key);
            to.Write(pair.Value.Bidder);
            to.Write(pair.Value.AmountMinor);
        });
    }

    public override void Load(BinaryReader reader)
    {
        _round = reader.ReadInt32();
        _closesAt = reader.ReadTime();
        _bidCount = reader.ReadInt64();
        ReadBids(reader, _bidsOfRound);
        reader.ReadAll(from =>
        {
            var bids = new Dictionary<string, long>(StringComparer.Ordinal);
            ReadBids(from, bids);
            _revealed.Add(bids);
        });
        reader.ReadAll(from => _standings.Add(from.ReadString(), new Standing(from.ReadInt64(), from.ReadInt64())));
        reader.ReadAll(from => _holds.Add(from.ReadString(), new Backing(from.ReadString(), from.ReadInt64())));
    }

    private static void WriteBids(BinaryWriter writer, IReadOnlyDictionary<string, long> bids) =>
        writer.WriteAll(bids.Count, bids, static (to, pair) =>
        {
            to.Write(pair.Key);
            to.Write(pair.Value);
        });

    private static void ReadBids(BinaryReader reader, Dictionary<string, long> bids) => reader.ReadAll(from => bids.Add(from.ReadString(), from.ReadInt64()));
}
