using System.Collections.Frozen;
using Rialto.Markets.Auctions;
using Rialto.Markets.Dispatch;
using Rialto.Markets.Ledgers;
using Rialto.Markets.Listings;
using Rialto.Markets.Orders;

namespace Rialto.Markets;

/// <summary>Which markets there are.</summary>
public static class MarketCatalog
{
    /// <summary>Every kind of entity.</summary>
    public static IReadOnlyList<EntityKind> Kinds { get; } = [new Auction(), new Ledger(), new Region(), new Stock(), new Book(), new Shelf(), new Watch()];

    private static readonly FrozenDictionary<string, EntityKind> ByCategory = Kinds.ToFrozenDictionary(kind => kind.Category, StringComparer.Ordinal);

    /// <summary>The kind whose streams have this category, or null.</summary>
    public static EntityKind? KindOf(string category) => ByCategory.GetValueOrDefault(category);

    /// <summary>One new, empty read model of each sort: a replica's own.</summary>
    public static IReadOnlyList<ReadModel> CreateReadModels() => [new AuctionDirectory(), new LedgerBook(), new StandingHolds(), new RegionDirectory(), new StockBoard(), new BookTape(), new ListingIndex()];
}
