namespace Rialto.Markets.Listings;

/// <summary>
/// A shelf's rules. A shelf holds the vehicles of one query (country, city, make, model), as one source listed them at one time. Whoever
/// fetches or imports brings them as a load, in parts that fit into a command; the load takes effect whole, or not at all. Fetching is
/// not done here: a shelf only knows when and whence what it holds came, and what went wrong since.
/// </summary>
public sealed class Shelf : EntityKind<ShelfState>
{
    /// <inheritdoc/>
    public override string Category => "shelf";

    /// <inheritdoc/>
    protected override ShelfState Start(string key) => new(key);

    /// <inheritdoc/>
    protected override Decision Decide(ShelfState state, Command command, in CommandContext context) => command switch
    {
        StockShelf c => DecideStock(state, c, context),
        NoteFailure c => DecideFailure(state, c, context),
        _ => throw new InvalidOperationException($"A shelf cannot be asked for {command.GetType().Name}."),
    };

    private static Decision DecideStock(ShelfState state, StockShelf command, in CommandContext context)
    {
        if (CheckForm(state, command) is { } wrong) return wrong;
        if (state.Staged is { } staged && staged.Load == command.Load)
        {
            if (command.Parts != staged.Parts || command.Mode != staged.Mode || command.Currency != staged.Currency) return ListingRefusals.AnotherLoad(command.Load);
            if (command.Part < staged.NextPart) return Decision.Nothing;   // It is there already.
            if (command.Part > staged.NextPart) return ListingRefusals.PartOutOfOrder(staged.NextPart);
        }
        else if (command.Part != 1)
        {
            return command.Load == state.LastLoad ? Decision.Nothing : ListingRefusals.PartOutOfOrder(1);
        }
        if (command.Mode == StockMode.Merge && state.Currency is { } known && known != command.Currency) return ListingRefusals.MixedCurrencies(known, command.Currency);
        if (state.IsTooMuch(command)) return ListingRefusals.ShelfFull;
        return new ShelfStocked(
            command.Load, command.Part, command.Parts, command.Name, command.Currency, command.Mode, command.Source, command.Vehicles.IsDefault ? [] : command.Vehicles,
            context.Actor, context.Now);
    }

    private static Refusal? CheckForm(ShelfState state, StockShelf command)
    {
        var wrong = CheckName(state, command.Name) ?? Bounds.CheckName(command.Load, "load") ?? CheckSource(command.Source) ?? Atlas.CheckCurrency(command.Currency, "currency")
            ?? Bounds.CheckRange(command.Parts, "parts", 1, ListingBounds.MaxParts) ?? Bounds.CheckRange(command.Part, "part", 1, command.Parts)
            ?? (Enum.IsDefined(command.Mode) ? null : Bounds.OutOfRange("mode", 0, 1));
        if (wrong is not null || command.Vehicles.IsDefault) return wrong;
        if (command.Vehicles.Length > ListingBounds.MaxPerPart) return Bounds.OutOfRange("vehicles", 0, ListingBounds.MaxPerPart);
        foreach (var vehicle in command.Vehicles)
            if (vehicle.Check() is { } bad) return bad.With("vehicle", vehicle.Id.ToString());
        return null;
    }

    private static Decision DecideFailure(ShelfState state, NoteFailure command, in CommandContext context)
    {
        var wrong = CheckName(state, command.Name) ?? CheckSource(command.Source) ?? Bounds.CheckName(command.Code, "code") ?? Bounds.CheckText(command.Detail, "detail");
        return wrong is not null ? wrong : new FetchFailed(command.Name, command.Source, command.Code, command.Detail ?? "", context.Now);
    }

    private static Refusal? CheckName(ShelfState state, ShelfName? name) =>
        name is null ? ListingRefusals.WrongShelf(state.Key) : name.Check() ?? (name.Key == state.Key ? null : ListingRefusals.WrongShelf(state.Key));

    private static Refusal? CheckSource(StockSource? source) =>
        Bounds.CheckName(source?.Kind, "source") ?? Bounds.CheckRange(source!.Calls, "calls", 0, int.MaxValue)
        ?? Bounds.CheckRange(source.Of, "of", 1, int.MaxValue) ?? Bounds.CheckRange(source.Shelf, "shelf", 1, source.Of);

    /// <inheritdoc/>
    protected override ShelfState Evolve(ShelfState state, Event happened)
    {
        state.Evolve(happened as ShelfEvent ?? throw new InvalidOperationException($"{happened.GetType().Name} cannot happen to shelf {state.Key}."));
        return state;
    }

    /// <inheritdoc/>
    protected override View Answer(ShelfState state, Command command, in CommandContext context) => Show(state);

    /// <inheritdoc/>
    protected override Reply Query(ShelfState state, Query query) => query switch
    {
        GetShelf => state.Name is null ? ListingRefusals.ShelfNotFound(state.Key) : Show(state),
        _ => throw new InvalidOperationException($"A shelf cannot be asked {query.GetType().Name}."),
    };

    /// <inheritdoc/>
    protected override IEnumerable<string> Audit(ShelfState state)
    {
        for (var i = 1; i < state.Vehicles.Length; i++)
            if (state.Vehicles[i - 1].Id.CompareTo(state.Vehicles[i].Id) >= 0) yield return $"Shelf {state.Key}: {state.Vehicles[i].Id} is there twice, or out of order.";
        if (state.Staged is { } staged && staged.NextPart > staged.Parts) yield return $"Shelf {state.Key}: load {staged.Load} is whole, and has not taken effect.";
    }

    /// <inheritdoc/>
    public override int CheckpointSchema => 1;

    /// <inheritdoc/>
    protected override void Save(ShelfState state, BinaryWriter writer) => ShelfState.Save(state, writer);

    /// <inheritdoc/>
    protected override ShelfState Restore(string key, ReadOnlySpan<byte> bytes) => ShelfState.Load(key, bytes);

    private static ShelfView Show(ShelfState state) => new()
    {
        Shelf = state.Key,
        Country = state.Name!.Country,
        City = state.Name.City,
        Make = state.Name.Make,
        Model = state.Name.Model,
        Currency = state.Currency,
        Count = state.Vehicles.Length,
        Source = state.Source,
        FetchedAt = state.FetchedAt,
        By = state.By,
        Load = state.LastLoad,
        Loading = state.Staged is { } staged ? new LoadingView(staged.Load, staged.NextPart - 1, staged.Parts, staged.Since) : null,
        Failure = state.Failure is { } failure ? new FailureView(failure.Source, failure.Code, failure.Detail, failure.At) : null,
    };
}
