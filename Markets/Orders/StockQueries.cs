namespace Rialto.Markets.Orders;

/// <summary>What can be asked about one stock at the dealer.</summary>
public abstract record StockQuery : Query
{
    private protected StockQuery()
    {
    }
}

/// <summary>Price and quantity: a <see cref="StockView"/>.</summary>
public sealed record GetStock : StockQuery;

/// <summary>A stock in the dealer's catalog.</summary>
/// <param name="Name">The stock.</param>
/// <param name="Price">What a piece costs.</param>
/// <param name="Quantity">How many pieces the dealer has.</param>
public sealed record StockView(string Name, decimal Price, long Quantity) : View;

/// <summary>An order at the dealer.</summary>
/// <param name="Number">Its number: 1, 2, 3, … over all stocks.</param>
/// <param name="Name">The stock.</param>
/// <param name="Side">Which way.</param>
/// <param name="Quantity">How many pieces.</param>
/// <param name="Price">What a piece cost.</param>
/// <param name="At">When it was ordered.</param>
public sealed record StockOrderView(long Number, string Name, OrderSide Side, long Quantity, decimal Price, DateTimeOffset At) : View;
