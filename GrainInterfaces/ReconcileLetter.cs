using Orleans.Serialization.Cloning;
using Rialto.GrainInterfaces.Wire;
using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.GrainInterfaces;

/// <summary>What comparing the replicas of all nodes gave.</summary>
/// <param name="At">The place at which they were compared.</param>
/// <param name="Agree">The nodes whose replicas are the same.</param>
/// <param name="Rebuilt">Those that differed, and how; null if a node did not say so in time.</param>
/// <param name="Silent">The nodes that said nothing in time.</param>
public sealed record ReconcileAnswer(
    Seq At, IReadOnlyList<Rank> Agree, IReadOnlyList<(Rank Node, IReadOnlyList<ReplicaDifference>? Differences)> Rebuilt, IReadOnlyList<Rank> Silent);

/// <summary>How a <see cref="ReconcileAnswer"/> is carried.</summary>
[RegisterSerializer]
public sealed class ReconcileAnswerCodec : LetterCodec<ReconcileAnswer>
{
    /// <inheritdoc/>
    protected override void Write(WireWriter wire, ReconcileAnswer letter)
    {
        wire.Int64(letter.At.Value);
        Write(wire, letter.Agree);
        wire.Int32(letter.Rebuilt.Count);
        foreach (var (node, differences) in letter.Rebuilt)
        {
            wire.Rank(node);
            wire.Bool(differences is not null);
            if (differences is not null) wire.Differences(differences);
        }
        Write(wire, letter.Silent);
    }

    /// <inheritdoc/>
    protected override ReconcileAnswer Read(WireReader wire)
    {
        var (at, agree) = (new Seq(wire.Int64()), ReadRanks(wire));
        var rebuilt = new (Rank, IReadOnlyList<ReplicaDifference>?)[wire.Count()];
        for (var i = 0; i < rebuilt.Length; i++) rebuilt[i] = (wire.Rank() ?? default, wire.Bool() ? wire.Differences() : null);
        return new ReconcileAnswer(at, agree, rebuilt, ReadRanks(wire));
    }

    private static void Write(WireWriter wire, IReadOnlyList<Rank> ranks)
    {
        wire.Int32(ranks.Count);
        foreach (var rank in ranks) wire.Rank(rank);
    }

    private static Rank[] ReadRanks(WireReader wire)
    {
        var ranks = new Rank[wire.Count()];
        for (var i = 0; i < ranks.Length; i++) ranks[i] = wire.Rank() ?? default;
        return ranks;
    }
}

/// <summary>Within a process a <see cref="ReconcileAnswer"/> is handed over as it is.</summary>
[RegisterCopier]
public sealed class ReconcileAnswerCopier : ShallowCopier<ReconcileAnswer>;
