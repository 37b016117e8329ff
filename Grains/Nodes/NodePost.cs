using System.Collections.Concurrent;
using Orleans.Runtime.Services;
using Rialto.GrainInterfaces;
using Rialto.Journal;

namespace Rialto.Grains.Nodes;

/// <summary>The way to other silos' node services. What is told may be lost, and nobody hears of it.</summary>
/// <param name="services">The silo's services.</param>
public sealed class NodePost(IServiceProvider services) : GrainServiceClient<INodeService>(services)
{
    private readonly ConcurrentDictionary<SiloAddress, INodeService> _services = new();

    /// <summary>Says to a silo that this node takes part.</summary>
    public void Greet(SiloAddress to, Rank self, int life) => Lose(At(to).GreetAsync(self.Value, life));

    /// <summary>Tells a node something of election or failure detection.</summary>
    public void Tell(SiloAddress to, NodeLetter letter) => Lose(At(to).TellAsync(letter));

    /// <summary>Tells a node's host something.</summary>
    public void Signal(SiloAddress to, SignalLetter letter) => Lose(At(to).SignalAsync(letter));

    /// <summary>Asks a node how it is.</summary>
    public Task<NodeReport> AskAsync(SiloAddress who) => At(who).ReportAsync();

    private INodeService At(SiloAddress silo) => _services.TryGetValue(silo, out var known) ? known : _services.GetOrAdd(silo, GetGrainService(silo));

    private static void Lose(Task sent)
    {
        if (!sent.IsCompletedSuccessfully) sent.Ignore();
    }
}
