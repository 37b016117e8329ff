using System.Collections.Immutable;

namespace Rialto.Markets.Auctions;

/// <summary>
/// Open, descending. The price begins high and falls by a step each interval, down to the floor; the first who takes it has it, at the price
/// on offer then. Each price is an event, brought about by a deadline, so what is on offer is told by the order of events and by no clock; and
/// each stands for its whole interval, also if nobody could lead the market for a while. When the floor's interval ends, nothing is sold.
/// A bid says up to how much: whoever saw an earlier, higher price pays the one on offer. Like an english auction it runs from its creation
/// unless more than one bidder is required, and takes bidders while it runs.
/// </summary>
internal sealed class Dutch : AuctionFormat
{
    private const int DefaultStepSeconds = 10;

    private int _step;
    private long _priceMinor;
    private DateTimeOffset _until;
    private BidPlaced? _taken;

    public override string Name => "dutch";

    public override Refusal? Agree(AuctionOptions options, int scale, out AuctionTerms terms)
    {
        // Rounds are of other formats and are passed over.
        var wrong = AgreeOnCommon(options with { MinimumRounds = null, RoundSeconds = null }, scale, minimumBidders: 1, out terms);
        var foreign = options.MinimumBidMinor is not null ? "minimumBid"
            : options.ReserveMinor is not null ? "reserve"
            : options.IncrementMinor is not null ? "increment"
            : options.BuyNowMinor is not null ? "buyNow"
            : options.ClosesInSeconds is not null ? "closesInSeconds"
            : options.SoftCloseSeconds is not null ? "softCloseSeconds"
            : null;
        var start = options.StartPriceMinor ?? 0;
        var floor = options.FloorMinor ?? 1;
        var step = options.StepMinor ?? Math.Max(1, start / 20);
        terms = terms with { MinimumBidMinor = floor, StartPriceMinor = start, StepMinor = step, StepSeconds = options.StepSeconds ?? DefaultStepSeconds, FloorMinor = floor };
        return wrong
            ?? (foreign is null ? null : AuctionRefusals.NotForFormat(foreign, Name))
            ?? CheckAmount(start, "startPrice", 1, scale)
            ?? (floor >= 1 && floor <= start ? null : Bounds.OutOfRange("floor", Amounts.ToDecimal(1, scale), Amounts.ToDecimal(start, scale)))
            ?? CheckAmount(step, "step", Math.Max(1, (start - floor + AuctionBounds.MaxPriceSteps - 1) / AuctionBounds.MaxPriceSteps), scale)
            ?? Bounds.CheckSeconds(terms.StepSeconds.Value, "stepSeconds");
    }

    public override bool RunsFromCreation(AuctionTerms terms) => terms.MinimumBidders <= 1;

    public override bool JoinsWhileRunning => true;

    public override ImmutableArray<Event> Start(AuctionTerms terms, DateTimeOffset now) =>
        [new AuctionStarted(), new PriceOffered(0, terms.StartPriceMinor!.Value, Bounds.After(now, terms.StepSeconds!.Value))];

    public override Refusal? Check(AuctionState auction, PlaceBid bid, string bidder, DateTimeOffset now)
    {
        if (bid.MaximumMinor is not null) return AuctionRefusals.NotForFormat("maximum", Name);
        return bid.AmountMinor < _priceMinor ? AuctionRefusals.BelowMinimum(Amounts.ToDecimal(_priceMinor, auction.Scale)) : null;
    }

    /// <summary>The whole amount, though less may be due: the price may fall while it is being held.</summary>
    public override long NeedMinor(AuctionState auction, PlaceBid bid, string bidder) => bid.AmountMinor;

    public override ImmutableArray<Event> Accept(AuctionState auction, PlaceBid bid, string bidder, DateTimeOffset now, HeldFunds? held) =>
    [
        new BidPlaced(bidder, 1, bid.AmountMinor, Transfer: held?.Transfer, HeldMinor: held?.AmountMinor),
        new AuctionSold(bidder, bid.AmountMinor, _priceMinor, Losers(auction, bidder)),
    ];

    public override Deadline NextDeadline => new(_until, $"price/{_step}", new LowerPrice(_step));

    public override ImmutableArray<Event> Due(AuctionState auction, AuctionCommand deadline, DateTimeOffset now)
    {
        var terms = auction.Terms;
        if (deadline is not LowerPrice lower || lower.Step != _step) return [];
        return _priceMinor <= terms.FloorMinor
            ? [new AuctionUnsold(UnsoldReason.NoBids, Losers(auction, null))]
            : [new PriceOffered(_step + 1, Math.Max(terms.FloorMinor!.Value, _priceMinor - terms.StepMinor!.Value), Bounds.After(now, terms.StepSeconds!.Value))];
    }

    public override bool BidsAreKnown => _taken is not null;

    public override HoldFate FateOf(AuctionState auction, string transfer)
    {
        if (_taken?.Transfer is not { } known || known != transfer) return HoldFate.Unknown;
        return auction.Sold is { } sold ? HoldFate.Post(sold.PriceMinor) : HoldFate.Keep;
    }

    public override void Evolve(AuctionEvent happened)
    {
        switch (happened)
        {
            case PriceOffered e:
                (_step, _priceMinor, _until) = (e.Step, e.PriceMinor, e.Until);
                break;
            case BidPlaced e:
                _taken = e.AmountMinor is not null ? e : throw new InvalidOperationException($"A concealed event cannot be replayed: {e}");
                break;
        }
    }

    public override Glance Glance(AuctionState auction)
    {
        var began = auction.Status is AuctionStatus.Running or AuctionStatus.Sold or AuctionStatus.Unsold;
        return new Glance(began ? 1 : 0, null, auction.Status == AuctionStatus.Running ? _until : null, began ? _priceMinor : null);
    }

    public override AuctionView Show(AuctionView view, AuctionState auction, Viewer viewer) => view with
    {
        NextMinimum = auction.Status == AuctionStatus.Running ? Amounts.ToDecimal(_priceMinor, auction.Scale) : null,
        YourBid = _taken is { AmountMinor: { } amount } taken && viewer.Actor == taken.Bidder ? Amounts.ToDecimal(amount, auction.Scale) : null,
    };

    public override BidPlaced Conceal(BidPlaced bid) => bid with { Transfer = null, HeldMinor = null, Salt = null };

    public override IEnumerable<string> Audit(AuctionState auction)
    {
        if (auction.Sold is not { } sold) yield break;
        if (_taken is null || _taken.Bidder != sold.Winner) yield return $"Auction {auction.Key}: {sold.Winner} won, and took nothing.";
        if (sold.PriceMinor != _priceMinor || sold.PriceMinor > sold.TotalMinor) yield return $"Auction {auction.Key}: the price that {sold.Winner} pays was not on offer, or is beyond what they bid.";
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write(_step);
        writer.Write(_priceMinor);
        writer.WriteTime(_until);
        writer.Write(_taken is not null);
        if (_taken is null) return;
        writer.Write(_taken.Bidder);
        writer.WriteOptional(_taken.AmountMinor);
        writer.WriteOptional(_taken.Transfer);
        writer.WriteOptional(_taken.HeldMinor);
    }

    public override void Load(BinaryReader reader)
    {
        (_step, _priceMinor, _until) = (reader.ReadInt32(), reader.ReadInt64(), reader.ReadTime());
        if (reader.ReadBoolean()) _taken = new BidPlaced(reader.ReadString(), 1, reader.ReadOptionalNumber(), Transfer: reader.ReadOptionalText(), HeldMinor: reader.ReadOptionalNumber());
    }
}
