namespace Rialto.Markets.Auctions;

/// <summary>What can be asked of an auction. Who asks and when stands in <see cref="CommandContext"/>; amounts are minor units at the auction's scale.</summary>
public abstract record AuctionCommand : Command
{
    private protected AuctionCommand()
    {
    }
}

/// <summary>Opens an auction; who asks is its auctioneer.</summary>
/// <param name="Item">What is auctioned: 1 to 200 characters.</param>
/// <param name="Format">Which rules, such as <c>sealed-rounds</c> or <c>english</c>.</param>
/// <param name="Options">What the auctioneer chose; what is left out has the format's default.</param>
/// <param name="Asset">The ledger that funds it, as it was found when the command was made; null for an unfunded auction (scale 2).</param>
public sealed record CreateAuction(string Item, string Format, AuctionOptions Options, AssetFacts? Asset = null) : AuctionCommand;

/// <summary>What an auctioneer may choose. Null means the format's own default.</summary>
public sealed record AuctionOptions
{
    /// <summary>The least that may be bid (english: the starting price). Default 0: anything above nothing.</summary>
    public long? MinimumBidMinor { get; init; }

    /// <summary>How many rounds are bid before the winner is told. Default 1.</summary>
    public int? MinimumRounds { get; init; }

    /// <summary>How many must have joined before it can start. Default 2 where bids are sealed, 1 for english and dutch.</summary>
    public int? MinimumBidders { get; init; }

    /// <summary>How long a round lasts at most. Default 60.</summary>
    public int? RoundSeconds { get; init; }

    /// <summary>How long the auctioneer has to start once enough have joined. Default 60.</summary>
    public int? StartTimeoutSeconds { get; init; }

    /// <summary>english: below this price nothing is sold. Secret to the auctioneer.</summary>
    public long? ReserveMinor { get; init; }

    /// <summary>english: by how much a bid must raise the price. Default: a ladder of 1, 2, 5, 10, … near a twentieth of the price.</summary>
    public long? IncrementMinor { get; init; }

    /// <summary>english: who bids this much has it at once, for this price.</summary>
    public long? BuyNowMinor { get; init; }

    /// <summary>english: how long it runs from its start. Default 300.</summary>
    public int? ClosesInSeconds { get; init; }

    /// <summary>english: a bid in the last so many seconds extends the auction to so many seconds from that bid. Default 0: never.</summary>
    public int? SoftCloseSeconds { get; init; }

    /// <summary>dutch: where the price begins; it must be given.</summary>
    public long? StartPriceMinor { get; init; }

    /// <summary>dutch: by how much the price falls. Default: a twentieth of where it began.</summary>
    public long? StepMinor { get; init; }

    /// <summary>dutch: how long each price is on offer. Default 10.</summary>
    public int? StepSeconds { get; init; }

    /// <summary>dutch: where the price falls no further. Default: the least amount there is.</summary>
    public long? FloorMinor { get; init; }
}

/// <summary>What the ledger <paramref name="Asset"/> said of itself when an auction in it was asked for: the answer to <c>GetLedgerFacts</c>.</summary>
/// <param name="Asset">The ledger's asset.</param>
/// <param name="Exists">Whether there is such a ledger.</param>
/// <param name="Scale">Its decimals.</param>
/// <param name="HasAuctioneersAccount">Whether the auctioneer has an account there, under their own name.</param>
public sealed record AssetFacts(string Asset, bool Exists, int Scale, bool HasAuctioneersAccount);

/// <summary>The actor becomes a bidder.</summary>
public sealed record JoinAuction : AuctionCommand;

/// <summary>The auctioneer confirms the start.</summary>
public sealed record StartAuction : AuctionCommand;

/// <summary>The actor bids.</summary>
/// <param name="AmountMinor">How much, in minor units at the auction's scale.</param>
/// <param name="MaximumMinor">english: up to how much the auction may bid for this bidder.</param>
public sealed record PlaceBid(long AmountMinor, long? MaximumMinor = null) : AuctionCommand;

/// <summary>The auctioneer calls the auction off.</summary>
/// <param name="Reason">Why, for those who joined.</param>
public sealed record CancelAuction(string? Reason = null) : AuctionCommand;

/// <summary>Deadline: the auctioneer did not start in time.</summary>
public sealed record GiveUpStart : AuctionCommand;

/// <summary>Deadline: a sealed round's time is over. One that comes late does nothing.</summary>
/// <param name="Round">Which round.</param>
public sealed record CloseRound(int Round) : AuctionCommand;

/// <summary>Deadline: an english auction's time is over. One for a time that was extended since does nothing.</summary>
/// <param name="ClosesAt">The closing time that has come.</param>
public sealed record CloseBidding(DateTimeOffset ClosesAt) : AuctionCommand;

/// <summary>Deadline: a dutch auction's price was on offer long enough. One that comes late does nothing.</summary>
/// <param name="Step">How often the price had fallen when this was asked for.</param>
public sealed record LowerPrice(int Step) : AuctionCommand;
