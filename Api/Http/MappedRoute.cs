using Microsoft.AspNetCore.Http.Metadata;

namespace Rialto.Api.Http;

/// <summary>What a route takes after the question mark, for its description.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsNumber">Whether it is a whole number; else a text.</param>
/// <param name="Meaning">What it does.</param>
/// <param name="Choices">What may stand there, if not anything.</param>
internal sealed record QueryNote(string Name, bool IsNumber, string Meaning, IReadOnlyList<string>? Choices = null);

/// <summary>What is said of a route in its description, beyond what its shapes say.</summary>
internal sealed class RouteNotes
{
    /// <summary>What any read may be answered.</summary>
    public static readonly string[] CommonReadCodes = ["invalid-actor", "invalid-parameter", "unknown-parameter", "no-answer", "unknown-host", "cross-site"];

    /// <summary>What any write may be answered.</summary>
    public static readonly string[] CommonWriteCodes =
    [
        "invalid-actor", "actor-required", "invalid-idempotency-key", "idempotency-key-reused", "invalid-causes", "missing-cause", "causal-cycle", "hold-back-full", "invalid-parameter",
        "unknown-parameter", "malformed-json", "missing-field", "unknown-field", "duplicate-field", "wrong-type", "too-large", "unsupported-media-type", "condition-not-supported",
        "unknown-host", "cross-site", "not-storable", "busy", "outcome-unknown",
    ];

    /// <summary>What any address may answer with.</summary>
    public static readonly IReadOnlySet<string> CommonCodes = CommonReadCodes.Concat(CommonWriteCodes)
        .Concat(["method-not-allowed", "request-timeout", "uri-too-long", "headers-too-large", "bad-request", "invalid-cursor", "out-of-range", "too-long", "too-many", "invalid-text", "invalid-name", "too-many-decimals"]).ToHashSet(StringComparer.Ordinal);

    public bool IsWrite { get; set; }

    public bool IsOptionalBody { get; set; }

    /// <summary>Whether it is a route of one of the original systems, which tells what is wrong in its own shape.</summary>
    public bool IsOriginal { get; set; }

    public List<QueryNote> Queries { get; } = [];

    public List<string> Codes { get; } = [];

    public string? BodyExample { get; set; }

    public string? AnswerExample { get; set; }

    /// <summary>Refuses what this route does not take after the question mark: a name that is misspelt would change the answer silently.</summary>
    public Problem? CheckQuery(IQueryCollection query)
    {
        foreach (var (name, _) in query)
            if (!Queries.Exists(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase))) return Problems.UnknownParameter(name, Queries);
        return null;
    }
}

/// <summary>A route, to be described where it is mapped.</summary>
internal sealed class MappedRoute
{
    public static readonly QueryNote MinSeq = new("minSeq", true, "Wait, 2 s at most, until the answer can include this place of the journal.");
    public static readonly QueryNote At = new("at", true, "As it was at this place of the journal.");
    private static readonly QueryNote Limit = new("limit", true, "How many at most, 1 to 1000.");
    private static readonly QueryNote Cursor = new("cursor", false, "Where the page begins: next of the page before.");

    private readonly IEndpointConventionBuilder _endpoint;
    private readonly RouteNotes _notes;

    public MappedRoute(IEndpointConventionBuilder endpoint, RequestDelegate handler, string pattern, RouteNotes notes)
    {
        (_endpoint, _notes) = (endpoint, notes);
        // The description is made from endpoints that say which method handles them.
        _endpoint.WithMetadata(handler.Method, _notes);
        _endpoint.WithTags(TagOf(pattern));
    }

    public MappedRoute Accepts(Type body, bool required, string contentType = "application/json")
    {
        _notes.IsWrite = true;
        _notes.IsOptionalBody = !required;
        _endpoint.WithMetadata(new AcceptsBody(body, !required, contentType));
        return this;
    }

    public MappedRoute AsOriginal()
    {
        _notes.IsOriginal = true;
        _endpoint.WithTags("Original");
        return this;
    }

    /// <summary>What it is for, in a sentence.</summary>
    public MappedRoute Says(string name, string summary)
    {
        _endpoint.WithMetadata(new EndpointNameMetadata(name), new EndpointSummaryAttribute(summary));
        return this;
    }

    public MappedRoute Returns<T>(int status = StatusCodes.Status200OK, string contentType = "application/json")
    {
        _endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(T), [contentType]));
        return this;
    }

    public MappedRoute Returns(string contentType)
    {
        _endpoint.WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), [contentType]));
        return this;
    }

    public MappedRoute Asks(params QueryNote[] queries)
    {
        _notes.Queries.AddRange(queries);
        return this;
    }

    public MappedRoute Pages() => Asks(Limit, Cursor, MinSeq);

    /// <summary>The codes of its own problems; those that every route can answer with are said once.</summary>
    public MappedRoute Refuses(params string[] codes)
    {
        _notes.Codes.AddRange(codes);
        return this;
    }

    public MappedRoute Example(string? body, string? answer = null)
    {
        (_notes.BodyExample, _notes.AnswerExample) = (body, answer);
        return this;
    }

    private static string TagOf(string pattern)
    {
        var parts = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var word = parts is ["api", var second, ..] ? second : parts.FirstOrDefault() ?? "home";
        return string.Concat(char.ToUpperInvariant(word[0]).ToString(), word[1..]);
    }

    private sealed class AcceptsBody(Type body, bool isOptional, string contentType) : IAcceptsMetadata
    {
        public IReadOnlyList<string> ContentTypes { get; } = [contentType];

        public Type RequestType => body;

        public bool IsOptional => isOptional;
    }
}
