namespace Rialto.Markets.Auctions;

/// <summary>
/// An auction's life, in whatever format: it is open until enough bidders have joined; then its auctioneer is asked to start and has limited
/// time to confirm, else it is cancelled; it runs until its format finds a winner or none; and everybody is told. The auctioneer never bids.
/// Funded auctions hold the money of a bid in a ledger before the bid counts; what becomes of each hold follows from the auction's state
/// alone (<see cref="FateOf"/>), so that settling it can stop and go on anywhere. The clock can only refuse a bid that comes too late; what
/// counts is decided by the order of events.
/// </summary>
public sealed class Auction : EntityKind<AuctionState>
{
    /// <inheritdoc/>
    public override string Category => "auction";

    /// <inheritdoc/>
    protected override AuctionState Start(string key) => new(key);

    /// <inheritdoc/>
    protected override Decision Decide(AuctionState state, Command command, in CommandContext context) => (state.Status, command) switch
    {
        (_, CreateAuction c) => DecideCreate(state, c, context),
        _ when state.Created is null => command is GiveUpStart or CloseRound or CloseBidding or LowerPrice ? Decision.Nothing : AuctionRefusals.AuctionNotFound(state.Key),
        (_, PlaceBid c) => DecideBid(state, c, context),
        (_, JoinAuction) => DecideJoin(state, context),
        (_, StartAuction) => DecideStart(state, context),
        (_, CancelAuction c) => DecideCancel(state, c, context),
        (AuctionStatus.AwaitingStart, GiveUpStart) => new AuctionCancelled(null, "The auctioneer did not start in time.", [.. state.Participants]),
        (AuctionStatus.Running, CloseRound or CloseBidding or LowerPrice) => new Decision.Accepted(state.Form!.Due(state, (AuctionCommand)command, context.Now)),
        (_, GiveUpStart or CloseRound or CloseBidding or LowerPrice) => Decision.Nothing,   // Too late: it happened otherwise.
        _ => throw new InvalidOperationException($"An auction cannot be asked for {command.GetType().Name}."),
    };

    private static Decision DecideCreate(AuctionState state, CreateAuction command, in CommandContext context)
    {
        if (Bounds.CheckName(state.Key, "auction") is { } unnamed) return unnamed;
        if (Bounds.CheckName(context.Actor, "actor") is { } nobody) return nobody;
        if (string.IsNullOrWhiteSpace(command.Item)) return AuctionRefusals.NoItem;
        if (Bounds.CheckText(command.Item, "item") is { } unreadable) return unreadable;
        if (AuctionFormats.TryCreate(command.Format, out var format) is { } none) return none;
        var scale = command.Asset is { Exists: true } ledger ? Math.Clamp(ledger.Scale, 0, Amounts.MaxScale) : AuctionBounds.UnfundedScale;
        if (format!.Agree(command.Options ?? new AuctionOptions(), scale, out var terms) is { } wrong) return wrong;
        if (state.Created is not null) return AuctionRefusals.AuctionExists(state.Key);
        if (command.Asset is { } asset)
        {
            if (Bounds.CheckName(asset.Asset, "asset") is { } noAsset) return noAsset;
            if (!asset.Exists) return AuctionRefusals.LedgerNotFound(asset.Asset);
            if (!asset.HasAuctioneersAccount) return AuctionRefusals.AccountNotFound(context.Actor, asset.Asset);
        }
        var created = new AuctionCreated(state.Key, command.Item, format.Name, context.Actor, scale, terms, command.Asset?.Asset, terms.ReserveMinor is null ? null : context.Salt);
        return format.RunsFromCreation(terms) ? new Decision.Accepted([created, .. format.Start(terms, context.Now)]) : created;
    }

