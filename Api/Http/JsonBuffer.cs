using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rialto.Api.Http;

/// <summary>A buffer to write one JSON document into, lent by the thread: an answer costs no allocation of its own.</summary>
/// <remarks>Not to be kept across an await, and not to be taken twice at once.</remarks>
internal sealed class JsonBuffer
{
    private const int MaxKeptBytes = 1 << 20;

    // Letters and quotes stay as people write them: this is sent as JSON, never as part of a page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static JsonBuffer? t_mine;

    private JsonBuffer() => Writer = new Utf8JsonWriter(Bytes, Options);

    public ArrayBufferWriter<byte> Bytes { get; } = new(4096);

    public Utf8JsonWriter Writer { get; }

    /// <summary>An empty one.</summary>
    public static JsonBuffer Take()
    {
        if (t_mine is null or { Bytes.Capacity: > MaxKeptBytes }) t_mine = new JsonBuffer();
        t_mine.Bytes.ResetWrittenCount();
        t_mine.Writer.Reset(t_mine.Bytes);
        return t_mine;
    }

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        Writer.Flush();
        return Bytes.WrittenSpan;
    }
}
