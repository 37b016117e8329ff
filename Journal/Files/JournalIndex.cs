using System.Collections.Immutable;
using System.Text;

namespace Rialto.Journal.Files;

/// <summary>
/// What is kept in memory of the journal: its end, its claims, and where each stream's and category's events are. Also the one place that
/// says whether something may follow what is there; it is asked by appends, and by the scan at the start. The journal's lock guards it.
/// </summary>
internal sealed class JournalIndex
{
    private readonly Dictionary<string, SeqList> _streams = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SeqList> _categories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SeqList>.AlternateLookup<ReadOnlySpan<char>> _streamsByText;
    private readonly Dictionary<string, SeqList>.AlternateLookup<ReadOnlySpan<char>> _categoriesByText;
    private readonly List<EpochClaim> _claims = [];

    public JournalIndex()
    {
        _streamsByText = _streams.GetAlternateLookup<ReadOnlySpan<char>>();
        _categoriesByText = _categories.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public Epoch Epoch => _claims.Count == 0 ? Epoch.None : _claims[^1].Epoch;

    public Seq Last { get; private set; }

    public Hash256 Hash { get; private set; }

    public IReadOnlyList<EpochClaim> Claims => [.. _claims];

    public JournalEnd End => new(
        Epoch,
        _claims.Count == 0 ? null : _claims[^1].Leader,
        Last,
        Hash,
        _categories.ToImmutableDictionary(category => category.Key, category => (long)category.Value.Count, StringComparer.Ordinal));

    public long VersionOf(StreamId stream) => _streams.GetValueOrDefault(stream.Text)?.Count ?? 0;

    public long[] OfStream(StreamId stream, long after, int limit) => _streams.GetValueOrDefault(stream.Text)?.After(after, limit) ?? [];

    public long[] OfCategory(string category, long after, int limit) => _categories.GetValueOrDefault(category)?.After(after, limit) ?? [];

    /// <summary>Whether every record of a batch is its stream's and its category's next.</summary>
    public bool Follows(IReadOnlyList<JournalRecord> batch)
    {
        var versions = new Dictionary<string, long>(batch.Count, StringComparer.Ordinal);
        var ordinals = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var record in batch)
        {
            var (stream, category) = (record.Stream.Text, record.Stream.Category);
            if (!versions.TryGetValue(stream, out var version)) version = VersionOf(record.Stream);
            if (!ordinals.TryGetValue(category, out var ordinal)) ordinal = _categories.GetValueOrDefault(category)?.Count ?? 0;
            if (record.Version != version + 1 || record.Ordinal != ordinal + 1) return false;
            versions[stream] = record.Version;
            ordinals[category] = record.Ordinal;
        }
        return true;
    }

    /// <summary>Adds a claim, or says in a few words why it cannot stand here.</summary>
    public string? Add(EpochClaim claim)
    {
        if (claim.Epoch != Epoch.Next) return $"it claims epoch {claim.Epoch} after epoch {Epoch}";
        if (claim.After != Last) return $"its claim says that place {claim.After} was the last, and it was {Last}";
        _claims.Add(claim);
        return null;
    }

    /// <summary>Adds a record, or says in a few words why it cannot stand here.</summary>
    public string? Add(in RecordGlance glance)
    {
        if (glance.Seq != Last.Next) return $"it holds place {glance.Seq} where {Last.Next} must be";
        if (glance.Epoch != Epoch) return $"place {glance.Seq} was written in epoch {glance.Epoch}, when epoch {Epoch} had been claimed";
        Span<char> text = stackalloc char[StreamId.MaxLength];
        if (!Encoding.UTF8.TryGetChars(glance.Stream, text, out var length) || text[..length].IndexOf('/') is var slash && slash <= 0)
            return $"place {glance.Seq} names no stream";
        var stream = ListOf(_streamsByText, text[..length]);
        if (glance.Version != stream.Count + 1) return $"place {glance.Seq} holds version {glance.Version} of {text[..length]} where {stream.Count + 1} must be";
        var category = ListOf(_categoriesByText, text[..slash]);
        if (glance.Ordinal != category.Count + 1) return $"place {glance.Seq} holds {text[..slash]} number {glance.Ordinal} where {category.Count + 1} must be";
        stream.Add(glance.Seq);
        category.Add(glance.Seq);
        Last = glance.Seq;
        Hash = glance.Hash;
        return null;
    }

    private static SeqList ListOf(Dictionary<string, SeqList>.AlternateLookup<ReadOnlySpan<char>> lists, ReadOnlySpan<char> name)
    {
        if (!lists.TryGetValue(name, out var list)) lists[name] = list = new SeqList();
        return list;
    }
}
