namespace Rialto.GrainInterfaces;

/// <summary>
/// An entity as Orleans reaches it. Its key is its stream's key; the kind of the entity is the type of the grain. The same contract for all
/// markets: what may be asked of an auction is said by its commands, not here.
/// </summary>
[Alias("rialto.entity")]
public interface IEntityGrain : IGrainWithStringKey
{
    /// <summary>Has the entity decide a command, and answers when the outcome is durable. Sent again with the same id, it is the same command.</summary>
    [Alias("execute")]
    ValueTask<EntityReply> ExecuteAsync([Immutable] EntityCommand command);

    /// <summary>Asks the entity as it is, or as it was.</summary>
    [Alias("query")]
    ValueTask<EntityAnswer> QueryAsync([Immutable] EntityQuestion question);
}

/// <summary>An auction.</summary>
[Alias("rialto.auction")]
public interface IAuctionGrain : IEntityGrain;

/// <summary>A ledger.</summary>
[Alias("rialto.ledger")]
public interface ILedgerGrain : IEntityGrain;

/// <summary>A region in which units are dispatched.</summary>
[Alias("rialto.region")]
public interface IRegionGrain : IEntityGrain;

/// <summary>A stock of the dealer's catalog.</summary>
[Alias("rialto.stock")]
public interface IStockGrain : IEntityGrain;

/// <summary>An order book.</summary>
[Alias("rialto.book")]
public interface IBookGrain : IEntityGrain;

/// <summary>A shelf of listings.</summary>
[Alias("rialto.shelf")]
public interface IShelfGrain : IEntityGrain;

/// <summary>A watch over listings.</summary>
[Alias("rialto.watch")]
public interface IWatchGrain : IEntityGrain;
