namespace Rialto.Journal;

/// <summary>What is wrong at a place of the journal.</summary>
/// <param name="Seq">The place of the event that does not fit; 0 if it is no one event's fault.</param>
/// <param name="Code">A stable word, one of <see cref="JournalProblemCode"/>.</param>
/// <param name="Sentence">What is wrong, for people.</param>
public sealed record JournalProblem(Seq Seq, string Code, string Sentence);

/// <summary>The stable words for what can be wrong with a journal.</summary>
public static class JournalProblemCode
{
    /// <summary>Places have a gap, or one stands twice.</summary>
    public const string SeqGap = "seq-gap";
    /// <summary>A stream's versions have a gap, or one stands twice.</summary>
    public const string VersionGap = "version-gap";
    /// <summary>A category's ordinals have a gap, or one stands twice.</summary>
    public const string OrdinalGap = "ordinal-gap";
    /// <summary>An event was changed after it was written, or the event before it was.</summary>
    public const string HashBroken = "hash-broken";
    /// <summary>An event's epoch is older than the one before it.</summary>
    public const string EpochFell = "epoch-fell";
    /// <summary>Nobody claimed the event's epoch.</summary>
    public const string EpochUnclaimed = "epoch-unclaimed";
    /// <summary>An event stands before its epoch was claimed, or after the next one was.</summary>
    public const string EpochMisplaced = "epoch-misplaced";
    /// <summary>The claims themselves have a gap, or go backwards.</summary>
    public const string ClaimsBroken = "claims-broken";
    /// <summary>An event depends on itself, on a later one, or on none.</summary>
    public const string CauseMisplaced = "cause-misplaced";
    /// <summary>A command took effect in a stream a second time.</summary>
    public const string CommandTwice = "command-twice";
    /// <summary>A node's count of its own commands did not grow from one command to the next.</summary>
    public const string ClockNotGrown = "clock-not-grown";
    /// <summary>An earlier event knew of this command already.</summary>
    public const string ClockKnownBefore = "clock-known-before";
    /// <summary>An event knows of commands of another node that are not in the journal before it.</summary>
    public const string ClockAhead = "clock-ahead";
    /// <summary>Events of one command have different clocks.</summary>
    public const string ClockDiffers = "clock-differs";
    /// <summary>The end that the journal tells is not where its events end.</summary>
    public const string EndDiffers = "end-differs";
    /// <summary>Storage found damage by itself; nothing after it was looked at.</summary>
    public const string StorageDamaged = "storage-damaged";
}

/// <summary>What a verification found.</summary>
/// <param name="Events">How many events were read.</param>
/// <param name="Epochs">How many epochs were claimed.</param>
/// <param name="Ok">Whether nothing is wrong.</param>
/// <param name="Problems">What is wrong, in the order in which it was found; the first ones, if there are very many.</param>
/// <param name="ProblemsFound">How many there are, kept or not.</param>
public sealed record VerifyReport(long Events, int Epochs, bool Ok, IReadOnlyList<JournalProblem> Problems, long ProblemsFound);

/// <summary>How a journal is verified.</summary>
public sealed record JournalVerifierSettings
{
    /// <summary>So many events are read at a time.</summary>
    public int PageEvents { get; init; } = 1000;

    /// <summary>So many problems are told in full; the rest is counted.</summary>
    public int ProblemsKeptMax { get; init; } = 100;

    /// <summary>
    /// A command that takes effect twice is found if no more than so many others took effect in between. Each costs about 100 bytes while
    /// the verification runs; the default finds any repetition within the last million, a hundred times what entities themselves remember.
    /// </summary>
    public int CommandsRemembered { get; init; } = 1_000_000;
}

/// <summary>
/// Reads a journal from its beginning to the end it has now, and checks what a journal promises: one gap-free order, in streams and
/// categories too; nothing changed since it was written; epochs claimed and in order; causes before effects; each command once; clocks that
/// agree with the order. The work for an event grows with the number of nodes, not of events; memory with streams and nodes.
/// </summary>
public static class JournalVerifier
{
    /// <summary>Verifies a journal; others may write to it meanwhile.</summary>
    /// <param name="journal">The only thing that is read.</param>
    /// <param name="settings">Null for the defaults.</param>
    /// <param name="progress">Is told the last place that was checked, after every page.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="JournalException">The journal cannot be read.</exception>
    public static async Task<VerifyReport> VerifyAsync(
        IJournal journal, JournalVerifierSettings? settings = null, Action<Seq>? progress = null, CancellationToken cancellation = default)
    {
        settings ??= new JournalVerifierSettings();
        var end = await journal.ReadEndAsync(cancellation);
        // Read after the end, so that the claim of every event up to there is among them.
        var run = new Verification(settings, await journal.ReadClaimsAsync(cancellation));
        try
        {
            var position = Seq.None;
            while (position < end.Seq)
            {
                var wanted = (int)Math.Min(settings.PageEvents, end.Seq.Value - position.Value);
                var page = await journal.ReadAsync(position, wanted, cancellation);
                if (page.Count == 0) break;
                foreach (var record in page) run.Check(record);
                // A journal whose places are wrong must not make this go round for ever.
                position = run.Last > position ? run.Last : position.Next;
                progress?.Invoke(position);
            }
            run.CheckEnd(end);
        }
        catch (JournalDamagedException e)
        {
            run.Report(run.Last.Next, JournalProblemCode.StorageDamaged, e.Message);
        }
        return run.ToReport();
    }

