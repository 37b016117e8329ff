using System.Globalization;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Api.Http;

/// <summary>A read on its way in: who looks, and what they wrote after the question mark.</summary>
internal readonly struct Call(HttpContext http, FrontDoor door, string? actor)
{
    public HttpContext Http => http;

    public FrontDoor Door => door;

    public IEngine Engine => door.Engine;

    public Viewer Viewer { get; } = actor is null ? Viewer.Nobody : new Viewer(actor, IsOperator: actor == Viewer.Operator.Actor);

    /// <summary>Whether it is asked how something was at a place.</summary>
    public bool AsksForThePast => http.Request.QueryString.HasValue && http.Request.Query.ContainsKey(MappedRoute.At.Name);

    /// <summary>A part of the path.</summary>
    public string Part(string name) => (string)http.Request.RouteValues[name]!;

    /// <summary>A number after the question mark; null if it is not there.</summary>
    public Problem? Number(string name, long minimum, long maximum, out long? number)
    {
        number = null;
        if (!http.Request.QueryString.HasValue) return null;
        var values = http.Request.Query[name];
        if (values.Count == 0) return null;
        var valid = values.Count == 1 && long.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed >= minimum && parsed <= maximum;
        number = valid ? long.Parse(values[0]!, CultureInfo.InvariantCulture) : null;
        return valid ? null : Problems.InvalidParameter(name, maximum == long.MaxValue ? $"a whole number from {minimum}" : $"a whole number from {minimum} to {maximum}");
    }

    /// <summary>A text after the question mark; null if it is not there.</summary>
    public Problem? Text(string name, out string? text)
    {
        text = null;
        if (!http.Request.QueryString.HasValue) return null;
        var values = http.Request.Query[name];
        if (values.Count == 0) return null;
        if (values.Count > 1 || values[0] is not { Length: > 0 and <= StreamId.MaxLength } value) return Problems.InvalidParameter(name, $"a text of 1 to {StreamId.MaxLength} characters");
        text = value;
        return null;
    }

    /// <summary>One of an enum's values after the question mark; null if it is not there.</summary>
    public Problem? Choice<TEnum>(string name, out TEnum? choice) where TEnum : struct, Enum
    {
        choice = null;
        if (Text(name, out var text) is { } wrong) return wrong;
        if (text is null) return null;
        if (!EnumNames<TEnum>.TryRead(text, out var found)) return Problems.InvalidParameter(name, "one of " + string.Join(", ", EnumNames<TEnum>.All));
        choice = found;
        return null;
    }

    /// <summary>A yes or no after the question mark; no if it is not there.</summary>
    public Problem? Switch(string name, out bool on)
    {
        on = false;
        if (Text(name, out var text) is { } problem) return problem;
        return text is null || bool.TryParse(text, out on) ? null : Problems.InvalidParameter(name, "true or false");
    }

    /// <summary>Size and beginning of a page.</summary>
    public Problem? Page(out int limit, out string? cursor)
    {
        limit = 100;
        cursor = null;
        if (Number("limit", 1, Bounds.MaxPage, out var size) is { } wrongLimit) return wrongLimit;
        limit = (int)(size ?? limit);
        return Text("cursor", out cursor) is null ? null : Problems.InvalidCursor;
    }

    /// <summary>Size and beginning of a page of a list that is ordered by a number.</summary>
    public Problem? Page(out int limit, out long? cursor)
    {
        cursor = null;
        if (Page(out limit, out string? text) is { } problem) return problem;
        return Cursor.TryRead(text, out cursor) is null ? null : Problems.InvalidCursor;
    }

    /// <summary>Waits until the answer can go as far as <c>minSeq</c> asks.</summary>
    public async ValueTask<Problem?> WaitAsync()
    {
        if (Number("minSeq", 0, long.MaxValue, out var minimum) is { } problem) return problem;
        return minimum is { } seq ? await WaitForAsync(new Seq(seq)) : null;
    }

    public async ValueTask<Problem?> WaitForAsync(Seq seq)
    {
        var replica = door.Engine.Replica;
        return await replica.WaitForAsync(seq, FrontDoor.MaxWait, http.RequestAborted) ? null : Problems.Behind.With("seq", replica.Applied.Value);
    }

    /// <summary>Asks one entity: as it is, or <c>at</c> a place, and not before <c>minSeq</c>.</summary>
    /// <param name="entity">Who is asked.</param>
    /// <param name="query">What for.</param>
    /// <param name="explain">What this node adds to what the entity shows as it is, if anything.</param>
    public async ValueTask<Answer> AskAsync(StreamId entity, Query query, Func<View, View>? explain = null)
    {
        if (Number("at", 0, long.MaxValue, out var at) is { } problem) return problem;
        if (await WaitAsync() is { } behind) return behind;
        var applied = door.Engine.Replica.Applied;
        if (at is { } place && new Seq(place) > applied && new Seq(place) > (await door.Engine.Journal.ReadEndAsync(http.RequestAborted)).Seq)
            return Problems.BeyondEnd.With("end", applied.Value);
        var reply = await door.Engine.QueryAsync(entity, query, at is { } then ? new Seq(then) : null);
        if (reply.Refusal is { } refusal) return refusal;
        // An entity answers as of its own last event; nothing that this node had applied before the question can be missing in the answer.
        var view = at is null && explain is not null ? explain(reply.View!) : reply.View!;
        return Answer.Of(view, at is null && applied > reply.VisibleTo ? applied : reply.VisibleTo);
    }
}

