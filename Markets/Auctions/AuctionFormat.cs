using System.Collections.Immutable;

namespace Rialto.Markets.Auctions;

/// <summary>
/// The rules in which auctions differ, with what they need to remember: one instance per auction, one file per format. What is the same in
/// all of them (who may join, start, cancel; that a bid is funded) is <see cref="Auction"/>'s. A new format is a new file and a line in
/// <see cref="AuctionFormats"/>.
/// </summary>
/// <remarks>Decisions (<c>Start</c>, <c>Accept</c>, <c>Due</c>) change nothing; only <see cref="Evolve"/> does.</remarks>
internal abstract class AuctionFormat
{
    /// <summary>Its name in requests and events.</summary>
    public abstract string Name { get; }

    // Before the start.

    /// <summary>The terms with defaults filled in, or why they are none.</summary>
    public abstract Refusal? Agree(AuctionOptions options, int scale, out AuctionTerms terms);

    /// <summary>Whether it runs from its creation, without bidders to wait for.</summary>
    public virtual bool RunsFromCreation(AuctionTerms terms) => false;

    /// <summary>Whether bidders may still join while it runs.</summary>
    public virtual bool JoinsWhileRunning => false;

    /// <summary>What happens at the start.</summary>
    public abstract ImmutableArray<Event> Start(AuctionTerms terms, DateTimeOffset now);

    // Bids.

    /// <summary>Why this bid is none, or null. The auction runs and the bidder has joined.</summary>
    public abstract Refusal? Check(AuctionState auction, PlaceBid bid, string bidder, DateTimeOffset now);

    /// <summary>How much must be held for a bid that passed <see cref="Check"/>, beyond what is held for this bidder already.</summary>
    public abstract long NeedMinor(AuctionState auction, PlaceBid bid, string bidder);

    /// <summary>What happens by a bid that passed <see cref="Check"/>.</summary>
    public abstract ImmutableArray<Event> Accept(AuctionState auction, PlaceBid bid, string bidder, DateTimeOffset now, HeldFunds? held);

    // Time and end.

    /// <summary>What is due next while it runs.</summary>
    public abstract Deadline NextDeadline { get; }

    /// <summary>What happens at a deadline while it runs; nothing if it comes late.</summary>
    public abstract ImmutableArray<Event> Due(AuctionState auction, AuctionCommand deadline, DateTimeOffset now);

    /// <summary>Whether some bid is known to all, so that the auctioneer can no longer call the auction off.</summary>
    public abstract bool BidsAreKnown { get; }

    /// <summary>What becomes of a hold, now that the auction is in this state.</summary>
    public abstract HoldFate FateOf(AuctionState auction, string transfer);

    // Memory and looks.

    /// <summary>Remembers what happened.</summary>
    public abstract void Evolve(AuctionEvent happened);

    /// <summary>Where it stands, for anybody.</summary>
    public abstract Glance Glance(AuctionState auction);

    /// <summary>Adds what this format shows to what all auctions show.</summary>
    public abstract AuctionView Show(AuctionView view, AuctionState auction, Viewer viewer);

    /// <summary>A bid as those see it who are neither its bidder nor an operator.</summary>
    public abstract BidPlaced Conceal(BidPlaced bid);

    /// <summary>What it breaks of its promises.</summary>
    public abstract IEnumerable<string> Audit(AuctionState auction);

    /// <summary>Writes what it remembers.</summary>
    public abstract void Save(BinaryWriter writer);

    /// <summary>Reads it back into a new instance.</summary>
    public abstract void Load(BinaryReader reader);

    /// <summary>The terms that every format has, checked; <paramref name="minimumBidders"/> is the format's default.</summary>
    protected static Refusal? AgreeOnCommon(AuctionOptions options, int scale, int minimumBidders, out AuctionTerms terms)
    {
        terms = new AuctionTerms(
            options.MinimumBidMinor ?? 0, options.MinimumRounds ?? 1, options.MinimumBidders ?? minimumBidders, options.RoundSeconds ?? 60,
            options.StartTimeoutSeconds ?? 60);
        return CheckAmount(terms.MinimumBidMinor, "minimumBid", 0, scale)
            ?? Bounds.CheckRange(terms.MinimumRounds, "minimumRounds", 1, AuctionBounds.MaxRounds)
            ?? Bounds.CheckRange(terms.MinimumBidders, "minimumBidders", 1, AuctionBounds.MaxParticipants)
            ?? Bounds.CheckSeconds(terms.RoundSeconds, "roundSeconds")
            ?? Bounds.CheckSeconds(terms.StartTimeoutSeconds, "startTimeoutSeconds");
    }

    protected static Refusal? CheckAmount(long? amountMinor, string what, long minimumMinor, int scale) =>
        amountMinor is { } amount && (amount < minimumMinor || amount > Amounts.MaxMinor)
            ? Bounds.OutOfRange(what, Amounts.ToDecimal(minimumMinor, scale), Amounts.ToDecimal(Amounts.MaxMinor, scale))
            : null;

    /// <summary>The first of the options that only a dutch auction has, if any is given.</summary>
    protected static string? DutchField(AuctionOptions options) =>
        options.StartPriceMinor is not null ? "startPrice" : options.StepMinor is not null ? "step" : options.StepSeconds is not null ? "stepSeconds" : options.FloorMinor is not null ? "floor" : null;

    protected static ImmutableArray<string> Losers(AuctionState auction, string? winner) => [.. auction.Participants.Where(bidder => bidder != winner)];
}

/// <summary>Where an auction stands, for anybody, in a few words.</summary>
/// <param name="Round">The running round, or the last one; 0 before the start.</param>
/// <param name="RoundClosesAt">When that ends at the latest, in formats with rounds.</param>
/// <param name="ClosesAt">When bidding closes, in formats without.</param>
/// <param name="PriceMinor">The price now, if it is known.</param>
internal readonly record struct Glance(int Round, DateTimeOffset? RoundClosesAt, DateTimeOffset? ClosesAt, long? PriceMinor);

/// <summary>The formats by name.</summary>
internal static class AuctionFormats
{
    private static readonly ImmutableArray<Func<AuctionFormat>> Known = [() => new SealedRounds(), () => new English(), () => new Dutch(), () => new FirstPrice(), () => new Vickrey()];

    public static ImmutableArray<string> Names { get; } = [.. Known.Select(create => create().Name)];

    /// <summary>A new instance, or why there is none.</summary>
    public static Refusal? TryCreate(string? name, out AuctionFormat? format)
    {
        format = name is null ? null : Find(name);
        return format is not null ? null : AuctionRefusals.UnknownFormat(name is { Length: <= 64 } ? name : null);
    }

    public static AuctionFormat Create(string name) => Find(name) ?? throw new InvalidOperationException($"There is no auction format '{name}'.");

    private static AuctionFormat? Find(string name)
    {
        var index = Names.IndexOf(name);
        return index < 0 ? null : Known[index]();
    }
}
