using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rialto.Tests.Support;
using Xunit.Abstractions;

namespace Rialto.Tests.Api;

/// <summary>
/// 64 clients pay each other and bid in funded auctions, each command under a key of its own, while the server is killed again and again.
/// A client repeats a command until it is answered. In the end the journal holds what was acknowledged, once, and nothing else.
/// Rounds: RIALTO_KILL_ROUNDS. The same choices again: RIALTO_SEED (the moments of the kills are the machine's).
/// </summary>
public class KillTests(ITestOutputHelper output)
{
    private const int Clients = 64;
    private const int Auctions = 8;
    private const decimal Initial = 10_000;
    private const int RunTimeoutMs = 600_000;
    private const int SettleTimeoutMs = 60_000;

    [Fact]
    public Task What_was_acknowledged_survives_every_kill_with_the_journal_in_files() => RunAsync(["--sample", "false"]);

    [PostgresFact]
    public async Task What_was_acknowledged_survives_every_kill_with_the_journal_in_PostgreSQL()
    {
        var database = LocalPostgres.Shared.CreateDatabase();
        await RunAsync(["--sample", "false", "--journal", "postgres", "--postgres", database]);
        LocalPostgres.Shared.DropDatabase(database);
    }

    private async Task RunAsync(string[] options)
    {
        var random = SmallRandom.FromEnvironment(out var seed);
        var rounds = int.Parse(Environment.GetEnvironmentVariable("RIALTO_KILL_ROUNDS") ?? "3", CultureInfo.InvariantCulture);
        output.WriteLine($"seed {seed}, {rounds} rounds");
        await using var server = await RialtoProcess.StartAsync(options);
        var crowd = await Crowd.GatherAsync(server, random.Next64());
        using var patience = new CancellationTokenSource(RunTimeoutMs);
        var clients = crowd.RunAsync(patience.Token);
        for (var round = 1; round <= rounds; round++)
        {
            await crowd.WaitForAnswersAsync(random.Between(50, 1_500), patience.Token);
            crowd.Hush();
            server.KillHard();
            output.WriteLine($"round {round}: killed after {crowd.AnswerCount} answers");
            var started = Stopwatch.StartNew();
            await server.RestartAsync();
            output.WriteLine($"round {round}: ready again after {started.ElapsedMilliseconds} ms");
            crowd.Carry();
        }
        crowd.Finish();
        await clients;
        await crowd.CheckAsync();
        output.WriteLine($"{crowd.AnswerCount} answers, {crowd.RepeatedCount} of them to commands that were sent more than once");
    }

    /// <summary>A command under its key, and what became of it.</summary>
    private sealed record Sent(string Actor, string Key, string Path, string Body, string? Auction, int From, int To, decimal Amount)
    {
        public bool IsBid => Auction is not null;
    }

    private sealed class Crowd(RialtoProcess server, string[] auctions, ulong seed)
    {
        private readonly ConcurrentQueue<(Sent Sent, Answer Answer)> _answered = new();
        private TaskCompletionSource _serving = Served();
        private volatile TaskCompletionSource<int>? _enough;
        private volatile bool _finishing;
        private long _enoughAt = long.MaxValue;
        private long _answers;
        private long _repeated;

        public long AnswerCount => Volatile.Read(ref _answers);

        public long RepeatedCount => Volatile.Read(ref _repeated);

        public static async Task<Crowd> GatherAsync(RialtoProcess server, ulong seed)
        {
            var bank = server.As("bank");
            (await bank.PostAsync("/api/ledgers", new { asset = "USD", scale = 2 })).Ok(201);
            (await bank.PostAsync("/api/ledgers/USD/accounts", new { account = "bank" })).Ok(201);
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(async i => (await bank.PostAsync("/api/ledgers/USD/accounts", new { account = Name(i), initial = Initial })).Ok(201)));
            var auctions = new string[Auctions];
            for (var i = 0; i < Auctions; i++)
            {
                auctions[i] = (await bank.PostAsync("/api/auctions", new { item = $"Lot {i}", format = "english", asset = "USD", increment = 0.01m, closesInSeconds = 86_400 })).Ok(201).Word("id")!;
                foreach (var bidder in Enumerable.Range(0, Clients)) (await server.As(Name(bidder)).PostAsync($"/api/auctions/{auctions[i]}/join")).Ok();
            }
            return new Crowd(server, auctions, seed);
        }

