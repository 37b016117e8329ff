namespace Rialto.Markets.Orders;

/// <summary>What an exchange accepts at most.</summary>
public static class BookBounds
{
    /// <summary>The greatest price, in ticks: about ten million dollars at a tick of a cent.</summary>
    public const long MaxPriceTicks = 1L << 30;

    /// <summary>The greatest order, in lots.</summary>
    public const long MaxLots = 1_000_000_000_000;

    /// <summary>The most orders that rest at once.</summary>
    public const int MaxRestingOrders = 2_000_000;

    /// <summary>The most resting orders that one order trades with; what is left of it then is cancelled.</summary>
    public const int MaxFillsPerOrder = 1_000;

    /// <summary>How many closed orders a book remembers, so that who asks is told what became of them; and as many trades.</summary>
    public const int MaxRemembered = 10_000;

    /// <summary>The most levels of a side that depth shows.</summary>
    public const int MaxDepth = 1_000;

    /// <summary>The most payments that are asked of a ledger at once.</summary>
    public const int MaxPaymentsAtOnce = 200;
}
