using System.Collections.Immutable;
using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>Limits of the sequencer.</summary>
public sealed record SequencerSettings
{
    /// <summary>The most events in one request.</summary>
    public int MaxEventsPerRequest { get; init; } = 1_000;

    /// <summary>The most bytes of JSON in one request.</summary>
    public int MaxBytesPerRequest { get; init; } = 4 << 20;

    /// <summary>The most causes of one request.</summary>
    public int MaxCausesPerRequest { get; init; } = 64;

    /// <summary>The most requests that wait for their causes; one more is refused.</summary>
    public int MaxHeldRequests { get; init; } = 4_096;

    /// <summary>How long a request may wait for its causes, over all its sendings, in milliseconds.</summary>
    public int HoldForMs { get; init; } = 2_000;

    /// <summary>Of how many commands the places are kept in memory, so that a cause named by command is found; the oldest are forgotten first.</summary>
    public int MaxKnownCommands { get; init; } = 200_000;

    /// <summary>How many streams' versions are kept in memory; beyond it all are forgotten and learned again when needed.</summary>
    public int MaxKnownStreams { get; init; } = 1_000_000;
}

/// <summary>
/// The leader's part that gives each event its place. It has no I/O: its host brings it requests, stream versions and the outcome of
/// writes, and carries out what it orders.
///
/// One epoch, one sequencer. It starts from the journal's end as read after the epoch was claimed. <see cref="Order"/> takes requests in
/// the order in which they arrived and gives those that may be written consecutive places, versions, ordinals and chained hashes. The
/// host then writes that batch, fenced by the epoch, and says <see cref="Written"/>; or, if the write failed or its outcome is unknown,
/// reads the end again and says <see cref="Recovered"/>, and all that was assumed is forgotten. There is one batch under way at a time,
/// so a place is never given twice and none is skipped.
///
/// A request whose causes are named by command and have no place yet is answered <see cref="AppendStatus.Held"/>: the sequencer keeps its
/// wait, not its place in line (see docs/protocols.md). Its sender sends it again.
/// </summary>
public sealed class Sequencer
{
    private readonly SequencerSettings _settings;
    private readonly Dictionary<Rank, long> _ticks = [];
    private readonly Dictionary<Rank, long> _ticksUnderWay = [];
    private readonly Dictionary<StreamId, long> _versions = [];
    private readonly Dictionary<string, long> _ordinals;
    private readonly CommandPlaces _commands;
    private readonly HoldBack _holdBack;
    private readonly Func<CommandId, Seq> _placeOf;
    private Seq _seq;
    private Seq _durable;
    private Hash256 _hash;
    private long _lastAtUnixMs;
    private bool _underWay;

    /// <summary>Begins an epoch.</summary>
    /// <param name="settings">The limits.</param>
    /// <param name="epoch">The epoch, as claimed.</param>
    /// <param name="end">The journal's end, read after the claim.</param>
    public Sequencer(SequencerSettings settings, Epoch epoch, JournalEnd end)
    {
        _settings = settings;
        _commands = new CommandPlaces(settings.MaxKnownCommands);
        _holdBack = new HoldBack(settings.MaxHeldRequests, settings.HoldForMs);
        _placeOf = command => _commands[command] is var place && place <= _durable ? place : Seq.None;
        Epoch = epoch;
        _seq = _durable = end.Seq;
        _hash = end.Hash;
        _ordinals = new Dictionary<string, long>(end.Ordinals);
    }

    /// <summary>The epoch that it orders in.</summary>
    public Epoch Epoch { get; }

    /// <summary>The last place given.</summary>
    public Seq Last => _seq;

    /// <summary>The streams among these requests whose versions must be learned before they can be ordered, each once.</summary>
    public IReadOnlyList<StreamId> UnknownStreams(IReadOnlyList<AppendRequest> requests)
    {
        HashSet<StreamId>? unknown = null;
        foreach (var request in requests)
            foreach (var append in request.Streams)
                if (!_versions.ContainsKey(append.Stream)) (unknown ??= []).Add(append.Stream);
        return unknown is null ? [] : [.. unknown];
    }

    /// <summary>Takes in what the journal says about a stream's last version. To be called with no batch under way.</summary>
    public void LearnVersion(StreamId stream, long version) => _versions[stream] = version;

    /// <summary>Takes in what the nodes' clocks counted in events before this epoch.</summary>
    public void LearnClock(VectorClock clock)
    {
        foreach (var (node, ticks) in clock.Entries) _ticks[node] = Math.Max(ticks, _ticks.GetValueOrDefault(node));
    }

    /// <summary>How many requests wait for their causes, and were refused not long ago because they had waited too long.</summary>
    public int HeldCount => _holdBack.Count;

    /// <summary>
    /// When <see cref="Order"/> must be called next though no request has come, so that those who wait too long are told:
    /// milliseconds since 1970-01-01 UTC.
    /// </summary>
    public long DueAtUnixMs => _holdBack.DueAtUnixMs;

