using Rialto.Journal;

namespace Rialto.Markets;

/// <summary>
/// A view as another process wrote it. Nearly every view is only handed on to whoever asked, so its bytes are, and nobody reads them: that costs
/// nothing, and a field that only a newer process knows is not lost on the way.
/// </summary>
/// <param name="Type">The view's stable name.</param>
/// <param name="Json">The view as JSON, with its place set.</param>
public sealed record EncodedView(string Type, ReadOnlyMemory<byte> Json) : View
{
    /// <summary>The view itself.</summary>
    /// <exception cref="UnknownTypeException">No view has this name.</exception>
    public View Read() => MarketCodec.DecodeView(Type, Json.Span);

    /// <summary>Its place was set by the process that made it.</summary>
    public override View PlacedAt(Seq seq) => throw new InvalidOperationException($"A view of {Type} that came from another process has its place.");
}
