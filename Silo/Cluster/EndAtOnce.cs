using System.Diagnostics;
using Rialto.Journal;

namespace Rialto.Silo.Cluster;

/// <summary>
/// A silo that was put out of the cluster, because it was silent for too long, ends there and then: whoever started it starts it again. All
/// that was acknowledged is in the journal, and there is nothing that it could still do right.
/// </summary>
internal sealed class EndAtOnce : IFatalErrorHandler
{
    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender, string? context, Exception? exception) => End($"{context?.Split(". Local entry")[0]} {exception?.Message}");

    /// <summary>Something that nobody foresaw has stopped the silo's node.</summary>
    public static void OnFault(Rank rank, Exception fault) => End($"a fault has stopped node {rank}: {fault}");

    private static void End(string why)
    {
        Console.Error.WriteLine($"rialto: this silo ends: {why}");
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }
}
