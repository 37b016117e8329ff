using System.Diagnostics;
using System.Globalization;
using Rialto.Simulation.Promises;

namespace Rialto.Simulation;

/// <summary>Runs many seeds, each on a thread of its own, as many at once as there are cores; and sums up.</summary>
internal static class ManyRuns
{
    /// <summary>The exit code: 1 if any promise was broken.</summary>
    public static int Print(Options options)
    {
        var clock = Stopwatch.StartNew();
        var summary = new Summary();
        Execute(options, clock, summary.Add);
        Console.WriteLine(summary.ToText(clock.Elapsed));
        foreach (var failure in summary.Failures) Console.Error.WriteLine(Explain(failure));
        return summary.Failures.Count > 0 ? 1 : 0;
    }

    /// <summary>What is wrong with a run, and how to see it again.</summary>
    public static string Explain(RunResult result)
    {
        var lines = result.Broken.GroupBy(broken => broken.Promise).OrderBy(promise => promise.Key).Select(promise => promise.First()).Select(broken => $"  {broken.Promise}. {Promise.Of(broken.Promise).Sentence}\n     {Cut(broken.Sentence)}");
        return $"\nSeed {result.Plan.Seed} breaks a promise:\n{string.Join('\n', lines)}\n  again: {result.Plan.Replay}";
    }

    private static string Cut(string sentence) => sentence.Length <= 900 ? sentence : $"{sentence[..900]}…";

    private static void Execute(Options options, Stopwatch clock, Action<RunResult> done)
    {
        var limit = options.Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : TimeSpan.MaxValue;
        var next = options.First - 1;
        var gate = new Lock();
        var watchdogs = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Watchdog()).ToList();
        var threads = watchdogs.Select(watchdog => new Thread(() => Work(watchdog))).ToList();
        threads.ForEach(thread => thread.Start());
        while (!threads.TrueForAll(thread => thread.Join(1_000))) watchdogs.ForEach(watchdog => watchdog.Look());

        void Work(Watchdog watchdog)
        {
            while (clock.Elapsed < limit)
            {
                var seed = Interlocked.Increment(ref next);
                if (seed > options.Last || seed == 0) return;
                var result = SimulatedRun.Execute(RunPlan.For(seed, options.Nodes, options.Faults, options.Bug), scheduler => watchdog.Begin(seed, scheduler));
                watchdog.End();
                lock (gate) done(result);
            }
        }
    }

    /// <summary>
    /// Virtual time stands still while code waits in a circle without ever giving way, and no other thread can stop it: then all that can be
    /// done is to say where.
    /// </summary>
    private sealed class Watchdog
    {
        private const int StuckAfterLooks = 30;

        private volatile Scheduler? _scheduler;
        private ulong _seed;
        private long _steps;
        private int _looks;

        public void Begin(ulong seed, Scheduler scheduler) => (_seed, _looks, _scheduler) = (seed, 0, scheduler);

        public void End() => _scheduler = null;

        public void Look()
        {
            if (_scheduler is not { } scheduler) return;
            _looks = scheduler.Steps == _steps ? _looks + 1 : 0;
            _steps = scheduler.Steps;
            if (_looks < StuckAfterLooks) return;
            Console.Error.WriteLine($"Seed {_seed} is stuck at {scheduler.NowMs} ms, in {scheduler.Doing}: it goes in a circle there and never gives way.");
            Environment.Exit(1);
        }
    }

    /// <summary>What many runs came to.</summary>
    private sealed class Summary
    {
        private const int MaxFailures = 10;

        private readonly Tally _faults = new();
        private readonly Tally _messages = new();
        private long _runs;
        private long _broken;
        private long _virtualMs;
        private long _commands;
        private long _events;
        private long _epochs;
        private long _longestMs;
        private long _slowestMs;
        private ulong _slowest;

        public List<RunResult> Failures { get; } = [];

        public void Add(RunResult result)
        {
            _runs++;
            _virtualMs += result.VirtualMs;
            _commands += result.Commands;
            _events += result.Events;
            _epochs += result.Epochs;
            _longestMs = Math.Max(_longestMs, result.LongestWithoutLeaderMs);
            if (result.WellAfterMs > _slowestMs) (_slowestMs, _slowest) = (result.WellAfterMs.Value, result.Plan.Seed);
            _faults.Add(result.Faults);
            _messages.Add(result.Messages);
            if (result.Broken.Count == 0) return;
            _broken++;
            if (Failures.Count < MaxFailures) Failures.Add(result);
        }

        public string ToText(TimeSpan took)
        {
            var faults = string.Join("\n", _faults.Counts.Select(fault => string.Create(CultureInfo.InvariantCulture, $"    {fault.Key,-34}{fault.Value,12:N0}")));
            return string.Create(CultureInfo.InvariantCulture, $"""
                {_runs:N0} seeds, {_broken:N0} broke a promise
                  virtual time        {TimeSpan.FromMilliseconds(_virtualMs):d\.hh\:mm\:ss}
                  real time           {took:hh\:mm\:ss}, {(_runs == 0 ? 0 : took.TotalSeconds * Environment.ProcessorCount / _runs):0.00} core-seconds a seed
                  commands answered   {_commands:N0}
                  events              {_events:N0}
                  messages            {_messages.Total:N0}
                  elections           {_epochs:N0} epochs were claimed
                  without a leader    {_longestMs:N0} ms at most; all well again {_slowestMs:N0} ms after the last fault at most (seed {_slowest})
                  faults
                {faults}
                """);
        }
    }
}
