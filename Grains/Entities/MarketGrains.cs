using Orleans.Concurrency;
using Rialto.GrainInterfaces;
using Rialto.Grains.Nodes;

namespace Rialto.Grains.Entities;

// One door for each market. Callers wait for their commits side by side (reentrant); deciding itself never awaits.

/// <summary>Where an auction lives on Orleans.</summary>
[Reentrant, GrainType("auction")]
public sealed class AuctionGrain(SiloNode node, IGrainContext context) : EntityGrain(node, context), IAuctionGrain;

/// <summary>Where a ledger lives on Orleans.</summary>
[Reentrant, GrainType("ledger")]
public sealed class LedgerGrain(SiloNode node, IGrainContext context) : EntityGrain(node, context), ILedgerGrain;

/// <summary>Where a region lives on Orleans.</summary>
[Reentrant, GrainType("region")]
public sealed class RegionGrain(SiloNode node, IGrainContext context) : EntityGrain(node, context), IRegionGrain;

/// <summary>Where a stock lives on Orleans.</summary>
[Reentrant, GrainType("stock")]
public sealed class StockGrain(SiloNode node, IGrainContext context) : EntityGrain(node, context), IStockGrain;

/// <summary>Where an order book lives on Orleans.</summary>
[Reentrant, GrainType("book")]
public sealed class BookGrain(SiloNode node, IGrainContext context) : EntityGrain(node, context), IBookGrain;

/// <summary>Where a shelf of listings lives on Orleans.</summary>
[Reentrant, GrainType("shelf")]
public sealed class ShelfGrain(SiloNode node, IGrainContext context) : EntityGrain(node, context), IShelfGrain;

/// <summary>Where a watch over listings lives on Orleans.</summary>
[Reentrant, GrainType("watch")]
public sealed class WatchGrain(SiloNode node, IGrainContext context) : EntityGrain(node, context), IWatchGrain;
