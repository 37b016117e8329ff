using System.Net;
using System.Net.Sockets;

namespace Rialto.Tests.Support;

/// <summary>
/// Ports for servers that tests start. They lie below those that systems give to outgoing connections (32,768 and up on Linux): one of
/// those may be taken between the moment it is found free and the moment its server listens.
/// </summary>
internal static class Ports
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int _next = Random.Shared.Next(Count);

    /// <summary>A port that nobody listens on, and that this process has not given out before.</summary>
    public static int Free()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + (Interlocked.Increment(ref _next) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Any, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // The next one, then.
            }
        }
        throw new InvalidOperationException($"No port from {First} to {First + Count - 1} is free.");
    }
}
