namespace Rialto.Markets.Auctions;

/// <summary>
/// One sealed round; the highest bid wins and pays the second highest, or the least that could be bid if nobody else has bid (W. Vickrey,
/// Counterspeculation, Auctions, and Competitive Sealed Tenders, 1961). So to bid what it is worth to one is never worse than any other bid.
/// The whole bid is held until then; what is beyond the price is released.
/// </summary>
internal sealed class Vickrey : FirstPrice
{
    public override string Name => "vickrey";

    protected override long PriceMinor(AuctionTerms terms, long bestMinor, long secondMinor) => Math.Max(secondMinor, LeastMinor(terms));
}
