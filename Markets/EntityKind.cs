using System.Collections.Immutable;
using System.Security.Cryptography;
using Rialto.Journal;

namespace Rialto.Markets;

/// <summary>What then happened: the storage format. Written once, read for ever.</summary>
public abstract record Event;

/// <summary>What somebody asks for.</summary>
public abstract record Command;

/// <summary>What somebody wants to know of one entity.</summary>
public abstract record Query;

/// <summary>What an entity shows of itself to one viewer. Amounts are decimals in the asset's scale.</summary>
public abstract record View
{
    /// <summary>The place of the last event that this view includes. Set, before anybody else sees the view, by whoever knows it; an entity does not.</summary>
    [System.Text.Json.Serialization.JsonPropertyOrder(int.MaxValue)]
    public long Seq { get; set; }

    /// <summary>This view, with its place set, and with it the place of the views that it is made of: they are as of the same event.</summary>
    public virtual View PlacedAt(Seq seq)
    {
        Seq = seq.Value;
        foreach (var part in Parts) part.PlacedAt(seq);
        return this;
    }

    /// <summary>This view as what it is, read if it came from another process and nobody has looked into it yet.</summary>
    /// <exception cref="InvalidCastException">It is another kind of view.</exception>
    public TView As<TView>() where TView : View => (TView)(this is EncodedView encoded ? encoded.Read() : this);

    /// <summary>The views that this one is made of, and that its entity made with it.</summary>
    private protected virtual IEnumerable<View> Parts => [];
}

/// <summary>Who asks for what is asked, and when. Time and identity come in as data, so that rules stay pure.</summary>
/// <param name="Id">The command's id; names of what the command creates are made from it.</param>
/// <param name="Actor">Who acts.</param>
/// <param name="Now">The time of the deciding node.</param>
/// <param name="Held">What was held for this command, if it needed something held.</param>
/// <param name="Sealing">Makes the salts of sealed events; null only where nothing needs to stay secret.</param>
public readonly record struct CommandContext(CommandId Id, string Actor, DateTimeOffset Now, HeldFunds? Held = null, SealingKey? Sealing = null)
{
    /// <summary>
    /// Goes into every event that conceals something. A record's public hash covers the event, so without it anybody could find a
    /// sealed amount by trying all amounts; with it, hash and salt are a commitment that can be checked once the salt is shown.
    /// </summary>
    public string? Salt => Sealing?.SaltOf(Id);
}

/// <summary>A secret of this process, from which salts are made: the same command gets the same salt. It need not outlive the process, since salts are written.</summary>
public sealed class SealingKey
{
    private readonly byte[] _secret;

    /// <summary>Takes a secret of at least 16 bytes, from a source that cannot be guessed.</summary>
    public SealingKey(ReadOnlySpan<byte> secret)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(secret.Length, 16, nameof(secret));
        _secret = secret.ToArray();
    }

    /// <summary>128 bits in hexadecimal: HMAC-SHA-256 (RFC 2104) of the command's id, cut short.</summary>
    public string SaltOf(CommandId command)
    {
        Span<byte> id = stackalloc byte[16];
        command.Value.TryWriteBytes(id, bigEndian: true, out _);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secret, id, mac);
        return Convert.ToHexStringLower(mac[..16]);
    }
}

/// <summary>Funds that a command needs before it can be decided: a pending transfer in a ledger.</summary>
/// <param name="Asset">The ledger.</param>
/// <param name="Debit">The account that pays.</param>
/// <param name="Credit">The account that would receive.</param>
/// <param name="AmountMinor">How much, in minor units of the asset.</param>
/// <param name="Sealed">Whether nobody but the paying account's owner may learn the amount before it is posted.</param>
public sealed record FundsNeed(string Asset, string Debit, string Credit, long AmountMinor, bool Sealed);

/// <summary>Funds that are held for a command.</summary>
/// <param name="Transfer">The pending transfer's id in its ledger.</param>
/// <param name="AmountMinor">How much, in minor units.</param>
public sealed record HeldFunds(string Transfer, long AmountMinor);

/// <summary>What is to become of funds that were held for an entity, as told by that entity's state alone.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="AmountMinor">How much to post, in minor units; the rest is released.</param>
public readonly record struct HoldFate(HoldFateKind Kind, long AmountMinor = 0)
{
    /// <summary>The entity knows nothing of this hold: its command was never accepted, or is still on its way.</summary>
    public static readonly HoldFate Unknown = new(HoldFateKind.Unknown);

    /// <summary>It still counts.</summary>
    public static readonly HoldFate Keep = new(HoldFateKind.Keep);

    /// <summary>It no longer counts: release it.</summary>
    public static readonly HoldFate Void = new(HoldFateKind.Void);

    /// <summary>It is due to the credit account, in part or in full.</summary>
    public static HoldFate Post(long amountMinor) => new(HoldFateKind.Post, amountMinor);
}

