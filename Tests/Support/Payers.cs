using System.Collections.Concurrent;
using System.Diagnostics;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;

namespace Rialto.Tests.Support;

/// <summary>Clients at some ledgers who pay one cent after the other and never give up on one, and what was acknowledged to them.</summary>
internal sealed class Payers(IEngine engine, int ledgers = 6) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<CommandId, Seq> _acknowledged = new();
    private readonly ConcurrentQueue<string> _refusals = new();
    private readonly CancellationTokenSource _enough = new();
    private readonly List<Task> _payers = [];
    private readonly int[] _turnedAway = new int[ledgers];

    private long _lastAt;
    private long _longestGapMs;
    private long _slowestMs;

    public int Acknowledged => _acknowledged.Count;

    /// <summary>The longest time without an acknowledgement, and the longest that one payer waited for his, in milliseconds, since they were last asked for.</summary>
    public (long LongestGapMs, long SlowestMs) TakeWaits() => (Interlocked.Exchange(ref _longestGapMs, 0), Interlocked.Exchange(ref _slowestMs, 0));

    public string Refusals => string.Join(", ", _refusals.Distinct());

    public static StreamId Ledger(int number) => StreamId.Of("ledger", $"L{number}");

    /// <summary>Opens the ledgers, with an account that may overdraw.</summary>
    public async Task OpenAsync()
    {
        for (var i = 0; i < ledgers; i++)
        {
            await DoAsync(i, new CreateLedger(2), $"create {i}");
            await DoAsync(i, new OpenAccount("ann", 1_000_000_00), $"ann {i}");
            await DoAsync(i, new OpenAccount("bob"), $"bob {i}");
        }
    }

    public async Task<CommandReply> DoAsync(int ledger, LedgerCommand command, string id)
    {
        var reply = await engine.ExecuteAsync(new CommandRequest(Ledger(ledger), command, "ann", CommandId.From(id))).AsTask().WaitAsync(Limit);
        Assert.Null(reply.Refusal);
        return reply;
    }

    /// <summary>A payer at every ledger, until the end.</summary>
    public void Start()
    {
        for (var i = 0; i < ledgers; i++)
        {
            var ledger = i;
            _payers.Add(Task.Run(async () =>
            {
                for (var n = 0; !_enough.IsCancellationRequested; n++) await PayAsync(ledger, $"pay {ledger} {n}");
            }));
        }
    }

    /// <summary>Waits until so many more payments were acknowledged.</summary>
    public async Task UntilPaidAsync(int more)
    {
        var enough = Acknowledged + more;
        await UntilAsync(() => Acknowledged >= enough, () => $"{enough} were wanted");
    }

    /// <summary>Waits until every payer was told, once more, that there is no outcome now.</summary>
    public async Task UntilTurnedAwayAsync()
    {
        int[] before = [.. _turnedAway];
        await UntilAsync(() => before.Zip(_turnedAway).All(times => times.Second > times.First), () => "every payer was to be turned away");
    }

    /// <summary>Ends the load. What was acknowledged is in the journal, once, at its place; the journal is whole, and so are the markets.</summary>
    public async Task AssertSoundAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_payers).WaitAsync(Limit);
        Assert.Empty(_refusals);
        Assert.Empty((await JournalVerifier.VerifyAsync(engine.Journal)).Problems);
        var end = (await engine.Journal.ReadEndAsync()).Seq;
        Assert.Empty(await MarketAudit.RunAsync(engine.Journal, end));
        var written = (await engine.Journal.ReadAsync(Seq.None, int.MaxValue)).ToLookup(record => record.Command);
        foreach (var (command, seq) in _acknowledged) Assert.Equal(seq, Assert.Single(written[command]).Seq);
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_payers).WaitAsync(Limit);
    }

    private async Task UntilAsync(Func<bool> condition, Func<string> wanted)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, $"After {Limit} {Acknowledged} payments were acknowledged; {wanted()}. Refused: {Refusals}. Ready: {engine.NotReadyBecause}");
            await timer.WaitForNextTickAsync();
        }
    }

    private async Task PayAsync(int ledger, string id)
    {
        var request = new CommandRequest(Ledger(ledger), new Transfer(new TransferOrder("ann", "bob", 1)), "ann", CommandId.From(id));
        var started = Stopwatch.GetTimestamp();
        while (!_enough.IsCancellationRequested)
        {
            var reply = await engine.ExecuteAsync(request);
            if (reply.Refusal is null)
            {
                _acknowledged[request.Id] = reply.Receipt.Seq;
                Note(started);
                return;
            }
            // What is worth another try is tried again with the same id, as a client would.
            if (reply.Refusal.Kind == RefusalKind.Unavailable)
            {
                Interlocked.Increment(ref _turnedAway[ledger]);
                continue;
            }
            _refusals.Enqueue(reply.Refusal.Code);
            return;
        }
    }

    private void Note(long started)
    {
        var now = Stopwatch.GetTimestamp();
        var last = Interlocked.Exchange(ref _lastAt, now);
        Raise(ref _slowestMs, (long)Stopwatch.GetElapsedTime(started, now).TotalMilliseconds);
        if (last != 0) Raise(ref _longestGapMs, (long)Stopwatch.GetElapsedTime(last, now).TotalMilliseconds);
    }

    private static void Raise(ref long longest, long to)
    {
        for (var known = Volatile.Read(ref longest); to > known; known = Volatile.Read(ref longest))
            if (Interlocked.CompareExchange(ref longest, to, known) == known) return;
    }
}
