using System.Globalization;
using Rialto.Api.Http;
using Rialto.Markets;

namespace Rialto.Api.Journal;

/// <summary>Which events there are: what a reader of the journal must be ready for.</summary>
internal static class EventCatalog
{
    public static void MapEvents(this Routes routes) =>
        routes.Get("/api/events", call => ValueTask.FromResult(List()))
            .Says("ListEventTypes", "The types of events, and where the description says what each holds.").Returns<EventTypesShape>();

    /// <summary>The name of the schema of an event of the journal: <c>auction.bid-placed</c> is described as <c>AuctionBidPlacedItem</c>.</summary>
    public static string SchemaOf(string type) =>
        string.Concat(type.Split('.', '-').Select(word => char.ToUpper(word[0], CultureInfo.InvariantCulture) + word[1..])) + "Item";

    private static Answer List() => Answer.Of(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("items"u8);
        foreach (var (name, _) in MarketCodec.EventShapes)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, name);
            json.WriteString("category"u8, name[..name.IndexOf('.', StringComparison.Ordinal)]);
            json.WriteString("schema"u8, "#/components/schemas/" + SchemaOf(name));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });
}

/// <summary>All types of events, as they are described to clients.</summary>
internal sealed record EventTypesShape(EventTypeShape[] Items);

/// <summary>A type of events, as it is described to clients.</summary>
/// <param name="Type">Its stable name.</param>
/// <param name="Category">The kind of streams in which it happens.</param>
/// <param name="Schema">Where in the description its schema is.</param>
internal sealed record EventTypeShape(string Type, string Category, string Schema);