/// <summary>See <see cref="HoldFate"/>.</summary>
public enum HoldFateKind
{
    /// <summary>The entity knows nothing of it.</summary>
    Unknown,
    /// <summary>It still counts.</summary>
    Keep,
    /// <summary>To be released.</summary>
    Void,
    /// <summary>To be paid.</summary>
    Post,
}

/// <summary>A payment out of a hold; what is left of the hold stays held, and a hold of which nothing is left is closed.</summary>
/// <param name="Transfer">The hold.</param>
/// <param name="Credit">Who is paid; null if nobody is, and a part is only released.</param>
/// <param name="AmountMinor">How much is paid.</param>
/// <param name="ReleasedMinor">How much more is given back to who paid.</param>
public readonly record struct HoldPayment(string Transfer, string? Credit, long AmountMinor, long ReleasedMinor);

/// <summary>
/// Payments that an entity owes out of holds that were taken for it. They are numbered without a gap within entity and ledger, and the ledger
/// remembers the last number, so that each is made once however often it is asked for.
/// </summary>
/// <param name="Asset">The ledger.</param>
/// <param name="First">The number of the first payment.</param>
/// <param name="Payments">The payments, in order.</param>
/// <param name="Confirm">What to tell the entity when the ledger has made them.</param>
public sealed record PaymentsDue(string Asset, long First, ImmutableArray<HoldPayment> Payments, Command Confirm);

/// <summary>The next thing that is due in an entity's life if nothing else happens first.</summary>
/// <param name="At">When.</param>
/// <param name="Name">Names this one occasion within the entity, such as <c>round/2</c>; the command's id is made from it, so that two leaders sending it is one command.</param>
/// <param name="Command">What to ask for then.</param>
public sealed record Deadline(DateTimeOffset At, string Name, Command Command);

/// <summary>
/// A kind of entity: its rules as pure functions over state, command and event, seen by the runtime without knowing the state's type.
/// Write new kinds as <see cref="EntityKind{TState}"/>.
/// </summary>
/// <remarks>
/// <see cref="Evolve"/> may change the state that it is given and return it: the caller owns one state and never uses the old one again.
/// Views and saved bytes share nothing with the state.
/// </remarks>
public abstract class EntityKind
{
    /// <summary>The category of its streams, such as <c>auction</c>.</summary>
    public abstract string Category { get; }

    /// <summary>The state before the first event.</summary>
    public abstract object Unborn(string key);

    /// <summary>Whether to do what is asked: the events, or a refusal. Changes nothing.</summary>
    public abstract Decision Decide(object state, Command command, in CommandContext context);

    /// <summary>The state after an event. Never refuses what has happened.</summary>
    public abstract object Evolve(object state, Event happened);

    /// <summary>What the caller of an accepted command is shown, in the state after it.</summary>
    public abstract View Answer(object state, Command command, in CommandContext context);

    /// <summary>What a question is answered.</summary>
    public abstract Reply Query(object state, Query query);

    /// <summary>What must be held before the command can be decided; null if nothing, or if the command would be refused whatever is held.</summary>
    public abstract FundsNeed? NeedOf(object state, Command command, in CommandContext context);

    /// <summary>What becomes of a hold that was taken for this entity.</summary>
    public abstract HoldFate FateOf(object state, string transfer);

    /// <summary>
    /// Whether holds that were taken for such an entity end by <see cref="PaymentsDue"/>, part by part; else each ends at once, by <see cref="FateOf"/>.
    /// Of a hold that ends by payments <see cref="FateOf"/> says only whether the entity knows it.
    /// </summary>
    public virtual bool PaysInParts => false;

    /// <summary>What it owes now: the next payments in each ledger, until they are confirmed.</summary>
    public abstract ImmutableArray<PaymentsDue> PaymentsDue(object state);

    /// <summary>What is due next, or null.</summary>
    public abstract Deadline? NextDeadline(object state);

    /// <summary>What a viewer may see of an event of this entity, now that the entity is in this state: the event itself, or one that conceals.</summary>
    public abstract Event Conceal(object state, Event happened, Viewer viewer);

