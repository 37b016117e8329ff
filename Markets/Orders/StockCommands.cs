namespace Rialto.Markets.Orders;

/// <summary>What can be asked of the dealer about one stock, which is named by its stream's key.</summary>
public abstract record StockCommand : Command
{
    private protected StockCommand()
    {
    }
}

/// <summary>Lists a stock at the dealer.</summary>
/// <param name="PriceMinor">What a piece costs, buying and selling, in minor units at <see cref="StockBounds.PriceScale"/>.</param>
/// <param name="Quantity">How many pieces the dealer has.</param>
public sealed record ListStock(long PriceMinor, long Quantity) : StockCommand;

/// <summary>An order: buys from the dealer, or sells to it, at the catalog's price. It is done in full or refused.</summary>
/// <param name="Side">Which way.</param>
/// <param name="Quantity">How many pieces.</param>
public sealed record TradeStock(OrderSide Side, long Quantity) : StockCommand;

/// <summary>Changes how many pieces the dealer has, without an order.</summary>
/// <param name="Change">How many more; fewer if it is below zero.</param>
public sealed record AdjustStock(long Change) : StockCommand;
