namespace Rialto.Markets.Ledgers;

/// <summary>
/// A ledger in memory: accounts by name, what is pending, what is due. Made for one hot ledger with a hundred thousand transfers a second:
/// it changes in place and copies nothing per event. What is closed does not pile up: the newest closed transfers and proposals are
/// remembered, so that who asks again is told what became of them, and older ones are forgotten in order; money depends on none of them.
/// </summary>
public sealed class LedgerState
{
    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private readonly List<Account> _accountsInOrder = [];
    private readonly Dictionary<string, PendingTransfer> _pending = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Proposal> _openProposals = new(StringComparer.Ordinal);
    private readonly Remembered<ClosedTransfer> _direct = new(LedgerBounds.MaxRememberedDirect);
    private readonly Remembered<ClosedTransfer> _closed = new(LedgerBounds.MaxRememberedClosed);
    private readonly Remembered<Proposal> _closedProposals = new(LedgerBounds.MaxRememberedClosed);
    private readonly SortedSet<DueEntry> _due = [];
    private readonly SortedDictionary<string, long> _paidUpTo = new(StringComparer.Ordinal);
    private long _lastNumber;

    internal LedgerState(string asset) => Asset = asset;

    /// <summary>What is counted.</summary>
    public string Asset { get; }

    /// <summary>Whether it was created.</summary>
    public bool Exists { get; private set; }

    /// <summary>Decimals of all amounts.</summary>
    public int Scale { get; private set; }

    /// <summary>How many accounts there are.</summary>
    public int AccountCount => _accountsInOrder.Count;

    /// <summary>How many transfers are pending.</summary>
    public int PendingCount => _pending.Count;

    /// <summary>The open holds that were taken for other entities' commands, oldest first: what a reactor has to see through.</summary>
    public IEnumerable<OpenHold> OpenHolds =>
        from hold in _pending.Values
        where hold.Purpose is not null
        orderby hold.Number
        select new OpenHold(
            hold.Id, hold.Debit.Name, hold.Credit.Name, hold.AmountMinor, hold.Purpose!.Stream, new Journal.CommandId(hold.Purpose.Command), hold.Purpose.NotAfter);

    internal IReadOnlyList<Account> Accounts => _accountsInOrder;

    internal IEnumerable<PendingTransfer> Pending => _pending.Values;

    internal IEnumerable<DueEntry> Due => _due;

    internal DueEntry? NextDue => _due.Count == 0 ? null : _due.Min;

    internal int OpenProposalCount => _openProposals.Count;

    /// <summary>Open and remembered proposals, newest first.</summary>
    internal IEnumerable<Proposal> Proposals => _openProposals.Values.Concat(_closedProposals.OldestFirst).OrderByDescending(proposal => proposal.Number);

    internal Account? FindAccount(string name) => _accounts.GetValueOrDefault(name);

    internal PendingTransfer? FindPending(string id) => _pending.GetValueOrDefault(id);

    internal ClosedTransfer? FindClosed(string id) => _closed.Find(id) ?? _direct.Find(id);

    internal Proposal? FindProposal(string id) => _openProposals.GetValueOrDefault(id) ?? _closedProposals.Find(id);

    /// <summary>The number of the last payment out of holds that an entity owed and that was made.</summary>
    internal long PaidUpTo(string purposeStream) => _paidUpTo.GetValueOrDefault(purposeStream);

    internal bool IsTaken(string id) => _pending.ContainsKey(id) || FindClosed(id) is not null || FindProposal(id) is not null;

    internal void Create(LedgerCreated happened)
    {
        Exists = true;
        Scale = happened.Scale;
        Open(new AccountOpened(happened.Issuer, 0));
    }

    internal void Open(AccountOpened happened)
    {
        var account = new Account(happened.Account) { LimitMinor = happened.LimitMinor };
        _accounts.Add(account.Name, account);
        _accountsInOrder.Add(account);
    }

    internal void Issue(FundsIssued happened)
    {
        _accounts[happened.Debit].LimitMinor += happened.AmountMinor;
        Move(happened.Transfer, happened.Debit, happened.Credit, happened.AmountMinor, happened.Memo, null);
    }

    internal void Move(string id, string debit, string credit, long amountMinor, string? memo, string? proposal)
    {
        Account payer = _accounts[debit], receiver = _accounts[credit];
        payer.PostedDebits += amountMinor;
        receiver.PostedCredits += amountMinor;
        _direct.Add(id, new ClosedTransfer(id, payer.Name, receiver.Name, amountMinor, amountMinor, TransferStatus.Posted, memo, null, proposal, false));
    }

