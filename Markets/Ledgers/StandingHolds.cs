using Rialto.Journal;

namespace Rialto.Markets.Ledgers;

/// <summary>A hold that was taken for another entity's command and has not ended yet.</summary>
/// <param name="Ledger">The ledger that it stands in.</param>
/// <param name="Transfer">Its id there.</param>
/// <param name="Purpose">The entity that it is for.</param>
/// <param name="NotAfter">See <see cref="HoldFunds"/>.</param>
public sealed record StandingHold(StreamId Ledger, string Transfer, StreamId Purpose, DateTimeOffset NotAfter);

/// <summary>All open holds that were taken for other entities, by the entity: what settlement still has to look after.</summary>
public sealed class StandingHolds : ReadModel
{
    private readonly Dictionary<(StreamId Ledger, string Transfer), StandingHold> _open = [];
    private readonly Dictionary<StreamId, List<StandingHold>> _byPurpose = [];

    /// <inheritdoc/>
    public override string Category => "ledger";

    /// <summary>How many there are.</summary>
    public int Count => _open.Count;

    /// <summary>The open holds of one entity, oldest first.</summary>
    public IReadOnlyList<StandingHold> For(StreamId purpose) => _byPurpose.TryGetValue(purpose, out var holds) ? [.. holds] : [];

    /// <summary>All open holds.</summary>
    public IReadOnlyList<StandingHold> All() => [.. _open.Values];

    /// <summary>Whether a hold is still open.</summary>
    public bool IsOpen(StandingHold hold) => _open.ContainsKey((hold.Ledger, hold.Transfer));

    /// <inheritdoc/>
    public override void Apply(JournalRecord record, Event happened, object stateAfter)
    {
        switch (happened)
        {
            case FundsHeld held:
                Add(new StandingHold(record.Stream, held.Transfer, StreamId.Parse(held.PurposeStream), held.NotAfter));
                break;
            case HoldPaid { LeftMinor: 0 } ended:
                Remove(record.Stream, ended.Transfer);
                break;
            case TransferPosted ended:
                Remove(record.Stream, ended.Transfer);
                break;
            case TransferVoided ended:
                Remove(record.Stream, ended.Transfer);
                break;
            case TransferExpired ended:
                Remove(record.Stream, ended.Transfer);
                break;
        }
    }

    /// <inheritdoc/>
    public override void Save(BinaryWriter writer) => writer.WriteAll(_open.Count, _byPurpose.OrderBy(holds => holds.Key.Text, StringComparer.Ordinal).SelectMany(holds => holds.Value), (to, hold) =>
    {
        to.Write(hold.Ledger.Text);
        to.Write(hold.Transfer);
        to.Write(hold.Purpose.Text);
        to.WriteTime(hold.NotAfter);
    });

    /// <inheritdoc/>
    public override void Load(BinaryReader reader, Func<string, object> stateOf) => reader.ReadAll(from =>
        Add(new StandingHold(StreamId.Parse(from.ReadString()), from.ReadString(), StreamId.Parse(from.ReadString()), from.ReadTime())));

    private void Add(StandingHold hold)
    {
        _open.Add((hold.Ledger, hold.Transfer), hold);
        if (!_byPurpose.TryGetValue(hold.Purpose, out var holds)) _byPurpose.Add(hold.Purpose, holds = []);
        holds.Add(hold);
    }

    private void Remove(StreamId ledger, string transfer)
    {
        if (!_open.Remove((ledger, transfer), out var hold)) return;
        var holds = _byPurpose[hold.Purpose];
        holds.Remove(hold);
        if (holds.Count == 0) _byPurpose.Remove(hold.Purpose);
    }
}
