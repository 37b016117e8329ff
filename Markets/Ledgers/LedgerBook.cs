using Rialto.Journal;

namespace Rialto.Markets.Ledgers;

/// <summary>
/// A node's own index over all ledgers: which there are, and each account's history with its running balance. The newest
/// <see cref="MaxLinesPerAccount"/> lines of an account are kept; what is older stands in the journal.
/// </summary>
public sealed class LedgerBook : ReadModel
{
    /// <summary>The most lines that are kept of one account.</summary>
    public const int MaxLinesPerAccount = 100_000;

    private readonly Dictionary<string, Book> _books = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string Category => "ledger";

    /// <summary>The ledgers, by name.</summary>
    /// <param name="cursor">The page before's <c>Next</c> (a name), or null.</param>
    /// <param name="limit">How many at most.</param>
    public Page<LedgerListItem> List(string? cursor, int limit)
    {
        var size = Bounds.Page(limit);
        var found = _books.Values.Where(book => string.CompareOrdinal(book.Asset, cursor) > 0).OrderBy(book => book.Asset, StringComparer.Ordinal).Take(size + 1).ToList();
        return new Page<LedgerListItem>([.. found.Take(size).Select(Show)], found.Count > size ? found[size - 1].Asset : null);
    }

    /// <summary>Whether the ledger is known here.</summary>
    public bool HasLedger(string asset) => _books.ContainsKey(asset);

    /// <summary>An account's history, newest first; null if there is no such account.</summary>
    /// <param name="asset">The ledger.</param>
    /// <param name="account">The account.</param>
    /// <param name="viewer">Who looks: sealed amounts are the payer's and the operator's only.</param>
    /// <param name="before">The page before's cursor (see <see cref="Cursor"/>): lines before this seq.</param>
    /// <param name="limit">How many at most.</param>
    public Page<HistoryLine>? History(string asset, string account, Viewer viewer, long? before, int limit)
    {
        if (Find(asset, account, out var book) is not { } history) return null;
        var lines = history.Lines;
        var end = before is { } seq ? FirstAtOrAfter(lines, seq) : lines.Count;
        var start = Math.Max(0, end - Bounds.Page(limit));
        var items = new List<HistoryLine>(end - start);
        for (var i = end - 1; i >= start; i--) items.Add(Show(book!, account, lines[i], viewer));
        return new Page<HistoryLine>(items, start > 0 ? Cursor.Write(lines[start].Seq) : null);
    }

    /// <summary>An account's statement: the same lines, oldest first; null if there is no such account.</summary>
    /// <param name="asset">The ledger.</param>
    /// <param name="account">The account.</param>
    /// <param name="viewer">Who looks.</param>
    /// <param name="after">The page before's cursor: lines after this seq.</param>
    /// <param name="limit">How many at most.</param>
    public Page<HistoryLine>? Statement(string asset, string account, Viewer viewer, long? after, int limit)
    {
        if (Find(asset, account, out var book) is not { } history) return null;
        var lines = history.Lines;
        var start = after is { } seq and < long.MaxValue ? FirstAtOrAfter(lines, seq + 1) : after is null ? 0 : lines.Count;
        var end = Math.Min(lines.Count, start + Bounds.Page(limit));
        var items = new List<HistoryLine>(end - start);
        for (var i = start; i < end; i++) items.Add(Show(book!, account, lines[i], viewer));
        return new Page<HistoryLine>(items, end < lines.Count ? Cursor.Write(lines[end - 1].Seq) : null);
    }

    /// <inheritdoc/>
    public override void Apply(JournalRecord record, Event happened, object stateAfter)
    {
        var asset = record.Stream.Key;
        if (happened is LedgerCreated created)
        {
            var opened = new Book(asset, created.Scale, record.Seq.Value, record.At);
            opened.Accounts.Add(created.Issuer, new AccountHistory());
            _books.Add(asset, opened);
            return;
        }
        var book = _books[asset];
        switch (happened)
        {
            case AccountOpened e:
                book.Accounts.Add(e.Account, new AccountHistory());
                break;
            case FundsIssued e:
                book.IssuedMinor += e.AmountMinor;
                Write(book, Entry(record, HistoryKind.Issued, e.Transfer, e.Debit, e.Credit, e.AmountMinor, e.Memo, null, false), e.AmountMinor);
                break;
            case TransferMade e:
                Write(book, Entry(record, HistoryKind.Transfer, e.Transfer, e.Debit, e.Credit, e.AmountMinor, e.Memo, e.Proposal, false), e.AmountMinor);
                break;
            case TransferHeld e:
                WriteHeld(book, Entry(record, HistoryKind.Held, e.Transfer, e.Debit, e.Credit, e.AmountMinor, e.Memo, e.Proposal, false));
                break;
            case FundsHeld e:
                WriteHeld(book, Entry(record, HistoryKind.Held, e.Transfer, e.Debit, e.Credit, e.AmountMinor ?? 0, e.PurposeStream, null, e.Sealed));
                break;
            case TransferPosted e:
                WriteClosed(book, record, HistoryKind.Posted, e.Transfer, e.AmountMinor);
                break;
            case HoldPaid e:
                WritePaid(book, record, e);
                break;
            case TransferVoided e:
                WriteClosed(book, record, HistoryKind.Voided, e.Transfer, null);
                break;
            case TransferExpired e:
                WriteClosed(book, record, HistoryKind.Expired, e.Transfer, null);
                break;
            default:
                break;   // Proposals show in the transfers that settle them.
        }
    }

