using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Rialto.Api.Auctions;
using Rialto.Api.Cluster;
using Rialto.Api.Dispatch;
using Rialto.Api.Health;
using Rialto.Api.Http;
using Rialto.Api.Journal;
using Rialto.Api.Ledgers;
using Rialto.Api.Listings;
using Rialto.Api.Orders;
using Rialto.Api.Original;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Dispatch;
using Rialto.Markets.Ledgers;
using Rialto.Markets.Listings;
using Rialto.Markets.Orders;

namespace Rialto.Api.OpenApi;

/// <summary>The description of all routes as OpenAPI, made from the routes themselves, and a page to try them.</summary>
internal static class Description
{
    private const string Document = "v1";

    /// <summary>Swagger UI runs its own files only; it writes style attributes, and its pictures are part of its styles.</summary>
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void AddDescription(this IServiceCollection services, string prefix)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            // Without this a number is described as a text as well.
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.Converters.Add(new DescribedRates());
            json.SerializerOptions.TypeInfoResolverChain.Clear();
            json.SerializerOptions.TypeInfoResolverChain.Add(DescribedShapes.Default);
            json.SerializerOptions.TypeInfoResolverChain.Add(AuctionBodies.Default);
            json.SerializerOptions.TypeInfoResolverChain.Add(LedgerBodies.Default);
            json.SerializerOptions.TypeInfoResolverChain.Add(DispatchBodies.Default);
            json.SerializerOptions.TypeInfoResolverChain.Add(OrderBodies.Default);
            json.SerializerOptions.TypeInfoResolverChain.Add(OriginalBodies.Default);
            json.SerializerOptions.TypeInfoResolverChain.Add(ListingBodies.Default);
            json.SerializerOptions.TypeInfoResolverChain.Add(CarbitrageBodies.Default);
            json.SerializerOptions.TypeInfoResolverChain.Add(EmptyBodies.Default);
            json.SerializerOptions.TypeInfoResolverChain.Add(ViewJsonContext.Default);
            json.SerializerOptions.TypeInfoResolverChain.Add(MarketJsonContext.Default);
        });
        services.AddOpenApi(Document, options =>
        {
            options.CreateSchemaReferenceId = ApiShapes.NameOf;
            options.AddSchemaTransformer(ApiShapes.TransformAsync);
            options.AddOperationTransformer((operation, context, _) => Operation(operation, context));
            options.AddDocumentTransformer((document, _, _) => Whole(document, prefix));
            options.AddDocumentTransformer(ApiShapes.DescribeEventsAsync);
        });
    }

    /// <summary>The document, and the page that reads it; everything that the page needs is served from here.</summary>
    public static void UseDocs(this WebApplication server)
    {
        server.MapOpenApi($"/openapi/{Document}.json").ExcludeFromDescription();
        server.UseWhen(http => http.Request.Path.StartsWithSegments("/docs"), docs => docs
            .Use(next => http =>
            {
                http.Response.Headers.ContentSecurityPolicy = PagePolicy;
                return next(http);
            })
            .UseSwaggerUI(page =>
            {
                page.RoutePrefix = "docs";
                page.DocumentTitle = "Rialto";
                page.SwaggerEndpoint($"../openapi/{Document}.json", "Rialto");
            }));
    }

    private static Task Whole(OpenApiDocument document, string prefix)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Rialto",
            Version = "v1",
            Description = "A marketplace whose every change is one event on one line. Every answer says with X-Rialto-Seq how far the journal is visible in it. "
                + "Every no is a problem document (RFC 9457) with a stable code.",
        };
        document.Servers = [new OpenApiServer { Url = prefix.Length == 0 ? "/" : prefix, Description = "Where this document came from." }];
        document.AddComponent("Problem", ApiShapes.Problem);
        document.AddComponent("OriginalError", ApiShapes.OriginalError);
        return Task.CompletedTask;
    }

    private static Task Operation(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var notes = context.Description.ActionDescriptor.EndpointMetadata.OfType<RouteNotes>().FirstOrDefault();
        if (notes is null) return Task.CompletedTask;
        operation.Parameters = [.. Parameters(context.Description.RelativePath ?? "", notes)];
        if (notes.BodyExample is { } body && operation.RequestBody?.Content?.TryGetValue("application/json", out var content) == true) content.Example = JsonNode.Parse(body);
        if (operation.RequestBody is OpenApiRequestBody request) request.Required = !notes.IsOptionalBody;
        foreach (var (status, response) in operation.Responses ?? [])
        {
            if (response is not OpenApiResponse mine || status[0] != '2') continue;
            mine.Headers = new Dictionary<string, IOpenApiHeader> { ["X-Rialto-Seq"] = new OpenApiHeader { Description = "How far the journal is visible in this answer.", Schema = Number } };
            if (notes.AnswerExample is { } answer && mine.Content?.TryGetValue("application/json", out var shown) == true) shown.Example = JsonNode.Parse(answer);
        }
        operation.Responses ??= [];
        operation.Responses["default"] = notes.IsOriginal ? OriginalError(context.Document) : ProblemResponse(notes, context.Document);
        return Task.CompletedTask;
    }

    private static IEnumerable<IOpenApiParameter> Parameters(string path, RouteNotes notes)
    {
        foreach (var part in path.Split('/').Where(part => part.StartsWith('{')))
            yield return new OpenApiParameter { Name = part.Trim('{', '}').Split(':')[0], In = ParameterLocation.Path, Required = true, Schema = part.Contains("seq", StringComparison.Ordinal) ? Number : Text };
        foreach (var query in notes.Queries)
            yield return new OpenApiParameter
            {
                Name = query.Name,
                In = ParameterLocation.Query,
                Description = query.Meaning,
                Schema = query.IsNumber ? Number : query.Choices is { } choices ? new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. choices.Select(choice => (JsonNode)choice)] } : Text,
            };
        yield return new OpenApiParameter
        {
            Name = Caller.ActorHeader, In = ParameterLocation.Header, Required = notes.IsWrite && !notes.IsOriginal, Schema = Text, Example = JsonValue.Create("ann"),
            Description = notes.IsWrite ? "Who acts." : "Who looks; operator sees what is sealed.",
        };
        if (!notes.IsWrite) yield break;
        yield return new OpenApiParameter { Name = Caller.CausesHeader, In = ParameterLocation.Header, Schema = Text, Description = "What this depends on and is ordered after: places in the journal, command ids, or own idempotency keys (key=…), separated by commas." };
        yield return new OpenApiParameter { Name = Caller.KeyHeader, In = ParameterLocation.Header, Schema = Text, Description = "The same key and body by the same actor take effect once, and get the same answer." };
    }

    private static OpenApiResponse ProblemResponse(RouteNotes notes, OpenApiDocument? document)
    {
        var common = notes.IsWrite ? RouteNotes.CommonWriteCodes : RouteNotes.CommonReadCodes;
        var paged = notes.Queries.Any(query => query.Name == "cursor") ? new[] { "invalid-cursor" } : [];
        var waits = notes.Queries.Any(query => query.Name == "minSeq") ? new[] { "behind" } : [];
        var codes = notes.Codes.Concat(common).Concat(paged).Concat(waits).Distinct(StringComparer.Ordinal).ToList();
        var example = new JsonObject
        {
            ["type"] = "/problems/" + codes[0],
            ["title"] = string.Create(CultureInfo.InvariantCulture, $"{char.ToUpperInvariant(codes[0][0])}{codes[0][1..].Replace('-', ' ')}"),
            ["status"] = 422,
            ["detail"] = "A sentence that says what to do.",
            ["code"] = codes[0],
        };
        return new OpenApiResponse
        {
            Description = "No, with a code: " + string.Join(", ", codes) + ".",
            Content = new Dictionary<string, OpenApiMediaType> { [Problem.ContentType] = new() { Schema = new OpenApiSchemaReference("Problem", document), Example = example } },
        };
    }

    private static OpenApiResponse OriginalError(OpenApiDocument? document) => new()
    {
        Description = "No, as the original system says it.",
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/json"] = new()
            {
                Schema = new OpenApiSchemaReference("OriginalError", document),
                Example = new JsonObject { ["error"] = new JsonObject { ["code"] = 404, ["message"] = "Stock not found" } },
            },
        },
    };

    private static OpenApiSchema Text => ApiShapes.Text;

    private static OpenApiSchema Number => ApiShapes.Number;
}

