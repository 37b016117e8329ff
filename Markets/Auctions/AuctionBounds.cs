namespace Rialto.Markets.Auctions;

/// <summary>What an auction accepts at most.</summary>
public static class AuctionBounds
{
    /// <summary>The most bidders of an auction.</summary>
    public const int MaxParticipants = 10_000;

    /// <summary>The most rounds.</summary>
    public const int MaxRounds = 100;

    /// <summary>The most steps by which a dutch auction's price falls.</summary>
    public const int MaxPriceSteps = 10_000;

    /// <summary>The decimals of an auction that no ledger funds.</summary>
    public const int UnfundedScale = 2;
}
