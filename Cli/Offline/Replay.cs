using System.Buffers;
using System.Text;
using System.Text.Json;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Dispatch;
using Rialto.Markets.Ledgers;
using Rialto.Markets.Listings;
using Rialto.Markets.Orders;

namespace Rialto.Cli.Offline;

/// <summary>One entity as it was at a place of a journal, replayed by its market's rules without a server. Whoever has the journal sees what is sealed.</summary>
internal static class Replay
{
    private const int Page = 1_000;

    /// <summary>Replays.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="entity">The entity's stream.</param>
    /// <param name="to">The last place to look at; null is the end.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Failure">There is no such entity up to there, or it does not show itself.</exception>
    public static async Task<Reply> RunAsync(IJournal journal, StreamId entity, Seq? to, CancellationToken cancellation)
    {
        var kind = MarketCatalog.KindOf(entity.Category) ?? throw new Failure(ExitCode.BadUsage, $"There is no market '{entity.Category}': {string.Join(", ", MarketCatalog.Kinds.Select(known => known.Category))}.");
        var (state, version, last) = (kind.Unborn(entity.Key), 0L, Seq.None);
        IReadOnlyList<JournalRecord> page;
        do
        {
            page = await journal.ReadStreamAsync(entity, version, Page, cancellation);
            foreach (var record in page.TakeWhile(record => to is null || record.Seq <= to))
                (state, version, last) = (kind.Evolve(state, MarketCodec.Decode(record.Type, record.Data.Span)), record.Version, record.Seq);
        }
        while (page.Count == Page && page[^1].Version == version);
        if (version == 0) throw new Failure(ExitCode.Refused, $"Nothing has happened to {entity}{(to is null ? "" : $" up to {to}")}.");
        var reply = kind.Query(state, WholeOf(entity.Category));
        return reply.View is { } view ? Show(view.PlacedAt(last)) : throw new Failure(ExitCode.Refused, $"{reply.Refusal!.Detail} ({reply.Refusal.Code})");
    }

    /// <summary>The question that is answered with all of an entity that is shown.</summary>
    private static Query WholeOf(string category) => category switch
    {
        "auction" => new GetAuction(Viewer.Operator),
        "ledger" => new GetTrialBalance(Viewer.Operator, Limit: Bounds.MaxPage),
        "region" => new GetRegion(),
        "stock" => new GetStock(),
        "book" => new GetBook(Depth: Bounds.MaxPage),
        "shelf" => new GetShelf(),
        "watch" => new GetWatch(),
        _ => throw new System.Diagnostics.UnreachableException($"Nobody has said how to look at a {category}."),
    };

    private static Reply Show(View view)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes)) MarketCodec.Write(writer, view);
        return Reply.Of(Encoding.UTF8.GetString(bytes.WrittenSpan));
    }
}
