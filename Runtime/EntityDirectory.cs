using System.Collections.Concurrent;
using System.Diagnostics;
using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Runtime;

/// <summary>
/// The entities that live on one node: made when first asked for, gone when idle. Two nodes may hold the same entity for a while;
/// the journal's version check lets only one of them write, and the other reloads.
/// </summary>
public sealed class EntityDirectory
{
    private readonly ConcurrentDictionary<StreamId, EntityHost> _hosts = new();
    private readonly EntityServices _services;

    internal EntityDirectory(EntityServices services) => _services = services;

    /// <summary>How many entities live here.</summary>
    public int Count => _hosts.Count;

    /// <summary>Has an entity decide a command.</summary>
    /// <param name="request">The command.</param>
    /// <param name="around">What traces are to show it within, if it was sent from elsewhere; else it is within what calls.</param>
    public ValueTask<CommandReply> ExecuteAsync(CommandRequest request, ActivityContext around = default) =>
        Traces.AreHeard ? TraceAsync(request, around) : DecideAsync(request);

    /// <summary>The same for one that is under way already: of a command's whole way there is one span.</summary>
    internal ValueTask<CommandReply> DecideAsync(CommandRequest request) => MarketCatalog.KindOf(request.Entity.Category) is { } kind
        ? HostOf(request.Entity, kind).ExecuteAsync(request)
        : ValueTask.FromResult(new CommandReply(default, null, Refusals.NoSuchKind(request.Entity), false));

    /// <summary>Asks an entity as it is, or as it was.</summary>
    public ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at) => (MarketCatalog.KindOf(entity.Category), at) switch
    {
        (null, _) => ValueTask.FromResult(new QueryReply(null, Refusals.NoSuchKind(entity), default)),
        ({ } kind, null) => HostOf(entity, kind).QueryAsync(query),
        ({ } kind, { } then) => QueryAtAsync(entity, kind, query, then),
    };

    /// <summary>Lets entities go that nobody has asked for lately.</summary>
    public async ValueTask SweepAsync()
    {
        var idle = TimeSpan.FromMilliseconds(_services.Settings.IdleAfterMs);
        foreach (var host in InOrder(host => host.IsIdle(idle)))
            if (await host.RetireAsync(idle))
                _hosts.TryRemove(new KeyValuePair<StreamId, EntityHost>(host.Stream, host));
    }

    /// <summary>Lets all entities go, with checkpoints, when nothing is under way any more.</summary>
    public async ValueTask RetireAllAsync()
    {
        foreach (var host in InOrder(_ => true)) await host.RetireAsync(TimeSpan.Zero);
    }

    /// <summary>Takes in what was committed, wherever it was decided: an entity that is held here and is behind is read anew.</summary>
    internal void Learn(CommittedBatch batch)
    {
        if (_hosts.IsEmpty) return;
        foreach (var committed in batch.Events)
            if (_hosts.TryGetValue(committed.Record.Stream, out var host)) host.LearnOf(committed.Record.Version);
    }

    /// <summary>An entity comes to live here: others may have written to it since it last did, so it is read anew.</summary>
    public void Doubt(StreamId entity)
    {
        if (_hosts.TryGetValue(entity, out var host)) host.Doubt();
    }

    /// <summary>The node was out of touch: its entities may have lived elsewhere, so all are read anew.</summary>
    public void DoubtAll()
    {
        foreach (var (_, host) in _hosts) host.Doubt();
    }

    /// <summary>The node does not go on for now: those who wait for its entities are told that the outcome is unknown, and may ask elsewhere.</summary>
    public void ReleaseCallers()
    {
        foreach (var host in InOrder(_ => true)) host.ReleaseCallers();
    }

    /// <summary>Hash codes of texts differ from process to process; whatever is seen outside goes in an order that does not.</summary>
    private IEnumerable<EntityHost> InOrder(Func<EntityHost, bool> wanted) => _hosts.Values.Where(wanted).OrderBy(host => host.Stream.Text, StringComparer.Ordinal);

    private async ValueTask<QueryReply> QueryAtAsync(StreamId entity, EntityKind kind, Query query, Seq at)
    {
        try
        {
            var then = await _services.History.LoadAtAsync(entity, kind, at);
            var reply = kind.Query(then.State, query);
            return new QueryReply(reply.View?.PlacedAt(then.LastSeq), reply.Refusal, at);
        }
        catch (JournalException e) when (e is not JournalDamagedException)
        {
            Telemetry.JournalFailed(e);
            return new QueryReply(null, Refusals.Of(e), default);
        }
    }

    /// <summary>Somebody who asks for a million things that never were shall not fill memory with them.</summary>
    internal async ValueTask LeaveNoTraceAsync(EntityHost host)
    {
        if (host.IsUnborn && await host.RetireAsync(TimeSpan.Zero)) _hosts.TryRemove(new KeyValuePair<StreamId, EntityHost>(host.Stream, host));
    }

    /// <summary>A way of its own, so that nobody waits or pays for a span while nobody listens.</summary>
    private async ValueTask<CommandReply> TraceAsync(CommandRequest request, ActivityContext around)
    {
        var span = Traces.BeginCommand(request, around, _services.Node, _services.Time);
        CommandReply? reply = null;
        try
        {
            reply = await DecideAsync(request);
            return reply.Value;
        }
        finally
        {
            Traces.EndCommand(span, reply, _services.Time);
        }
    }

    private EntityHost HostOf(StreamId stream, EntityKind kind)
    {
        while (true)
        {
            var host = _hosts.GetOrAdd(stream, static (name, made) => new EntityHost(name, made.kind, made.directory._services, made.directory), (kind, directory: this));
            if (!host.IsRetired) return host;
            _hosts.TryRemove(new KeyValuePair<StreamId, EntityHost>(stream, host));
        }
    }
}
