using System.Buffers;
using System.Text.Json.Serialization.Metadata;

namespace Rialto.Api.Http;

/// <summary>Reads a request's body: at most so many bytes, only JSON, only in the shape that is expected.</summary>
internal static class BodyReader
{
    public const int MaxBytes = 64 * 1024;

    /// <summary>Reads the body; without one, <paramref name="empty"/> is what was meant, if anything.</summary>
    /// <param name="request">Whose body it is.</param>
    /// <param name="type">The shape that it is to have.</param>
    /// <param name="empty">What no body at all means; null if there must be one.</param>
    /// <param name="allowsNoType">Whether a body that does not say what it is counts as JSON. A page can send such a body anywhere without asking.</param>
    public static async ValueTask<(T? Body, Problem? Problem)> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type, T? empty, bool allowsNoType = false) where T : class
    {
        if (request.ContentLength > MaxBytes) return (null, Problems.TooLarge);
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(request.HttpContext.RequestAborted);
            if (read.Buffer.Length > MaxBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                return (null, Problems.TooLarge);
            }
            if (read.IsCompleted)
            {
                var answer = Parse(request, read.Buffer, type, empty, allowsNoType);
                reader.AdvanceTo(read.Buffer.End);
                return answer;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static (T? Body, Problem? Problem) Parse<T>(HttpRequest request, in ReadOnlySequence<byte> bytes, JsonTypeInfo<T> type, T? empty, bool allowsNoType) where T : class
    {
        if (bytes.IsEmpty) return empty is null ? (null, StrictJson.Malformed()) : (empty, null);
        if (string.IsNullOrEmpty(request.ContentType) ? !allowsNoType : !IsJson(request.ContentType)) return (null, Problems.NotJson);
        var problem = bytes.IsSingleSegment
            ? StrictJson.TryRead(bytes.FirstSpan, type, out var body)
            : StrictJson.TryRead(bytes.ToArray(), type, out body);
        return (body, problem);
    }

    private static bool IsJson(string contentType)
    {
        if (contentType == "application/json") return true;
        var parts = contentType.Split(';', StringSplitOptions.TrimEntries);
        var isJson = parts[0].Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (parts[0].StartsWith("application/", StringComparison.OrdinalIgnoreCase) && parts[0].EndsWith("+json", StringComparison.OrdinalIgnoreCase));
        return isJson && parts.Skip(1).All(part =>
            !part.StartsWith("charset=", StringComparison.OrdinalIgnoreCase) || part["charset=".Length..].Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));
    }
}
