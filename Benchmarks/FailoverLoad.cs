using System.Collections.Concurrent;
using System.Diagnostics;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;

namespace Rialto.Benchmarks;

/// <summary>Payers, one at each ledger, who never give up on a payment; and what was acknowledged to them.</summary>
internal sealed class FailoverLoad(IEngine engine, int ledgers)
{
    private readonly ConcurrentDictionary<CommandId, Seq> _acknowledged = new();
    private readonly CancellationTokenSource _enough = new();
    private readonly Lock _gate = new();
    private Task[] _callers = [];
    private Epoch _after;
    private TaskCompletionSource? _first;
    private double _slowestMs;
    private long _lastAt = Stopwatch.GetTimestamp();
    private double _longestGapMs;
    private double _changeGapMs;

    public async Task StartAsync()
    {
        for (var i = 0; i < ledgers; i++)
        {
            await SendAsync(i, new CreateLedger(2), $"create {i}");
            await SendAsync(i, new OpenAccount("ann", 1_000_000_000_00), $"ann {i}");
            await SendAsync(i, new OpenAccount("bob"), $"bob {i}");
        }
        _callers = [.. Enumerable.Range(0, ledgers).Select(ledger => Task.Run(async () =>
        {
            for (var n = 0; !_enough.IsCancellationRequested; n++) await SendAsync(ledger, new Transfer(new TransferOrder("ann", "bob", 1)), $"pay {ledger} {n}");
        }))];
    }

    /// <summary>Completes with the first acknowledgement of a later epoch.</summary>
    public Task FirstAfter(Epoch epoch)
    {
        lock (_gate)
        {
            (_after, _first) = (epoch, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return _first.Task;
        }
    }

    /// <summary>
    /// Since this was asked last: how long the slowest payment took, sendings and all; the longest time in which nobody was acknowledged anything
    /// until the first acknowledgement of the later epoch; and the longest such time of all, whatever it was for.
    /// </summary>
    public (double SlowestMs, double ChangeGapMs, double LongestGapMs) TakeWaits()
    {
        lock (_gate)
        {
            var waits = (_slowestMs, _changeGapMs, _longestGapMs);
            (_slowestMs, _longestGapMs) = (0, 0);
            return waits;
        }
    }

    public async Task StopAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_callers);
    }

    public async Task<(int Lost, int Doubled)> CompareAsync(IJournal journal)
    {
        var written = new Dictionary<CommandId, Seq>();
        var doubled = 0;
        for (var at = Seq.None; await journal.ReadAsync(at, 10_000) is { Count: > 0 } page; at = page[^1].Seq)
            foreach (var record in page)
                if (!written.TryAdd(record.Command, record.Seq) && _acknowledged.ContainsKey(record.Command)) doubled++;
        return (_acknowledged.Count(answer => written.GetValueOrDefault(answer.Key) != answer.Value), doubled);
    }

    private async Task SendAsync(int ledger, LedgerCommand command, string id)
    {
        var request = new CommandRequest(StreamId.Of("ledger", $"L{ledger}"), command, "ann", CommandId.From(id));
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var reply = await engine.ExecuteAsync(request);
            if (reply.Refusal is { Kind: RefusalKind.Unavailable }) continue;
            if (reply.Refusal is { } refusal) throw new InvalidOperationException($"{refusal.Code}: {refusal.Detail}");
            if (command is Transfer) _acknowledged[request.Id] = reply.Receipt.Seq;
            lock (_gate)
            {
                var now = Stopwatch.GetTimestamp();
                _slowestMs = Math.Max(_slowestMs, Stopwatch.GetElapsedTime(started, now).TotalMilliseconds);
                (_longestGapMs, _lastAt) = (Math.Max(_longestGapMs, Stopwatch.GetElapsedTime(_lastAt, now).TotalMilliseconds), now);
                if (reply.Receipt.Epoch > _after && _first?.TrySetResult() == true) _changeGapMs = _longestGapMs;
            }
            return;
        }
    }
}
