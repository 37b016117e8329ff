using System.Collections.Immutable;

namespace Rialto.Markets.Auctions;

/// <summary>
/// Open, ascending. The price starts at the minimum bid; each bid must raise it by the increment. A bidder may name a maximum besides: the
/// auction then bids for them, one increment above the others, up to that maximum, which nobody else ever sees. Of equal maximums the earlier
/// leads. When a leader's maximum reaches the reserve, so does the price. Who bids the buy-now price has it at once; so has the leader when
/// the price climbs there. At closing time the leader wins and pays the price, if the reserve is met; a bid in the last seconds extends that
/// time (soft close). It waits for bidders and a start like any auction if more than one bidder is required, else it runs from its creation;
/// bidders may join as long as it runs. Of the holds only the leader's count: an outbid bidder's are released at once.
/// </summary>
internal sealed class English : AuctionFormat
{
    // Holds of outbid bids: told to be released. Should one be forgotten before it was, it is released for not being known.
    private const int MaxRememberedHolds = 10_000;

    private readonly Dictionary<string, Offer> _offers = new(StringComparer.Ordinal);
    private readonly List<HeldFunds> _leaderHolds = [];
    private readonly Remembered<string> _outbidHolds = new(MaxRememberedHolds);
    private DateTimeOffset _closesAt;
    private string? _leader;
    private long _priceMinor;
    private long _ceilingMinor;
    private BidPlaced? _newest;

    /// <summary>A bidder's newest bid.</summary>
    private readonly record struct Offer(long AmountMinor, long? MaximumMinor);

    public override string Name => "english";

    public override Refusal? Agree(AuctionOptions options, int scale, out AuctionTerms terms)
    {
        // Rounds are of other formats and are passed over.
        var wrong = AgreeOnCommon(options with { MinimumRounds = null, RoundSeconds = null }, scale, minimumBidders: 1, out terms);
        terms = terms with
        {
            ReserveMinor = options.ReserveMinor,
            IncrementMinor = options.IncrementMinor,
            BuyNowMinor = options.BuyNowMinor,
            ClosesInSeconds = options.ClosesInSeconds ?? 300,
            SoftCloseSeconds = options.SoftCloseSeconds ?? 0,
        };
        return wrong
            ?? (DutchField(options) is { } foreign ? AuctionRefusals.NotForFormat(foreign, Name) : null)
            ?? CheckAmount(terms.ReserveMinor, "reserve", 0, scale)
            ?? CheckAmount(terms.IncrementMinor, "increment", 1, scale)
            ?? CheckAmount(terms.BuyNowMinor, "buyNow", Math.Max(1, Math.Max(terms.MinimumBidMinor, terms.ReserveMinor ?? 0)), scale)
            ?? Bounds.CheckSeconds(terms.ClosesInSeconds.Value, "closesInSeconds")
            ?? Bounds.CheckRange(terms.SoftCloseSeconds.Value, "softCloseSeconds", 0, Bounds.MaxSeconds);
    }

    public override bool RunsFromCreation(AuctionTerms terms) => terms.MinimumBidders <= 1;

    public override bool JoinsWhileRunning => true;

    public override ImmutableArray<Event> Start(AuctionTerms terms, DateTimeOffset now) =>
        [new AuctionStarted(Bounds.After(now, terms.ClosesInSeconds!.Value))];

    public override Refusal? Check(AuctionState auction, PlaceBid bid, string bidder, DateTimeOffset now)
    {
        if (now >= _closesAt) return AuctionRefusals.TimeIsOver;
        if (bid.MaximumMinor is { } maximum && (maximum < bid.AmountMinor || maximum > Amounts.MaxMinor))
            return Bounds.OutOfRange("maximum", Amounts.ToDecimal(Math.Clamp(bid.AmountMinor, 0, Amounts.MaxMinor), auction.Scale), Amounts.ToDecimal(Amounts.MaxMinor, auction.Scale));
        var minimum = NextMinimum(auction.Terms);
        if (bid.AmountMinor >= minimum) return null;
        // A leader may raise the maximum without raising the price against themselves.
        if (bidder == _leader && bid.AmountMinor >= _priceMinor && CeilingOf(bid, auction.Terms) > _ceilingMinor) return null;
        return AuctionRefusals.BelowMinimum(Amounts.ToDecimal(minimum, auction.Scale));
    }

