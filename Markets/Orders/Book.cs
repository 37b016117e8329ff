using System.Collections.Immutable;
using Rialto.Markets.Ledgers;

namespace Rialto.Markets.Orders;

/// <summary>
/// An exchange for one symbol: a limit order book. The best price trades first, and of one price the oldest order; a trade is made at the
/// resting order's price. What is left of an order rests, or is cancelled, as its time in force says. An order never trades with one of the
/// same actor or account: what is left of it then is cancelled. In a funded book money or goods are held in a ledger before an order counts;
/// each trade is paid out of the two holds, and what an order no longer needs is given back (<see cref="PaymentsDue"/>).
/// The rules look at the book and say what happens; <see cref="BookState"/> lets it happen.
/// </summary>
public sealed class Book : EntityKind<BookState>
{
    /// <inheritdoc/>
    public override string Category => "book";

    /// <inheritdoc/>
    public override bool PaysInParts => true;

    /// <inheritdoc/>
    protected override BookState Start(string key) => new(key);

    /// <inheritdoc/>
    protected override Decision Decide(BookState state, Command command, in CommandContext context)
    {
        if (command is CreateBook create) return DecideCreate(state, create, context);
        if (state.Created is null) return BookRefusals.BookNotFound(state.Symbol);
        return command switch
        {
            PlaceOrder c => DecidePlace(state, c, context),
            CancelOrder c => DecideCancel(state, c, context),
            ReplaceOrder c => DecideReplace(state, c, context),
            ConfirmPayments c => DecideConfirm(state, c),
            HaltBook c => DecideHalt(state, c, context),
            ResumeBook => CheckKeeper(state, context) is { } refusal ? refusal : state.Status == BookStatus.Open ? Decision.Nothing : new BookResumed(context.Actor),
            _ => throw new InvalidOperationException($"A book cannot be asked for {command.GetType().Name}."),
        };
    }

    private static Decision DecideCreate(BookState state, CreateBook command, in CommandContext context)
    {
        var wrong = Bounds.CheckName(state.Symbol, "symbol")
            ?? Bounds.CheckName(context.Actor, "actor")
            ?? Bounds.CheckName(command.Asset, "asset")
            ?? Bounds.CheckRange(command.PriceScale, "tick", 0, Amounts.MaxScale)
            ?? Bounds.CheckRange(command.QuantityScale, "lot", 0, Amounts.MaxScale)
            ?? CheckStep(command.TickMinor, command.PriceScale, "tick")
            ?? CheckStep(command.LotMinor, command.QuantityScale, "lot");
        if (wrong is not null) return wrong;
        if (state.Created is not null) return BookRefusals.BookExists(state.Symbol);
        if (command.Funding is { } funding)
        {
            if (Bounds.CheckName(funding.Currency, "currency") is { } unnamed) return unnamed;
            if (funding.Currency == command.Asset) return BookRefusals.SameAsset(command.Asset);
            if (!funding.AssetExists) return BookRefusals.LedgerNotFound(command.Asset);
            if (!funding.CurrencyExists) return BookRefusals.LedgerNotFound(funding.Currency);
            if (BookTerms.UnitMinor(command.TickMinor, command.LotMinor, command.QuantityScale) is null) return BookRefusals.TickAndLotNotExact;
        }
        return new BookCreated(
            state.Symbol, command.Asset, command.Funding?.Currency, command.PriceScale, command.TickMinor, command.QuantityScale, command.LotMinor, context.Actor);
    }

    private static Refusal? CheckStep(long minor, int scale, string what) =>
        minor is < 1 or > Amounts.MaxMinor ? Bounds.OutOfRange(what, Amounts.ToDecimal(1, scale), Amounts.ToDecimal(Amounts.MaxMinor, scale)) : null;

    // Orders.

    private static Decision DecidePlace(BookState state, PlaceOrder command, in CommandContext context)
    {
        if (command is { PriceMinor: { } price, TimeInForce: TimeInForce.Gtc }) state.Book.ExpectAt(command.Side, price / state.Created!.TickMinor);
        if (CheckPlace(state, command, context, out var ask) is { } refusal) return refusal;
        var match = BookMatching.Match(state, ask, context.Held?.AmountMinor);
        if (command.PostOnly && BookMatching.MeetsOther(state, ask)) return BookRefusals.WouldTrade(BookViews.Price(state, state.Book.LevelAt(state.Book.Best(1 - ask.Side)).PriceTicks));
        if (state.IsFunded && (match.FilledLots > 0 || match.RestLots > 0) && (context.Held?.AmountMinor ?? 0) < NeededMinor(state, ask, match)) return BookRefusals.NotFunded;
        var held = state.IsFunded ? context.Held : null;
        return new OrderPlaced(
            state.LastOrder + 1, ask.Owner, ask.Side, ask.Lots, command.PriceMinor is null ? null : ask.LimitTicks, command.TimeInForce, match.RestLots, match.Fills, match.Cancelled,
            command.ClientOrderId, ask.Account == ask.Owner ? null : ask.Account, held?.Transfer, held?.AmountMinor);
    }

