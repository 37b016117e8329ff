using System.Text.Json;

namespace Rialto.Cli;

/// <summary>What the server answered a request that it did not refuse.</summary>
/// <param name="Text">Its words.</param>
/// <param name="Json">The same, read.</param>
/// <param name="IsReplayed">Whether this is what it answered before, to the same key.</param>
internal sealed record Reply(string Text, JsonElement Json, bool IsReplayed)
{
    /// <summary>Several answers as one document.</summary>
    public static Reply Of(params (string Name, Reply Part)[] parts) => Of($"{{{string.Join(',', parts.Select(part => $"\"{part.Name}\":{part.Part.Text}"))}}}");

    public static Reply Of(string text, bool isReplayed = false)
    {
        using var document = JsonDocument.Parse(text);
        return new Reply(text, document.RootElement.Clone(), isReplayed);
    }
}

/// <summary>One event of a stream.</summary>
/// <param name="Seq">Its place in the journal.</param>
/// <param name="Type">Its name, such as <c>auction.joined</c>.</param>
/// <param name="Text">The journal's item, as it was sent.</param>
/// <param name="Item">The same, read.</param>
internal sealed record StreamedEvent(long Seq, string Type, string Text, JsonElement Item)
{
    public JsonElement Data => Item.At("data");
}