    /// <summary>Which promises the state breaks: none, in a correct program. Each a sentence.</summary>
    public abstract IEnumerable<string> Audit(object state);

    /// <summary>The format of <see cref="Save(object, BinaryWriter)"/>; raise it with every change, and older checkpoints are left aside.</summary>
    public abstract int CheckpointSchema { get; }

    /// <summary>Writes the state as bytes: the same state gives the same bytes.</summary>
    public abstract void Save(object state, BinaryWriter writer);

    /// <summary>The state as bytes.</summary>
    public byte[] Save(object state)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        Save(state, writer);
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>The state from bytes of the same schema.</summary>
    public abstract object Load(string key, ReadOnlySpan<byte> bytes);
}

/// <summary>A kind of entity, with its state's type. See <see cref="EntityKind"/>.</summary>
/// <typeparam name="TState">The state.</typeparam>
public abstract class EntityKind<TState> : EntityKind where TState : class
{
    /// <inheritdoc cref="EntityKind.Unborn"/>
    protected abstract TState Start(string key);

    /// <inheritdoc cref="EntityKind.Decide"/>
    protected abstract Decision Decide(TState state, Command command, in CommandContext context);

    /// <inheritdoc cref="EntityKind.Evolve"/>
    protected abstract TState Evolve(TState state, Event happened);

    /// <inheritdoc cref="EntityKind.Answer"/>
    protected abstract View Answer(TState state, Command command, in CommandContext context);

    /// <inheritdoc cref="EntityKind.Query"/>
    protected abstract Reply Query(TState state, Query query);

    /// <inheritdoc cref="EntityKind.NeedOf"/>
    protected virtual FundsNeed? NeedOf(TState state, Command command, in CommandContext context) => null;

    /// <inheritdoc cref="EntityKind.FateOf"/>
    protected virtual HoldFate FateOf(TState state, string transfer) => HoldFate.Unknown;

    /// <inheritdoc cref="EntityKind.PaymentsDue"/>
    protected virtual ImmutableArray<PaymentsDue> PaymentsDue(TState state) => [];

    /// <inheritdoc cref="EntityKind.NextDeadline"/>
    protected virtual Deadline? NextDeadline(TState state) => null;

    /// <inheritdoc cref="EntityKind.Conceal"/>
    protected virtual Event Conceal(TState state, Event happened, Viewer viewer) => happened;

    /// <inheritdoc cref="EntityKind.Audit"/>
    protected virtual IEnumerable<string> Audit(TState state) => [];

    /// <inheritdoc cref="EntityKind.Save(object, BinaryWriter)"/>
    protected abstract void Save(TState state, BinaryWriter writer);

    /// <inheritdoc cref="EntityKind.Load"/>
    protected abstract TState Restore(string key, ReadOnlySpan<byte> bytes);

    /// <inheritdoc/>
    public sealed override object Unborn(string key) => Start(key);
    /// <inheritdoc/>
    public sealed override Decision Decide(object state, Command command, in CommandContext context) => Decide((TState)state, command, context);
    /// <inheritdoc/>
    public sealed override object Evolve(object state, Event happened) => Evolve((TState)state, happened);
    /// <inheritdoc/>
    public sealed override View Answer(object state, Command command, in CommandContext context) => Answer((TState)state, command, context);
    /// <inheritdoc/>
    public sealed override Reply Query(object state, Query query) => Query((TState)state, query);
    /// <inheritdoc/>
    public sealed override FundsNeed? NeedOf(object state, Command command, in CommandContext context) => NeedOf((TState)state, command, context);
    /// <inheritdoc/>
    public sealed override HoldFate FateOf(object state, string transfer) => FateOf((TState)state, transfer);
    /// <inheritdoc/>
    public sealed override ImmutableArray<PaymentsDue> PaymentsDue(object state) => PaymentsDue((TState)state);
    /// <inheritdoc/>
    public sealed override Deadline? NextDeadline(object state) => NextDeadline((TState)state);
    /// <inheritdoc/>
    public sealed override Event Conceal(object state, Event happened, Viewer viewer) => Conceal((TState)state, happened, viewer);
    /// <inheritdoc/>
    public sealed override IEnumerable<string> Audit(object state) => Audit((TState)state);
    /// <inheritdoc/>
    public sealed override void Save(object state, BinaryWriter writer) => Save((TState)state, writer);
    /// <inheritdoc/>
    public sealed override object Load(string key, ReadOnlySpan<byte> bytes) => Restore(key, bytes);
}
