namespace Rialto.Markets.Orders;

/// <summary>What happens to a stock at the dealer. Prices are minor units at <see cref="StockBounds.PriceScale"/>.</summary>
public abstract record StockEvent : Event
{
    private protected StockEvent()
    {
    }
}

/// <summary><c>stock.listed</c></summary>
/// <param name="Name">The stock.</param>
/// <param name="PriceMinor">What a piece costs.</param>
/// <param name="Quantity">How many pieces the dealer has.</param>
/// <param name="By">Who listed it.</param>
public sealed record StockListed(string Name, long PriceMinor, long Quantity, string By) : StockEvent;

/// <summary><c>stock.traded</c>: an order, done. Its number is its place among all events of this type, so numbers have no gap and are never given twice.</summary>
/// <param name="Side">Which way.</param>
/// <param name="Quantity">How many pieces.</param>
/// <param name="PriceMinor">What a piece cost.</param>
/// <param name="By">Whose order it was.</param>
public sealed record StockTraded(OrderSide Side, long Quantity, long PriceMinor, string By) : StockEvent;

/// <summary><c>stock.adjusted</c></summary>
/// <param name="Change">How many pieces more; fewer if it is below zero.</param>
/// <param name="By">Who changed it.</param>
public sealed record StockAdjusted(long Change, string By) : StockEvent;
