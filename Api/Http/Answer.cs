using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Api.Http;

/// <summary>What a request is answered: a problem, or a JSON document that says how far the journal is visible in it.</summary>
internal readonly struct Answer
{
    private readonly Problem? _problem;
    private readonly View? _view;
    private readonly Action<Utf8JsonWriter>? _write;
    private readonly Seq? _visibleTo;

    private Answer(Problem? problem, View? view, Action<Utf8JsonWriter>? write, Seq? visibleTo) =>
        (_problem, _view, _write, _visibleTo) = (problem, view, write, visibleTo);

    /// <summary>A problem's code; null if this is none.</summary>
    public string? Code => _problem?.Code;

    /// <summary>Where the created thing is to be found; then the status is 201.</summary>
    public string? Location { get; init; }

    public bool IsCreated { get; init; }

    public bool IsReplayed { get; init; }

    public static Answer Of(View view, Seq visibleTo) => new(null, view, null, visibleTo);

    public static Answer Of(Action<Utf8JsonWriter> write, Seq? visibleTo = null) => new(null, null, write, visibleTo);

    /// <summary>A page of a list.</summary>
    public static Answer Page<T>(IEnumerable<T> items, string? next, Seq visibleTo, Action<Utf8JsonWriter, T> write) => Of(
        json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("items"u8);
            foreach (var item in items) write(json, item);
            json.WriteEndArray();
            json.WriteString("next"u8, next);
            json.WriteEndObject();
        },
        visibleTo);

    public static Answer Page<T>(Page<T> page, Seq visibleTo) where T : View =>
        Page(page.Items, page.Next, visibleTo, static (json, item) => MarketCodec.Write(json, item));

    public static implicit operator Answer(Problem problem) => new(problem, null, null, null);

    public static implicit operator Answer(Refusal refusal) => (Problem)refusal;

    /// <summary>Writes it in one piece, with its length.</summary>
    public Task WriteAsync(HttpResponse response)
    {
        if (_problem is not null) return WriteAsync(response, _problem);
        var buffer = JsonBuffer.Take();
        if (_view is not null) MarketCodec.Write(buffer.Writer, _view);
        else _write!(buffer.Writer);
        var headers = response.Headers;
        if (_visibleTo is { } seq) headers["X-Rialto-Seq"] = seq.Value.ToString(CultureInfo.InvariantCulture);
        if (IsReplayed) headers["Idempotency-Replayed"] = "true";
        if (Location is not null) headers.Location = response.HttpContext.Request.PathBase + Location;
        return WriteAsync(response, IsCreated ? StatusCodes.Status201Created : StatusCodes.Status200OK, "application/json", buffer.Finish());
    }

    public static Task WriteAsync(HttpResponse response, Problem problem)
    {
        if (problem.RetryAfter is { } seconds) response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return WriteAsync(response, problem.Status, Problem.ContentType, ToJson(problem, response.HttpContext.Request.PathBase));
    }

    /// <summary>A problem document. To be used before this thread writes another one.</summary>
    /// <param name="problem">What is wrong.</param>
    /// <param name="prefix">The path that everything here is under.</param>
    public static ReadOnlySpan<byte> ToJson(Problem problem, string? prefix)
    {
        var buffer = JsonBuffer.Take();
        var json = buffer.Writer;
        json.WriteStartObject();
        json.WriteString("type"u8, prefix + "/problems/" + problem.Code);
        json.WriteString("title"u8, problem.Title);
        json.WriteNumber("status"u8, problem.Status);
        json.WriteString("detail"u8, problem.Detail);
        json.WriteString("code"u8, problem.Code);
        if (problem.RetryAfter is { } seconds) json.WriteNumber("retryAfter"u8, seconds);
        foreach (var field in problem.Fields)
        {
            if (field.Number is { } number) json.WriteNumber(field.Name, number);
            else json.WriteString(field.Name, field.Text);
        }
        json.WriteEndObject();
        return buffer.Finish();
    }

    /// <summary>Writes a body in one piece.</summary>
    public static Task WriteAsync(HttpResponse response, int status, string contentType, ReadOnlySpan<byte> body)
    {
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body);
        // Kestrel sends headers and body together when the request ends; a large body is sent on its way, so that it need not all be kept.
        return body.Length < 16_384 ? Task.CompletedTask : response.BodyWriter.FlushAsync().AsTask();
    }
}
