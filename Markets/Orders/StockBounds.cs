namespace Rialto.Markets.Orders;

/// <summary>What the dealer accepts at most.</summary>
public static class StockBounds
{
    /// <summary>Decimals of the dealer's prices.</summary>
    public const int PriceScale = 2;

    /// <summary>The most pieces of one stock.</summary>
    public const long MaxQuantity = Amounts.MaxMinor;

    /// <summary>What no stock can be called: it is the address of the dealer's orders.</summary>
    public const string ReservedName = "orders";
}
