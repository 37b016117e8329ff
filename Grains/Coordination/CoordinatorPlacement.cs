using Orleans.Placement;
using Orleans.Runtime.Placement;
using Rialto.Grains.Nodes;
using Rialto.Journal;

namespace Rialto.Grains.Coordination;

/// <summary>Puts the coordinator of an epoch on the silo that leads in it.</summary>
[GenerateSerializer, Immutable, Alias("rialto.coordinator-placement")]
public sealed class CoordinatorPlacement : PlacementStrategy;

/// <summary>Says that a grain is placed by <see cref="CoordinatorPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CoordinatorPlacementAttribute() : PlacementAttribute(new CoordinatorPlacement());

/// <summary>Where the coordinator of an epoch belongs, as far as this silo knows.</summary>
public sealed class CoordinatorDirector(SiloNode node) : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var epoch = new Epoch(target.GrainIdentity.GetIntegerKey());
        return node.LeaderIn(epoch) is { } leader && context.GetCompatibleSilos(target).Contains(leader)
            ? Task.FromResult(leader)
            : throw new SiloUnavailableException($"This silo knows of nobody who leads in epoch {epoch}.");
    }
}
