using System.Collections.Immutable;
using System.Text;
using Rialto.Journal;

namespace Rialto.Tests.Journals;

/// <summary>Writes to a journal as a leader does: gives places, versions, ordinals, clocks and hashes, and keeps what was acknowledged.</summary>
internal sealed class JournalWriter(IJournal journal)
{
    private readonly Dictionary<StreamId, long> _versions = [];
    private readonly Dictionary<string, long> _ordinals = [];
    private VectorClock _clock = VectorClock.Zero;
    private Seq _last;
    private Hash256 _hash;
    private int _commands;

    public Epoch Epoch { get; private set; }

    public Rank Rank { get; private set; } = new(1);

    public List<JournalRecord> Acknowledged { get; } = [];

    public static async Task<JournalWriter> Lead(IJournal journal, int rank = 1)
    {
        var writer = new JournalWriter(journal);
        await writer.TakeOver(rank);
        return writer;
    }

    /// <summary>Claims the next epoch and goes on from the journal's end.</summary>
    public async Task TakeOver(int rank = 1)
    {
        var seen = (await journal.ReadEndAsync()).Epoch;
        var claim = await journal.ClaimEpochAsync(seen, new Rank(rank), atUnixMs: 1000 + seen.Value);
        Assert.True(claim.Granted);
        (Epoch, Rank) = (claim.Current, new Rank(rank));
        await Reload();
    }

    /// <summary>Forgets what it knows and reads the end again, as after an outcome that is unknown.</summary>
    public async Task Reload()
    {
        var end = await journal.ReadEndAsync();
        (_last, _hash) = (end.Seq, end.Hash);
        _versions.Clear();
        _ordinals.Clear();
        foreach (var (category, ordinal) in end.Ordinals) _ordinals[category] = ordinal;
        Acknowledged.Clear();
        Acknowledged.AddRange(await journal.ReadAsync(Seq.None, int.MaxValue));
        foreach (var record in Acknowledged)
        {
            _versions[record.Stream] = record.Version;
            _clock = _clock.Merge(record.Clock);
        }
    }

    /// <summary>A batch that is right to append next; one event for each stream named.</summary>
    public List<JournalRecord> Next(params string[] streams) => Next([.. streams.Select(stream => (stream, $$"""{"of":"{{stream}}","é":"Zürich ☃"}"""))]);

    public List<JournalRecord> Next(params (string Stream, string Data)[] events)
    {
        var batch = new List<JournalRecord>();
        var (versions, ordinals) = (new Dictionary<StreamId, long>(_versions), new Dictionary<string, long>(_ordinals));
        var (seq, hash, clock) = (_last, _hash, _clock);
        foreach (var (text, json) in events)
        {
            var stream = StreamId.Parse(text);
            clock = clock.With(Rank, clock[Rank] + 1);
            seq = seq.Next;
            var record = RecordCodec.Seal(new JournalRecord
            {
                Seq = seq,
                Epoch = Epoch,
                Stream = stream,
                Version = versions[stream] = versions.GetValueOrDefault(stream) + 1,
                Ordinal = ordinals[stream.Category] = ordinals.GetValueOrDefault(stream.Category) + 1,
                Type = stream.Category + ".happened",
                Data = Encoding.UTF8.GetBytes(json),
                Command = CommandId.From("test", Rank.ToString(), clock[Rank].ToString(), (_commands++).ToString()),
                Fingerprint = 0xFEDC_BA98_7654_3210,
                Origin = Rank,
                Causes = seq.Value > 2 ? [new Seq(1), new Seq(seq.Value - 1)] : [],
                Clock = clock,
                AtUnixMs = 1_700_000_000_000 + seq.Value,
            }, hash);
            hash = record.Hash;
            batch.Add(record);
        }
        return batch;
    }

    /// <summary>Appends one event for each stream named.</summary>
    public Task<List<JournalRecord>> Append(params string[] streams) => Append(Next(streams));

    public async Task<List<JournalRecord>> Append(List<JournalRecord> batch)
    {
        var result = await journal.AppendAsync(Epoch, batch);
        Assert.Equal(new AppendResult(true, Epoch), result);
        Note(batch);
        return batch;
    }

    /// <summary>Takes a batch for acknowledged.</summary>
    public void Note(IReadOnlyList<JournalRecord> batch)
    {
        Acknowledged.AddRange(batch);
        foreach (var record in batch)
        {
            _versions[record.Stream] = record.Version;
            _ordinals[record.Stream.Category] = record.Ordinal;
            _clock = _clock.Merge(record.Clock);
            (_last, _hash) = (record.Seq, record.Hash);
        }
    }
}

/// <summary>Compares records by all they hold.</summary>
internal static class Same
{
    public static void Records(IEnumerable<JournalRecord> expected, IEnumerable<JournalRecord> actual) =>
        Assert.Equal(expected.Select(Describe), actual.Select(Describe));

    public static string Describe(JournalRecord record) =>
        $"{record.Seq} e{record.Epoch} {record.Stream} v{record.Version} o{record.Ordinal} {record.Type} {Encoding.UTF8.GetString(record.Data.Span)} "
        + $"{record.Command} {record.Fingerprint:x} by {record.Origin} after [{string.Join(',', record.Causes.OrEmpty())}] clock {record.Clock} at {record.AtUnixMs} {record.Hash}";

    private static ImmutableArray<Seq> OrEmpty(this ImmutableArray<Seq> causes) => causes.IsDefault ? [] : causes;
}
