namespace Rialto.Markets.Orders;

/// <summary>
/// The dealer's rules for one stock: a price and a quantity. Who buys takes from the quantity, who sells adds to it, both at the catalog's
/// price, in full or not at all, and never below zero. The order and the change of the quantity are one event, so that neither can be
/// without the other; an order's number is its place among all such events (<see cref="StockBoard"/>).
/// </summary>
public sealed class Stock : EntityKind<StockState>
{
    /// <inheritdoc/>
    public override string Category => "stock";

    /// <inheritdoc/>
    protected override StockState Start(string key) => new(key);

    /// <inheritdoc/>
    protected override Decision Decide(StockState state, Command command, in CommandContext context)
    {
        if (command is ListStock list) return DecideList(state, list, context);
        if (!state.Exists) return StockRefusals.StockNotFound(state.Name);
        return command switch
        {
            TradeStock c => DecideTrade(state, c, context),
            AdjustStock c => CheckRoom(state, c.Change) is { } refusal ? refusal : c.Change == 0 ? Decision.Nothing : new StockAdjusted(c.Change, context.Actor),
            _ => throw new InvalidOperationException($"A stock cannot be asked for {command.GetType().Name}."),
        };
    }

    private static Decision DecideList(StockState state, ListStock command, in CommandContext context)
    {
        var wrong = Bounds.CheckName(state.Name, "name")
            ?? (state.Name == StockBounds.ReservedName ? StockRefusals.Reserved : null)
            ?? (command.PriceMinor is < 1 or > Amounts.MaxMinor
                ? Bounds.OutOfRange("price", Amounts.ToDecimal(1, StockBounds.PriceScale), Amounts.ToDecimal(Amounts.MaxMinor, StockBounds.PriceScale)) : null)
            ?? (command.Quantity is < 0 or > StockBounds.MaxQuantity ? StockRefusals.QuantityOutOfRange(0) : null);
        if (wrong is not null) return wrong;
        return state.Exists ? StockRefusals.StockExists(state.Name) : new StockListed(state.Name, command.PriceMinor, command.Quantity, context.Actor);
    }

    private static Decision DecideTrade(StockState state, TradeStock command, in CommandContext context)
    {
        if (!Enum.IsDefined(command.Side)) return Bounds.OutOfRange("side", 0, 1);
        if (command.Quantity is < 1 or > StockBounds.MaxQuantity) return StockRefusals.QuantityOutOfRange(1);
        if (CheckRoom(state, command.Side == OrderSide.Buy ? -command.Quantity : command.Quantity) is { } refusal) return refusal;
        return new StockTraded(command.Side, command.Quantity, state.PriceMinor, context.Actor);
    }

    private static Refusal? CheckRoom(StockState state, long change)
    {
        if (change is < -StockBounds.MaxQuantity or > StockBounds.MaxQuantity) return Bounds.OutOfRange("change", -StockBounds.MaxQuantity, StockBounds.MaxQuantity);
        if (state.Quantity + change < 0) return StockRefusals.InsufficientStock(state.Name, state.Quantity);
        return state.Quantity + change > StockBounds.MaxQuantity ? StockRefusals.TooMuch(state.Name, StockBounds.MaxQuantity - state.Quantity) : null;
    }

    /// <inheritdoc/>
    protected override StockState Evolve(StockState state, Event happened)
    {
        switch (happened)
        {
            case StockListed e:
                (state.Exists, state.PriceMinor, state.Quantity) = (true, e.PriceMinor, e.Quantity);
                break;
            case StockTraded e:
                state.Quantity += e.Side == OrderSide.Buy ? -e.Quantity : e.Quantity;
                break;
            case StockAdjusted e:
                state.Quantity += e.Change;
                break;
            default:
                throw new InvalidOperationException($"{happened.GetType().Name} cannot happen to stock {state.Name}.");
        }
        return state;
    }

    /// <inheritdoc/>
    protected override View Answer(StockState state, Command command, in CommandContext context) => state.Show();

    /// <inheritdoc/>
    protected override Reply Query(StockState state, Query query) => query switch
    {
        GetStock => state.Exists ? state.Show() : StockRefusals.StockNotFound(state.Name),
        _ => throw new InvalidOperationException($"A stock cannot be asked {query.GetType().Name}."),
    };

    /// <inheritdoc/>
    protected override IEnumerable<string> Audit(StockState state)
    {
        if (state.Quantity < 0) yield return $"Stock {state.Name}: the dealer has {state.Quantity}.";
    }

    /// <inheritdoc/>
    public override int CheckpointSchema => 1;

    /// <inheritdoc/>
    protected override void Save(StockState state, BinaryWriter writer)
    {
        writer.Write(state.Exists);
        writer.Write(state.PriceMinor);
        writer.Write(state.Quantity);
    }

    /// <inheritdoc/>
    protected override StockState Restore(string key, ReadOnlySpan<byte> bytes)
    {
        using var reader = Checkpoint.Open(bytes);
        return new StockState(key) { Exists = reader.ReadBoolean(), PriceMinor = reader.ReadInt64(), Quantity = reader.ReadInt64() };
    }
}

/// <summary>A stock at the dealer.</summary>
public sealed class StockState
{
    internal StockState(string name) => Name = name;

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>Whether it was listed.</summary>
    public bool Exists { get; internal set; }

    /// <summary>What a piece costs, in minor units at <see cref="StockBounds.PriceScale"/>.</summary>
    public long PriceMinor { get; internal set; }

    /// <summary>How many pieces the dealer has.</summary>
    public long Quantity { get; internal set; }

    internal StockView Show() => new(Name, Amounts.ToDecimal(PriceMinor, StockBounds.PriceScale), Quantity);
}
