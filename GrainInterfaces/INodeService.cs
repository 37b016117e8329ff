using Orleans.Concurrency;
using Orleans.Services;

namespace Rialto.GrainInterfaces;

/// <summary>
/// What one node says to another: a grain service of every silo, addressed by silo, so that no directory and no placement is in the way
/// when a silo is lost. What is said may be lost; nobody waits for it.
/// </summary>
[Alias("rialto.node")]
public interface INodeService : IGrainService
{
    /// <summary>A node takes part from now on.</summary>
    /// <param name="rank">Its rank.</param>
    /// <param name="life">Its generation.</param>
    [Alias("greet"), OneWay]
    Task GreetAsync(int rank, int life);

    /// <summary>Takes a message of election and failure detection.</summary>
    [Alias("tell"), OneWay]
    Task TellAsync([Immutable] NodeLetter letter);

    /// <summary>Takes what another node's host says: a part of the multicast, or a request for a missing one.</summary>
    [Alias("signal"), OneWay]
    Task SignalAsync([Immutable] SignalLetter letter);

    /// <summary>How this node is.</summary>
    [Alias("report"), ResponseTimeout("00:00:02")]
    Task<NodeReport> ReportAsync();
}

/// <summary>What a node's host says to another's.</summary>
/// <param name="From">The sender's rank.</param>
/// <param name="Life">The sender's generation: what it said in a life before is not heard any more.</param>
/// <param name="Signal">What it says, as the hosts write it.</param>
[GenerateSerializer, Immutable, Alias("rialto.signal")]
public sealed record SignalLetter([property: Id(0)] int From, [property: Id(1)] int Life, [property: Id(2)] byte[] Signal);
