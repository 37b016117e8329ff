using Rialto.GrainInterfaces;
using Rialto.Grains.Nodes;
using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Grains.Entities;

/// <summary>
/// Where an entity lives on Orleans: nothing but a door. Its rules are in Markets, its pipeline in <see cref="EntityDirectory"/>. Orleans
/// keeps an entity on one silo most of the time, and nothing here depends on more than that: two of them may decide at once, and the
/// journal's version check lets only one of them write.
/// </summary>
public abstract class EntityGrain : Grain, IEntityGrain
{
    private readonly SiloNode _node;
    private readonly StreamId _entity;

    private protected EntityGrain(SiloNode node, IGrainContext context)
    {
        _node = node;
        _entity = StreamId.Of(context.GrainId.Type.ToString()!, context.GrainId.Key.ToString()!);
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // It may have lived elsewhere since it last did here.
        _node.Host.Entities.Doubt(_entity);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask<EntityReply> ExecuteAsync(EntityCommand command)
    {
        if (_node.Faults.IsOutOfReach) await _node.Faults.ReachableAsync();
        if (MustMove() is { } refusal) return new EntityReply(default, default, 0, null, refusal, false);
        var causes = command.Causes is { } named ? new NamedCauses(named.Events, named.Commands) : null;
        var reply = await _node.Host.Entities.ExecuteAsync(new CommandRequest(_entity, command.Command, command.Actor, command.Id, command.Fingerprint, causes), TraceParent.Read());
        return new EntityReply(reply.Receipt.Seq, reply.Receipt.Epoch, reply.Receipt.Version, reply.View, reply.Refusal, reply.Replayed);
    }

    /// <inheritdoc/>
    public async ValueTask<EntityAnswer> QueryAsync(EntityQuestion question)
    {
        if (_node.Faults.IsOutOfReach) await _node.Faults.ReachableAsync();
        if (MustMove() is { } refusal) return new EntityAnswer(null, refusal, default);
        var reply = await _node.Host.Entities.QueryAsync(_entity, question.Query, question.At);
        return new EntityAnswer(reply.View, reply.Refusal, reply.VisibleTo);
    }

    /// <summary>A silo that takes no more lets its entities go, so that whoever asks again is answered by another.</summary>
    private Markets.Refusal? MustMove()
    {
        if (!_node.IsClosed) return null;
        DeactivateOnIdle();
        return Refusals.Stopping;
    }
}
