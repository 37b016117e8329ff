using Rialto.Markets.Auctions;
using Rialto.Markets.Ledgers;

namespace Rialto.Markets;

/// <summary>Which markets there are.</summary>
public static class MarketCatalog
{
    /// <summary>Every kind of entity.</summary>
    public static IReadOnlyList<EntityKind> Kinds { get; } = [new Auction(), new Ledger()];

    /// <summary>The kind whose streams have this category, or null.</summary>
    public static EntityKind? KindOf(string category)
    {
        foreach (var kind in Kinds)
        {
            if (string.Equals(kind.Category, category, StringComparison.Ordinal)) return kind;
        }
        return null;
    }

    /// <summary>One new, empty read model of each sort: a replica's own.</summary>
    public static IReadOnlyList<ReadModel> CreateReadModels() => [new AuctionDirectory(), new LedgerBook(), new StandingHolds()];
}