    private static Decision DecideReplace(BookState state, ReplaceOrder command, in CommandContext context)
    {
        if (CheckReplace(state, command, context, out var found, out var ask) is { } refusal) return refusal;
        ref var order = ref state.Book.OrderAt(found);
        var filled = order.TotalLots - order.Lots;
        var samePrice = state.Book.LevelAt(state.Book.OrderAt(found).Level).PriceTicks == ask.LimitTicks;
        if (samePrice && ask.Lots == order.Lots) return Decision.Nothing;
        var held = state.IsFunded ? context.Held : null;
        if ((held?.AmountMinor ?? 0) < ExtraNeedMinor(state, found, ask)) return BookRefusals.NotFunded;
        if (samePrice && ask.Lots < order.Lots)
            return new OrderReplaced(command.Order, ask.Side, filled + ask.Lots, ask.LimitTicks, ask.Lots, KeepsPlace: true, Hold: held?.Transfer, HeldMinor: held?.AmountMinor);
        var match = BookMatching.Match(state, ask, null);
        return new OrderReplaced(
            command.Order, ask.Side, filled + ask.Lots, ask.LimitTicks, match.RestLots, KeepsPlace: false, match.Fills, match.Cancelled, held?.Transfer, held?.AmountMinor);
    }

    private static Decision DecideCancel(BookState state, CancelOrder command, in CommandContext context)
    {
        if (FindResting(state, command.Order, context, out var found) is { } refusal) return refusal;
        return new OrderCancelled(command.Order, state.Book.OrderAt(found).Lots, context.Actor);
    }

    private static Refusal? CheckPlace(BookState state, PlaceOrder command, in CommandContext context, out Ask ask)
    {
        ask = default;
        var created = state.Created!;
        var wrong = Bounds.CheckName(context.Actor, "actor")
            ?? (Enum.IsDefined(command.Side) ? null : Bounds.OutOfRange("side", 0, 1))
            ?? CheckKind(command)
            ?? CheckLots(created, command.QuantityMinor)
            ?? (command.PriceMinor is { } price ? CheckPrice(created, price) : null)
            ?? (command.ClientOrderId is { } name ? Bounds.CheckName(name, "clientOrderId") : null);
        if (wrong is not null) return wrong;
        if (state.IsFunded && CheckAccounts(created, command.Accounts, context) is { } unpaid) return unpaid;
        ask = new Ask(
            command.Side, command.PriceMinor is { } limit ? limit / created.TickMinor : command.Side == OrderSide.Buy ? Ask.AnyPrice : 0, command.QuantityMinor / created.LotMinor,
            context.Actor, command.Accounts?.Account ?? context.Actor, command.Type == OrderType.Market && command.TimeInForce == TimeInForce.Gtc ? TimeInForce.Ioc : command.TimeInForce);
        if (command.PriceMinor is not null && CheckValue(state, ask) is { } tooLarge) return tooLarge;
        if (state.Status == BookStatus.Halted) return BookRefusals.Halted;
        if (state.OrderCount >= BookBounds.MaxRestingOrders) return BookRefusals.Full;
        return command.ClientOrderId is { } id && state.HasClientOrderId(context.Actor, id) ? BookRefusals.ClientOrderIdTaken(id) : null;
    }

    private static Refusal? CheckKind(PlaceOrder command)
    {
        if (!Enum.IsDefined(command.Type)) return Bounds.OutOfRange("type", 0, 1);
        if (!Enum.IsDefined(command.TimeInForce)) return Bounds.OutOfRange("timeInForce", 0, 2);
        if (command.Type == OrderType.Limit && command.PriceMinor is null) return BookRefusals.PriceMissing;
        if (command.Type == OrderType.Market && command.PriceMinor is not null) return BookRefusals.PriceOfMarketOrder;
        return command.PostOnly && (command.Type == OrderType.Market || command.TimeInForce != TimeInForce.Gtc) ? BookRefusals.PostOnlyMustRest : null;
    }

