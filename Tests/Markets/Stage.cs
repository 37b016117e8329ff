using System.Collections.Immutable;
using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Tests.Markets;

/// <summary>
/// One entity on a stage: given what happened, when somebody asks, then this follows. Every accepted command is evolved and audited, so that
/// each test also holds the entity's own promises.
/// </summary>
internal sealed class Stage(EntityKind kind, string key)
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly List<Event> _history = [];
    private int _commands;

    public EntityKind Kind { get; } = kind;

    public string Key { get; } = key;

    public object State { get; private set; } = kind.Unborn(key);

    public DateTimeOffset Now { get; set; } = Noon;

    public IReadOnlyList<Event> History => _history;

    /// <summary>The id that the newest command's creations are made from.</summary>
    public CommandId LastId { get; private set; }

    public static CommandId Id(int number) => CommandId.From("test", number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public CommandContext As(string actor, HeldFunds? held = null) => new(Id(_commands), actor, Now, held);

    public Stage Given(params Event[] happened)
    {
        foreach (var one in happened) Evolve(one);
        return this;
    }

    public Decision When(string actor, Command command, HeldFunds? held = null)
    {
        var context = As(actor, held);
        LastId = context.Id;
        _commands++;
        var decision = Kind.Decide(State, command, context);
        if (decision is not Decision.Accepted accepted) return decision;
        foreach (var happened in accepted.Events) Evolve(happened);
        Assert.Empty(Kind.Audit(State));
        if (accepted.Events.Length > 0) Assert.NotNull(Kind.Answer(State, command, context));
        return decision;
    }

    public ImmutableArray<Event> Accept(string actor, Command command, HeldFunds? held = null) =>
        When(actor, command, held) switch
        {
            Decision.Accepted accepted => accepted.Events,
            Decision.Refused refused => throw new Xunit.Sdk.XunitException($"{command} was refused: {refused.Refusal.Code}, {refused.Refusal.Detail}"),
            _ => throw new InvalidOperationException(),
        };

    public Refusal Refuse(string actor, Command command, string code, HeldFunds? held = null)
    {
        var decision = When(actor, command, held);
        var refused = Assert.IsType<Decision.Refused>(decision);
        Assert.Equal(code, refused.Refusal.Code);
        Assert.EndsWith(".", refused.Refusal.Detail, StringComparison.Ordinal);
        return refused.Refusal;
    }

    /// <summary>Lets the next deadline come: the clock moves there, and what is due is asked for.</summary>
    public ImmutableArray<Event> LetDeadlineCome()
    {
        var deadline = Kind.NextDeadline(State) ?? throw new Xunit.Sdk.XunitException("Nothing is due.");
        if (deadline.At > Now) Now = deadline.At;
        return Accept("rialto", deadline.Command);
    }

    public TView Ask<TView>(Query query) where TView : View => Assert.IsType<TView>(Kind.Query(State, query).View);

    public string? RefusalOf(Query query) => Kind.Query(State, query).Refusal?.Code;

    /// <summary>The entity as replay of its journal gives it: through the codec, as events come from disk.</summary>
    public object Replayed()
    {
        var state = Kind.Unborn(Key);
        foreach (var happened in _history) state = Kind.Evolve(state, MarketCodec.Decode(MarketCodec.TypeOf(happened), MarketCodec.Encode(happened)));
        return state;
    }

    /// <summary>Replay and checkpoint both give the same state, byte for byte.</summary>
    public void HoldsItsMemory()
    {
        var saved = Kind.Save(State);
        Assert.Equal(saved, Kind.Save(Replayed()));
        Assert.Equal(saved, Kind.Save(Kind.Load(Key, saved)));
    }

    private void Evolve(Event happened)
    {
        State = Kind.Evolve(State, happened);
        _history.Add(happened);
    }
}

/// <summary>A small generator of our own (xorshift64*), so that a printed seed means the same run for ever.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed * 2685821657736338717 + 1442695040888963407;

    public ulong Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return _state * 2685821657736338717;
    }

    public int Below(int bound) => (int)(Next() % (ulong)bound);

    public bool OneIn(int chances) => Below(chances) == 0;

    public T Of<T>(params ReadOnlySpan<T> choices) => choices[Below(choices.Length)];
}
