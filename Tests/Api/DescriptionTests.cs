using System.Text.Json;
using System.Text.RegularExpressions;
using Rialto.Api.OpenApi;
using Rialto.Markets;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>The description of all routes: what a program that is made from it relies on, held against what is really answered.</summary>
public sealed partial class DescriptionTests(DescriptionTests.Described described) : IClassFixture<DescriptionTests.Described>
{
    private JsonElement Schemas => described.Document.GetProperty("components").GetProperty("schemas");

    [Fact]
    public void A_number_is_an_integer_or_an_amount_and_nothing_else()
    {
        foreach (var (path, schema) in described.AllSchemas())
        {
            if (!schema.TryGetProperty("type", out var type)) continue;
            string[] types = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(one => one.GetString()!)] : [type.GetString()!];
            if (path.Contains("/oneOf/", StringComparison.Ordinal) && types is ["null"]) continue;
            Assert.True(types.Except(["null"]).Count() == 1, $"{path} is {schema}");
            var format = schema.TryGetProperty("format", out var found) ? found.GetString() : null;
            if (types.Contains("integer")) Assert.True(format is "int32" or "int64", $"{path} is {schema}");
            if (types.Contains("number")) Assert.True(format == "decimal", $"{path} is {schema}");
            Assert.False(schema.TryGetProperty("multipleOf", out _), path);
        }
    }

    [Fact]
    public void There_is_one_way_to_be_null()
    {
        foreach (var (path, schema) in described.AllSchemas())
        {
            if (!schema.TryGetProperty("oneOf", out var choices) || schema.TryGetProperty("discriminator", out _)) continue;
            var other = Assert.Single(choices.EnumerateArray(), choice => !choice.TryGetProperty("type", out var type) || type.ToString() != "null");
            Assert.True(other.TryGetProperty("$ref", out var reference), $"{path} is {schema}");
            Assert.DoesNotContain("null", described.Resolve(reference.GetString()!).TryGetProperty("type", out var referred) ? referred.ToString() : "", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_no_has_the_same_shape()
    {
        foreach (var operation in described.Operations())
        {
            var content = Assert.Single(operation.GetProperty("responses").GetProperty("default").GetProperty("content").EnumerateObject());
            Assert.Equal(content.Name == "application/problem+json" ? "#/components/schemas/Problem" : "#/components/schemas/OriginalError", content.Value.GetProperty("schema").Word("$ref"));
        }
    }

    [Fact]
    public void What_is_always_there_is_required_and_the_server_is_named()
    {
        foreach (var schema in Schemas.EnumerateObject().Where(schema => !schema.Name.EndsWith("Body", StringComparison.Ordinal) && schema.Value.TryGetProperty("properties", out var all) && all.TryGetProperty("seq", out _)))
            Assert.True(schema.Value.GetProperty("required").EnumerateArray().Any(name => name.GetString() == "seq"), schema.Name);
        Assert.Equal("/", described.Document.GetProperty("servers")[0].Word("url"));
    }

    [Fact]
    public async Task Every_type_of_event_is_listed_and_described()
    {
        var item = Schemas.GetProperty("JournalItem");
        var discriminator = item.GetProperty("discriminator");
        Assert.Equal("type", discriminator.Word("propertyName"));
        Assert.Equal(MarketCodec.EventNames, discriminator.GetProperty("mapping").EnumerateObject().Select(entry => entry.Name));
        Assert.Equal(MarketCodec.EventNames.Length, item.GetProperty("oneOf").GetArrayLength());
        var listed = (await described.Server.As(null).GetAsync("/api/events")).Ok(200).Items();
        Assert.Equal(MarketCodec.EventNames, listed.Select(one => one.Word("type")!));
        foreach (var one in listed) Assert.Equal(one.Word("type"), described.Resolve(one.Word("schema")!).GetProperty("properties").GetProperty("type").GetProperty("enum")[0].GetString());
    }

    [Fact]
    public void Two_types_of_one_name_are_not_described_as_one()
    {
        var options = JsonSerializerOptions.Web;
        Assert.Equal("Twin", ApiShapes.NameOf(options.GetTypeInfo(typeof(Here.Twin))));
        Assert.Equal("Twin", ApiShapes.NameOf(options.GetTypeInfo(typeof(Here.Twin))));
        Assert.Contains("Twin", Assert.Throws<InvalidOperationException>(() => ApiShapes.NameOf(options.GetTypeInfo(typeof(There.Twin)))).Message);
    }

    [Theory]
    [InlineData("/api/auctions", "/api/auctions")]
    [InlineData("/api/auctions/{id}", "/api/auctions/{auction}")]
    [InlineData("/api/ledgers", "/api/ledgers")]
    [InlineData("/api/ledgers/{asset}", "/api/ledgers/USD")]
    [InlineData("/api/ledgers/{asset}/proposals", "/api/ledgers/USD/proposals")]
    [InlineData("/api/stocks", "/api/stocks")]
    [InlineData("/api/books", "/api/books")]
    [InlineData("/api/listings", "/api/listings?limit=50")]
    [InlineData("/api/listings/shelves", "/api/listings/shelves")]
    [InlineData("/api/listings/compare", "/api/listings/compare?cities=Toronto,Montreal&make=Toyota&model=Corolla")]
    [InlineData("/api/dispatch", "/api/dispatch")]
    [InlineData("/api/dispatch/{region}", "/api/dispatch/stuttgart")]
    [InlineData("/api/cluster", "/api/cluster")]
    [InlineData("/api/events", "/api/events")]
    [InlineData("/api/journal", "/api/journal?limit=1000")]
    [InlineData("/api/journal/verify", "/api/journal/verify")]
    [InlineData("/api/journal/compare", "/api/journal/compare?a=1&b=2")]
    [InlineData("/health/ready", "/health/ready")]
    public async Task What_is_answered_is_what_is_described_and_its_times_have_one_form(string route, string path)
    {
        var answer = (await described.Server.As("operator").GetAsync(path.Replace("{auction}", described.Auction, StringComparison.Ordinal))).Ok(200);
        var schema = described.Document.GetProperty("paths").GetProperty(route).GetProperty("get").GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema");
        Fits(answer, schema, route);
    }

    /// <summary>Holds an answer against its schema.</summary>
    private void Fits(JsonElement json, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("$ref", out var reference)) schema = described.Resolve(reference.GetString()!);
        if (schema.TryGetProperty("discriminator", out var discriminator))
        {
            Fits(json, described.Resolve(discriminator.GetProperty("mapping").Word(json.Word(discriminator.Word("propertyName")!)!)!), path);
            return;
        }
        if (schema.TryGetProperty("oneOf", out var choices))
        {
            if (json.ValueKind != JsonValueKind.Null) Fits(json, choices.EnumerateArray().Single(choice => choice.TryGetProperty("$ref", out _)), path);
            return;
        }
        if (schema.TryGetProperty("type", out var type)) Assert.True(type.ToString().Contains(KindOf(json), StringComparison.Ordinal), $"{path} is {json}, and described as {schema}");
        if (schema.TryGetProperty("enum", out var words) && json.ValueKind == JsonValueKind.String) Assert.Contains(json.GetString(), words.EnumerateArray().Select(word => word.GetString()));
        if (json.ValueKind == JsonValueKind.Object) FitsObject(json, schema, path);
        else if (json.ValueKind == JsonValueKind.Array) foreach (var item in json.EnumerateArray()) Fits(item, schema.GetProperty("items"), path + "[]");
        else if (json.ValueKind == JsonValueKind.String && Time().IsMatch(json.GetString()!) && !path.Contains(".data", StringComparison.Ordinal)) Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", json.GetString());
    }

    private void FitsObject(JsonElement json, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("required", out var required))
            foreach (var name in required.EnumerateArray()) Assert.True(json.TryGetProperty(name.GetString()!, out _), $"{path} has no {name}, and that is described as always there: {json}");
        foreach (var field in json.EnumerateObject())
        {
            if (schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(field.Name, out var one)) Fits(field.Value, one, $"{path}.{field.Name}");
            else Assert.True(schema.TryGetProperty("additionalProperties", out _), $"{path}.{field.Name} is not described");
        }
    }

    private static string KindOf(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Number => json.TryGetInt64(out _) ? "" : "number",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d")]
    private static partial Regex Time();

    /// <summary>A server with the sample, and its description.</summary>
    public sealed class Described : IAsyncLifetime
    {
        private RialtoProcess? _server;

        internal RialtoProcess Server => _server!;

        internal JsonElement Document { get; private set; }

        internal string Auction { get; private set; } = "";

        public async Task InitializeAsync()
        {
            _server = await RialtoProcess.StartAsync();
            Document = (await Server.As(null).GetAsync("/openapi/v1.json")).Ok(200);
            Auction = (await Server.As(null).GetAsync("/api/auctions?status=open")).Ok().Items()[0].Word("id")!;
        }

        public async Task DisposeAsync() => await _server!.DisposeAsync();

        internal JsonElement Resolve(string reference) => reference.Split('/').Skip(1).Aggregate(Document, (at, name) => at.GetProperty(name));

        internal IEnumerable<JsonElement> Operations() => Document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => operation.Value));

        /// <summary>Every schema with the path to it.</summary>
        internal IEnumerable<(string Path, JsonElement Schema)> AllSchemas() => Within(Document, "");

        private static IEnumerable<(string Path, JsonElement Schema)> Within(JsonElement at, string path)
        {
            if (at.ValueKind == JsonValueKind.Array) return at.EnumerateArray().SelectMany((item, i) => Within(item, $"{path}/{i}"));
            if (at.ValueKind != JsonValueKind.Object) return [];
            var inner = at.EnumerateObject().Where(field => field.Name is not "example").SelectMany(field => Within(field.Value, $"{path}/{field.Name}"));
            // A property may be called type as well.
            return path.EndsWith("/properties", StringComparison.Ordinal) || path.EndsWith("/mapping", StringComparison.Ordinal) || !(at.TryGetProperty("type", out _) || at.TryGetProperty("oneOf", out _)) ? inner : inner.Append((path, at));
        }
    }

    private static class Here
    {
        public sealed record Twin(string Name);
    }

    private static class There
    {
        public sealed record Twin(int Number);
    }
}