/// <summary>Shapes that are only described: what is answered is written by hand.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PageShape<AuctionListItem>), TypeInfoPropertyName = "AuctionPage")]
[JsonSerializable(typeof(PageShape<LedgerListItem>), TypeInfoPropertyName = "LedgerPage")]
[JsonSerializable(typeof(PageShape<HistoryLine>), TypeInfoPropertyName = "HistoryPage")]
[JsonSerializable(typeof(PageShape<RegionListItem>), TypeInfoPropertyName = "RegionPage")]
[JsonSerializable(typeof(PageShape<IncidentListItem>), TypeInfoPropertyName = "IncidentPage")]
[JsonSerializable(typeof(PageShape<VehicleView>), TypeInfoPropertyName = "VehiclePage")]
[JsonSerializable(typeof(PageShape<ShelfView>), TypeInfoPropertyName = "ShelfPage")]
[JsonSerializable(typeof(PageShape<ImportView>), TypeInfoPropertyName = "ImportPage")]
[JsonSerializable(typeof(PageShape<WatchView>), TypeInfoPropertyName = "WatchPage")]
[JsonSerializable(typeof(RefreshShape))]
[JsonSerializable(typeof(ImportShape))]
[JsonSerializable(typeof(ChainReport))]
[JsonSerializable(typeof(ClientNodeShape))]
[JsonSerializable(typeof(PageShape<StockView>), TypeInfoPropertyName = "StockPage")]
[JsonSerializable(typeof(PageShape<StockOrderView>), TypeInfoPropertyName = "StockOrderPage")]
[JsonSerializable(typeof(PageShape<BookListItem>), TypeInfoPropertyName = "BookPage")]
[JsonSerializable(typeof(PageShape<OrderView>), TypeInfoPropertyName = "OrderPage")]
[JsonSerializable(typeof(PageShape<TradeView>), TypeInfoPropertyName = "TradePage")]
[JsonSerializable(typeof(PageShape<CandleView>), TypeInfoPropertyName = "CandlePage")]
[JsonSerializable(typeof(PageShape<JournalItem>), TypeInfoPropertyName = "JournalPage")]
[JsonSerializable(typeof(JournalItem))]
[JsonSerializable(typeof(EventTypesShape))]
[JsonSerializable(typeof(Comparison))]
[JsonSerializable(typeof(Verification))]
[JsonSerializable(typeof(ClusterShape))]
[JsonSerializable(typeof(ReconcileShape))]
[JsonSerializable(typeof(HealthShape))]
[JsonSerializable(typeof(string))]
internal sealed partial class DescribedShapes : JsonSerializerContext;
