using Rialto.Tests.Support;
using Xunit.Abstractions;

namespace Rialto.Tests.Api;

/// <summary>
/// The original course's experiment: five of its clients at a time, which order with probability 0, 0.2, … 0.8 after each lookup, while the
/// server is killed and started again. There, orders went missing and numbers came twice. The same choices again: RIALTO_SEED.
/// </summary>
public class OriginalStockClientTests(ITestOutputHelper output)
{
    private const int Clients = 5;
    private const int Steps = 150;
    private const int Kills = 2;
    private const int PatienceMs = 120_000;

    [Fact]
    public async Task Clients_of_the_original_platform_find_every_order_again_though_the_server_is_killed()
    {
        var random = SmallRandom.FromEnvironment(out var seed);
        output.WriteLine($"seed {seed}");
        using var patience = new CancellationTokenSource(PatienceMs);
        await using var server = await RialtoProcess.StartAsync();
        var crowd = new List<OriginalStockClient>();
        foreach (var orders in new[] { 0, 0.2, 0.4, 0.6, 0.8 })
        {
            var clients = Enumerable.Range(0, Clients).Select(_ => new OriginalStockClient(new Uri(server.Address), orders, new SmallRandom(random.Next64()), patience.Token)).ToList();
            crowd.AddRange(clients);
            await RunAsync(server, clients, random, patience.Token);
            output.WriteLine($"p = {orders}: {clients.Sum(client => client.Answered.Count)} orders answered, {clients.Sum(client => client.Unknown)} not");
        }
        await CheckAsync(server, crowd);
        foreach (var client in crowd) client.Dispose();
    }

    /// <summary>All take their steps and then look their orders up; the server is killed twice while they do.</summary>
    private static async Task RunAsync(RialtoProcess server, List<OriginalStockClient> clients, SmallRandom random, CancellationToken patience)
    {
        var taken = 0;
        var kills = Enumerable.Range(1, Kills).Select(kill => (At: (kill * Clients * Steps / (Kills + 1)) + random.Between(-50, 50), Now: new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))).ToList();
        var running = clients.Select(client => Task.Run(async () =>
        {
            for (var step = 0; step < Steps; step++)
            {
                await client.StepAsync();
                var count = Interlocked.Increment(ref taken);
                foreach (var kill in kills.Where(kill => kill.At == count)) kill.Now.SetResult();
            }
            await client.CheckAsync();
        }, patience)).ToList();
        foreach (var kill in kills)
        {
            await Task.WhenAny(kill.Now.Task, Task.WhenAll(running)).WaitAsync(patience);
            server.KillHard();
            await server.RestartAsync();
        }
        await Task.WhenAll(running);
    }

    private async Task CheckAsync(RialtoProcess server, List<OriginalStockClient> crowd)
    {
        foreach (var client in crowd) await client.CheckAsync();
        var nobody = server.As(null);
        var log = (await nobody.GetAsync("/orders/logs/0")).Ok().Items("data");
        Assert.Equal(Enumerable.Range(1, log.Count).Select(number => (long)number), log.Select(order => order.Number("number")));
        Assert.Equal(400, (await nobody.GetAsync(FormattableString.Invariant($"/orders/{log.Count + 1}"))).Status);

        var answered = crowd.SelectMany(client => client.Answered).ToList();
        Assert.NotEmpty(answered);
        Assert.Equal(answered.Count, answered.Select(order => order.Number).Distinct().Count());
        // Nobody knows what became of an order without an answer; of all others there are as many as there should be.
        var unknown = crowd.Sum(client => client.Unknown);
        output.WriteLine($"{log.Count} orders, {answered.Count} answered, {unknown} not");
        Assert.InRange(log.Count, answered.Count, answered.Count + unknown);

        foreach (var stock in log.GroupBy(order => order.Word("name")!))
        {
            var left = 100 + stock.Sum(order => order.Word("type") == "sell" ? order.Number("quantity") : -order.Number("quantity"));
            Assert.Equal(left, (await nobody.GetAsync($"/stocks/{stock.Key}")).Ok().GetProperty("data").Number("quantity"));
        }
        Assert.True((await nobody.GetAsync("/api/journal/verify")).Ok().GetProperty("ok").GetBoolean());
    }
}