    /// <inheritdoc/>
    public override void Save(BinaryWriter writer) => writer.WriteAll(_books.Count, _books.Values, (to, book) => book.Save(to));

    /// <inheritdoc/>
    public override void Load(BinaryReader reader, Func<string, object> stateOf) => reader.ReadAll(from =>
    {
        var book = Book.Load(from);
        _books.Add(book.Asset, book);
    });

    private static void WriteHeld(Book book, Movement held)
    {
        book.Open.Add(held.Transfer, held);
        Write(book, held, 0);
    }

    private static void WriteClosed(Book book, JournalRecord record, HistoryKind kind, string transfer, long? postedMinor)
    {
        book.Open.Remove(transfer, out var held);
        var closed = held! with { Seq = record.Seq.Value, AtUnixMs = record.AtUnixMs, Kind = kind };
        // What was posted is known to all; what was released stays as secret as it was.
        if (postedMinor is { } posted) Write(book, closed with { AmountMinor = posted, Sealed = false }, posted);
        else Write(book, closed, 0);
    }

    /// <summary>What was paid shows with who was paid; what was given back shows where it was held.</summary>
    private static void WritePaid(Book book, JournalRecord record, HoldPaid paid)
    {
        var held = book.Open[paid.Transfer] with { Seq = record.Seq.Value, AtUnixMs = record.AtUnixMs };
        if (paid.LeftMinor == 0) book.Open.Remove(paid.Transfer);
        if (paid.Credit is not null) Write(book, held with { Kind = HistoryKind.Posted, Credit = paid.Credit, AmountMinor = paid.AmountMinor, Sealed = false }, paid.AmountMinor);
        else Write(book, held with { Kind = HistoryKind.Voided, AmountMinor = paid.ReleasedMinor }, 0);
    }

    private static void Write(Book book, Movement movement, long movedMinor)
    {
        book.Accounts[movement.Debit].Add(movement, -movedMinor);
        book.Accounts[movement.Credit].Add(movement, movedMinor);
    }

    private static Movement Entry(
        JournalRecord record, HistoryKind kind, string transfer, string debit, string credit, long amountMinor, string? memo, string? proposal, bool isSealed) =>
        new(record.Seq.Value, record.AtUnixMs, kind, transfer, debit, credit, amountMinor, memo, proposal, isSealed);

    private AccountHistory? Find(string asset, string account, out Book? book)
    {
        book = _books.GetValueOrDefault(asset);
        return book?.Accounts.GetValueOrDefault(account);
    }

