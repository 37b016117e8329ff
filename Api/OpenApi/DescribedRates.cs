using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rialto.Markets.Listings;

namespace Rialto.Api.OpenApi;

/// <summary>No rates at all are an empty list. The description asks each type for its default, and the list's own is no list.</summary>
internal sealed class DescribedRates : JsonConverter<ImmutableArray<Rate>>
{
    public override ImmutableArray<Rate> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("This describes, and reads nothing.");

    public override void Write(Utf8JsonWriter writer, ImmutableArray<Rate> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteEndArray();
    }
}