    public override long NeedMinor(AuctionState auction, PlaceBid bid, string bidder)
    {
        var ceiling = CeilingOf(bid, auction.Terms);
        return bidder == _leader ? Math.Max(0, ceiling - _leaderHolds.Sum(hold => hold.AmountMinor)) : ceiling;
    }

    public override ImmutableArray<Event> Accept(AuctionState auction, PlaceBid bid, string bidder, DateTimeOffset now, HeldFunds? held)
    {
        var terms = auction.Terms;
        var placed = new BidPlaced(bidder, 1, bid.AmountMinor, bid.MaximumMinor, held?.Transfer, held?.AmountMinor);
        var (leader, price) = Contest(terms, bid, bidder);
        var extended = Bounds.After(now, terms.SoftCloseSeconds ?? 0);
        var moved = new PriceMoved(leader, price, terms.SoftCloseSeconds > 0 && extended > _closesAt ? extended : null);
        return price >= terms.BuyNowMinor
            ? [placed, moved, new AuctionSold(leader, price, price, Losers(auction, leader))]
            : [placed, moved];
    }

    /// <summary>Who leads after a bid, and at what price.</summary>
    private (string Leader, long PriceMinor) Contest(AuctionTerms terms, PlaceBid bid, string bidder)
    {
        var ceiling = CeilingOf(bid, terms);
        if (bid.AmountMinor >= terms.BuyNowMinor) return (bidder, terms.BuyNowMinor.Value);
        if (_leader is null) return (bidder, Priced(bid.AmountMinor, ceiling));
        if (bidder == _leader) return (bidder, Priced(bid.AmountMinor < NextMinimum(terms) ? _priceMinor : bid.AmountMinor, Math.Max(ceiling, _ceilingMinor)));
        if (ceiling > _ceilingMinor) return (bidder, Priced(Math.Max(bid.AmountMinor, Above(_ceilingMinor, ceiling)), ceiling));
        return (_leader, Priced(Above(ceiling, _ceilingMinor), _ceilingMinor));

        // One increment above the other's last word, as far as one's own goes.
        long Above(long beaten, long limit) => Math.Min(limit, beaten + Increment(terms, beaten));

        // A leader who is willing to pay the reserve pays it.
        long Priced(long price, long limit)
        {
            if (terms.ReserveMinor is { } reserve && price < reserve && limit >= reserve) price = reserve;
            return Math.Min(price, terms.BuyNowMinor ?? price);
        }
    }

    /// <summary>Up to how much a bid goes: never beyond the price at which the auction ends.</summary>
    private static long CeilingOf(PlaceBid bid, AuctionTerms terms) =>
        Math.Min(Math.Max(bid.AmountMinor, bid.MaximumMinor ?? 0), terms.BuyNowMinor ?? long.MaxValue);

    private long NextMinimum(AuctionTerms terms)
    {
        var minimum = _leader is null ? Math.Max(terms.MinimumBidMinor, 1) : _priceMinor + Increment(terms, _priceMinor);
        return Math.Min(minimum, terms.BuyNowMinor ?? minimum);
    }

    /// <summary>The increment at a price: the agreed one, or the step of the ladder 1, 2, 5, 10, 20, 50, … that is a twentieth of the price or just less.</summary>
    private static long Increment(AuctionTerms terms, long priceMinor)
    {
        if (terms.IncrementMinor is { } agreed) return agreed;
        long step = 1;
        for (var decade = 1L; decade <= priceMinor / 20; decade *= 10)
        {
            foreach (var times in (ReadOnlySpan<long>)[1, 2, 5])
            {
                if (decade * times <= priceMinor / 20) step = decade * times;
            }
        }
        return step;
    }