    private static Decision DecideJoin(AuctionState state, in CommandContext context)
    {
        if (Bounds.CheckName(context.Actor, "actor") is { } unnamed) return unnamed;
        if (context.Actor == state.Auctioneer) return AuctionRefusals.AuctioneerCannotBid;
        if (state.HasJoined(context.Actor)) return AuctionRefusals.AlreadyJoined;
        var open = state.Status is AuctionStatus.Open or AuctionStatus.AwaitingStart || (state.Status == AuctionStatus.Running && state.Form!.JoinsWhileRunning);
        if (!open) return AuctionRefusals.NotOpenToJoin;
        if (state.Participants.Count >= AuctionBounds.MaxParticipants) return AuctionRefusals.Full;
        var joined = new BidderJoined(context.Actor);
        return state.Status == AuctionStatus.Open && state.Participants.Count + 1 >= state.Terms.MinimumBidders
            ? Decision.Of(joined, new StartAwaited(Bounds.After(context.Now, state.Terms.StartTimeoutSeconds)))
            : joined;
    }

    private static Decision DecideStart(AuctionState state, in CommandContext context)
    {
        if (context.Actor != state.Auctioneer) return AuctionRefusals.NotAuctioneer(state.Auctioneer);
        return state.Status switch
        {
            AuctionStatus.Open => AuctionRefusals.NotEnoughBidders(state.Participants.Count, state.Terms.MinimumBidders),
            AuctionStatus.AwaitingStart when context.Now >= state.StartBy => AuctionRefusals.NotOpenToStart,
            AuctionStatus.AwaitingStart => new Decision.Accepted(state.Form!.Start(state.Terms, context.Now)),
            AuctionStatus.Running when state.Form!.RunsFromCreation(state.Terms) => Decision.Nothing,
            _ => AuctionRefusals.NotOpenToStart,
        };
    }

    private static Decision DecideCancel(AuctionState state, CancelAuction command, in CommandContext context)
    {
        if (Bounds.CheckText(command.Reason, "reason") is { } unreadable) return unreadable;
        if (context.Actor != state.Auctioneer) return AuctionRefusals.NotAuctioneer(state.Auctioneer);
        var over = state.Status is AuctionStatus.Sold or AuctionStatus.Unsold or AuctionStatus.Cancelled;
        if (over || state.Form!.BidsAreKnown) return AuctionRefusals.NotOpenToCancel;
        return new AuctionCancelled(context.Actor, command.Reason, [.. state.Participants]);
    }

    private static Decision DecideBid(AuctionState state, PlaceBid command, in CommandContext context)
    {
        if (CheckBid(state, command, context) is { } refusal) return refusal;
        if (state.Created!.Asset is not null && (context.Held?.AmountMinor ?? 0) < state.Form!.NeedMinor(state, command, context.Actor)) return AuctionRefusals.NotFunded;
        var held = state.Created.Asset is null ? null : context.Held;
        var salt = context.Salt;
        var events = state.Form!.Accept(state, command, context.Actor, context.Now, held);
        return new Decision.Accepted(salt is null ? events : [.. events.Select(happened => happened is BidPlaced bid ? bid with { Salt = salt } : happened)]);
    }

    private static Refusal? CheckBid(AuctionState state, PlaceBid command, in CommandContext context)
    {
        if (command.AmountMinor > Amounts.MaxMinor) return Bounds.OutOfRange("amount", 0, Amounts.ToDecimal(Amounts.MaxMinor, state.Scale));
        if (context.Actor == state.Auctioneer) return AuctionRefusals.AuctioneerCannotBid;
        if (state.Status != AuctionStatus.Running) return AuctionRefusals.NotOpenToBid;
        if (context.Actor is null || !state.HasJoined(context.Actor)) return AuctionRefusals.NotJoined;
        return state.Form!.Check(state, command, context.Actor, context.Now);
    }

    /// <inheritdoc/>
    protected override FundsNeed? NeedOf(AuctionState state, Command command, in CommandContext context)
    {
        if (command is not PlaceBid bid || state.Created?.Asset is not { } asset || CheckBid(state, bid, context) is not null) return null;
        var need = state.Form!.NeedMinor(state, bid, context.Actor);
        return need > 0 ? new FundsNeed(asset, context.Actor, state.Auctioneer, need, Sealed: true) : null;
    }