    /// <summary>The state of one verification: what the next event is checked against.</summary>
    private sealed class Verification
    {
        private readonly JournalVerifierSettings _settings;
        private readonly Dictionary<Epoch, int> _claimOf = [];
        private readonly IReadOnlyList<EpochClaim> _claims;
        private readonly List<JournalProblem> _problems = [];
        private readonly Dictionary<StreamId, Place> _streams = [];
        private readonly Dictionary<string, long> _ordinals = new(StringComparer.Ordinal);
        private readonly Dictionary<Rank, NodeClock> _nodes = [];
        private readonly HashSet<Effect> _effects = [];
        private readonly Queue<Effect> _effectsByAge = [];
        private readonly HashSet<StreamId> _streamsOfCommand = [];
        private JournalRecord? _before;
        private long _events;
        private long _problemsFound;

        public Verification(JournalVerifierSettings settings, IReadOnlyList<EpochClaim> claims)
        {
            _settings = settings;
            _claims = claims;
            var before = new EpochClaim(Epoch.None, default, Seq.None, 0);
            for (var i = 0; i < claims.Count; i++)
            {
                var claim = claims[i];
                if (claim.Epoch != before.Epoch.Next || claim.After < before.After)
                    Report(claim.After, JournalProblemCode.ClaimsBroken, $"Epoch {claim.Epoch}, claimed after place {claim.After}, follows epoch {before.Epoch}, claimed after place {before.After}.");
                _claimOf[claim.Epoch] = i;
                before = claim;
            }
        }

        public Seq Last => _before?.Seq ?? Seq.None;

        public void Check(JournalRecord record)
        {
            _events++;
            CheckPlaces(record);
            CheckHash(record);
            CheckEpoch(record);
            CheckCauses(record);
            var sameCommand = GoesOnWith(record);
            CheckCommand(record, sameCommand);
            CheckClock(record, sameCommand);
            _before = record;
        }

        public void CheckEnd(JournalEnd end)
        {
            if (Last < end.Seq) Report(Last.Next, JournalProblemCode.EndDiffers, $"The journal says that it ends at place {end.Seq}, and its last event is at {Last}.");
            else if (end.Hash != (_before?.Hash ?? Hash256.Zero)) Report(Last, JournalProblemCode.EndDiffers, $"The hash that the journal keeps of its end is not that of its event {Last}.");
            foreach (var (category, ordinal) in end.Ordinals)
            {
                var last = _ordinals.GetValueOrDefault(category);
                if (last != ordinal) Report(Last, JournalProblemCode.EndDiffers, $"The journal says that the last {category} has ordinal {ordinal}, and it has {last}.");
            }
        }

        public VerifyReport ToReport() => new(_events, _claims.Count, _problemsFound == 0, _problems, _problemsFound);

        public void Report(Seq seq, string code, string sentence)
        {
            if (++_problemsFound <= _settings.ProblemsKeptMax) _problems.Add(new JournalProblem(seq, code, sentence));
        }

        private void CheckPlaces(JournalRecord record)
        {
            if (record.Seq != Last.Next) Report(record.Seq, JournalProblemCode.SeqGap, $"Place {record.Seq} follows place {Last}.");
            var stream = _streams.GetValueOrDefault(record.Stream, new Place(_streams.Count, 0));
            if (record.Version != stream.Version + 1)
                Report(record.Seq, JournalProblemCode.VersionGap, $"Version {record.Version} of {record.Stream} follows version {stream.Version}.");
            _streams[record.Stream] = stream with { Version = record.Version };
            var ordinal = _ordinals.GetValueOrDefault(record.Stream.Category);
            if (record.Ordinal != ordinal + 1)
                Report(record.Seq, JournalProblemCode.OrdinalGap, $"Ordinal {record.Ordinal} of {record.Stream.Category} follows ordinal {ordinal}.");
            _ordinals[record.Stream.Category] = record.Ordinal;
        }

