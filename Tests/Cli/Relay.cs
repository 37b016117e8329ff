using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rialto.Tests.Cli;

/// <summary>What becomes of a connection on its way to a server.</summary>
internal enum Fate
{
    /// <summary>It gets through.</summary>
    Pass,
    /// <summary>The request gets through, and its answer is lost.</summary>
    LoseAnswer,
    /// <summary>It is answered that nobody leads now.</summary>
    Refuse,
}

/// <summary>Stands between a client and a server, and does to each connection what is said; to all later ones what was said last.</summary>
internal sealed class Relay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _server;
    private readonly Fate[] _fates;
    private int _seen;

    public Relay(int server, params Fate[] fates)
    {
        (_server, _fates) = (server, fates);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public int Seen => _seen;

    public void Dispose() => _listener.Stop();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var fate = _fates[Math.Min(_seen++, _fates.Length - 1)];
                _ = ServeAsync(client, fate);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client, Fate fate)
    {
        using var mine = client;
        using var server = new TcpClient();
        try
        {
            if (fate == Fate.Refuse)
            {
                await client.GetStream().ReadAtLeastAsync(new byte[64 * 1024], 1);
                const string body = """{"status":503,"detail":"Nobody leads right now.","code":"no-leader"}""";
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 503 Unavailable\r\nContent-Type: application/problem+json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
                return;
            }
            await server.ConnectAsync(IPAddress.Loopback, _server);
            var asking = client.GetStream().CopyToAsync(server.GetStream());
            // The first bytes of the answer say that the server has done it.
            if (fate == Fate.LoseAnswer) await server.GetStream().ReadExactlyAsync(new byte[1]);
            else await Task.WhenAny(asking, server.GetStream().CopyToAsync(client.GetStream()));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // Either end has gone.
        }
    }
}
