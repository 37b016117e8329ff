using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Rialto.Grains.Coordination;
using Rialto.Grains.Engine;
using Rialto.Grains.Nodes;
using Rialto.Journal;

namespace Rialto.Grains;

/// <summary>How a silo becomes a node of Rialto.</summary>
public static class SiloBuilderExtensions
{
    /// <summary>
    /// Makes the silo a node. The host's services must have an <see cref="IJournal"/>, <see cref="ICheckpoints"/> and <see cref="TimeProvider"/>.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="rank">Its rank, which the others learn from its name.</param>
    /// <param name="settings">Times and limits.</param>
    public static ISiloBuilder AddRialto(this ISiloBuilder silo, Rank rank, SiloNodeSettings settings)
    {
        silo.Configure<SiloOptions>(options => options.SiloName = SiloNames.Of(rank));
        silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromMilliseconds(settings.Runtime.CommandTimeoutMs));
        silo.AddGrainService<NodeService>();
        silo.AddPlacementDirector<CoordinatorPlacement, CoordinatorDirector>();
        silo.Services
            .AddSingleton(settings)
            .AddSingleton<EntityRouter>()
            .AddSingleton<NodePost>()
            .AddSingleton<SiloNode>()
            .AddSingleton<OrleansEngine>()
            .AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloNodeLifecycle>();
        return silo;
    }
}
