using System.Collections.Immutable;
using System.Globalization;
using Rialto.Markets;

namespace Rialto.GrainInterfaces.Wire;

/// <summary>How views and refusals are written.</summary>
internal static class MarketWire
{
    public static void View(this WireWriter wire, View? view)
    {
        wire.Bool(view is not null);
        if (view is null) return;
        wire.Text(MarketCodec.TypeOf(view));
        if (view is EncodedView encoded) wire.Bytes(encoded.Json.Span);
        else MarketCodec.WithJson(view, wire, static (json, wire) => wire.Bytes(json));
    }

    public static View? View(this WireReader wire) =>
        wire.Bool() ? new EncodedView(wire.Text(), wire.Bytes()) : null;

    public static void Refusal(this WireWriter wire, Refusal? refusal)
    {
        wire.Bool(refusal is not null);
        if (refusal is null) return;
        wire.Byte((byte)refusal.Kind);
        wire.Text(refusal.Code);
        wire.Text(refusal.Detail);
        wire.Int32(refusal.Fields.Length);
        foreach (var field in refusal.Fields)
        {
            wire.Text(field.Name);
            wire.MaybeText(field.Number?.ToString(CultureInfo.InvariantCulture));
            wire.MaybeText(field.Text);
        }
    }

    public static Refusal? Refusal(this WireReader wire)
    {
        if (!wire.Bool()) return null;
        var refusal = new Refusal((RefusalKind)wire.Byte(), wire.Text(), wire.Text());
        var fields = ImmutableArray.CreateBuilder<RefusalField>();
        for (var left = wire.Count(); left > 0; left--)
            fields.Add(new RefusalField(wire.Text(), wire.MaybeText() is { } number ? decimal.Parse(number, CultureInfo.InvariantCulture) : null, wire.MaybeText()));
        return refusal with { Fields = fields.ToImmutable() };
    }
}
