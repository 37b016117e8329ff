using System.Text.Json.Serialization;

namespace Rialto.Markets.Orders;

/// <summary>What can be asked of an exchange. Prices are minor units of its currency, quantities minor units of what is traded.</summary>
public abstract record BookCommand : Command
{
    private protected BookCommand()
    {
    }
}

/// <summary>What an order asks of its price.</summary>
[JsonConverter(typeof(LowerHyphen<OrderType>))]
public enum OrderType
{
    /// <summary>This price or a better one.</summary>
    Limit,
    /// <summary>Whatever the other side asks; what cannot trade at once is cancelled.</summary>
    Market,
}

/// <summary>How long an order waits.</summary>
[JsonConverter(typeof(LowerHyphen<TimeInForce>))]
public enum TimeInForce
{
    /// <summary>Good till cancelled: what does not trade at once rests.</summary>
    Gtc,
    /// <summary>Immediate or cancel: what does not trade at once is cancelled.</summary>
    Ioc,
    /// <summary>Fill or kill: trades in full at once, or not at all.</summary>
    Fok,
}

/// <summary>Opens an exchange for the symbol that is the stream's key; who asks is its keeper, who may halt it.</summary>
/// <param name="Asset">What is traded.</param>
/// <param name="PriceScale">Decimals of prices: the currency's.</param>
/// <param name="TickMinor">The smallest step of a price.</param>
/// <param name="QuantityScale">Decimals of quantities: the asset's.</param>
/// <param name="LotMinor">The smallest step of a quantity.</param>
/// <param name="Funding">The ledgers that fund it, as they were found when the command was made; null for an unfunded book.</param>
public sealed record CreateBook(string Asset, int PriceScale, long TickMinor, int QuantityScale, long LotMinor, BookFunding? Funding = null) : BookCommand;

/// <summary>What the ledgers of asset and currency said of themselves when a funded book was asked for.</summary>
/// <param name="Currency">What is paid with.</param>
/// <param name="AssetExists">Whether there is a ledger of the asset.</param>
/// <param name="CurrencyExists">Whether there is a ledger of the currency.</param>
public sealed record BookFunding(string Currency, bool AssetExists, bool CurrencyExists);

/// <summary>Places an order.</summary>
/// <param name="Side">Which way.</param>
/// <param name="QuantityMinor">How much.</param>
/// <param name="PriceMinor">The limit; null for a market order.</param>
/// <param name="Type">What it asks of the price.</param>
/// <param name="TimeInForce">How long it waits; of a market order nothing ever waits.</param>
/// <param name="PostOnly">Whether it may only rest, and is refused if it would trade at once.</param>
/// <param name="ClientOrderId">The actor's own name for it, different from those of their other resting orders.</param>
/// <param name="Accounts">Where it is paid from and to; null in an unfunded book.</param>
public sealed record PlaceOrder(
    OrderSide Side,
    long QuantityMinor,
    long? PriceMinor = null,
    OrderType Type = OrderType.Limit,
    TimeInForce TimeInForce = TimeInForce.Gtc,
    bool PostOnly = false,
    string? ClientOrderId = null,
    OrderAccounts? Accounts = null) : BookCommand;

/// <summary>An order's account, and what the ledgers said of it when the order was made. An account that is there once is there for ever.</summary>
/// <param name="Account">Its name, the same in both ledgers.</param>
/// <param name="HasAsset">Whether it is in the ledger of the asset.</param>
/// <param name="HasCurrency">Whether it is in the ledger of the currency.</param>
public sealed record OrderAccounts(string Account, bool HasAsset, bool HasCurrency);

/// <summary>Changes a resting order. It keeps its place in the queue if only its size shrinks; otherwise it goes to the end, and may trade at once.</summary>
/// <param name="Order">Which.</param>
/// <param name="PriceMinor">The new limit; null to keep it.</param>
/// <param name="QuantityMinor">The new quantity, with what has traded already; null to keep it.</param>
public sealed record ReplaceOrder(long Order, long? PriceMinor, long? QuantityMinor) : BookCommand;

/// <summary>Takes what is left of a resting order out of the book. Also while the book is halted.</summary>
/// <param name="Order">Which.</param>
public sealed record CancelOrder(long Order) : BookCommand;

/// <summary>Stops trading: nothing but cancelling is possible until it is resumed. The keeper or the operator only.</summary>
/// <param name="Reason">Why, for everybody.</param>
public sealed record HaltBook(string? Reason = null) : BookCommand;

/// <summary>Lets trading go on.</summary>
public sealed record ResumeBook : BookCommand;

/// <summary>A ledger has made all payments up to a number. Asked by the runtime only.</summary>
/// <param name="Asset">The ledger.</param>
/// <param name="UpTo">The last payment's number.</param>
public sealed record ConfirmPayments(string Asset, long UpTo) : BookCommand;
