using System.Text.Json.Serialization;

namespace Rialto.Api.Http;

/// <summary>The body of a request that needs to say nothing: <c>{}</c>, or none.</summary>
internal sealed record EmptyBody
{
    public static readonly EmptyBody Instance = new();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = StrictJson.MaxDepth)]
[JsonSerializable(typeof(EmptyBody))]
internal sealed partial class EmptyBodies : JsonSerializerContext;

/// <summary>A page of a list, as it is described to clients.</summary>
internal sealed record PageShape<T>(IReadOnlyList<T> Items, string? Next);
