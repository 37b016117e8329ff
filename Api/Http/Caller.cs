using System.Globalization;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Api.Http;

/// <summary>Who calls, as their headers say.</summary>
internal static class Caller
{
    public const string ActorHeader = "X-Rialto-Actor";
    public const string KeyHeader = "Idempotency-Key";
    public const string CausesHeader = "X-Rialto-Causes";
    private const int MaxKeyLength = 128;
    private const int MaxCauses = 63;

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

    /// <summary>
    /// What the request depends on, or null if it names nothing: a list of places (<c>41</c>), command ids as the journal shows them, and the
    /// actor's own idempotency keys (<c>key=…</c>, percent-encoded), separated by commas.
    /// </summary>
    public static Problem? TryReadCauses(HttpRequest request, string actor, out NamedCauses? causes)
    {
        causes = null;
        if (!request.Headers.TryGetValue(CausesHeader, out var values) || values.Count == 0) return null;
        var (events, commands) = (new HashSet<Seq>(), new HashSet<CommandId>());
        foreach (var name in values.ToString().Split(',', StringSplitOptions.TrimEntries))
        {
            if (long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) && seq > 0) events.Add(new Seq(seq));
            else if (Guid.TryParseExact(name, "D", out var id)) commands.Add(new CommandId(id));
            else if (name.StartsWith("key=", StringComparison.Ordinal) && name.Length is > 4 and <= 4 + (3 * MaxKeyLength)) commands.Add(CommandOf(actor, Uri.UnescapeDataString(name[4..])));
            else return Problems.InvalidCauses;
        }
        if (events.Count + commands.Count > MaxCauses) return Problems.InvalidCauses;
        causes = new NamedCauses([.. events.Order()], [.. commands.OrderBy(command => command.Value)]);
        return null;
    }

    /// <summary>The command that an actor's idempotency key stands for.</summary>
    public static CommandId CommandOf(string actor, string key) => CommandId.From("http", actor, key);
}