    /// <summary>
    /// Takes in where a command's last event stands, durably: for the journal's tail when an epoch begins, and for a request that turned
    /// out to be written already. To be called with no batch under way.
    /// </summary>
    public void LearnCommand(CommandId command, Seq last)
    {
        _commands.NoteDurable(command, last);
        _holdBack.Written(command, last);
    }

    /// <summary>
    /// Orders what can be ordered. Every request gets an answer in <see cref="SequencedBatch.Outcomes"/>, to be given after the batch
    /// is written; those whose stream has moved on get <see cref="AppendStatus.Conflict"/>, and the host then looks whether it was
    /// they that moved it (<see cref="CompareWithWritten"/>).
    /// </summary>
    /// <param name="requests">In the order of their arrival; all their streams known.</param>
    /// <param name="nowUnixMs">The leader's time.</param>
    public SequencedBatch Order(IReadOnlyList<AppendRequest> requests, long nowUnixMs)
    {
        if (_underWay) throw new InvalidOperationException("The batch before this one is still under way.");
        _lastAtUnixMs = Math.Max(_lastAtUnixMs, nowUnixMs);
        _holdBack.Expire(nowUnixMs);
        var records = new List<JournalRecord>(requests.Count + 16);
        var sources = new List<object?>(requests.Count + 16);
        var outcomes = new AppendOutcome[requests.Count];
        Dictionary<(Rank Origin, StreamId Stream), long>? spoiled = null;
        for (var i = 0; i < outcomes.Length; i++)
        {
            var status = spoiled is not null && IsSpoiled(requests[i], spoiled) ? AppendStatus.Conflict : Judge(requests[i], nowUnixMs);
            outcomes[i] = status == AppendStatus.Committed ? Place(requests[i], records, sources) : new AppendOutcome(status);
            if (status != AppendStatus.Committed) Spoil(requests[i], spoiled ??= []);
        }
        _underWay = records.Count > 0;
        return new SequencedBatch(records, sources, outcomes);
    }

    /// <summary>The batch that was ordered last is durable.</summary>
    public void Written()
    {
        _underWay = false;
        _durable = _seq;
        if (_holdBack.Count > 0)
            foreach (var (command, last) in _commands.Doubtful) _holdBack.Written(command, last);
        _commands.Confirm();
        foreach (var (origin, ticks) in _ticksUnderWay) _ticks[origin] = ticks;
        _ticksUnderWay.Clear();
        if (_versions.Count > _settings.MaxKnownStreams) _versions.Clear();
    }

    /// <summary>The batch that was ordered last may be durable or not; this is what the journal's end says.</summary>
    public void Recovered(JournalEnd end)
    {
        _underWay = false;
        _commands.Retract();
        _ticksUnderWay.Clear();
        _versions.Clear();
        _seq = _durable = end.Seq;
        _hash = end.Hash;
        _ordinals.Clear();
        foreach (var (category, ordinal) in end.Ordinals) _ordinals[category] = ordinal;
    }

    /// <summary>
    /// Tells a request that came again from one that lost a race: compares it with what its first stream holds after the version that it
    /// expected. This is the second of the two places where command ids are checked; the entity is the first.
    /// </summary>
    /// <param name="request">A request that was answered <see cref="AppendStatus.Conflict"/>.</param>
    /// <param name="written">Its first stream's records after the expected version, at least as many as it has events there, if there are.</param>
    public static AppendOutcome CompareWithWritten(AppendRequest request, IReadOnlyList<JournalRecord> written)
    {
        if (written.Count == 0 || written[0].Command != request.Command || written[0].Fingerprint != request.Fingerprint) return new AppendOutcome(AppendStatus.Conflict);
        var first = request.Streams[0];
        var same = written.TakeWhile(record => record.Command == request.Command).ToList();
        var identical = same.Count == first.Events.Length
            && same.Zip(first.Events).All(pair => pair.First.Type == pair.Second.Type && pair.First.Data.Span.SequenceEqual(pair.Second.Data.Span));
        return identical
            ? new AppendOutcome(AppendStatus.Committed, same[0].Seq, new Seq(same[0].Seq.Value + request.EventCount - 1), same[0].Epoch)
            : new AppendOutcome(AppendStatus.AlreadyDecided);
    }

    /// <summary>
    /// What a node sends of one stream was decided each on the one before. If one is refused, those after it stand on nothing, though the
    /// version that they expect may be there by now: somebody else's events may have made it.
    /// </summary>
    private static void Spoil(AppendRequest request, Dictionary<(Rank Origin, StreamId Stream), long> spoiled)
    {
        foreach (var append in request.Streams) spoiled.TryAdd((request.Origin, append.Stream), append.ExpectedVersion);
    }