/// <summary>A write on its way in: who acts, with what, and whether they may say it again.</summary>
internal readonly struct WriteCall<TBody>(HttpContext http, FrontDoor door, string actor, string? key, TBody body)
{
    public HttpContext Http => http;

    public FrontDoor Door => door;

    public string Actor => actor;

    public TBody Body => body;

    /// <summary>With a key, the same actor and key make the same command; without one, every request is a new command.</summary>
    public CommandId Id { get; } = key is null ? CommandId.From("http", Guid.CreateVersion7().ToString("N")) : Caller.CommandOf(actor, key);

    /// <summary>A part of the path.</summary>
    public string Part(string name) => (string)http.Request.RouteValues[name]!;

    /// <summary>For a request that is no entity's command: null if it has no key, or one that is new or was this request's before.</summary>
    /// <param name="route">Whose requests these are, as a category.</param>
    /// <param name="request">What is asked for.</param>
    public Problem? ClaimKey(string route, params ReadOnlySpan<string> request) =>
        key is null || door.Keys.TryUse(Id, StreamId.Of(route, CommandId.From(request).ToEntityKey()), out _) ? null : Problems.KeyReused;

    /// <summary>Has an entity decide, and answers with what it shows.</summary>
    public async ValueTask<Answer> ExecuteAsync(StreamId entity, Command command, string? createdAt = null, bool created = false)
    {
        var (reply, problem) = await TryExecuteAsync(entity, command);
        if (problem is not null) return problem;
        return Answer.Of(reply.View!, reply.Receipt.Seq) with { IsCreated = created || createdAt is not null, Location = createdAt, IsReplayed = reply.Replayed };
    }

    /// <summary>Has an entity decide. Exactly one of view and problem is there.</summary>
    public async ValueTask<(CommandReply Reply, Problem? Problem)> TryExecuteAsync(StreamId entity, Command command)
    {
        var isNew = false;
        if (Caller.TryReadCauses(http.Request, actor, out var causes) is { } wrong) return (default, wrong);
        if (key is not null && !door.Keys.TryUse(Id, entity, out isNew)) return (default, Problems.KeyReused);
        var reply = await door.Engine.ExecuteAsync(new CommandRequest(entity, command, actor, Id, key is null ? 0 : FingerprintOf(entity, command), causes));
        // Who named no key has sent it once, whatever became of it on the way.
        if (reply.Refusal is not { } refusal) return (key is null ? reply with { Replayed = false } : reply, null);
        // Nothing happened, so the key is free again; but if that is not known, it is not.
        if (isNew && refusal.Kind != RefusalKind.Unavailable) door.Keys.Free(Id);
        return (reply, refusal);
    }

    /// <summary>What was asked for and of whom: a key that comes back with another body, or for another entity, is told apart.</summary>
    private static ulong FingerprintOf(StreamId entity, Command command)
    {
        const ulong prime = 1099511628211;
        var hash = MarketCodec.Fingerprint(command);
        foreach (var letter in entity.Text) hash = (hash ^ letter) * prime;
        return hash == 0 ? 1 : hash;
    }
}