        // Against the hash that stands before it, not the one that should: one changed event is one problem, not one for every later event.
        private void CheckHash(JournalRecord record)
        {
            if (RecordCodec.HashOf(record, _before?.Hash ?? Hash256.Zero) != record.Hash)
                Report(record.Seq, JournalProblemCode.HashBroken, $"The hash of the event at {record.Seq} fits neither it nor the one before it: one of them was changed.");
        }

        private void CheckEpoch(JournalRecord record)
        {
            if (_before is not null && record.Epoch < _before.Epoch)
                Report(record.Seq, JournalProblemCode.EpochFell, $"Epoch {record.Epoch} follows epoch {_before.Epoch}.");
            if (!_claimOf.TryGetValue(record.Epoch, out var claim))
                Report(record.Seq, JournalProblemCode.EpochUnclaimed, $"Nobody claimed epoch {record.Epoch}.");
            else if (record.Seq <= _claims[claim].After)
                Report(record.Seq, JournalProblemCode.EpochMisplaced, $"Epoch {record.Epoch} was claimed after place {_claims[claim].After}, and this event stands before that.");
            else if (claim + 1 < _claims.Count && record.Seq > _claims[claim + 1].After)
                Report(record.Seq, JournalProblemCode.EpochMisplaced, $"Epoch {_claims[claim + 1].Epoch} was claimed after place {_claims[claim + 1].After}, and this event of epoch {record.Epoch} stands after that.");
        }

        private void CheckCauses(JournalRecord record)
        {
            foreach (var cause in record.Causes)
            {
                if (cause < new Seq(1) || cause >= record.Seq)
                    Report(record.Seq, JournalProblemCode.CauseMisplaced, $"The event at {record.Seq} depends on {cause}, which is no place before it.");
            }
        }

        /// <summary>Whether a record belongs to the command of the one before it: events of one command stand together and share their count.</summary>
        private bool GoesOnWith(JournalRecord record) =>
            _before is not null
            && record.Command == _before.Command
            && record.Origin == _before.Origin
            && record.Clock[record.Origin] == _before.Clock[_before.Origin];

        private void CheckCommand(JournalRecord record, bool sameCommand)
        {
            if (!sameCommand) _streamsOfCommand.Clear();
            if (record.Command == CommandId.None || !_streamsOfCommand.Add(record.Stream)) return;
            var effect = new Effect(record.Command, _streams[record.Stream].Number);
            if (!_effects.Add(effect))
            {
                Report(record.Seq, JournalProblemCode.CommandTwice, $"The command {record.Command} takes effect in {record.Stream} a second time.");
                return;
            }
            _effectsByAge.Enqueue(effect);
            if (_effectsByAge.Count > _settings.CommandsRemembered) _effects.Remove(_effectsByAge.Dequeue());
        }

        private void CheckClock(JournalRecord record, bool sameCommand)
        {
            if (sameCommand)
            {
                if (!record.Clock.Equals(_before!.Clock)) Report(record.Seq, JournalProblemCode.ClockDiffers, $"The clock ({record.Clock}) is not that of the command's event before it ({_before.Clock}).");
                return;
            }
            var origin = NodeOf(record.Origin);
            var own = record.Clock[record.Origin];
            if (own <= origin.Last)
                Report(record.Seq, JournalProblemCode.ClockNotGrown, $"Node {record.Origin} counts {own} commands, and counted {origin.Last} before.");
            else if (own <= origin.Known)
                Report(record.Seq, JournalProblemCode.ClockKnownBefore, $"Node {record.Origin} counts {own} commands, and an earlier event knew of {origin.Known}.");
            origin.Last = Math.Max(origin.Last, own);
            foreach (var (node, ticks) in record.Clock.Entries)
            {
                var known = NodeOf(node);
                if (node != record.Origin && ticks > known.Last)
                    Report(record.Seq, JournalProblemCode.ClockAhead, $"The event knows of command {ticks} of node {node}, of whose commands {known.Last} stand before it.");
                known.Known = Math.Max(known.Known, ticks);
            }
        }

        private NodeClock NodeOf(Rank node)
        {
            if (!_nodes.TryGetValue(node, out var clock)) _nodes.Add(node, clock = new NodeClock());
            return clock;
        }

        private readonly record struct Place(int Number, long Version);

        private readonly record struct Effect(CommandId Command, int Stream);

        private sealed class NodeClock
        {
            /// <summary>The node's own count at its last command.</summary>
            public long Last { get; set; }

            /// <summary>The greatest count of it that any event carried.</summary>
            public long Known { get; set; }
        }
    }
}
