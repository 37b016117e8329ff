using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Rialto.Journal;
using Rialto.Tests.Support;
using Xunit.Abstractions;

namespace Rialto.Tests.Api;

/// <summary>
/// The promise that everything else rests on. Many clients bid and pay over HTTP, each command with a key; in the middle of it the server is
/// killed with <c>kill -9</c> and started again, over and over; the clients send what was not answered once more. Afterwards every command that was
/// acknowledged is in the journal, once, at the place that its sender was told; none that was refused is there; the journal verifies; and
/// debits equal credits. RIALTO_KILL_ROUNDS sets how often, RIALTO_KILL_SEED repeats a run's choices.
/// </summary>
public class CrashTests(ITestOutputHelper output)
{
    private const int Clients = 64;
    private const int Auctions = 6;
    private const string Ledger = "CRASH";

    [Fact]
    public Task Nothing_acknowledged_is_lost_or_doubled_when_the_server_is_killed_and_the_journal_is_in_files() => RunAsync("--sample", "false");

    [PostgresFact]
    public Task Nothing_acknowledged_is_lost_or_doubled_when_the_server_is_killed_and_the_journal_is_in_postgres() =>
        RunAsync("--sample", "false", "--journal", "postgres", "--postgres", LocalPostgres.Shared.CreateDatabase());

    private async Task RunAsync(params string[] options)
    {
        var seed = Setting("RIALTO_KILL_SEED", (long)(ulong)Guid.NewGuid().GetHashCode() & int.MaxValue);
        var rounds = (int)Setting("RIALTO_KILL_ROUNDS", 3);
        output.WriteLine($"RIALTO_KILL_SEED={seed} RIALTO_KILL_ROUNDS={rounds}");
        await using var server = await RialtoProcess.StartAsync(options);
        var market = await Market.OpenAsync(server);
        var clients = Enumerable.Range(0, Clients).Select(number => new BusyClient(number, server, market, new Chance((ulong)seed + (ulong)number))).ToList();

        var chance = new Chance((ulong)seed ^ 0xC4A5);
        var running = clients.Select(client => client.RunAsync()).ToList();
        for (var round = 1; round <= rounds; round++)
        {
            var until = market.Acknowledged + chance.Between(100, 1500);
            while (market.Acknowledged < until) await await Task.WhenAny([market.NextAcknowledgement(), .. running.Where(task => task.IsFaulted)]);
            market.CloseDoor();
            server.KillHard();
            await server.RestartAsync();
            market.OpenDoor();
            output.WriteLine($"round {round}: killed after {until} acknowledgements");
        }
        market.End();
        await Task.WhenAll(running).WaitAsync(TimeSpan.FromMinutes(2));
        var sent = clients.SelectMany(client => client.Done).ToList();
        output.WriteLine($"{sent.Count(command => command.Seq is not null)} acknowledged, {sent.Count(command => command.Seq is null)} refused, {sent.Count(command => command.Tries > 1)} sent more than once");
        await CheckAsync(server, sent, seed);
    }

    private static async Task CheckAsync(RialtoProcess server, List<SentCommand> sent, long seed)
    {
        var verified = (await server.As("operator").GetAsync("/api/journal/verify")).Ok();
        Assert.True(verified.GetProperty("ok").GetBoolean(), $"seed {seed}: {verified}");

        var journal = (await ReadJournalAsync(server)).ToLookup(record => record.GetProperty("commandId").GetGuid());
        foreach (var command in sent)
        {
            var events = journal[command.Id.Value].ToList();
            if (command.Seq is null)
            {
                Assert.True(events.Count == 0, $"seed {seed}: {command} was refused, and yet is in the journal at {events.FirstOrDefault()}");
                continue;
            }
            var mine = events.Where(record => record.Word("type") == command.EventType).ToList();
            Assert.True(mine.Count == 1, $"seed {seed}: {command} was acknowledged and is in the journal {mine.Count} times.");
            Assert.True(events[^1].Number("seq") == command.Seq, $"seed {seed}: {command} was acknowledged at another place than {events[^1].Number("seq")}.");
            Assert.Equal(command.Cents, mine[0].GetProperty("data").Number("amountMinor"));
        }

        var balance = (await server.As("operator").GetAsync($"/api/ledgers/{Ledger}?limit=1000")).Ok();
        Assert.True(balance.GetProperty("balanced").GetBoolean(), balance.ToString());
        Assert.Equal(0, balance.Items("accounts").Sum(account => account.Amount("balance")));
        Assert.All(balance.Items("accounts").Where(account => account.Word("account") != "issuer"), account => Assert.True(account.Amount("available") >= 0, account.ToString()));
    }