        public Task RunAsync(CancellationToken patience) => Task.WhenAll(Enumerable.Range(0, Clients).Select(client => RunAsync(client, patience)));

        /// <summary>Waits until so many more commands have been answered.</summary>
        public Task WaitForAnswersAsync(int more, CancellationToken patience)
        {
            _enough = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _enoughAt, AnswerCount + more);
            return _enough.Task.WaitAsync(patience);
        }

        /// <summary>The server is about to go: who gets no answer waits for <see cref="Carry"/>.</summary>
        public void Hush() => Volatile.Write(ref _serving, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        public void Carry() => Volatile.Read(ref _serving).TrySetResult();

        /// <summary>Every client ends with the command that it is at.</summary>
        public void Finish() => _finishing = true;

        private async Task RunAsync(int client, CancellationToken patience)
        {
            var random = new SmallRandom(seed + (ulong)client);
            for (var n = 0; !_finishing; n++) await CarryOutAsync(Choose(random, client, n), patience);
        }

        private Sent Choose(SmallRandom random, int client, int n)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{Name(client)}/{n}");
            var cents = random.Between(1, 500);
            if (random.Between(0, 2) == 0)
            {
                // Bids rise with their number, so that most of them lead.
                var amount = n + (cents / 100m);
                var auction = auctions[random.Between(0, auctions.Length)];
                return new Sent(Name(client), key, $"/api/auctions/{auction}/bids", JsonSerializer.Serialize(new { amount }), auction, client, -1, amount);
            }
            var to = (client + random.Between(1, Clients)) % Clients;
            var body = JsonSerializer.Serialize(new { debit = Name(client), credit = Name(to), amount = cents / 100m, memo = key });
            return new Sent(Name(client), key, "/api/ledgers/USD/transfers", body, null, client, to, cents / 100m);
        }

        private async Task CarryOutAsync(Sent sent, CancellationToken patience)
        {
            for (var attempt = 1; ; attempt++)
            {
                var serving = Volatile.Read(ref _serving).Task;
                if (await TrySendAsync(sent) is { Status: < 500 } answer)
                {
                    if (attempt > 1) Interlocked.Increment(ref _repeated);
                    _answered.Enqueue((sent, answer));
                    if (Interlocked.Increment(ref _answers) >= Volatile.Read(ref _enoughAt)) _enough!.TrySetResult(0);
                    return;
                }
                patience.ThrowIfCancellationRequested();
                await serving.WaitAsync(patience);
                await Task.Delay(5, patience);
            }
        }

        /// <summary>Null if no answer came.</summary>
        private async Task<Answer?> TrySendAsync(Sent sent)
        {
            try
            {
                var answer = await SendAsync(sent);
                Assert.True(answer.Status is < 500 or 503, $"{answer.Request} was answered {answer.Status}: {answer.Text}");
                return answer;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
            {
                return null;
            }
        }

        private Task<Answer> SendAsync(Sent sent) => server.As(sent.Actor).SendAsync(HttpMethod.Post, sent.Path, Client.Json(sent.Body), sent.Key);

        // What must hold in the end.

        public async Task CheckAsync()
        {
            var accepted = _answered.Where(one => one.Answer.IsSuccess).ToList();
            var refused = _answered.Where(one => !one.Answer.IsSuccess).ToList();
            Assert.NotEmpty(accepted);
            Assert.All(refused, one => Assert.Contains(one.Answer.Code, new[] { "below-minimum", "insufficient-funds" }));
            var verified = (await server.As("operator").GetAsync("/api/journal/verify")).Ok();
            Assert.True(verified.GetProperty("ok").GetBoolean(), verified.GetRawText());
            CheckJournal(await ExportAsync(), accepted);
            await CheckBalancesAsync(accepted);
            await CheckHoldsAsync();
            await CheckReplaysAsync(accepted);
        }

        private async Task<List<JsonElement>> ExportAsync()
        {
            var export = await server.As("operator").GetAsync("/api/journal/export");
            Assert.Equal(200, export.Status);
            return [.. export.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        }

        /// <summary>Every accepted command is there once, at the place that its answer named; and there is no other.</summary>
        private static void CheckJournal(List<JsonElement> journal, List<(Sent Sent, Answer Answer)> accepted)
        {
            Assert.Equal(Enumerable.Range(1, journal.Count).Select(seq => (long)seq), journal.Select(item => item.Number("seq")));
            var transfers = journal.Where(item => item.Word("type") == "ledger.transfer-made").Select(item => item.GetProperty("data").Word("memo"));
            Assert.Equal(accepted.Where(one => !one.Sent.IsBid).Select(one => one.Sent.Key).Order(StringComparer.Ordinal), transfers.Order(StringComparer.Ordinal));
            var bids = journal.Where(item => item.Word("type") == "auction.bid-placed")
                .Select(item => Line(item.Word("stream")!, item.GetProperty("data").Word("bidder")!, item.GetProperty("data").Number("amountMinor")));
            Assert.Equal(
                accepted.Where(one => one.Sent.IsBid).Select(one => Line($"auction/{one.Sent.Auction}", one.Sent.Actor, (long)(one.Sent.Amount * 100))).Order(StringComparer.Ordinal),
                bids.Order(StringComparer.Ordinal));
            foreach (var (sent, answer) in accepted)
                Assert.Equal(sent.IsBid ? $"auction/{sent.Auction}" : "ledger/USD", journal[(int)answer.Seq - 1].Word("stream"));

            static string Line(string stream, string bidder, long amountMinor) => string.Create(CultureInfo.InvariantCulture, $"{stream} {bidder} {amountMinor}");
        }

        private async Task CheckBalancesAsync(List<(Sent Sent, Answer Answer)> accepted)
        {
            var expected = Enumerable.Repeat(Initial, Clients).ToArray();
            foreach (var (sent, _) in accepted.Where(one => !one.Sent.IsBid))
            {
                expected[sent.From] -= sent.Amount;
                expected[sent.To] += sent.Amount;
            }
            var trial = (await server.As("operator").GetAsync("/api/ledgers/USD?limit=1000")).Ok();
            Assert.True(trial.GetProperty("balanced").GetBoolean());
            Assert.Equal(trial.Amount("postedDebits"), trial.Amount("postedCredits"));
            var balances = trial.Items("accounts").ToDictionary(line => line.Word("account")!, line => line.Amount("balance"));
            for (var i = 0; i < Clients; i++) Assert.Equal((Name(i), expected[i]), (Name(i), balances[Name(i)]));
            Assert.Equal(-Initial * Clients, balances["issuer"]);
        }

        /// <summary>Whatever is held backs a leading bid; what was held in vain is released soon.</summary>
        private async Task CheckHoldsAsync()
        {
            decimal prices = 0, held = 0;
            foreach (var auction in auctions)
            {
                var view = (await server.As("operator").GetAsync($"/api/auctions/{auction}")).Ok();
                prices += view.Lacks("price") ? 0 : view.Amount("price");
            }
            var waited = Stopwatch.StartNew();
            do
            {
                held = (await server.As("operator").GetAsync("/api/ledgers/USD")).Ok().Amount("pendingDebits");
                if (held != prices) await Task.Delay(50);
            }
            while (held != prices && waited.ElapsedMilliseconds < SettleTimeoutMs);
            Assert.Equal(prices, held);
        }

        private async Task CheckReplaysAsync(List<(Sent Sent, Answer Answer)> accepted)
        {
            var step = Math.Max(1, accepted.Count / 200);
            await Parallel.ForEachAsync(accepted.Where((_, i) => i % step == 0), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (one, _) =>
            {
                var again = await SendAsync(one.Sent);
                Assert.True(again.IsReplayed, $"{one.Sent.Key}: {again.Status} {again.Text}");
                Assert.Equal((one.Answer.Status, one.Answer.Text, one.Answer.Seq), (again.Status, again.Text, again.Seq));
            });
        }

        private static string Name(int client) => string.Create(CultureInfo.InvariantCulture, $"client-{client}");

        private static TaskCompletionSource Served()
        {
            var served = new TaskCompletionSource();
            served.SetResult();
            return served;
        }
    }
}
