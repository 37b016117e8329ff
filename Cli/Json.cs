using System.Globalization;
using System.Text.Json;

namespace Rialto.Cli;

/// <summary>What is read from the server's answers. Numbers are shown as they were sent, so no amount is ever rounded here.</summary>
internal static class Json
{
    /// <summary>The value at a path such as <c>winner.bidder</c>; undefined if there is none.</summary>
    public static JsonElement At(this JsonElement json, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out json)) return default;
        }
        return json;
    }

    /// <summary>The value at a path in words; empty if there is none.</summary>
    public static string Word(this JsonElement json, string path) => Word(json.At(path));

    public static long Number(this JsonElement json, string path) => json.At(path) is { ValueKind: JsonValueKind.Number } number ? number.GetInt64() : 0;

    public static bool Is(this JsonElement json, string path) => json.At(path).ValueKind == JsonValueKind.True;

    public static IEnumerable<JsonElement> Items(this JsonElement json, string path = "items") =>
        json.At(path) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    /// <summary>Minor units, as events tell amounts, with so many decimals.</summary>
    public static string Amount(JsonElement minor, int scale) =>
        Markets.Amounts.ToDecimal(minor.GetInt64(), scale).ToString(CultureInfo.InvariantCulture);

    private static string Word(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => "",
        // A time has its T; what only looks like a date is somebody's text.
        JsonValueKind.String when value.GetString() is { Length: > 10 } text && text[10] == 'T' && value.TryGetDateTimeOffset(out var at) => at.ToString("yyyy-MM-dd HH:mm:ssK", CultureInfo.InvariantCulture).Replace("+00:00", "Z", StringComparison.Ordinal),
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Word)),
        JsonValueKind.Object => string.Join(", ", value.EnumerateObject().Select(field => $"{field.Name} {Word(field.Value)}")),
        _ => value.GetRawText(),
    };
}
