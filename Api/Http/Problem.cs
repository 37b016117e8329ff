using System.Collections.Immutable;
using Rialto.Markets;

namespace Rialto.Api.Http;

/// <summary>A no, as HTTP tells it (RFC 9457): a status, a stable code, and a sentence that says what to do.</summary>
internal sealed record Problem(int Status, string Code, string Detail)
{
    public const string ContentType = "application/problem+json";

    /// <summary>The code as a person would say it.</summary>
    public string Title => string.Concat(char.ToUpperInvariant(Code[0]).ToString(), Code[1..].Replace('-', ' '));

    public ImmutableArray<RefusalField> Fields { get; init; } = [];

    /// <summary>Seconds after which the same request may do; null if trying again is no use.</summary>
    public int? RetryAfter { get; init; }

    public Problem With(string name, string text) => this with { Fields = Fields.Add(new RefusalField(name, null, text)) };

    public Problem With(string name, decimal number) => this with { Fields = Fields.Add(new RefusalField(name, number, null)) };

    /// <summary>The one mapping from a market's refusal to a status.</summary>
    public static implicit operator Problem(Refusal refusal)
    {
        var retry = refusal.Fields.FirstOrDefault(field => field.Name == "retryAfter").Number;
        return new Problem(StatusOf(refusal.Kind), refusal.Code, refusal.Detail)
        {
            Fields = retry is null ? refusal.Fields : refusal.Fields.RemoveAll(field => field.Name == "retryAfter"),
            RetryAfter = refusal.Kind == RefusalKind.Unavailable ? (int)(retry ?? 1) : null,
        };
    }

    private static int StatusOf(RefusalKind kind) => kind switch
    {
        RefusalKind.Malformed => StatusCodes.Status400BadRequest,
        RefusalKind.NoActor => StatusCodes.Status401Unauthorized,
        RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
        RefusalKind.NotFound => StatusCodes.Status404NotFound,
        RefusalKind.Conflict => StatusCodes.Status409Conflict,
        RefusalKind.Invalid => StatusCodes.Status422UnprocessableEntity,
        RefusalKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => throw new System.Diagnostics.UnreachableException($"{kind} has no status."),
    };
}

/// <summary>The front door's own refusals: what is wrong before a market is asked. The markets' are in their rooms.</summary>
internal static class Problems
{
    public static readonly Problem ActorRequired = new(401, "actor-required", "Say who acts: send the header X-Rialto-Actor.");
    public static readonly Problem InvalidActor = new(400, "invalid-actor", "Name one actor in X-Rialto-Actor, with 1 to 64 letters, digits or - _ . : @.");
    public static readonly Problem InvalidKey = new(400, "invalid-idempotency-key", "Send one Idempotency-Key of 1 to 128 printable characters, or none.");
    public static readonly Problem InvalidCauses = new(400, "invalid-causes", "Name at most 63 causes in X-Rialto-Causes, separated by commas: places in the journal (41), command ids, or your own idempotency keys (key=pay-1).");
    public static readonly Problem KeyReused = new(422, "idempotency-key-reused",
        "This idempotency key was used for another request. Use a new key for a new request, or send the first one again unchanged.");
    public static readonly Problem OperatorOnly = new(403, "operator-only", "Only the operator may see this.");
    public static readonly Problem TooLarge = new Problem(413, "too-large", $"Send a body of at most {BodyReader.MaxBytes} bytes.").With("maximum", BodyReader.MaxBytes);
    public static readonly Problem NotJson = new(415, "unsupported-media-type", "Send the body as application/json in UTF-8.");
    public static readonly Problem NoSuchRoute = new(404, "not-found", "There is nothing at this address. The routes are listed at /docs.");
    public static readonly Problem Internal = new(500, "internal", "Something went wrong here; it is not your request's fault.");
    public static readonly Problem InvalidCursor = new(400, "invalid-cursor", "Use the cursor that the page before named as next, unchanged.");
    public static readonly Problem JournalUnreachable = new(503, "journal-unreachable", "The journal does not answer. Try again with the same idempotency key.") { RetryAfter = 1 };
    public static readonly Problem TooManyStreams = new(503, "too-many-streams", "As many event streams as may be are open. Try again later, or read /api/journal.") { RetryAfter = 10 };
    public static readonly Problem TooManyOwnStreams = new(429, "too-many-streams", "You have as many event streams open as one caller or address may. Close one, name yourself with X-Rialto-Actor, or read /api/journal.") { RetryAfter = 10 };
    public static readonly Problem CrossSite = new(403, "cross-site", "A page of another site asked for this. Call from a page of this address; the server's option --cors-origins names other origins that may.");
    public static readonly Problem Behind = new(503, "behind", "This node has not come that far yet. Try again in a moment.") { RetryAfter = 1 };
    public static readonly Problem BeyondEnd = new(422, "beyond-end", "The journal does not go that far yet. Ask for a place that exists.");
    public static readonly Problem Stopping = new(503, "stopping", "This server is stopping. Try again with the same idempotency key.") { RetryAfter = 1 };
    public static readonly Problem VerifyBusy = new(503, "busy", "The journal is being verified for somebody else. Try again in a moment.") { RetryAfter = 5 };

    public static Problem NoConditions(string header) => new Problem(400, "condition-not-supported",
        $"Leave {header} out: a write takes no condition. Say again what must take effect once with an Idempotency-Key; what it depends on is named by X-Rialto-Causes.").With("field", header);

    public static Problem UnknownHost(string host) => new(421, "unknown-host",
        $"This server does not answer for '{(host.Length > 100 ? host[..100] + "…" : host)}'. Use its address; the server's option --hosts names other hosts that it answers for.");

    public static Problem InvalidParameter(string name, string expected) => new Problem(400, "invalid-parameter", $"Give {name} once, as {expected}.").With("field", name);

    public static Problem UnknownParameter(string name, IReadOnlyCollection<QueryNote> known) => name.Equals(MappedRoute.At.Name, StringComparison.OrdinalIgnoreCase)
        ? new Problem(400, "invalid-parameter", "Leave at out: only one entity can be seen as it was, not a list.").With("field", name)
        : new Problem(400, "unknown-parameter", known.Count == 0 ? "Nothing is taken here after the question mark." : $"Only these are taken here after the question mark: {string.Join(", ", known.Select(one => one.Name))}.").With("field", name);

    public static Problem LedgerNotFound(string asset) => new(404, "ledger-not-found", $"There is no ledger '{asset}'. Create it first.");

    /// <summary>What to say where only a status is known: nothing else has answered.</summary>
    public static Problem OfStatus(int status) => status switch
    {
        404 => NoSuchRoute,
        405 => new Problem(405, "method-not-allowed", "This address takes another method: see the header Allow."),
        408 => new Problem(408, "request-timeout", "The request came too slowly. Send it again."),
        413 => TooLarge,
        414 => new Problem(414, "uri-too-long", "Shorten the address."),
        415 => NotJson,
        431 => new Problem(431, "headers-too-large", "Send fewer or shorter headers."),
        >= 500 => Internal,
        _ => new Problem(status, "bad-request", "This request cannot be read as HTTP."),
    };
}