    public override Deadline NextDeadline => new(_closesAt, $"close/{_closesAt.ToUnixTimeMilliseconds()}", new CloseBidding(_closesAt));

    public override ImmutableArray<Event> Due(AuctionState auction, AuctionCommand deadline, DateTimeOffset now)
    {
        if (deadline is not CloseBidding close || close.ClosesAt < _closesAt) return [];
        if (_leader is null) return [new AuctionUnsold(UnsoldReason.NoBids, Losers(auction, null))];
        if (!ReserveIsMet(auction.Terms)) return [new AuctionUnsold(UnsoldReason.ReserveNotMet, Losers(auction, null))];
        return [new AuctionSold(_leader, _priceMinor, _priceMinor, Losers(auction, _leader))];
    }

    private bool ReserveIsMet(AuctionTerms terms) => terms.ReserveMinor is not { } reserve || (_leader is not null && _priceMinor >= reserve);

    public override bool BidsAreKnown => _leader is not null;

    public override HoldFate FateOf(AuctionState auction, string transfer)
    {
        if (_outbidHolds.Find(transfer) is not null) return HoldFate.Void;
        var index = _leaderHolds.FindIndex(hold => hold.Transfer == transfer);
        if (index < 0) return HoldFate.Unknown;
        if (auction.Status == AuctionStatus.Running) return HoldFate.Keep;
        if (auction.Status != AuctionStatus.Sold) return HoldFate.Void;
        // The price is taken from the leader's holds in the order in which they were taken.
        var due = auction.Sold!.PriceMinor - _leaderHolds.Take(index).Sum(hold => hold.AmountMinor);
        return due <= 0 ? HoldFate.Void : HoldFate.Post(Math.Min(due, _leaderHolds[index].AmountMinor));
    }

    public override void Evolve(AuctionEvent happened)
    {
        switch (happened)
        {
            case AuctionStarted e:
                _closesAt = e.ClosesAt ?? throw new InvalidOperationException("An english auction started without a closing time.");
                break;
            case BidPlaced e:
                _newest = e;
                _offers[e.Bidder] = new Offer(e.AmountMinor ?? throw new InvalidOperationException($"A concealed event cannot be replayed: {e}"), e.MaximumMinor);
                break;
            case PriceMoved e:
                Settle(_newest ?? throw new InvalidOperationException("The price moved without a bid."), e);
                _newest = null;
                break;
        }
    }

    /// <summary>Whose holds count after the newest bid, and how far its leader goes.</summary>
    private void Settle(BidPlaced bid, PriceMoved moved)
    {
        var ceiling = Math.Max(bid.AmountMinor!.Value, bid.MaximumMinor ?? 0);
        if (bid.Bidder != moved.Leader)
        {
            if (bid.Transfer is not null) _outbidHolds.Add(bid.Transfer, bid.Transfer);
        }
        else
        {
            if (_leader != moved.Leader)
            {
                foreach (var hold in _leaderHolds) _outbidHolds.Add(hold.Transfer, hold.Transfer);
                _leaderHolds.Clear();
                _ceilingMinor = 0;
            }
            if (bid.Transfer is not null) _leaderHolds.Add(new HeldFunds(bid.Transfer, bid.HeldMinor ?? 0));
            _ceilingMinor = Math.Max(_ceilingMinor, ceiling);
        }
        _leader = moved.Leader;
        _priceMinor = moved.PriceMinor;
        _closesAt = moved.ClosesAt ?? _closesAt;
    }

    public override Glance Glance(AuctionState auction)
    {
        var began = auction.Status is AuctionStatus.Running or AuctionStatus.Sold or AuctionStatus.Unsold;
        return new Glance(began ? 1 : 0, null, began ? _closesAt : null, _leader is null ? null : _priceMinor);
    }

