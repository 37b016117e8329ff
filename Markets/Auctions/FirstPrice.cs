namespace Rialto.Markets.Auctions;

/// <summary>
/// One sealed round; the highest bid wins and pays what it says. In all else it is <see cref="SealedRounds"/>: nobody sees an amount before
/// the round is over, and of equal bids the earlier wins.
/// </summary>
internal class FirstPrice : SealedRounds
{
    public override string Name => "first-price";

    public override Refusal? Agree(AuctionOptions options, int scale, out AuctionTerms terms) =>
        base.Agree(options, scale, out terms) ?? (options.MinimumRounds is null or 1 ? null : AuctionRefusals.NotForFormat("minimumRounds", Name));
}