    private static Refusal? CheckReplace(BookState state, ReplaceOrder command, in CommandContext context, out int found, out Ask ask)
    {
        ask = default;
        found = OrderBook.None;
        var created = state.Created!;
        if (command.PriceMinor is null && command.QuantityMinor is null) return BookRefusals.NothingToReplace;
        if (command.PriceMinor is { } price && CheckPrice(created, price) is { } wrongPrice) return wrongPrice;
        if (command.QuantityMinor is { } quantity && CheckLots(created, quantity) is { } wrongQuantity) return wrongQuantity;
        if (FindResting(state, command.Order, context, out found) is { } refusal) return refusal;
        ref var order = ref state.Book.OrderAt(found);
        ref var level = ref state.Book.LevelAt(state.Book.OrderAt(found).Level);
        var filled = order.TotalLots - order.Lots;
        var lots = (command.QuantityMinor / created.LotMinor ?? order.TotalLots) - filled;
        if (lots <= 0) return BookRefusals.BelowFilled(BookViews.Quantity(state, filled));
        ask = new Ask(
            level.Side, command.PriceMinor / created.TickMinor ?? level.PriceTicks, lots, state.Parties.OwnerOf(order.Party), state.Parties.AccountOf(order.Party), TimeInForce.Gtc);
        if (CheckValue(state, ask) is { } tooLarge) return tooLarge;
        return state.Status == BookStatus.Halted ? BookRefusals.Halted : null;
    }

    private static Refusal? FindResting(BookState state, long number, in CommandContext context, out int found)
    {
        found = state.Book.Find(number);
        if (found == OrderBook.None)
            return state.FindClosed(number) switch
            {
                null => BookRefusals.OrderNotFound(number),
                { Reason: null } => BookRefusals.OrderFilled,
                _ => BookRefusals.OrderCancelled,
            };
        state.Book.Expect(found);
        return IsOperator(context) || string.Equals(state.OwnerOf(found), context.Actor, StringComparison.Ordinal) ? null : BookRefusals.NotOwner;
    }

    private static Refusal? CheckLots(BookCreated created, long minor)
    {
        var largest = (long)Int128.Min(Amounts.MaxMinor, (Int128)BookBounds.MaxLots * created.LotMinor);
        if (minor < created.LotMinor || minor > largest)
            return Bounds.OutOfRange("quantity", Amounts.ToDecimal(created.LotMinor, created.QuantityScale), Amounts.ToDecimal(largest, created.QuantityScale));
        return minor % created.LotMinor == 0 ? null : BookRefusals.OffLot(Amounts.ToDecimal(created.LotMinor, created.QuantityScale));
    }

    private static Refusal? CheckPrice(BookCreated created, long minor)
    {
        var largest = (long)Int128.Min(Amounts.MaxMinor, (Int128)BookBounds.MaxPriceTicks * created.TickMinor);
        if (minor < created.TickMinor || minor > largest)
            return Bounds.OutOfRange("price", Amounts.ToDecimal(created.TickMinor, created.PriceScale), Amounts.ToDecimal(largest, created.PriceScale));
        return minor % created.TickMinor == 0 ? null : BookRefusals.OffTick(Amounts.ToDecimal(created.TickMinor, created.PriceScale));
    }

    /// <summary>Whether what an order is worth can be counted in the currency.</summary>
    private static Refusal? CheckValue(BookState state, in Ask ask) =>
        state.IsFunded && (Int128)ask.LimitTicks * ask.Lots * state.UnitMinor > Amounts.MaxMinor ? BookRefusals.ValueTooLarge : null;

    private static Refusal? CheckAccounts(BookCreated created, OrderAccounts? accounts, in CommandContext context)
    {
        var account = accounts?.Account ?? context.Actor;
        if (Bounds.CheckName(account, "account") is { } unnamed) return unnamed;
        if (account == LedgerBounds.Issuer) return BookRefusals.IssuerCannotTrade;
        if (accounts is not { HasAsset: true }) return BookRefusals.AccountNotFound(account, created.Asset);
        return accounts.HasCurrency ? null : BookRefusals.AccountNotFound(account, created.Currency!);
    }

    // Funds.

    /// <inheritdoc/>
    protected override FundsNeed? NeedOf(BookState state, Command command, in CommandContext context)
    {
        if (state.Created?.Currency is null) return null;
        switch (command)
        {
            case PlaceOrder place:
                if (CheckPlace(state, place, context, out var ask) is not null || (place.PostOnly && BookMatching.MeetsOther(state, ask))) return null;
                // What a market order costs may change until it is decided: it then trades for as much as was held.
                var match = BookMatching.Match(state, ask, context.Held?.AmountMinor);
                if (match.FilledLots == 0 && match.RestLots == 0) return null;
                return Need(state, ask, place.Type == OrderType.Market && context.Held is { } held ? held.AmountMinor : NeededMinor(state, ask, match));
            case ReplaceOrder replace:
                return CheckReplace(state, replace, context, out var found, out var newAsk) is null && ExtraNeedMinor(state, found, newAsk) is > 0 and var extra
                    ? Need(state, newAsk, extra) : null;
            default:
                return null;
        }
    }

