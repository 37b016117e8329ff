using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Rialto.Cli.Commands;

/// <summary>
/// Load for a server that runs: callers who look stocks up and, now and then, order one, each sending its next request when it has the answer
/// to its last, as the stock platform's client does. What is measured is what a caller sees. Orders are real: they stand in the journal.
/// </summary>
internal static class BenchCommand
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(100);

    private static readonly Option<int> Callers = Values.Whole("--callers", "How many at once, 1 to 10000.", 1, 10_000, 32);
    private static readonly Option<decimal> Orders = Values.Share("--orders", "The share of requests that are orders, 0 to 1; the rest are lookups.", 0.2m);
    private static readonly Option<TimeSpan?> WarmUp = Values.Time("--warm-up", "Not counted, before it begins; 1s if nothing is said.");
    private static readonly Option<TimeSpan?> For = Values.Time("--for", "How long it counts; 5s if nothing is said.");

    public static Command Create() => new Verb("bench", "Put a load on a server and measure it. Its orders are real. Ctrl-C ends it with what was measured by then.",
        "rialto bench", "rialto bench --callers 32 --for 5s --orders 0.2", "rialto bench --callers 256 --orders 1 --json") { Callers, For, WarmUp, Orders }.Does(MeasureAsync);

    private static async Task MeasureAsync(Run run)
    {
        run.Market.OrAs("bench");
        string[] stocks = [.. (await run.GetAsync($"/api/stocks", ("limit", 1000))).Json.Items().Select(stock => stock.Word("name"))];
        if (stocks.Length == 0) throw new Failure(ExitCode.Refused, "There are no stocks to look up. List one: rialto stock list Zebra 12.50 100000 --as dealer");
        var (warmUp, time) = (run.Get(WarmUp) ?? TimeSpan.FromSeconds(1), run.Get(For) ?? TimeSpan.FromSeconds(5));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(run.Ending);
        var callers = Enumerable.Range(0, run.Get(Callers)).Select(number => new Caller(run.Market, stocks, (double)run.Get(Orders), number)).ToList();
        var calling = callers.Select(caller => Task.Run(() => caller.CallAsync(ending.Token), CancellationToken.None)).ToList();
        var watch = new Stopwatch();
        try
        {
            await Task.Delay(warmUp, run.Ending);
            foreach (var caller in callers) caller.IsCounting = true;
            watch.Start();
            await run.Screen.ProgressAsync($"Measuring for {time.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s", progress => WaitAsync(time, progress, run.Ending));
        }
        catch (OperationCanceledException)
        {
            // What was measured by now is worth telling.
        }
        watch.Stop();
        foreach (var caller in callers) caller.IsCounting = false;
        await ending.CancelAsync();
        await Task.WhenAll(calling);
        run.Show(Report(callers, watch.Elapsed), static (screen, json) =>
        {
            screen.Facts(json, "callers", "seconds");
            screen.Table(json.Items("measured"), "", "requests:kind", "count", "per second:perSecond", "p50 ms:p50Ms", "p99 ms:p99Ms", "refused", "failed");
        });
        run.Ending.ThrowIfCancellationRequested();
    }

    private static async Task<bool> WaitAsync(TimeSpan time, Action<double> progress, CancellationToken ending)
    {
        var watch = Stopwatch.StartNew();
        while (time - watch.Elapsed is { Ticks: > 0 } left)
        {
            var pause = TimeSpan.FromMilliseconds(100);
            await Task.Delay(left < pause ? left : pause, ending);
            progress(Math.Min(1, watch.Elapsed / time));
        }
        return true;
    }

    private static Reply Report(List<Caller> callers, TimeSpan time)
    {
        var (lookups, orders) = (callers.Select(caller => caller.Lookups).ToList(), callers.Select(caller => caller.Orders).ToList());
        var measured = new JsonArray(Row("lookups", lookups, time), Row("orders", orders, time), Row("all", [.. lookups, .. orders], time));
        return Reply.Of(Body.Of(("callers", callers.Count), ("seconds", Rounded(time.TotalSeconds, 2)), ("measured", measured)).ToJsonString());
    }

    private static JsonObject Row(string kind, List<Tally> tallies, TimeSpan time)
    {
        var ticks = tallies.SelectMany(tally => tally.Ticks).Order().ToArray();
        return Body.Of(
            ("kind", kind), ("count", ticks.Length), ("perSecond", time > TimeSpan.Zero ? Rounded(ticks.Length / time.TotalSeconds, 0) : 0), ("p50Ms", Percentile(ticks, 0.50)), ("p99Ms", Percentile(ticks, 0.99)),
            ("refused", tallies.Sum(tally => tally.Refused)), ("failed", tallies.Sum(tally => tally.Failed)));
    }

    private static JsonNode? Percentile(long[] sorted, double share) =>
        sorted.Length == 0 ? null : Rounded(sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)] * 1_000.0 / Stopwatch.Frequency, 2);

    private static decimal Rounded(double value, int decimals) => decimal.Round((decimal)value, decimals);

    /// <summary>What came of one kind of request, while it counted. A refusal is an answer, and counts as one; a failure is none.</summary>
    private sealed class Tally
    {
        public List<long> Ticks { get; } = [];

        public long Refused { get; set; }

        public long Failed { get; set; }
    }

    /// <summary>One caller, with tallies that nobody else writes to.</summary>
    private sealed class Caller(Market market, string[] stocks, double orders, int number)
    {
        private readonly Random _random = new(number);
        private readonly string _run = Market.NewKey();
        private long _sent;

        public Tally Lookups { get; } = new();

        public Tally Orders { get; } = new();

        public volatile bool IsCounting;

        public async Task CallAsync(CancellationToken ending)
        {
            while (!ending.IsCancellationRequested)
            {
                var isOrder = _random.NextDouble() < orders;
                var tally = isOrder ? Orders : Lookups;
                var started = Stopwatch.GetTimestamp();
                try
                {
                    var status = (int)await (isOrder ? OrderAsync(ending) : market.SendOnceAsync(HttpMethod.Get, Route.To($"/api/stocks/{Any()}"), null, null, ending));
                    if (status >= 500) throw new HttpRequestException(null, null, (HttpStatusCode)status);
                    if (!IsCounting) continue;
                    tally.Ticks.Add(Stopwatch.GetTimestamp() - started);
                    if (status >= 400) tally.Refused++;
                }
                catch (HttpRequestException)
                {
                    if (IsCounting) tally.Failed++;
                    // Nobody answers; asking faster does not help.
                    await Task.Delay(AfterFailure, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }

        /// <summary>Buys and sells in turn, so that there is always something left.</summary>
        private Task<HttpStatusCode> OrderAsync(CancellationToken ending)
        {
            var order = new StringContent(_sent % 2 == 0 ? """{"side":"buy","quantity":1}""" : """{"side":"sell","quantity":1}""", Encoding.UTF8, "application/json");
            return market.SendOnceAsync(HttpMethod.Post, Route.To($"/api/stocks/{stocks[(number + (_sent / 2)) % stocks.Length]}/orders"), order, string.Create(CultureInfo.InvariantCulture, $"{_run}-{_sent++}"), ending);
        }

        private string Any() => stocks[_random.Next(stocks.Length)];
    }
}