    internal void Hold(TransferHeld happened) =>
        Hold(new PendingTransfer(++_lastNumber, happened.Transfer, _accounts[happened.Debit], _accounts[happened.Credit], happened.AmountMinor)
        {
            ExpiresAt = happened.ExpiresAt,
            Memo = happened.Memo,
            Proposal = happened.Proposal,
        });

    internal void Hold(FundsHeld happened)
    {
        var amount = happened.AmountMinor ?? throw new InvalidOperationException($"A concealed event cannot be replayed: {happened}");
        Hold(new PendingTransfer(++_lastNumber, happened.Transfer, _accounts[happened.Debit], _accounts[happened.Credit], amount)
        {
            Purpose = new HoldPurpose(happened.PurposeStream, happened.PurposeCommand, happened.NotAfter),
            Sealed = happened.Sealed,
        });
    }

    internal void Close(string id, TransferStatus status, long postedMinor)
    {
        if (!_pending.Remove(id, out var hold)) throw new InvalidOperationException($"Transfer {id} of ledger {Asset} becomes {status} and is not pending.");
        Reserve(hold, -hold.AmountMinor);
        hold.Debit.PostedDebits += postedMinor;
        hold.Credit.PostedCredits += postedMinor;
        if (hold.ExpiresAt is { } at) _due.Remove(new DueEntry(at, hold.Number, id, IsProposal: false));
        _closed.Add(id, new ClosedTransfer(
            id, hold.Debit.Name, hold.Credit.Name, hold.OriginalMinor, hold.PaidMinor + postedMinor, status, hold.Memo, hold.Purpose?.Stream, hold.Proposal, hold.Sealed));
    }

    internal void Pay(HoldPaid happened)
    {
        var hold = _pending[happened.Transfer];
        _paidUpTo[happened.PurposeStream] = happened.Number;
        Reserve(hold, -(happened.AmountMinor + happened.ReleasedMinor));
        if (happened.Credit is not null)
        {
            hold.Debit.PostedDebits += happened.AmountMinor;
            _accounts[happened.Credit].PostedCredits += happened.AmountMinor;
        }
        hold = hold with { AmountMinor = happened.LeftMinor, PaidMinor = hold.PaidMinor + happened.AmountMinor, ReleasedMinor = hold.ReleasedMinor + happened.ReleasedMinor };
        if (happened.LeftMinor > 0)
        {
            _pending[hold.Id] = hold;
            return;
        }
        _pending.Remove(hold.Id);
        _closed.Add(hold.Id, new ClosedTransfer(
            hold.Id, hold.Debit.Name, hold.Credit.Name, hold.OriginalMinor, hold.PaidMinor, hold.PaidMinor > 0 ? TransferStatus.Posted : TransferStatus.Voided, hold.Memo,
            hold.Purpose?.Stream, hold.Proposal, hold.Sealed));
    }

    internal void Propose(TradeProposed happened)
    {
        var proposal = new Proposal(
            ++_lastNumber, happened.Proposal, happened.Side, happened.Account, happened.Counterparty, happened.AmountMinor, happened.ExpiresAt, ProposalStatus.Open);
        _openProposals.Add(proposal.Id, proposal);
        _due.Add(DueEntry.Of(proposal));
    }

    internal void CloseProposal(string id, ProposalStatus status)
    {
        if (!_openProposals.Remove(id, out var proposal)) throw new InvalidOperationException($"Proposal {id} of ledger {Asset} becomes {status} and is not open.");
        _due.Remove(DueEntry.Of(proposal));
        _closedProposals.Add(id, proposal with { Status = status });
    }

    private void Hold(PendingTransfer hold)
    {
        _pending.Add(hold.Id, hold);
        Reserve(hold, hold.AmountMinor);
        if (hold.ExpiresAt is { } at) _due.Add(new DueEntry(at, hold.Number, hold.Id, IsProposal: false));
    }

    /// <summary>Holds so much more, or less, of a transfer's accounts.</summary>
    private static void Reserve(PendingTransfer hold, long amountMinor)
    {
        hold.Debit.PendingDebits += amountMinor;
        hold.Credit.PendingCredits += amountMinor;
        if (!hold.Sealed) return;
        hold.Debit.SealedDebits += amountMinor;
        hold.Credit.SealedCredits += amountMinor;
    }