    private static FundsNeed Need(BookState state, in Ask ask, long amountMinor) =>
        new(ask.Side == OrderSide.Buy ? state.Created!.Currency! : state.Created!.Asset, ask.Account, LedgerBounds.Issuer, amountMinor, Sealed: false);

    /// <summary>What must be held for an order: all that it may cost at its limit; for a market order to buy, what its trades cost.</summary>
    private static long NeededMinor(BookState state, in Ask ask, in Match match) =>
        ask.Side == OrderSide.Buy && ask.LimitTicks == Ask.AnyPrice ? match.CostTicks * state.UnitMinor : state.ValueMinor(ask.Side, ask.LimitTicks, ask.Lots);

    private static long ExtraNeedMinor(BookState state, int found, in Ask ask) =>
        state.IsFunded ? Math.Max(0, state.ValueMinor(ask.Side, ask.LimitTicks, ask.Lots) - state.HeldFor(found)) : 0;

    /// <inheritdoc/>
    protected override HoldFate FateOf(BookState state, string transfer) => state.Knows(transfer) ? HoldFate.Keep : HoldFate.Unknown;

    /// <inheritdoc/>
    protected override ImmutableArray<PaymentsDue> PaymentsDue(BookState state)
    {
        if (state.OpenPaymentCount == 0) return [];
        var due = ImmutableArray.CreateBuilder<PaymentsDue>(2);
        foreach (var asset in (ReadOnlySpan<string>)[state.Created!.Currency!, state.Created.Asset])
        {
            var payments = state.QueueOf(asset).First(BookBounds.MaxPaymentsAtOnce);
            var confirmed = state.QueueOf(asset).Confirmed;
            if (payments.Length > 0) due.Add(new PaymentsDue(asset, confirmed + 1, payments, new ConfirmPayments(asset, confirmed + payments.Length)));
        }
        return due.ToImmutable();
    }

    private static Decision DecideConfirm(BookState state, ConfirmPayments command)
    {
        if (command.Asset is null || (command.Asset != state.Created!.Currency && command.Asset != state.Created.Asset)) return Decision.Nothing;
        var queue = state.QueueOf(command.Asset);
        var upTo = Math.Min(command.UpTo, queue.Confirmed + queue.Count);
        return upTo > queue.Confirmed ? new PaymentsConfirmed(command.Asset, upTo) : Decision.Nothing;
    }

    // Halting.

    private static Decision DecideHalt(BookState state, HaltBook command, in CommandContext context)
    {
        if (Bounds.CheckText(command.Reason, "reason") is { } unreadable) return unreadable;
        if (CheckKeeper(state, context) is { } refusal) return refusal;
        return state.Status == BookStatus.Halted ? Decision.Nothing : new BookHalted(context.Actor, command.Reason);
    }

    private static Refusal? CheckKeeper(BookState state, in CommandContext context) =>
        IsOperator(context) || string.Equals(context.Actor, state.Created!.Keeper, StringComparison.Ordinal) ? null : BookRefusals.NotKeeper(state.Created.Keeper);

    private static bool IsOperator(in CommandContext context) => string.Equals(context.Actor, Viewer.Operator.Actor, StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override BookState Evolve(BookState state, Event happened)
    {
        state.Evolve(happened as BookEvent ?? throw new InvalidOperationException($"{happened.GetType().Name} cannot happen to book {state.Symbol}."));
        return state;
    }

    /// <inheritdoc/>
    protected override View Answer(BookState state, Command command, in CommandContext context) => BookViews.Answer(state, command, context);

    /// <inheritdoc/>
    protected override Reply Query(BookState state, Query query) => BookViews.Reply(state, query);

    /// <inheritdoc/>
    protected override Event Conceal(BookState state, Event happened, Viewer viewer) =>
        happened is OrderPlaced { ClientOrderId: not null } placed && !viewer.MaySee(placed.Owner) ? placed with { ClientOrderId = null } : happened;

    /// <inheritdoc/>
    protected override IEnumerable<string> Audit(BookState state) => BookAudit.Problems(state);

    /// <inheritdoc/>
    public override int CheckpointSchema => 1;

    /// <inheritdoc/>
    protected override void Save(BookState state, BinaryWriter writer) => BookState.Save(state, writer);

    /// <inheritdoc/>
    protected override BookState Restore(string key, ReadOnlySpan<byte> bytes) => BookState.Load(key, bytes);
}
