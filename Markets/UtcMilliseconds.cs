using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rialto.Markets;

/// <summary>Writes a time in the one form that answers have, RFC 3339 in UTC with milliseconds (<c>2026-12-01T09:30:00.000Z</c>); reads any offset.</summary>
public sealed class UtcMilliseconds : JsonConverter<DateTimeOffset>
{
    private const string Format = "yyyy-MM-ddTHH:mm:ss.fffZ";

    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[24];
        if (!value.UtcDateTime.TryFormat(text, out var length, Format, CultureInfo.InvariantCulture)) throw new InvalidOperationException($"{value} takes more room than a time has.");
        writer.WriteStringValue(text[..length]);
    }
}