    internal static void Save(LedgerState state, BinaryWriter writer)
    {
        writer.Write(state.Exists);
        writer.Write(state.Scale);
        writer.Write(state._lastNumber);
        writer.WriteAll(state._accountsInOrder.Count, state._accountsInOrder, static (to, account) => account.Write(to));
        writer.WriteAll(state._pending.Count, state._pending.Values.OrderBy(hold => hold.Number), static (to, hold) => hold.Write(to));
        writer.WriteAll(state._openProposals.Count, state._openProposals.Values.OrderBy(proposal => proposal.Number), static (to, proposal) => proposal.Write(to));
        writer.WriteAll(state._closedProposals.Count, state._closedProposals.OldestFirst, static (to, proposal) => proposal.Write(to));
        writer.WriteAll(state._closed.Count, state._closed.OldestFirst, static (to, closed) => closed.Write(to));
        writer.WriteAll(state._direct.Count, state._direct.OldestFirst, static (to, closed) => closed.Write(to));
        writer.WriteAll(state._paidUpTo.Count, state._paidUpTo, static (to, paid) =>
        {
            to.Write(paid.Key);
            to.Write(paid.Value);
        });
    }

    internal static LedgerState Load(string asset, ReadOnlySpan<byte> bytes)
    {
        using var reader = Checkpoint.Open(bytes);
        var state = new LedgerState(asset) { Exists = reader.ReadBoolean(), Scale = reader.ReadInt32(), _lastNumber = reader.ReadInt64() };
        reader.ReadAll(from =>
        {
            var account = Account.Read(from);
            state._accounts.Add(account.Name, account);
            state._accountsInOrder.Add(account);
        });
        reader.ReadAll(from =>
        {
            var hold = PendingTransfer.Read(from, state._accounts);
            state._pending.Add(hold.Id, hold);
            if (hold.ExpiresAt is { } at) state._due.Add(new DueEntry(at, hold.Number, hold.Id, IsProposal: false));
        });
        reader.ReadAll(from =>
        {
            var proposal = Proposal.Read(from);
            state._openProposals.Add(proposal.Id, proposal);
            state._due.Add(DueEntry.Of(proposal));
        });
        reader.ReadAll(from =>
        {
            var proposal = Proposal.Read(from);
            state._closedProposals.Add(proposal.Id, proposal);
        });
        reader.ReadAll(from => ReadClosed(from, state._closed));
        reader.ReadAll(from => ReadClosed(from, state._direct));
        reader.ReadAll(from => state._paidUpTo.Add(from.ReadString(), from.ReadInt64()));
        return state;

        static void ReadClosed(BinaryReader from, Remembered<ClosedTransfer> into)
        {
            var closed = ClosedTransfer.Read(from);
            into.Add(closed.Id, closed);
        }
    }
}

/// <summary>A hold that was taken for another entity's command and is still open.</summary>
/// <param name="Transfer">Its id in its ledger.</param>
/// <param name="Debit">Who would pay.</param>
/// <param name="Credit">Who would receive.</param>
/// <param name="AmountMinor">How much is held.</param>
/// <param name="PurposeStream">The entity that tells what becomes of it.</param>
/// <param name="PurposeCommand">The command that it was taken for.</param>
/// <param name="NotAfter">If that entity knows nothing of it well after this time, it was in vain.</param>
public sealed record OpenHold(
    string Transfer, string Debit, string Credit, long AmountMinor, string PurposeStream, Journal.CommandId PurposeCommand, DateTimeOffset NotAfter);

/// <summary>
/// An account's sums since the beginning, in minor units. They only grow, but for what is pending. What is posted has no bound: a transfer is
/// refused that would take an account beyond <see cref="Amounts.MaxTotalMinor"/>, and what is paid out of holds is owed, and cannot be refused.
/// </summary>
internal sealed class Account(string name)
{
    public readonly string Name = name;
    public long LimitMinor;
    public Int128 PostedDebits;
    public Int128 PostedCredits;
    public long PendingDebits;
    public long PendingCredits;

    /// <summary>The sealed part of what is pending: nobody sees it but the payer and the operator.</summary>
    public long SealedDebits;
    public long SealedCredits;

    public Int128 BalanceMinor => PostedCredits - PostedDebits;

    public Int128 AvailableMinor => BalanceMinor - PendingDebits + LimitMinor;

    public void Write(BinaryWriter writer)
    {
        writer.Write(Name);
        writer.WriteLarge(PostedDebits);
        writer.WriteLarge(PostedCredits);
        ReadOnlySpan<long> sums = [LimitMinor, PendingDebits, PendingCredits, SealedDebits, SealedCredits];
        foreach (var sum in sums) writer.Write(sum);
    }

    public static Account Read(BinaryReader reader) => new(reader.ReadString())
    {
        PostedDebits = reader.ReadLarge(),
        PostedCredits = reader.ReadLarge(),
        LimitMinor = reader.ReadInt64(),
        PendingDebits = reader.ReadInt64(),
        PendingCredits = reader.ReadInt64(),
        SealedDebits = reader.ReadInt64(),
        SealedCredits = reader.ReadInt64(),
    };
}

