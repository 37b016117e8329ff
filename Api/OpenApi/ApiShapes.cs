using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Rialto.Api.Http;
using Rialto.Api.Journal;
using Rialto.Markets;
using Rialto.Markets.Listings;

namespace Rialto.Api.OpenApi;

/// <summary>
/// How types are described, so that generated clients hold what is sent: an amount is a number of the format <c>decimal</c>, never a double; an
/// integer is an integer; there is one way to be null; what is always there is required; and no two types share a name.
/// </summary>
internal static class ApiShapes
{
    private static readonly ConcurrentDictionary<string, Type> Named = new(StringComparer.Ordinal);

    /// <summary>The name of a type's schema; null for a type that is described where it is used.</summary>
    /// <exception cref="InvalidOperationException">Two types would share a name, and the one that came first would stand for both.</exception>
    public static string? NameOf(JsonTypeInfo type)
    {
        var own = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        if (own == typeof(ExactDecimal) || OpenApiOptions.CreateDefaultSchemaReferenceId(type) is not { } name) return null;
        var first = Named.GetOrAdd(name, own);
        return first == own ? name : throw new InvalidOperationException($"{first} and {own} would both be described as {name}: rename one of them.");
    }

    /// <summary>Corrects what is made of a type by itself.</summary>
    public static async Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        var type = context.JsonTypeInfo.Type;
        var own = Nullable.GetUnderlyingType(type) ?? type;
        if (own == typeof(ExactDecimal)) schema.Type = own == type ? JsonSchemaType.Number : JsonSchemaType.Number | JsonSchemaType.Null;
        if (own == typeof(ExactDecimal) || own == typeof(decimal)) schema.Format = "decimal";
        if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object && schema.Properties is { Count: > 0 }) Require(schema, context.JsonTypeInfo);
        if (own != typeof(ImmutableArray<Rate>)) return;
        schema.Type = JsonSchemaType.Array;
        schema.Default = null;
        schema.Items = await context.GetOrCreateSchemaAsync(typeof(Rate), cancellationToken: cancellation);
    }

    private static void Require(OpenApiSchema schema, JsonTypeInfo type)
    {
        // Bodies say themselves what they need.
        if (type.Type.Name.EndsWith("Body", StringComparison.Ordinal)) return;
        // An answer holds all of its fields, null or not; a stored event leaves out what it does not have.
        var isAnswer = type.Type.IsAssignableTo(typeof(View)) || type.Type.Namespace!.StartsWith("Rialto.Api", StringComparison.Ordinal);
        schema.Required = type.Properties
            .Where(property => schema.Properties!.ContainsKey(property.Name) && (isAnswer ? !IsForOperators(type.Type, property.Name) : IsNeverNull(property)))
            .Select(property => property.Name).ToHashSet(StringComparer.Ordinal);
    }

    private static bool IsForOperators(Type type, string property) => type == typeof(JournalItem) && property is "origin" or "fingerprint";

    private static bool IsNeverNull(JsonPropertyInfo property) =>
        property.PropertyType.IsValueType ? Nullable.GetUnderlyingType(property.PropertyType) is null : !property.IsGetNullable;

    /// <summary>The one shape of a no.</summary>
    public static OpenApiSchema Problem => new()
    {
        Type = JsonSchemaType.Object,
        Description = "A no (RFC 9457). Some codes come with more fields that help, such as field, minimum or maximum.",
        Required = new HashSet<string> { "type", "title", "status", "detail", "code" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uri-reference", Description = "A page that explains the code." },
            ["title"] = Text,
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What to do." },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What is wrong: it never changes its meaning." },
            ["retryAfter"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "Seconds after which the same request may do." },
        },
        AdditionalPropertiesAllowed = true,
    };

    /// <summary>The shape of a no of the original systems.</summary>
    public static OpenApiSchema OriginalError => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { "error" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["error"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Required = new HashSet<string> { "code", "message" },
                Properties = new Dictionary<string, IOpenApiSchema> { ["code"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" }, ["message"] = Text },
            },
        },
    };

    public static OpenApiSchema Text => new() { Type = JsonSchemaType.String };

    public static OpenApiSchema Number => new() { Type = JsonSchemaType.Integer, Format = "int64" };

    /// <summary>
    /// An event of the journal is one of many, told apart by its type. Each has all that <see cref="JournalItem"/> has, and its own data.
    /// </summary>
    public static async Task DescribeEventsAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        var schemas = document.Components?.Schemas ?? throw new InvalidOperationException("The description has no schemas.");
        var item = (OpenApiSchema)schemas[nameof(JournalItem)];
        var discriminator = new OpenApiDiscriminator { PropertyName = "type", Mapping = new Dictionary<string, OpenApiSchemaReference>(StringComparer.Ordinal) };
        var each = new List<IOpenApiSchema>();
        foreach (var (name, type) in MarketCodec.EventShapes)
        {
            document.AddComponent(type.Name, await context.GetOrCreateSchemaAsync(type, cancellationToken: cancellation));
            var own = EventCatalog.SchemaOf(name);
            document.AddComponent(own, new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Required = item.Required is null ? null : new HashSet<string>(item.Required),
                Properties = item.Properties!.ToDictionary(property => property.Key, property => property.Key switch
                {
                    "type" => new OpenApiSchema { Type = JsonSchemaType.String, Enum = [JsonValue.Create(name)] },
                    "data" => new OpenApiSchemaReference(type.Name, document),
                    _ => property.Value,
                }),
            });
            var reference = new OpenApiSchemaReference(own, document);
            discriminator.Mapping[name] = reference;
            each.Add(reference);
        }
        schemas[nameof(JournalItem)] = new OpenApiSchema { Description = item.Description, OneOf = each, Discriminator = discriminator };
    }
}
