using Rialto.Journal;

namespace Rialto.Markets.Auctions;

/// <summary>
/// A node's own list of all auctions, newest first by the place of their creation, and the same for each status, so that a page of the open
/// ones does not pass by all that have ended.
/// </summary>
public sealed class AuctionDirectory : ReadModel
{
    private readonly Dictionary<string, Entry> _byKey = new(StringComparer.Ordinal);
    private readonly SortedSet<Entry> _all = new(NewestFirst.Order);
    private readonly SortedSet<Entry>[] _byStatus = [.. Enum.GetValues<AuctionStatus>().Select(_ => new SortedSet<Entry>(NewestFirst.Order))];

    /// <inheritdoc/>
    public override string Category => "auction";

    /// <summary>The auctions, newest first.</summary>
    /// <param name="status">Only those in this status; null for all.</param>
    /// <param name="before">The page before's cursor (see <see cref="Cursor"/>), or null.</param>
    /// <param name="limit">How many at most.</param>
    public Page<AuctionListItem> List(AuctionStatus? status, long? before, int limit)
    {
        var entries = status is null ? _all : Enum.IsDefined(status.Value) ? _byStatus[(int)status.Value] : [];
        if (entries.Count == 0 || before <= entries.Max!.CreatedSeq) return Page<AuctionListItem>.Empty;
        IEnumerable<Entry> from = before is { } seq ? entries.GetViewBetween(Entry.At(seq - 1), entries.Max) : entries;
        var size = Bounds.Page(limit);
        var items = new List<AuctionListItem>();
        foreach (var entry in from)
        {
            if (items.Count == size) return new Page<AuctionListItem>(items, Cursor.Write(items[^1].Seq));
            items.Add(entry.Show());
        }
        return new Page<AuctionListItem>(items, null);
    }

    /// <summary>How many auctions there are in a status.</summary>
    public int Count(AuctionStatus status) => _byStatus[(int)status].Count;

    /// <inheritdoc/>
    public override void Apply(JournalRecord record, Event happened, object stateAfter)
    {
        var state = (AuctionState)stateAfter;
        if (happened is AuctionCreated created) Add(new Entry(record.Seq.Value, record.At, created), state.Key);
        Refresh(_byKey[record.Stream.Key], state);
    }

    /// <inheritdoc/>
    public override void Save(BinaryWriter writer) => writer.WriteAll(_all.Count, _all.Reverse(), (to, entry) => entry.Save(to));

    /// <inheritdoc/>
    public override void Load(BinaryReader reader, Func<string, object> stateOf) => reader.ReadAll(from =>
    {
        var entry = Entry.Load(from);
        Add(entry, entry.Key);
        Refresh(entry, (AuctionState)stateOf(entry.Key));
    });

    private void Add(Entry entry, string key)
    {
        _byKey.Add(key, entry);
        _all.Add(entry);
        _byStatus[(int)entry.Status].Add(entry);
    }

    private void Refresh(Entry entry, AuctionState state)
    {
        if (entry.Status != state.Status)
        {
            _byStatus[(int)entry.Status].Remove(entry);
            _byStatus[(int)state.Status].Add(entry);
        }
        entry.Refresh(state);
    }

    private sealed class Entry(long createdSeq, DateTimeOffset createdAt, AuctionCreated? created)
    {
        private int _participantCount;
        private Glance _glance;
        private WinnerView? _winner;

        public long CreatedSeq { get; } = createdSeq;

        public AuctionStatus Status { get; private set; }

        public string Key => created!.Auction;

        public static Entry Load(BinaryReader reader)
        {
            var (seq, at) = (reader.ReadInt64(), reader.ReadTime());
            return new Entry(seq, at, (AuctionCreated)MarketCodec.Decode(reader.ReadString(), reader.ReadBytes(reader.Read7BitEncodedInt())));
        }

        public void Save(BinaryWriter writer)
        {
            writer.Write(CreatedSeq);
            writer.WriteTime(createdAt);
            writer.Write(MarketCodec.TypeOf(created!));
            var bytes = MarketCodec.Encode(created!);
            writer.Write7BitEncodedInt(bytes.Length);
            writer.Write(bytes);
        }

        /// <summary>A place in the order of entries, not an auction.</summary>
        public static Entry At(long seq) => new(seq, default, null);

        public void Refresh(AuctionState state)
        {
            Status = state.Status;
            _participantCount = state.Participants.Count;
            _glance = state.Form!.Glance(state);
            _winner ??= Auction.Winner(state);
        }

        public AuctionListItem Show() => new()
        {
            Id = created!.Auction,
            Item = created.Item,
            Format = created.Format,
            Status = Status,
            Auctioneer = created.Auctioneer,
            Asset = created.Asset,
            MinimumBid = Amounts.ToDecimal(created.Terms.MinimumBidMinor, created.Scale),
            MinimumRounds = created.Terms.MinimumRounds,
            MinimumBidders = created.Terms.MinimumBidders,
            ParticipantCount = _participantCount,
            Round = _glance.Round,
            RoundClosesAt = _glance.RoundClosesAt,
            ClosesAt = _glance.ClosesAt,
            Price = _glance.PriceMinor is { } price ? Amounts.ToDecimal(price, created.Scale) : null,
            Winner = _winner,
            CreatedAt = createdAt,
            Seq = CreatedSeq,
        };
    }

    private sealed class NewestFirst : IComparer<Entry>
    {
        public static readonly NewestFirst Order = new();

        public int Compare(Entry? x, Entry? y) => y!.CreatedSeq.CompareTo(x!.CreatedSeq);
    }
}
