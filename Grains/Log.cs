using Microsoft.Extensions.Logging;
using Rialto.Journal;

namespace Rialto.Grains;

/// <summary>Every message that a node on Orleans logs, with its id. Ids are never used again for something else.</summary>
internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Information, "Node {Rank} leads in epoch {Epoch} after seq {Seq}.")]
    public static partial void Leads(this ILogger log, Rank rank, Epoch epoch, Seq seq);

    [LoggerMessage(2002, LogLevel.Information, "Node {Rank} leads no more: {Reason}.")]
    public static partial void StepsDown(this ILogger log, Rank rank, Protocols.StepDownReason reason);

    [LoggerMessage(2003, LogLevel.Warning, "Node {Rank} takes node {Peer} for failed: silent for {SilentMs} ms.")]
    public static partial void PeerFailed(this ILogger log, Rank rank, Rank peer, long silentMs);

    [LoggerMessage(2004, LogLevel.Warning, "Node {Peer} at {Silo} was put out of the cluster {Milliseconds} ms after it was declared failed.")]
    public static partial void Evicted(this ILogger log, Rank peer, SiloAddress silo, long milliseconds);

    [LoggerMessage(2005, LogLevel.Warning, "Node {Peer} at {Silo} could not be put out of the cluster yet: {Reason}")]
    public static partial void NotEvicted(this ILogger log, Rank peer, SiloAddress silo, string reason);

    [LoggerMessage(2006, LogLevel.Warning, "Node {Rank} did nothing for {Milliseconds} ms, in {Collecting} of which memory was collected; it asks storage and membership before it goes on.")]
    public static partial void WasFrozen(this ILogger log, Rank rank, long milliseconds, long collecting);

    [LoggerMessage(2010, LogLevel.Information, "Node {Rank} stood still for {Collecting} ms while memory was collected (the last time generation {Generation} of {Megabytes} MB).")]
    public static partial void StoodStill(this ILogger log, Rank rank, long collecting, int generation, long megabytes);

    [LoggerMessage(2007, LogLevel.Critical, "Node {Rank} failed in a turn: this is a fault in Rialto.")]
    public static partial void TurnFailed(this ILogger log, Exception failure, Rank rank);

    [LoggerMessage(2008, LogLevel.Warning, "The journal does not answer node {Rank}: {Reason}")]
    public static partial void JournalFailed(this ILogger log, Rank rank, string reason);

    [LoggerMessage(2009, LogLevel.Error, "What node {From} sent cannot be read: {Reason}")]
    public static partial void Unreadable(this ILogger log, Rank from, string reason);
}
