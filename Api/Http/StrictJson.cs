using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rialto.Api.Http;

/// <summary>
/// Holds a JSON document against the shape that it is to be read as, and says precisely what does not fit: which field, and what is expected.
/// The deserializer would only say that something is wrong, in words that change with its version, and would let doubled fields pass.
/// </summary>
internal static class StrictJson
{
    /// <summary>More levels than any body has.</summary>
    public const int MaxDepth = 16;

    private static readonly ConcurrentDictionary<JsonTypeInfo, Shape> Shapes = new();

    /// <summary>An object's fields. Few, so they are searched one by one.</summary>
    private sealed record Shape(Field[] Fields);

    private sealed record Field(string Name, byte[] Utf8Name, Type Type, JsonTypeInfo TypeInfo, bool IsRequired, bool IsNullable);

    /// <summary>Reads a body, or says what is wrong with it.</summary>
    public static Problem? TryRead<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type, out T? value) where T : class
    {
        value = null;
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            if (CheckObject(ref reader, type, "") is { } problem) return problem;
            if (reader.Read()) return Malformed();
            value = JsonSerializer.Deserialize(body, type);
            return value is null ? Malformed() : null;
        }
        catch (JsonException)
        {
            return Malformed();
        }
        catch (InvalidOperationException)
        {
            return Malformed();   // A text that is no UTF-8, or half a surrogate pair.
        }
    }

    public static Problem Malformed() => new(400, "malformed-json", $"Send a JSON object in UTF-8, nested at most {MaxDepth} deep.");

    private static Problem? CheckObject(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return WrongType(path, "an object");
        var fields = ShapeOf(type).Fields;
        ulong seen = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var at = IndexOf(fields, ref reader);
            if (at < 0) return UnknownField(Join(path, reader.GetString()!), fields);
            var field = fields[at];
            if ((seen & (1UL << at)) != 0) return new Problem(400, "duplicate-field", $"Give {Join(path, field.Name)} once.").With("field", Join(path, field.Name));
            seen |= 1UL << at;
            reader.Read();
            if (CheckValue(ref reader, field, Join(path, field.Name)) is { } problem) return problem;
        }
        for (var i = 0; i < fields.Length; i++)
            if (fields[i].IsRequired && (seen & (1UL << i)) == 0)
                return new Problem(400, "missing-field", $"Add the field {Join(path, fields[i].Name)}: {Expected(fields[i].Type)}.").With("field", Join(path, fields[i].Name));
        return null;
    }

    private static Problem? CheckValue(ref Utf8JsonReader reader, Field field, string path)
    {
        if (reader.TokenType == JsonTokenType.Null) return field.IsNullable ? null : WrongType(path, Expected(field.Type));
        if (field.TypeInfo.Kind == JsonTypeInfoKind.Enumerable) return CheckList(ref reader, field, path);
        if (field.TypeInfo.Kind == JsonTypeInfoKind.Object) return CheckObject(ref reader, field.TypeInfo, path);
        return Fits(ref reader, field.Type, out var outOfRange) ? null
            : outOfRange ? new Problem(422, "out-of-range", $"Write {path} as {Expected(field.Type)}.").With("field", path)
            : WrongType(path, Expected(field.Type));
    }

    private static Problem? CheckList(ref Utf8JsonReader reader, Field field, string path)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return WrongType(path, "a list");
        var element = field.TypeInfo.Options.GetTypeInfo(field.TypeInfo.ElementType!);
        var item = new Field("", [], element.Type, element, IsRequired: true, IsNullable: false);
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            if (CheckValue(ref reader, item, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{path}[{i}]")) is { } problem) return problem;
        return null;
    }

    private static bool Fits(ref Utf8JsonReader reader, Type type, out bool outOfRange)
    {
        outOfRange = false;
        if (type == typeof(string))
        {
            if (reader.TokenType != JsonTokenType.String) return false;
            if (reader.ValueIsEscaped || reader.ValueSpan.ContainsAnyExceptInRange((byte)0, (byte)127)) _ = reader.GetString();   // Throws on what is no text.
            return true;
        }
        if (type == typeof(bool)) return reader.TokenType is JsonTokenType.True or JsonTokenType.False;
        if (type == typeof(ExactDecimal)) return reader.TokenType == JsonTokenType.Number;
        if (type == typeof(int))
        {
            if (reader.TokenType != JsonTokenType.Number) return false;
            if (reader.TryGetInt32(out _)) return true;
            outOfRange = !reader.ValueSpan.ContainsAny(".eE"u8);
            return false;
        }
        return type.IsEnum && reader.TokenType == JsonTokenType.String && EnumNames.Of(type).Contains(reader.GetString()!, StringComparer.Ordinal);
    }

    private static Problem WrongType(string path, string expected) =>
        path.Length == 0
            ? new Problem(400, "wrong-type", $"Send {expected} as the body.")
            : new Problem(400, "wrong-type", $"Write {path} as {expected}.").With("field", path);

    private static Problem UnknownField(string path, Field[] fields) =>
        new Problem(400, "unknown-field", $"Leave {path} out: {(fields.Length == 0 ? "no fields are known here" : "the fields known here are " + string.Join(", ", fields.Select(field => field.Name)))}.")
            .With("field", path);

    private static string Expected(Type type) =>
        type == typeof(string) ? "a text"
        : type == typeof(bool) ? "true or false"
        : type == typeof(int) ? "a whole number of at most ten digits"
        : type == typeof(ExactDecimal) ? "a number"
        : type.IsEnum ? "one of " + string.Join(", ", EnumNames.Of(type))
        : type.IsArray ? "a list" : "an object";

    private static string Join(string path, string name)
    {
        if (name.Length > 64) name = name[..64] + "…";
        return path.Length == 0 ? name : $"{path}.{name}";
    }

    private static int IndexOf(Field[] fields, ref Utf8JsonReader reader)
    {
        for (var i = 0; i < fields.Length; i++)
            if (reader.ValueTextEquals(fields[i].Utf8Name)) return i;
        return -1;
    }

    private static Shape ShapeOf(JsonTypeInfo type) => Shapes.GetOrAdd(type, static type => new Shape([.. type.Properties.Select(property =>
    {
        var inner = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return new Field(property.Name, Encoding.UTF8.GetBytes(property.Name), inner, type.Options.GetTypeInfo(inner), property.IsRequired, !property.IsRequired && property.IsSetNullable);
    })]));
}
