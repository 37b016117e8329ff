using Rialto.Api.Engines;
using Rialto.Api.Listings.Sources;
using Rialto.Api.Options;
using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Files;
using Rialto.Journal.Postgres;
using Rialto.Runtime;

namespace Rialto.Api;

/// <summary>
/// The one place where it is chosen what the market runs on: where the journal is kept, and which engine hosts the entities.
/// Nothing else in this room knows a journal's home or an engine.
/// </summary>
internal sealed class Composition : IAsyncDisposable
{
    private readonly IJournal _journal;
    private readonly RunningEngine _running;
    private readonly PrivatePostgres? _server;

    private Composition(IJournal journal, RunningEngine running, PrivatePostgres? server) => (_journal, _running, _server) = (journal, running, server);

    public IEngine Engine => _running.Engine;

    /// <summary>For people: how many nodes there are, and where.</summary>
    public string Where => _running.Where;

    /// <summary>What a torn last write left in the journal and was cut off, in bytes.</summary>
    public long TornBytesCut => (_journal as FileJournal)?.TornBytes ?? 0;

    /// <summary>The last place that the journal's mark counted as acknowledged when it was opened; null without a mark.</summary>
    public Seq? MarkedSeq => (_journal as FileJournal)?.MarkedSeq;

    /// <summary>What the journal lacks of what was acknowledged, in words, if that was accepted; else null.</summary>
    public string? AcceptedLoss => (_journal as FileJournal)?.AcceptedLoss;

    /// <summary>Opens the journal, in a PostgreSQL server of its own if none is named, and starts the engine on it.</summary>
    public static async Task<Composition> StartAsync(ServerOptions options, TimeProvider time)
    {
        var server = options is { Journal: JournalKind.Postgres, Postgres: null } ? PrivatePostgres.Start(Path.Combine(options.DataFolder, "postgres")) : null;
        IJournal? opened = null;
        try
        {
            if (server is not null) options = options with { Postgres = server.ConnectionString };
            (opened, var checkpoints) = await OpenAsync(options);
            return new Composition(opened, await StartEngineAsync(options, opened, checkpoints, time), server);
        }
        catch
        {
            if (opened is not null) await opened.DisposeAsync();
            server?.Dispose();
            throw;
        }
    }

    /// <summary>Where listings are fetched.</summary>
    public static IListingSource SourceOf(ListingOptions options, HttpClient http, TimeProvider time) => options.Source switch
    {
        "marketcheck" => new MarketCheckSource(http, new MarketCheckSettings { Address = options.Address, Key = options.Key!, CallsPerMonth = options.CallsPerMonth }, time),
        "csv" => new CsvFileSource(options.File!),
        _ => new SampleSource(),
    };

    /// <summary>Takes no more commands, commits what was taken, and lets go of the journal.</summary>
    public async ValueTask DisposeAsync()
    {
        await _running.EndAsync();
        await _journal.DisposeAsync();
        _server?.Dispose();
    }

    private static async Task<RunningEngine> StartEngineAsync(ServerOptions options, IJournal journal, ICheckpoints checkpoints, TimeProvider time)
    {
        if (options.Engine == EngineKind.Orleans) return await OrleansEngines.StartAsync(options, journal, checkpoints, time);
        var cluster = await EmbeddedCluster.StartAsync(new EmbeddedSettings { Nodes = options.Nodes, OnFault = Tell }, journal, checkpoints, time);
        return new RunningEngine(cluster, cluster.DisposeAsync, options.Nodes == 1 ? "1 node" : $"{options.Nodes} nodes");
    }

    private static void Tell(Rank node, Exception fault) => Console.Error.WriteLine($"rialto: a fault has stopped node {node}, which begins anew: {fault}");

    private static async Task<(IJournal Journal, ICheckpoints Checkpoints)> OpenAsync(ServerOptions options)
    {
        if (options.Journal == JournalKind.File)
            return (FileJournal.Open(Path.Combine(options.DataFolder, "journal"), new FileJournalSettings { AcceptLoss = options.AcceptLoss is { } first ? new Seq(first) : null }), new FileCheckpoints(Path.Combine(options.DataFolder, "checkpoints")));
        try
        {
            var journal = await PostgresJournal.OpenAsync(options.Postgres!, new PostgresJournalSettings { Tell = static said => Console.Error.WriteLine($"rialto: {said}") });
            return (journal, journal.Checkpoints);
        }
        catch (ArgumentException e)
        {
            throw new BadOptionException($"--postgres is no connection string: {e.Message}");
        }
    }
}
