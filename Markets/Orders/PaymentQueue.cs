using System.Collections.Immutable;

namespace Rialto.Markets.Orders;

/// <summary>
/// What a book owes in one ledger, out of the holds of its orders: payments numbered 1, 2, 3, …, in the order of the trades that they follow
/// from. One is kept until the ledger has made it and this was confirmed.
/// </summary>
internal sealed class PaymentQueue
{
    private readonly Queue<HoldPayment> _open = new();

    /// <summary>The number of the last payment that was confirmed.</summary>
    public long Confirmed { get; private set; }

    /// <summary>How many wait to be made and confirmed.</summary>
    public int Count => _open.Count;

    public void Add(HoldPayment payment) => _open.Enqueue(payment);

    /// <summary>The first ones.</summary>
    public ImmutableArray<HoldPayment> First(int most) => [.. _open.Take(most)];

    /// <summary>The oldest, which is confirmed and forgotten.</summary>
    public HoldPayment Confirm()
    {
        Confirmed++;
        return _open.Dequeue();
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(Confirmed);
        writer.WriteAll(_open.Count, _open, static (to, payment) =>
        {
            to.Write(payment.Transfer);
            to.WriteOptional(payment.Credit);
            to.Write(payment.AmountMinor);
            to.Write(payment.ReleasedMinor);
        });
    }

    public void Read(BinaryReader reader)
    {
        Confirmed = reader.ReadInt64();
        reader.ReadAll(from => _open.Enqueue(new HoldPayment(from.ReadString(), from.ReadOptionalText(), from.ReadInt64(), from.ReadInt64())));
    }
}
