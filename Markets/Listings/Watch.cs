using System.Text.Json.Serialization;

namespace Rialto.Markets.Listings;

/// <summary>What can be asked of a watch.</summary>
public abstract record WatchCommand : Command
{
    private protected WatchCommand()
    {
    }
}

/// <summary>Tell me when the gap between the best city and the next exceeds a threshold.</summary>
/// <param name="What">What is compared.</param>
/// <param name="Threshold">In hundredths of the comparison's currency; per kilometre, in millionths.</param>
public sealed record SetWatch(CompareRequest What, long Threshold) : WatchCommand;

/// <summary>Tells a watch what the gap is now. By the leader only, with an id made from the event that moved it.</summary>
/// <param name="Gap">The gap, or null if it cannot be told: fewer than two cities have such a vehicle.</param>
/// <param name="Best">The best city.</param>
/// <param name="Next">The next best.</param>
/// <param name="Currency">In what.</param>
/// <param name="AsOf">The place of the journal at which it was measured.</param>
public sealed record ReportGap(long? Gap, string? Best, string? Next, string? Currency, long AsOf) : WatchCommand;

/// <summary>Watch no longer. Who set it, and the operator, only.</summary>
public sealed record RemoveWatch : WatchCommand;

/// <summary>What happens to a watch.</summary>
public abstract record WatchEvent : Event
{
    private protected WatchEvent()
    {
    }
}

/// <summary><c>watch.set</c></summary>
public sealed record WatchSet(string Watch, CompareRequest What, long Threshold, string By, DateTimeOffset At) : WatchEvent;

/// <summary><c>watch.gap-exceeded</c>: what was waited for. Told once, until the gap has closed again.</summary>
public sealed record GapExceeded(string Watch, long Gap, string Best, string Next, string Currency, long AsOf, DateTimeOffset At) : WatchEvent;

/// <summary><c>watch.gap-closed</c>: the gap is no longer greater than the threshold, or cannot be told any more.</summary>
public sealed record GapClosed(string Watch, long? Gap, long AsOf, DateTimeOffset At) : WatchEvent;

/// <summary><c>watch.removed</c></summary>
public sealed record WatchRemoved(string Watch, string By) : WatchEvent;

/// <summary>What can be asked about one watch.</summary>
public abstract record WatchQuery : Query
{
    private protected WatchQuery()
    {
    }
}

/// <summary>All of it: a <see cref="WatchView"/>.</summary>
public sealed record GetWatch : WatchQuery;

/// <summary>How a watch stands.</summary>
[JsonConverter(typeof(LowerHyphen<WatchStatus>))]
public enum WatchStatus
{
    /// <summary>The gap is not greater than the threshold, or cannot be told.</summary>
    Waiting,
    /// <summary>The gap is greater.</summary>
    Exceeded,
    /// <summary>Nobody looks any more.</summary>
    Removed,
}

/// <summary>A watch.</summary>
public sealed record WatchView : View
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }
    /// <summary>The cities compared.</summary>
    public required System.Collections.Immutable.ImmutableArray<string> Cities { get; init; }
    /// <summary>The make.</summary>
    public required string Make { get; init; }
    /// <summary>The model.</summary>
    public required string Model { get; init; }
    /// <summary>By what they are compared.</summary>
    public required CompareMode Mode { get; init; }
    /// <summary>What the gap has to exceed.</summary>
    public required decimal Threshold { get; init; }
    /// <summary>How it stands.</summary>
    public required WatchStatus Status { get; init; }
    /// <summary>The gap when it was last told of.</summary>
    public decimal? Gap { get; init; }
    /// <summary>What the gap is in.</summary>
    public string? Currency { get; init; }
    /// <summary>The best city then.</summary>
    public string? Best { get; init; }
    /// <summary>The next best then.</summary>
    public string? Next { get; init; }
    /// <summary>Why the gap cannot be told now, as the node that is asked knows; null if it can.</summary>
    public string? Reason { get; init; }
    /// <summary>Who set it.</summary>
    public required string By { get; init; }
    /// <summary>When it was set.</summary>
    public required DateTimeOffset SetAt { get; init; }
    /// <summary>When the gap last exceeded the threshold, or closed.</summary>
    public DateTimeOffset? ToldAt { get; init; }
}

/// <summary>A watch in memory.</summary>
public sealed class WatchState
{
    internal WatchState(string key) => Key = key;

    /// <summary>Its id.</summary>
    public string Key { get; }

    internal WatchSet? Set { get; set; }

    internal WatchStatus Status { get; set; }

    internal GapExceeded? Exceeded { get; set; }

    internal GapClosed? Closed { get; set; }

    /// <summary>The place of the newest measure that it was told of.</summary>
    internal long AsOf => Math.Max(Exceeded?.AsOf ?? 0, Closed?.AsOf ?? 0);
}

/// <summary>
/// A watch's rules. It is told what the gap is whenever a load has moved it across the threshold, and says so once: <c>gap-exceeded</c>, then
/// nothing until <c>gap-closed</c>. Whoever wants to know follows its stream.
/// </summary>
public sealed class Watch : EntityKind<WatchState>
{
    /// <inheritdoc/>
    public override string Category => "watch";

    /// <inheritdoc/>
    protected override WatchState Start(string key) => new(key);