    public override AuctionView Show(AuctionView view, AuctionState auction, Viewer viewer)
    {
        var terms = auction.Terms;
        var own = viewer.Actor is { } actor && _offers.TryGetValue(actor, out var offer) ? offer : (Offer?)null;
        return view with
        {
            Leader = _leader,
            NextMinimum = auction.Status == AuctionStatus.Running ? Amounts.ToDecimal(NextMinimum(terms), auction.Scale) : null,
            BuyNow = terms.BuyNowMinor is { } buyNow ? Amounts.ToDecimal(buyNow, auction.Scale) : null,
            ReserveMet = ReserveIsMet(terms),
            Reserve = terms.ReserveMinor is { } reserve && viewer.MaySee(auction.Auctioneer) ? Amounts.ToDecimal(reserve, auction.Scale) : null,
            SoftCloseSeconds = terms.SoftCloseSeconds,
            YourBid = own is { } bid ? Amounts.ToDecimal(bid.AmountMinor, auction.Scale) : null,
            YourMaximum = own?.MaximumMinor is { } maximum ? Amounts.ToDecimal(maximum, auction.Scale) : null,
        };
    }

    public override BidPlaced Conceal(BidPlaced bid) =>
        bid with { MaximumMinor = null, Transfer = null, HeldMinor = null, Salt = null, Sealed = bid.MaximumMinor is null ? null : true };

    public override IEnumerable<string> Audit(AuctionState auction)
    {
        if (_leader is not null && _priceMinor > _ceilingMinor) yield return $"Auction {auction.Key}: the price is beyond what its leader bid.";
        if (auction.Created!.Asset is not null && _leader is not null && _leaderHolds.Sum(hold => hold.AmountMinor) < _priceMinor)
            yield return $"Auction {auction.Key}: the leader's holds do not cover the price.";
        if (auction.Sold is { } sold && (sold.Winner != _leader || sold.PriceMinor != _priceMinor))
            yield return $"Auction {auction.Key}: {sold.Winner} won, and did not lead.";
    }

    public override void Save(BinaryWriter writer)
    {
        writer.WriteTime(_closesAt);
        writer.WriteOptional(_leader);
        writer.Write(_priceMinor);
        writer.Write(_ceilingMinor);
        writer.WriteAll(_offers.Count, _offers, static (to, pair) =>
        {
            to.Write(pair.Key);
            to.Write(pair.Value.AmountMinor);
            to.WriteOptional(pair.Value.MaximumMinor);
        });
        writer.WriteAll(_leaderHolds.Count, _leaderHolds, static (to, hold) =>
        {
            to.Write(hold.Transfer);
            to.Write(hold.AmountMinor);
        });
        writer.WriteAll(_outbidHolds.Count, _outbidHolds.OldestFirst, static (to, transfer) => to.Write(transfer));
        writer.Write(_newest is not null);
        if (_newest is null) return;
        writer.Write(_newest.Bidder);
        writer.WriteOptional(_newest.AmountMinor);
        writer.WriteOptional(_newest.MaximumMinor);
        writer.WriteOptional(_newest.Transfer);
        writer.WriteOptional(_newest.HeldMinor);
    }

    public override void Load(BinaryReader reader)
    {
        _closesAt = reader.ReadTime();
        _leader = reader.ReadOptionalText();
        _priceMinor = reader.ReadInt64();
        _ceilingMinor = reader.ReadInt64();
        reader.ReadAll(from => _offers.Add(from.ReadString(), new Offer(from.ReadInt64(), from.ReadOptionalNumber())));
        reader.ReadAll(from => _leaderHolds.Add(new HeldFunds(from.ReadString(), from.ReadInt64())));
        reader.ReadAll(from =>
        {
            var transfer = from.ReadString();
            _outbidHolds.Add(transfer, transfer);
        });
        if (!reader.ReadBoolean()) return;
        _newest = new BidPlaced(
            reader.ReadString(), 1, reader.ReadOptionalNumber(), reader.ReadOptionalNumber(), reader.ReadOptionalText(), reader.ReadOptionalNumber());
    }
}
