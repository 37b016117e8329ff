using System.Net;
using System.Net.Sockets;
using Rialto.Grains.Nodes;
using Rialto.Tests.Support;

namespace Rialto.Tests.OnOrleans;

public class KnockTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Where_nobody_listens_a_connection_is_refused() =>
        Assert.True(await Knock.IsRefusedAsync(new IPEndPoint(IPAddress.Loopback, Ports.Free()), Patience, default));

    [Fact]
    public async Task A_process_that_listens_and_takes_no_connection_is_there()
    {
        // As one that is frozen: the machine takes the connection in its place.
        using var frozen = new TcpListener(IPAddress.Loopback, 0);
        frozen.Start();
        Assert.False(await Knock.IsRefusedAsync((IPEndPoint)frozen.LocalEndpoint, Patience, default));
    }

    [Fact]
    public async Task Whoever_leaves_learns_nothing_and_is_not_kept()
    {
        using var leaving = new CancellationTokenSource();
        await leaving.CancelAsync();
        Assert.False(await Knock.IsRefusedAsync(new IPEndPoint(IPAddress.Loopback, Ports.Free()), Patience, leaving.Token));
    }
}
