using System.Text.Json;
using Rialto.Api.Http;

namespace Rialto.Api.Original;

/// <summary>What an original system answers: what was asked for as <c>data</c>, or an <c>error</c> with a code, which is also the status, and a message.</summary>
internal readonly struct OriginalAnswer
{
    private readonly int _status;
    private readonly Action<Utf8JsonWriter> _write;

    private OriginalAnswer(int status, Action<Utf8JsonWriter> write) => (_status, _write) = (status, write);

    public static OriginalAnswer Data(Action<Utf8JsonWriter> write) => Of(json =>
    {
        json.WritePropertyName("data"u8);
        write(json);
    });

    /// <summary>A document with these fields.</summary>
    public static OriginalAnswer Of(Action<Utf8JsonWriter> fields) => new(StatusCodes.Status200OK, json =>
    {
        json.WriteStartObject();
        fields(json);
        json.WriteEndObject();
    });

    public static readonly OriginalAnswer Success = Data(static json =>
    {
        json.WriteStartObject();
        json.WriteBoolean("success"u8, true);
        json.WriteEndObject();
    });

    public static OriginalAnswer Error(int status, string message) => new(status, json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteNumber("code"u8, status);
        json.WriteString("message"u8, message);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    public static implicit operator OriginalAnswer(Problem problem) => Error(problem.Status, problem.Detail);

    public Task WriteAsync(HttpResponse response)
    {
        var buffer = JsonBuffer.Take();
        _write(buffer.Writer);
        return Answer.WriteAsync(response, _status, "application/json", buffer.Finish());
    }
}
