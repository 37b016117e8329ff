using static Rialto.Markets.RefusalKind;

namespace Rialto.Markets.Orders;

/// <summary>Every no of the dealer, in order of precedence: is there such a stock, is the request well formed, is there enough of it.</summary>
internal static class StockRefusals
{
    public static Refusal StockNotFound(string name) =>
        new(NotFound, "stock-not-found", $"The dealer has no stock '{name}'. Look it up in the list of stocks, or list it.");

    public static Refusal StockExists(string name) =>
        new(Conflict, "stock-exists", $"The dealer has the stock '{name}' already. Trade it, or choose another name.");

    public static readonly Refusal Reserved =
        new Refusal(Invalid, "invalid-name", $"Choose another name: '{StockBounds.ReservedName}' is the address of the dealer's orders.").With("field", "name");

    public static Refusal QuantityOutOfRange(long minimum) => Bounds.OutOfRange("quantity", minimum, StockBounds.MaxQuantity);

    public static Refusal InsufficientStock(string name, long available) =>
        new Refusal(Conflict, "insufficient-stock", $"The dealer has {available} of '{name}'. Ask for fewer, or wait until somebody sells some.").With("available", available);

    public static Refusal TooMuch(string name, long maximum) =>
        new Refusal(Conflict, "too-many", $"The dealer can take {maximum} more of '{name}'. Offer fewer.").With("maximum", maximum);
}