/// <summary>What a hold is for.</summary>
internal sealed record HoldPurpose(string Stream, Guid Command, DateTimeOffset NotAfter);

/// <summary>A transfer that is held. Its amount is what is held now: of a hold that is paid in parts, what is left.</summary>
internal sealed record PendingTransfer(long Number, string Id, Account Debit, Account Credit, long AmountMinor)
{
    public long PaidMinor { get; init; }
    public long ReleasedMinor { get; init; }
    public long OriginalMinor => AmountMinor + PaidMinor + ReleasedMinor;
    public DateTimeOffset? ExpiresAt { get; init; }
    public string? Memo { get; init; }
    public string? Proposal { get; init; }
    public HoldPurpose? Purpose { get; init; }
    public bool Sealed { get; init; }

    public void Write(BinaryWriter writer)
    {
        writer.Write(Number);
        writer.Write(Id);
        writer.Write(Debit.Name);
        writer.Write(Credit.Name);
        writer.Write(AmountMinor);
        writer.Write(PaidMinor);
        writer.Write(ReleasedMinor);
        writer.WriteOptional(ExpiresAt);
        writer.WriteOptional(Memo);
        writer.WriteOptional(Proposal);
        writer.Write(Sealed);
        writer.WriteOptional(Purpose?.Stream);
        if (Purpose is null) return;
        writer.Write(Purpose.Command.ToByteArray());
        writer.WriteTime(Purpose.NotAfter);
    }

    public static PendingTransfer Read(BinaryReader reader, Dictionary<string, Account> accounts)
    {
        var hold = new PendingTransfer(reader.ReadInt64(), reader.ReadString(), accounts[reader.ReadString()], accounts[reader.ReadString()], reader.ReadInt64())
        {
            PaidMinor = reader.ReadInt64(),
            ReleasedMinor = reader.ReadInt64(),
            ExpiresAt = reader.ReadOptionalTime(),
            Memo = reader.ReadOptionalText(),
            Proposal = reader.ReadOptionalText(),
            Sealed = reader.ReadBoolean(),
        };
        return reader.ReadOptionalText() is { } stream
            ? hold with { Purpose = new HoldPurpose(stream, new Guid(reader.ReadBytes(16)), reader.ReadTime()) }
            : hold;
    }
}

/// <summary>What is remembered of a transfer that is done with.</summary>
internal sealed record ClosedTransfer(
    string Id, string Debit, string Credit, long AmountMinor, long PostedMinor, TransferStatus Status, string? Memo, string? Purpose, string? Proposal, bool Sealed)
{
    public void Write(BinaryWriter writer)
    {
        writer.Write(Id);
        writer.Write(Debit);
        writer.Write(Credit);
        writer.Write(AmountMinor);
        writer.Write(PostedMinor);
        writer.Write((byte)Status);
        writer.WriteOptional(Memo);
        writer.WriteOptional(Purpose);
        writer.WriteOptional(Proposal);
        writer.Write(Sealed);
    }

    public static ClosedTransfer Read(BinaryReader reader) => new(
        reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadInt64(), reader.ReadInt64(), (TransferStatus)reader.ReadByte(),
        reader.ReadOptionalText(), reader.ReadOptionalText(), reader.ReadOptionalText(), reader.ReadBoolean());
}

internal sealed record Proposal(
    long Number, string Id, TradeSide Side, string Account, string Counterparty, long AmountMinor, DateTimeOffset ExpiresAt, ProposalStatus Status)
{
    public string Payer => Side == TradeSide.Sell ? Account : Counterparty;

    public string Receiver => Side == TradeSide.Sell ? Counterparty : Account;

    public void Write(BinaryWriter writer)
    {
        writer.Write(Number);
        writer.Write(Id);
        writer.Write((byte)Side);
        writer.Write(Account);
        writer.Write(Counterparty);
        writer.Write(AmountMinor);
        writer.WriteTime(ExpiresAt);
        writer.Write((byte)Status);
    }

    public static Proposal Read(BinaryReader reader) => new(
        reader.ReadInt64(), reader.ReadString(), (TradeSide)reader.ReadByte(), reader.ReadString(), reader.ReadString(), reader.ReadInt64(), reader.ReadTime(),
        (ProposalStatus)reader.ReadByte());
}

/// <summary>Something that ends by itself, in order of time and then of age.</summary>
internal readonly record struct DueEntry(DateTimeOffset At, long Number, string Id, bool IsProposal) : IComparable<DueEntry>
{
    public static DueEntry Of(Proposal proposal) => new(proposal.ExpiresAt, proposal.Number, proposal.Id, IsProposal: true);

    public int CompareTo(DueEntry other) => At != other.At ? At.CompareTo(other.At) : Number.CompareTo(other.Number);
}