    /// <inheritdoc/>
    protected override HoldFate FateOf(AuctionState state, string transfer) => state.Form?.FateOf(state, transfer) ?? HoldFate.Unknown;

    /// <inheritdoc/>
    protected override Deadline? NextDeadline(AuctionState state) => state.Status switch
    {
        AuctionStatus.AwaitingStart => new Deadline(state.StartBy!.Value, "start", new GiveUpStart()),
        AuctionStatus.Running => state.Form!.NextDeadline,
        _ => null,
    };

    /// <inheritdoc/>
    protected override AuctionState Evolve(AuctionState state, Event happened)
    {
        state.Evolve(happened as AuctionEvent ?? throw new InvalidOperationException($"{happened.GetType().Name} cannot happen to auction {state.Key}."));
        return state;
    }

    /// <inheritdoc/>
    protected override View Answer(AuctionState state, Command command, in CommandContext context) =>
        Show(state, new Viewer(context.Actor, context.Actor == Viewer.Operator.Actor));

    /// <inheritdoc/>
    protected override Reply Query(AuctionState state, Query query)
    {
        if (state.Created is null) return AuctionRefusals.AuctionNotFound(state.Key);
        return query switch
        {
            GetAuction q => Show(state, q.Viewer),
            GetAuctionScale => new AuctionScaleView(state.Scale, state.Created.Asset),
            _ => throw new InvalidOperationException($"An auction cannot be asked {query.GetType().Name}."),
        };
    }

    private static AuctionView Show(AuctionState state, Viewer viewer)
    {
        var created = state.Created ?? throw new InvalidOperationException($"Auction {state.Key} is shown before it was created.");
        var glance = state.Form!.Glance(state);
        var view = new AuctionView
        {
            Id = state.Key,
            Item = created.Item,
            Format = created.Format,
            Status = state.Status,
            Auctioneer = created.Auctioneer,
            Asset = created.Asset,
            Scale = created.Scale,
            MinimumBid = Amounts.ToDecimal(created.Terms.MinimumBidMinor, created.Scale),
            MinimumRounds = created.Terms.MinimumRounds,
            MinimumBidders = created.Terms.MinimumBidders,
            Round = glance.Round,
            RoundClosesAt = glance.RoundClosesAt,
            ClosesAt = glance.ClosesAt,
            Price = glance.PriceMinor is { } price ? Amounts.ToDecimal(price, created.Scale) : null,
            StartBy = state.StartBy,
            Participants = [.. state.Participants],
            BidsInRound = 0,
            Rounds = [],
            Winner = Winner(state),
            Reason = state.Reason,
        };
        return state.Form.Show(view, state, viewer);
    }

    internal static WinnerView? Winner(AuctionState state) =>
        state.Sold is { } sold ? new WinnerView(sold.Winner, Amounts.ToDecimal(sold.TotalMinor, state.Scale), Amounts.ToDecimal(sold.PriceMinor, state.Scale)) : null;

    /// <inheritdoc/>
    protected override Event Conceal(AuctionState state, Event happened, Viewer viewer) => happened switch
    {
        BidPlaced bid when !viewer.MaySee(bid.Bidder) => state.Form!.Conceal(bid),
        AuctionCreated { Terms.ReserveMinor: not null } created when !viewer.MaySee(created.Auctioneer) => created with { Terms = created.Terms with { ReserveMinor = null }, Salt = null },
        _ => happened,
    };

    /// <inheritdoc/>
    protected override IEnumerable<string> Audit(AuctionState state) => state.Form?.Audit(state) ?? [];

    /// <inheritdoc/>
    public override int CheckpointSchema => 1;

    /// <inheritdoc/>
    protected override void Save(AuctionState state, BinaryWriter writer) => AuctionState.Save(state, writer);

    /// <inheritdoc/>
    protected override AuctionState Restore(string key, ReadOnlySpan<byte> bytes) => AuctionState.Load(key, bytes);
}
