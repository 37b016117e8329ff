using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Rialto.GrainInterfaces;
using Rialto.Journal;

namespace Rialto.Grains.Nodes;

/// <summary>Where a silo hears what other nodes say. It only hands on: nothing here waits, so that a busy silo still gives signs of life.</summary>
[Reentrant]
public sealed class NodeService(GrainId id, Orleans.Runtime.Silo silo, ILoggerFactory logs, SiloNode node) : GrainService(id, silo, logs), INodeService
{
    /// <inheritdoc/>
    public Task GreetAsync(int rank, int life)
    {
        node.Greet(new Rank(rank), life);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task TellAsync(NodeLetter letter)
    {
        node.Hear(letter);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SignalAsync(SignalLetter letter)
    {
        node.Receive(new Rank(letter.From), letter.Life, letter.Signal);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<NodeReport> ReportAsync()
    {
        await node.Faults.ReachableAsync();
        return node.Report();
    }
}