    /// <inheritdoc/>
    protected override Decision Decide(WatchState state, Command command, in CommandContext context)
    {
        if (command is SetWatch set) return DecideSet(state, set, context);
        if (state.Set is not { } terms || state.Status == WatchStatus.Removed) return command is ReportGap ? Decision.Nothing : ListingRefusals.WatchNotFound(state.Key);
        return command switch
        {
            RemoveWatch => context.Actor == terms.By || context.Actor == Viewer.Operator.Actor ? new WatchRemoved(state.Key, context.Actor) : ListingRefusals.NotOwner,
            ReportGap c => DecideReport(state, terms, c, context),
            _ => throw new InvalidOperationException($"A watch cannot be asked for {command.GetType().Name}."),
        };
    }

    private static Decision DecideSet(WatchState state, SetWatch command, in CommandContext context)
    {
        var wrong = Bounds.CheckName(state.Key, "watch") ?? (command.What is null ? Bounds.OutOfRange("what", 0, 0) : command.What.Check())
            ?? Bounds.CheckRange(command.Threshold, "threshold", 0, Amounts.MaxMinor);
        if (wrong is not null) return wrong;
        if (state.Set is null) return new WatchSet(state.Key, command.What!, command.Threshold, context.Actor, context.Now);
        return new Refusal(RefusalKind.Conflict, "watch-exists", "This watch is set already. Set another one.");
    }

    private static Decision DecideReport(WatchState state, WatchSet terms, ReportGap command, in CommandContext context)
    {
        if (command.AsOf < state.AsOf) return Decision.Nothing;   // Overtaken by a newer one.
        var exceeds = command is { Gap: { } gap, Best: not null, Next: not null, Currency: not null } && gap > terms.Threshold;
        if (exceeds == (state.Status == WatchStatus.Exceeded)) return Decision.Nothing;
        return exceeds
            ? new GapExceeded(state.Key, command.Gap!.Value, command.Best!, command.Next!, command.Currency!, command.AsOf, context.Now)
            : new GapClosed(state.Key, command.Gap, command.AsOf, context.Now);
    }

    /// <inheritdoc/>
    protected override WatchState Evolve(WatchState state, Event happened)
    {
        switch (happened)
        {
            case WatchSet e: state.Set = e; break;
            case GapExceeded e: (state.Status, state.Exceeded) = (WatchStatus.Exceeded, e); break;
            case GapClosed e: (state.Status, state.Closed) = (WatchStatus.Waiting, e); break;
            case WatchRemoved: state.Status = WatchStatus.Removed; break;
            default: throw new InvalidOperationException($"{happened.GetType().Name} cannot happen to watch {state.Key}.");
        }
        return state;
    }

    /// <inheritdoc/>
    protected override View Answer(WatchState state, Command command, in CommandContext context) => state.Set is null ? new WatchView
    {
        Id = state.Key, Cities = [], Make = "", Model = "", Mode = default, Threshold = 0, Status = WatchStatus.Removed, By = "", SetAt = context.Now,
    } : Show(state);

    /// <inheritdoc/>
    protected override Reply Query(WatchState state, Query query) => query switch
    {
        GetWatch => state.Set is null || state.Status == WatchStatus.Removed ? ListingRefusals.WatchNotFound(state.Key) : Show(state),
        _ => throw new InvalidOperationException($"A watch cannot be asked {query.GetType().Name}."),
    };

    /// <inheritdoc/>
    public override int CheckpointSchema => 1;

    /// <inheritdoc/>
    protected override void Save(WatchState state, BinaryWriter writer)
    {
        writer.Write((byte)state.Status);
        Write(writer, state.Set);
        Write(writer, state.Exceeded);
        Write(writer, state.Closed);
    }

    /// <inheritdoc/>
    protected override WatchState Restore(string key, ReadOnlySpan<byte> bytes)
    {
        using var reader = Checkpoint.Open(bytes);
        return new WatchState(key)
        {
            Status = (WatchStatus)reader.ReadByte(), Set = (WatchSet?)Read(reader), Exceeded = (GapExceeded?)Read(reader), Closed = (GapClosed?)Read(reader),
        };
    }

    private static void Write(BinaryWriter writer, WatchEvent? happened)
    {
        writer.Write(happened is not null);
        if (happened is null) return;
        var bytes = MarketCodec.Encode(happened);
        writer.Write(MarketCodec.TypeOf(happened));
        writer.Write7BitEncodedInt(bytes.Length);
        writer.Write(bytes);
    }

    private static Event? Read(BinaryReader reader) => reader.ReadBoolean() ? MarketCodec.Decode(reader.ReadString(), reader.ReadBytes(reader.Read7BitEncodedInt())) : null;

    internal static WatchView Show(WatchState state)
    {
        var set = state.Set!;
        var last = state.Status == WatchStatus.Exceeded ? state.Exceeded : null;
        var scale = set.What.Mode == CompareMode.PricePerKm ? 6 : 2;
        return new WatchView
        {
            Id = state.Key, Cities = set.What.Cities, Make = set.What.Make, Model = set.What.Model, Mode = set.What.Mode, Threshold = Amounts.ToDecimal(set.Threshold, scale), Status = state.Status,
            Gap = (last?.Gap ?? state.Closed?.Gap) is { } gap ? Amounts.ToDecimal(gap, scale) : null, Currency = state.Exceeded?.Currency, Best = last?.Best, Next = last?.Next,
            By = set.By, SetAt = set.At, ToldAt = last?.At ?? state.Closed?.At,
        };
    }
}
