using System.Diagnostics;

namespace Rialto.Silo.Cluster;

/// <summary>
/// A silo that was put out of the cluster, because it was silent for too long, ends there and then: whoever started it starts it again. All
/// that was acknowledged is in the journal, and there is nothing that it could still do right.
/// </summary>
internal sealed class EndAtOnce : IFatalErrorHandler
{
    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        Console.Error.WriteLine($"rialto: this silo ends: {context?.Split(". Local entry")[0]} {exception?.Message}");
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }
}
