using System.Net;
using System.Net.Sockets;

namespace Rialto.Grains.Nodes;

/// <summary>
/// Looks whether anybody listens at an address. When a process ends, however it ends, its machine closes what it listened at, and refuses
/// the next connection at once; a process that is frozen or too busy still has its connections taken by the machine, and a machine that is
/// gone or cut off answers nothing. So a refusal tells that a process is gone, and anything else tells nothing.
/// </summary>
internal static class Knock
{
    /// <summary>Whether a connection was refused within a time.</summary>
    public static async Task<bool> IsRefusedAsync(IPEndPoint address, TimeSpan within, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(within);
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, limit.Token);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
