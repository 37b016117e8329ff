using System.Collections.Immutable;
using Orleans.Serialization.Cloning;
using Rialto.GrainInterfaces.Wire;
using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.GrainInterfaces;

/// <summary>A command on its way to an entity's grain.</summary>
/// <param name="Command">What for.</param>
/// <param name="Actor">Who asks.</param>
/// <param name="Id">Which command this is.</param>
/// <param name="Fingerprint">A hash of its content if its sender may send the id again, else 0.</param>
/// <param name="Causes">What its events must stand after, or null if its sender names nothing.</param>
public sealed record EntityCommand(Command Command, string Actor, CommandId Id, ulong Fingerprint, EntityCauses? Causes);

/// <summary>What a command depends on.</summary>
/// <param name="Events">Events by their places.</param>
/// <param name="Commands">Commands by their ids.</param>
public sealed record EntityCauses(ImmutableArray<Seq> Events, ImmutableArray<CommandId> Commands);

/// <summary>What became of a command. Either <see cref="View"/> or <see cref="Refusal"/> is set.</summary>
/// <param name="Seq">Where its last event stands.</param>
/// <param name="Epoch">In which epoch.</param>
/// <param name="Version">The entity's version after it.</param>
/// <param name="View">The entity, or the part of it that the command is about, right after the command.</param>
/// <param name="Refusal">Why not.</param>
/// <param name="Replayed">Whether this is the answer that was given before.</param>
public sealed record EntityReply(Seq Seq, Epoch Epoch, long Version, View? View, Refusal? Refusal, bool Replayed);

/// <summary>A question on its way to an entity's grain.</summary>
/// <param name="Query">What is asked.</param>
/// <param name="At">As of which place, or as it is.</param>
public sealed record EntityQuestion(Query Query, Seq? At);

/// <summary>What a question was answered.</summary>
/// <param name="View">The view, or null.</param>
/// <param name="Refusal">Why there is none, or null.</param>
/// <param name="VisibleTo">The journal is visible up to here in the answer.</param>
public sealed record EntityAnswer(View? View, Refusal? Refusal, Seq VisibleTo);

/// <summary>How an <see cref="EntityCommand"/> is carried.</summary>
[RegisterSerializer]
public sealed class EntityCommandCodec : LetterCodec<EntityCommand>
{
    /// <inheritdoc/>
    protected override void Write(WireWriter wire, EntityCommand letter)
    {
        wire.Text(MarketCodec.TypeOf(letter.Command));
        wire.Bytes(MarketCodec.Encode(letter.Command));
        wire.Text(letter.Actor);
        wire.Command(letter.Id);
        wire.Int64(unchecked((long)letter.Fingerprint));
        wire.Bool(letter.Causes is not null);
        if (letter.Causes is not { } causes) return;
        wire.Seqs(causes.Events);
        wire.Commands(causes.Commands);
    }

    /// <inheritdoc/>
    protected override EntityCommand Read(WireReader wire) =>
        new(MarketCodec.DecodeCommand(wire.Text(), wire.Bytes().Span), wire.Text(), wire.Command(), unchecked((ulong)wire.Int64()), wire.Bool() ? new EntityCauses(wire.Seqs(), wire.Commands()) : null);
}

/// <summary>How an <see cref="EntityReply"/> is carried.</summary>
[RegisterSerializer]
public sealed class EntityReplyCodec : LetterCodec<EntityReply>
{
    /// <inheritdoc/>
    protected override void Write(WireWriter wire, EntityReply letter)
    {
        wire.Int64(letter.Seq.Value);
        wire.Int64(letter.Epoch.Value);
        wire.Int64(letter.Version);
        wire.View(letter.View);
        wire.Refusal(letter.Refusal);
        wire.Bool(letter.Replayed);
    }

    /// <inheritdoc/>
    protected override EntityReply Read(WireReader wire) =>
        new(new Seq(wire.Int64()), new Epoch(wire.Int64()), wire.Int64(), wire.View(), wire.Refusal(), wire.Bool());
}

/// <summary>How an <see cref="EntityQuestion"/> is carried.</summary>
[RegisterSerializer]
public sealed class EntityQuestionCodec : LetterCodec<EntityQuestion>
{
    /// <inheritdoc/>
    protected override void Write(WireWriter wire, EntityQuestion letter)
    {
        wire.Text(MarketCodec.TypeOf(letter.Query));
        wire.Bytes(MarketCodec.Encode(letter.Query));
        wire.MaybeInt64(letter.At?.Value);
    }

    /// <inheritdoc/>
    protected override EntityQuestion Read(WireReader wire) =>
        new(MarketCodec.DecodeQuery(wire.Text(), wire.Bytes().Span), wire.MaybeInt64() is { } at ? new Seq(at) : null);
}

/// <summary>How an <see cref="EntityAnswer"/> is carried.</summary>
[RegisterSerializer]
public sealed class EntityAnswerCodec : LetterCodec<EntityAnswer>
{
    /// <inheritdoc/>
    protected override void Write(WireWriter wire, EntityAnswer letter)
    {
        wire.View(letter.View);
        wire.Refusal(letter.Refusal);
        wire.Int64(letter.VisibleTo.Value);
    }

    /// <inheritdoc/>
    protected override EntityAnswer Read(WireReader wire) => new(wire.View(), wire.Refusal(), new Seq(wire.Int64()));
}

/// <summary>Within a process an <see cref="EntityCommand"/> is handed over as it is.</summary>
[RegisterCopier]
public sealed class EntityCommandCopier : ShallowCopier<EntityCommand>;

/// <summary>Within a process an <see cref="EntityReply"/> is handed over as it is.</summary>
[RegisterCopier]
public sealed class EntityReplyCopier : ShallowCopier<EntityReply>;

/// <summary>Within a process an <see cref="EntityQuestion"/> is handed over as it is.</summary>
[RegisterCopier]
public sealed class EntityQuestionCopier : ShallowCopier<EntityQuestion>;

/// <summary>Within a process an <see cref="EntityAnswer"/> is handed over as it is.</summary>
[RegisterCopier]
public sealed class EntityAnswerCopier : ShallowCopier<EntityAnswer>;
