using System.Text.Json.Serialization;

namespace Rialto.Markets.Orders;

/// <summary>Which way an order goes, at the dealer and on the exchange.</summary>
[JsonConverter(typeof(LowerHyphen<OrderSide>))]
public enum OrderSide
{
    /// <summary>The actor gives money and gets what is traded.</summary>
    Buy,
    /// <summary>The actor gives what is traded and gets money.</summary>
    Sell,
}