    private static async Task<List<JsonElement>> ReadJournalAsync(RialtoProcess server)
    {
        var export = await server.As("operator").GetAsync("/api/journal/export");
        Assert.Equal(200, export.Status);
        return [.. export.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
    }

    private static long Setting(string name, long otherwise) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    /// <summary>A command that a client sent until it knew what became of it.</summary>
    /// <param name="Id">What its actor and key make.</param>
    /// <param name="EventType">The event that it was to cause.</param>
    /// <param name="Cents">How much.</param>
    /// <param name="Seq">Where it was said to stand; null if it was refused.</param>
    /// <param name="Tries">How often it was sent.</param>
    private sealed record SentCommand(CommandId Id, string EventType, long Cents, long? Seq, int Tries);

    /// <summary>What all clients share: the auctions, whether the server is there, and how much was acknowledged.</summary>
    private sealed class Market(IReadOnlyList<string> auctions)
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _door = Completed();
        private TaskCompletionSource _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public IReadOnlyList<string> Auctions => auctions;

        public int Acknowledged => Volatile.Read(ref _count);

        public bool HasEnded { get; private set; }

        /// <summary>A ledger with an account for each client, and English auctions that take bids: half of them funded.</summary>
        public static async Task<Market> OpenAsync(RialtoProcess server)
        {
            (await server.As("seller").PostAsync("/api/ledgers", new { asset = Ledger, scale = 2 })).Ok(201);
            foreach (var account in Enumerable.Range(0, Clients).Select(NameOf).Append("seller"))
                (await server.As(account).PostAsync($"/api/ledgers/{Ledger}/accounts", new { account, initial = 10_000 })).Ok(201);
            var auctions = new List<string>();
            for (var i = 0; i < CrashTests.Auctions; i++)
            {
                var terms = new { item = "Clock", format = "english", minimumBid = 0.01, increment = 0.01, minimumBidders = 1, closesInSeconds = 86_400, asset = i % 2 == 0 ? null : Ledger };
                auctions.Add((await server.As("seller").PostAsync("/api/auctions", terms)).Ok(201).Word("id")!);
            }
            foreach (var auction in auctions)
                await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number => (await server.As(NameOf(number)).PostAsync($"/api/auctions/{auction}/join")).Ok()));
            return new Market(auctions);
        }

        public static string NameOf(int client) => string.Create(CultureInfo.InvariantCulture, $"client-{client}");

        public void CloseDoor()
        {
            lock (_gate) _door = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        public void OpenDoor()
        {
            lock (_gate) _door.TrySetResult();
        }

        public Task WaitForDoor()
        {
            lock (_gate) return _door.Task;
        }

        public void Acknowledge()
        {
            TaskCompletionSource told;
            lock (_gate)
            {
                _count++;
                told = _acknowledged;
                _acknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            told.TrySetResult();
        }

        public Task NextAcknowledgement()
        {
            lock (_gate) return _acknowledged.Task.WaitAsync(TimeSpan.FromMinutes(1));
        }

        public void End() => HasEnded = true;

        private static TaskCompletionSource Completed()
        {
            var door = new TaskCompletionSource();
            door.SetResult();
            return door;
        }
    }

    /// <summary>Sends one command after the other, each until it is answered.</summary>
    private sealed class BusyClient(int number, RialtoProcess server, Market market, Chance chance)
    {
        private readonly string _name = Market.NameOf(number);
        private readonly ConcurrentQueue<SentCommand> _done = new();

        public IEnumerable<SentCommand> Done => _done;

        public async Task RunAsync()
        {
            for (var n = 1; !market.HasEnded; n++)
            {
                var key = string.Create(CultureInfo.InvariantCulture, $"{_name}/{n}");
                if (chance.OneIn(2)) await BidAsync(key, n);
                else await PayAsync(key);
            }
        }

        /// <summary>Everybody bids a little more each time; who is below the price by then is refused, which is an answer too.</summary>
        private Task BidAsync(string key, int n)
        {
            var cents = (n * 10) + chance.Below(100);
            return SendAsync($"/api/auctions/{chance.Of(market.Auctions)}/bids", key, "auction.bid-placed", cents, new { amount = cents / 100m });
        }

        private Task PayAsync(string key)
        {
            var to = Market.NameOf((number + chance.Between(1, Clients - 1)) % Clients);
            var cents = chance.Between(1, 500);
            return SendAsync($"/api/ledgers/{Ledger}/transfers", key, "ledger.transfer-made", cents, new { debit = _name, credit = to, amount = cents / 100m });
        }

        private async Task SendAsync(string path, string key, string eventType, long cents, object body)
        {
            for (var tries = 1; ; tries++)
            {
                await market.WaitForDoor();
                try
                {
                    var answer = await server.As(_name).PostAsync(path, body, key);
                    if (answer.Status == 503) continue;
                    Assert.True(answer.IsSuccess || answer.Status is 409 or 422, $"{answer.Request}: {answer.Status} {answer.Text}");
                    _done.Enqueue(new SentCommand(CommandId.From("http", _name, key), eventType, cents, answer.IsSuccess ? answer.Seq : null, tries));
                    if (answer.IsSuccess) market.Acknowledge();
                    return;
                }
                catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
                {
                    // The server is gone: whether the command took effect is not known, so it is sent again.
                    await Task.Yield();
                }
            }
        }
    }
}