    private static int FirstAtOrAfter(List<Line> lines, long seq)
    {
        int low = 0, high = lines.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (lines[middle].Seq < seq) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private static LedgerListItem Show(Book book) =>
        new(book.Asset, book.Scale, book.Accounts.Count, Amounts.ToDecimal(book.IssuedMinor, book.Scale), book.CreatedAt) { Seq = book.CreatedSeq };

    private static HistoryLine Show(Book book, string account, in Line line, Viewer viewer)
    {
        var movement = line.Movement;
        var pays = string.Equals(movement.Debit, account, StringComparison.Ordinal);
        decimal? amount = movement.Sealed && !viewer.MaySee(movement.Debit) ? null : Amounts.ToDecimal(movement.AmountMinor, book.Scale);
        return new HistoryLine(
            DateTimeOffset.FromUnixTimeMilliseconds(movement.AtUnixMs), movement.Kind, pays ? EntrySide.Debit : EntrySide.Credit,
            pays ? movement.Credit : movement.Debit, amount, Amounts.ToDecimal(line.BalanceMinor, book.Scale), movement.Transfer, movement.Memo, movement.Proposal)
        { Seq = movement.Seq };
    }

    private sealed class Book(string asset, int scale, long createdSeq, DateTimeOffset createdAt)
    {
        public readonly string Asset = asset;
        public readonly int Scale = scale;
        public readonly DateTimeOffset CreatedAt = createdAt;
        public readonly long CreatedSeq = createdSeq;
        public long IssuedMinor;
        public readonly Dictionary<string, AccountHistory> Accounts = new(StringComparer.Ordinal);
        public readonly Dictionary<string, Movement> Open = new(StringComparer.Ordinal);

        public void Save(BinaryWriter writer)
        {
            writer.Write(Asset);
            writer.Write(Scale);
            writer.Write(CreatedSeq);
            writer.WriteTime(CreatedAt);
            writer.Write(IssuedMinor);
            // The two accounts of a movement share it, and go on sharing it.
            var movements = new List<Movement>();
            // In an order that does not tell which others were open before them.
            Movement[] open = [.. Open.Values.OrderBy(held => held.Seq).ThenBy(held => held.Transfer, StringComparer.Ordinal)];
            foreach (var account in Accounts.Values)
                foreach (var line in account.Lines) line.Movement.SavedAs = -1;
            foreach (var held in open) held.SavedAs = -1;
            foreach (var account in Accounts.Values)
                foreach (var line in account.Lines) line.Movement.Number(movements);
            foreach (var held in open) held.Number(movements);
            writer.WriteAll(movements.Count, movements, static (to, movement) => movement.Save(to));
            writer.WriteAll(Accounts.Count, Accounts, static (to, account) =>
            {
                to.Write(account.Key);
                account.Value.Save(to);
            });
            writer.WriteAll(open.Length, open, static (to, held) => to.Write7BitEncodedInt(held.SavedAs));
        }

        public static Book Load(BinaryReader reader)
        {
            var (asset, scale, createdSeq, createdAt) = (reader.ReadString(), reader.ReadInt32(), reader.ReadInt64(), reader.ReadTime());
            var book = new Book(asset, scale, createdSeq, createdAt) { IssuedMinor = reader.ReadInt64() };
            var movements = new List<Movement>();
            reader.ReadAll(from => movements.Add(Movement.Load(from)));
            reader.ReadAll(from => book.Accounts.Add(from.ReadString(), AccountHistory.Load(from, movements)));
            reader.ReadAll(from =>
            {
                var movement = movements[from.Read7BitEncodedInt()];
                book.Open.Add(movement.Transfer, movement);
            });
            return book;
        }
    }

    private sealed class AccountHistory
    {
        private Int128 _balanceMinor;

        public readonly List<Line> Lines = [];

        public void Add(Movement movement, long movedMinor)
        {
            _balanceMinor += movedMinor;
            // A line has no room for more than any asset has; the account itself does.
            Lines.Add(new Line(movement, long.CreateSaturating(_balanceMinor)));
            // A tenth at a time, so that forgetting costs next to nothing per line.
            if (Lines.Count > MaxLinesPerAccount + (MaxLinesPerAccount / 10)) Lines.RemoveRange(0, Lines.Count - MaxLinesPerAccount);
        }

        public void Save(BinaryWriter writer)
        {
            writer.WriteLarge(_balanceMinor);
            writer.WriteAll(Lines.Count, Lines, static (to, line) =>
            {
                to.Write7BitEncodedInt(line.Movement.SavedAs);
                to.Write(line.BalanceMinor);
            });
        }

        public static AccountHistory Load(BinaryReader reader, List<Movement> movements)
        {
            var account = new AccountHistory { _balanceMinor = reader.ReadLarge() };
            reader.ReadAll(from => account.Lines.Add(new Line(movements[from.Read7BitEncodedInt()], from.ReadInt64())));
            return account;
        }
    }

    /// <summary>What both accounts of a transfer share of a line.</summary>
    private sealed record Movement(
        long Seq, long AtUnixMs, HistoryKind Kind, string Transfer, string Debit, string Credit, long AmountMinor, string? Memo, string? Proposal, bool Sealed)
    {
        /// <summary>While its book is saved: its number among the book's movements, or -1 if it has none yet.</summary>
        public int SavedAs { get; set; }

        public void Number(List<Movement> movements)
        {
            if (SavedAs >= 0) return;
            SavedAs = movements.Count;
            movements.Add(this);
        }

        public void Save(BinaryWriter writer)
        {
            writer.Write(Seq);
            writer.Write(AtUnixMs);
            writer.Write((byte)Kind);
            writer.Write(Transfer);
            writer.Write(Debit);
            writer.Write(Credit);
            writer.Write(AmountMinor);
            writer.WriteOptional(Memo);
            writer.WriteOptional(Proposal);
            writer.Write(Sealed);
        }

        public static Movement Load(BinaryReader reader) => new(
            reader.ReadInt64(), reader.ReadInt64(), (HistoryKind)reader.ReadByte(), reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadInt64(),
            reader.ReadOptionalText(), reader.ReadOptionalText(), reader.ReadBoolean());
    }

    private readonly record struct Line(Movement Movement, long BalanceMinor)
    {
        public long Seq => Movement.Seq;
    }
}
