using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Rialto.Grains.Nodes;

/// <summary>
/// When a node does what in its silo's life. It joins when the silo is active, and leaves before anything else stops: once grain services
/// and grains are gone, nobody could hand the lead on. Its host ends after the grains.
/// </summary>
internal sealed class SiloNodeLifecycle(IServiceProvider services) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(SiloNode), ServiceLifecycleStage.ApplicationServices,
            cancellation => Task.Run(() => StartAsync(cancellation), cancellation),
            _ => Task.Run(() => services.GetRequiredService<SiloNode>().StopAsync(), CancellationToken.None));
        lifecycle.Subscribe(nameof(SiloNode), ServiceLifecycleStage.Last,
            cancellation => Task.Run(() => services.GetRequiredService<SiloNode>().JoinAsync(cancellation), cancellation),
            cancellation => Task.Run(() => services.GetRequiredService<SiloNode>().LeaveAsync(cancellation), CancellationToken.None));
    }

    private async Task StartAsync(CancellationToken cancellation)
    {
        await Warmup.RunAsync(services.GetRequiredService<Serializer>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<SiloNodeSettings>().Runtime);
        await services.GetRequiredService<SiloNode>().StartAsync(cancellation);
    }
}
