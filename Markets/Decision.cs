using System.Collections.Immutable;

namespace Rialto.Markets;

/// <summary>What a decider says to a command: the events that now happen (perhaps none), or a refusal.</summary>
public abstract record Decision
{
    private Decision()
    {
    }

    /// <summary>Accepted, and nothing needs to happen: a deadline that came too late, a state that is already so.</summary>
    public static readonly Decision Nothing = new Accepted([]);

    /// <summary>These events now happen, all of them or none.</summary>
    public static Decision Of(params ReadOnlySpan<Event> events) => new Accepted([.. events]);

    /// <summary>It happens.</summary>
    public sealed record Accepted(ImmutableArray<Event> Events) : Decision;

    /// <summary>It does not happen, and nothing is written.</summary>
    public sealed record Refused(Refusal Refusal) : Decision;

    /// <summary>One event.</summary>
    public static implicit operator Decision(Event happened) => new Accepted([happened]);

    /// <summary>A refusal.</summary>
    public static implicit operator Decision(Refusal refusal) => new Refused(refusal);
}

/// <summary>What a question is answered: a view, or a refusal.</summary>
/// <param name="View">The view, or null.</param>
/// <param name="Refusal">Why there is none, or null.</param>
public readonly record struct Reply(View? View, Refusal? Refusal)
{
    /// <summary>A view.</summary>
    public static implicit operator Reply(View view) => new(view, null);

    /// <summary>A refusal.</summary>
    public static implicit operator Reply(Refusal refusal) => new(null, refusal);
}

/// <summary>What kind of no a refusal is. Front doors map it to their own terms (HTTP: the status).</summary>
public enum RefusalKind
{
    /// <summary>What was sent cannot be read (HTTP 400).</summary>
    Malformed,
    /// <summary>Nobody was named who acts (HTTP 401).</summary>
    NoActor,
    /// <summary>Somebody else may, this actor may not (HTTP 403).</summary>
    Forbidden,
    /// <summary>There is no such thing (HTTP 404).</summary>
    NotFound,
    /// <summary>Not in this state of things (HTTP 409).</summary>
    Conflict,
    /// <summary>Readable, and wrong in itself (HTTP 422).</summary>
    Invalid,
    /// <summary>Not now; the same again later may do (HTTP 503).</summary>
    Unavailable,
}

/// <summary>A no, as a value: for programs a stable code, for people a sentence that says what to do.</summary>
/// <param name="Kind">What kind of no.</param>
/// <param name="Code">Stable, lower case with hyphens, such as <c>below-minimum</c>.</param>
/// <param name="Detail">A sentence that says what to do.</param>
public sealed record Refusal(RefusalKind Kind, string Code, string Detail)
{
    /// <summary>Fields that help, such as <c>minimum</c>.</summary>
    public ImmutableArray<RefusalField> Fields { get; init; } = [];

    /// <summary>This refusal with one more field.</summary>
    public Refusal With(string name, decimal number) => this with { Fields = Fields.Add(new RefusalField(name, number, null)) };

    /// <summary>This refusal with one more field.</summary>
    public Refusal With(string name, string text) => this with { Fields = Fields.Add(new RefusalField(name, null, text)) };
}

/// <summary>A field of a refusal: a number or a text.</summary>
public readonly record struct RefusalField(string Name, decimal? Number, string? Text);

/// <summary>Who looks.</summary>
/// <param name="Actor">The name, or null for somebody unnamed.</param>
/// <param name="IsOperator">Whether they run the place and may see what is sealed.</param>
public readonly record struct Viewer(string? Actor, bool IsOperator = false)
{
    /// <summary>Somebody unnamed.</summary>
    public static readonly Viewer Nobody;

    /// <summary>The one who runs the place.</summary>
    public static readonly Viewer Operator = new("operator", IsOperator: true);

    /// <summary>Whether what belongs to <paramref name="owner"/> is shown in full.</summary>
    public bool MaySee(string owner) => IsOperator || string.Equals(Actor, owner, StringComparison.Ordinal);
}
