using Rialto.Markets;

namespace Rialto.Api.Http;

/// <summary>Who calls, as their headers say.</summary>
internal static class Caller
{
    public const string ActorHeader = "X-Rialto-Actor";
    public const string KeyHeader = "Idempotency-Key";
    private const int MaxKeyLength = 128;

    /// <summary>The actor, or null if none is named.</summary>
    public static Problem? TryReadActor(HttpRequest request, out string? actor)
    {
        actor = null;
        if (!request.Headers.TryGetValue(ActorHeader, out var values) || values.Count == 0) return null;
        if (values.Count > 1 || !Bounds.IsName(values[0])) return Problems.InvalidActor;
        actor = values[0];
        return null;
    }

    /// <summary>The idempotency key, or null if there is none.</summary>
    public static Problem? TryReadKey(HttpRequest request, out string? key)
    {
        key = null;
        if (!request.Headers.TryGetValue(KeyHeader, out var values) || values.Count == 0) return null;
        if (values.Count > 1 || values[0] is not { Length: > 0 and <= MaxKeyLength } text || text.Any(char.IsControl)) return Problems.InvalidKey;
        key = text;
        return null;
    }
}
