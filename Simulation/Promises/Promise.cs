using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;
using Rialto.Simulation.Workloads;

namespace Rialto.Simulation.Promises;

/// <summary>One of the project's promises, as it is held against what a run left behind.</summary>
internal abstract class Promise
{
    private const int MaxSentences = 3;

    /// <summary>All of them. The ninth and the tenth are also watched while the run goes on.</summary>
    public static IReadOnlyList<Promise> All { get; } =
    [
        new OneLeaderWrites(), new NothingIsMissing(), new AcknowledgedStays(), new CommandsCountOnce(), new CausesComeFirst(),
        new MoneyAddsUp(), new EventsTellAll(), new ReplicasAgree(), new ProgressReturns(), new SealedStaysSealed(), new ReadsAreCurrent(),
    ];

    /// <summary>Its number.</summary>
    public abstract int Number { get; }

    /// <summary>What is promised.</summary>
    public abstract string Sentence { get; }

    /// <summary>How the run broke it; empty if it did not.</summary>
    public abstract IEnumerable<string> Broken(Aftermath run);

    /// <summary>Holds all promises against a run.</summary>
    public static IEnumerable<(int Promise, string Sentence)> Check(Aftermath run) =>
        All.SelectMany(promise => Hold(promise, run).Select(sentence => (promise.Number, sentence)));

    private static List<string> Hold(Promise promise, Aftermath run)
    {
        try
        {
            return [.. promise.Broken(run).Take(MaxSentences)];
        }
        catch (Exception e)
        {
            return [$"it cannot even be checked: {e}"];
        }
    }

    /// <summary>The promise of a number.</summary>
    public static Promise Of(int number) => All.First(promise => promise.Number == number);
}

/// <summary>What a run left behind.</summary>
internal sealed class Aftermath
{
    private readonly Dictionary<CommandId, List<JournalRecord>> _byCommand = [];

    /// <summary>Reads the journal once for all promises.</summary>
    public Aftermath(RunPlan plan, RunLog log, IJournal journal, IReadOnlyList<ClaimMade> claims, IReadOnlyList<IWorkload> workloads, IReadOnlyList<(Rank Rank, Replica Replica)> replicas)
    {
        (Plan, Log, Claims, Workloads, Replicas) = (plan, log, claims, workloads, replicas);
        Report = JournalVerifier.VerifyAsync(journal).GetAwaiter().GetResult();
        Records = journal.ReadAsync(Seq.None, int.MaxValue).AsTask().GetAwaiter().GetResult();
        foreach (var record in Records)
        {
            if (!_byCommand.TryGetValue(record.Command, out var records)) _byCommand.Add(record.Command, records = []);
            records.Add(record);
        }
        Journal = [.. Records.Select(record => (record, MarketCodec.Decode(record.Type, record.Data.Span)))];
    }

    public RunPlan Plan { get; }

    public RunLog Log { get; }

    public IReadOnlyList<ClaimMade> Claims { get; }

    public IReadOnlyList<IWorkload> Workloads { get; }

    public IReadOnlyList<(Rank Rank, Replica Replica)> Replicas { get; }

    /// <summary>What the journal's verifier says.</summary>
    public VerifyReport Report { get; }

    public IReadOnlyList<JournalRecord> Records { get; }

    /// <summary>The journal, with its events decoded.</summary>
    public IReadOnlyList<(JournalRecord Record, Event Happened)> Journal { get; }

    /// <summary>The record at a place, or null.</summary>
    public JournalRecord? At(Seq seq) => seq.Value >= 1 && seq.Value <= Records.Count ? Records[(int)seq.Value - 1] : null;

    public IReadOnlyList<JournalRecord> Of(CommandId command) => _byCommand.TryGetValue(command, out var records) ? records : [];

    /// <summary>What the verifier found, of some codes.</summary>
    public IEnumerable<string> Problems(params string[] codes) => Report.Problems.Where(problem => codes.Contains(problem.Code)).Select(problem => $"seq {problem.Seq}: {problem.Sentence}");

    /// <summary>Replays the journal; tells the state of each event's entity right after it.</summary>
    public void Replay(Action<JournalRecord, EntityKind, object> after)
    {
        var states = new Dictionary<StreamId, object>();
        foreach (var (record, happened) in Journal)
        {
            var kind = MarketCatalog.KindOf(record.Stream.Category)!;
            if (!states.TryGetValue(record.Stream, out var state)) state = kind.Unborn(record.Stream.Key);
            state = states[record.Stream] = kind.Evolve(state, happened);
            after(record, kind, state);
        }
    }
}
