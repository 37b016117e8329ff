using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Rialto.Demo;

/// <summary>
/// Somebody who plays in the market: prepares what it needs, and then takes a turn, rests, and takes the next, until the server stops. A
/// refusal (no funds, no bed, too late) is a turn that led to nothing. What a bot keeps in mind is little: where things stand it asks anew, so
/// it goes on after any restart.
/// </summary>
/// <param name="market">Its way to the market.</param>
/// <param name="pace">How long it rests between two turns; a fifth more or less, so that no two bots keep step.</param>
internal abstract class Bot(BotCaller market, TimeSpan pace)
{
    private static readonly TimeSpan AfterStumble = TimeSpan.FromSeconds(10);

    protected BotCaller Market => market;

    protected string Name => market.Name;

    protected Random Chance { get; } = new();

    /// <summary>Makes sure that there is what it needs.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;

    protected abstract Task TakeTurnAsync();

    public async Task PlayAsync(ILogger log)
    {
        var isPrepared = false;
        while (!market.Stopping.IsCancellationRequested)
        {
            var rest = pace * (0.8 + (0.4 * Chance.NextDouble()));
            try
            {
                if (!isPrepared) await PrepareAsync();
                isPrepared = true;
                await TakeTurnAsync();
            }
            catch (Exception) when (market.Stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The show goes on, and whoever runs it is told.
                log.BotStumbled(Name, e.Message);
                rest = AfterStumble;
            }
            await Task.Delay(rest, market.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Opens something that may be there already.</summary>
    protected async Task OpenAsync(string path, JsonObject body)
    {
        var told = await market.PostAsync(path, body);
        if (!told.IsYes && told.Code?.EndsWith("-exists", StringComparison.Ordinal) != true)
            throw new InvalidOperationException($"{path} could not be opened: {told.Body.Text("detail")}");
    }

    /// <summary>Opens its own account, and the ledger if there is none.</summary>
    protected async Task OpenAccountAsync(string asset, int scale, decimal initial)
    {
        await OpenAsync("/api/ledgers", new JsonObject { ["asset"] = asset, ["scale"] = scale });
        await OpenAsync($"/api/ledgers/{asset}/accounts", new JsonObject { ["account"] = Name, ["initial"] = initial });
    }

    /// <summary>What it can spend; null if it has no account.</summary>
    protected async Task<decimal?> AvailableAsync(string asset) => (await market.ReadAsync($"/api/ledgers/{asset}/accounts/{Name}"))?.Amount("available");
}
