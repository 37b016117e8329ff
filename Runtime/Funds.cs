using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;

namespace Rialto.Runtime;

/// <summary>Funds that are held for a command, and until when that command may be written.</summary>
internal sealed record Hold(HeldFunds Funds, Seq Seq, long NotAfterUnixMs);

/// <summary>Gets funds held. Exactly one of hold and refusal is set.</summary>
internal interface IFunds
{
    ValueTask<(Hold? Hold, Refusal? Refusal)> HoldAsync(FundsNeed need, StreamId purpose, CommandRequest request);
}

/// <summary>
/// Holds funds in a ledger before an entity decides. The hold's id is made from the command's, so a command that is sent again finds the
/// hold that it took before, if that can still be used. A hold that was taken in vain is not given back here: only the leader knows when
/// no command can come for it any more (see <see cref="ReactorHost"/>).
/// </summary>
internal sealed class Funds(INodeLinks links, IJournal journal, TimeProvider time, RuntimeSettings settings) : IFunds
{
    /// <summary>So often a command may find its own earlier holds too old, or of another amount.</summary>
    private const int MaxHoldsPerCommand = 16;

    public async ValueTask<(Hold? Hold, Refusal? Refusal)> HoldAsync(FundsNeed need, StreamId purpose, CommandRequest request)
    {
        try
        {
            return await FindOrTakeAsync(need, purpose, request);
        }
        catch (JournalException e) when (e is not JournalDamagedException)
        {
            Telemetry.JournalFailed(e);
            return (null, Refusals.Of(e));
        }
    }

    private async ValueTask<(Hold? Hold, Refusal? Refusal)> FindOrTakeAsync(FundsNeed need, StreamId purpose, CommandRequest request)
    {
        var ledger = StreamId.Of("ledger", need.Asset);
        for (var attempt = 0; attempt < MaxHoldsPerCommand; attempt++)
        {
            var id = CommandId.From("hold", request.Id.ToString(), attempt.ToString(System.Globalization.CultureInfo.InvariantCulture));
            var notAfter = time.GetUtcNow().AddMilliseconds(settings.HoldForMs);
            var reply = await links.ExecuteAsync(new CommandRequest(ledger, HoldFunds.For(need, purpose, request.Id, notAfter), request.Actor, id));
            if (reply.Refusal is not null) return (null, reply.Refusal);
            if (!reply.Replayed) return (new Hold(new HeldFunds(id.ToEntityKey(), need.AmountMinor), reply.Receipt.Seq, notAfter.ToUnixTimeMilliseconds()), null);
            if (await ReuseAsync(ledger, reply.Receipt.Seq, need) is { } hold) return (hold, null);
        }
        return (null, Refusals.OutcomeUnknown);
    }

    /// <summary>A hold that an earlier try of the same command took, if it is of the right amount, still held, and has time left.</summary>
    private async ValueTask<Hold?> ReuseAsync(StreamId ledger, Seq seq, FundsNeed need)
    {
        var record = (await journal.ReadAsync(new Seq(seq.Value - 1), 1))[0];
        if (MarketCodec.Decode(record.Type, record.Data.Span) is not FundsHeld held || held.AmountMinor != need.AmountMinor || held.Debit != need.Debit) return null;
        if (held.NotAfter <= time.GetUtcNow().AddMilliseconds(settings.HoldForMs / 2)) return null;
        var reply = await links.QueryAsync(ledger, new GetTransfer(held.Transfer, Viewer.Operator), null);
        return reply.View?.As<TransferView>() is { Status: TransferStatus.Pending }
            ? new Hold(new HeldFunds(held.Transfer, need.AmountMinor), seq, held.NotAfter.ToUnixTimeMilliseconds())
            : null;
    }
}