    private static bool IsSpoiled(AppendRequest request, Dictionary<(Rank Origin, StreamId Stream), long> spoiled)
    {
        foreach (var append in request.Streams)
            if (spoiled.TryGetValue((request.Origin, append.Stream), out var from) && append.ExpectedVersion > from) return true;
        return false;
    }

    /// <summary>Whether a request was decided on another of the same node: if the other is not written, this one must not be.</summary>
    public static bool StandsOn(AppendRequest request, AppendRequest other)
    {
        if (request.Origin != other.Origin) return false;
        foreach (var append in request.Streams)
            foreach (var before in other.Streams)
                if (append.Stream == before.Stream && append.ExpectedVersion > before.ExpectedVersion) return true;
        return false;
    }

    private AppendStatus Judge(AppendRequest request, long nowUnixMs)
    {
        if (nowUnixMs > request.NotAfterUnixMs) return AppendStatus.TooLate;
        foreach (var append in request.Streams)
            if (_versions[append.Stream] != append.ExpectedVersion) return AppendStatus.Conflict;
        if (IsOfAnEarlierLife(request)) return AppendStatus.Conflict;
        if (request.EventCount > _settings.MaxEventsPerRequest || request.ByteCount > _settings.MaxBytesPerRequest) return AppendStatus.TooLarge;
        if (request.Causes.Length + request.CausesByCommand.Length > _settings.MaxCausesPerRequest) return AppendStatus.TooLarge;
        foreach (var cause in request.Causes)
            if (cause > _seq || cause <= Seq.None) return AppendStatus.MissingCause;
        for (var i = 0; i < request.CausesByCommand.Length; i++)
            if (PlaceOfCause(request, i) == Seq.None) return _holdBack.Hold(request, _placeOf, nowUnixMs);
        return AppendStatus.Committed;
    }

    /// <summary>
    /// What a node sent before it crashed may arrive when it has begun anew, and then counts more commands than the new life knows of. Which
    /// of the two comes second is decided anew: by then the node has applied the other, and its clock goes on from there.
    /// </summary>
    private bool IsOfAnEarlierLife(AppendRequest request)
    {
        var ticks = request.Clock[request.Origin];
        return ticks > 0 && ticks <= Math.Max(_ticks.GetValueOrDefault(request.Origin), _ticksUnderWay.GetValueOrDefault(request.Origin));
    }

    private Seq PlaceOfCause(AppendRequest request, int cause) =>
        _commands[request.CausesByCommand[cause]] is var place && place > Seq.None ? place : _holdBack.FoundFor(request.Command, cause);

    /// <summary>The places of all causes, ascending, each once.</summary>
    private ImmutableArray<Seq> CausesOf(AppendRequest request)
    {
        if (request.CausesByCommand.IsEmpty) return request.Causes;
        var places = new SortedSet<Seq>(request.Causes);
        for (var i = 0; i < request.CausesByCommand.Length; i++) places.Add(PlaceOfCause(request, i));
        return [.. places];
    }

    private AppendOutcome Place(AppendRequest request, List<JournalRecord> records, List<object?> sources)
    {
        var first = _seq.Next;
        var causes = CausesOf(request);
        foreach (var append in request.Streams)
        {
            var version = append.ExpectedVersion;
            ref var ordinal = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_ordinals, append.Stream.Category, out _);
            foreach (var @new in append.Events)
            {
                _seq = _seq.Next;
                var record = RecordCodec.Seal(new JournalRecord
                {
                    Seq = _seq,
                    Epoch = Epoch,
                    Stream = append.Stream,
                    Version = ++version,
                    Ordinal = ++ordinal,
                    Type = @new.Type,
                    Data = @new.Data,
                    Command = request.Command,
                    Fingerprint = request.Fingerprint,
                    Origin = request.Origin,
                    Causes = causes,
                    Clock = request.Clock,
                    AtUnixMs = _lastAtUnixMs,
                }, _hash);
                _hash = record.Hash;
                records.Add(record);
                sources.Add(@new.Source);
            }
            _versions[append.Stream] = version;
        }
        if (_seq >= first)
        {
            _commands.Note(request.Command, _seq);
            _ticksUnderWay[request.Origin] = request.Clock[request.Origin];
        }
        return new AppendOutcome(AppendStatus.Committed, first, _seq, Epoch);
    }
}

/// <summary>A batch in its final order, to be written as one.</summary>
/// <param name="Records">The records, chained on from the journal's end; perhaps none.</param>
/// <param name="Sources">For each record what its event was encoded from, or null (see <see cref="NewEvent"/>).</param>
/// <param name="Outcomes">One for each request, in the order of the requests; those that are committed are so only once the records are written.</param>
public sealed record SequencedBatch(IReadOnlyList<JournalRecord> Records, IReadOnlyList<object?> Sources, AppendOutcome[] Outcomes);
