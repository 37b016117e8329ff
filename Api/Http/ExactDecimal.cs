using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rialto.Markets;

namespace Rialto.Api.Http;

/// <summary>
/// A number exactly as it was written, never a floating-point one: significant digits times a power of ten. Any JSON number is one, however
/// long or large; whether it is an amount is told by <see cref="ToMinor"/>, for which only up to 18 digits are worth keeping.
/// </summary>
[JsonConverter(typeof(Converter))]
internal readonly record struct ExactDecimal
{
    private const int MaxKeptDigits = 18;
    private const int MaxExponent = 1_000_000;

    private readonly long _significand;
    private readonly int _exponent;
    private readonly int _digits;

    private ExactDecimal(long significand, int exponent, int digits) => (_significand, _exponent, _digits) = (significand, exponent, digits);

    /// <summary>How many decimals it needs.</summary>
    public int Decimals => Math.Max(0, -_exponent);

    /// <summary>Reads a JSON number's text, which the JSON reader has checked.</summary>
    public static ExactDecimal Parse(ReadOnlySpan<byte> text)
    {
        var negative = text[0] == (byte)'-';
        var e = text.IndexOfAny((byte)'e', (byte)'E');
        var mantissa = (e < 0 ? text : text[..e])[(negative ? 1 : 0)..];
        var point = mantissa.IndexOf((byte)'.');
        var decimals = point < 0 ? 0 : mantissa.Length - point - 1;

        // Without zeros at either end: 0012.500 is 125 × 10⁻¹.
        var trailing = 0;
        for (var i = mantissa.Length - 1; i >= 0 && mantissa[i] is (byte)'0' or (byte)'.'; i--) trailing += mantissa[i] == '0' ? 1 : 0;
        long significand = 0;
        var digits = 0;
        var left = mantissa.Length - (point < 0 ? 0 : 1) - trailing;
        for (var i = 0; left > 0; i++)
        {
            if (mantissa[i] == '.') continue;
            left--;
            if (digits == 0 && mantissa[i] == '0') continue;
            if (digits++ < MaxKeptDigits) significand = (significand * 10) + (mantissa[i] - '0');
        }
        return digits == 0 ? default : new ExactDecimal(negative ? -significand : significand, ParseExponent(e < 0 ? [] : text[(e + 1)..]) - decimals + trailing, digits);
    }

    /// <summary>The number in minor units of an asset: 12.50 at scale 2 is 1250.</summary>
    /// <param name="field">Which field it is, for the refusal.</param>
    /// <param name="scale">The asset's decimals.</param>
    /// <param name="minor">The minor units, or 0.</param>
    /// <returns>Null, or why it is no amount of this asset.</returns>
    public Refusal? ToMinor(string field, int scale, out long minor)
    {
        minor = 0;
        if (_digits == 0) return null;
        var largest = Amounts.ToDecimal(Amounts.MaxMinor, scale);
        var power = _exponent + scale;
        if (_digits + power > 16) return Bounds.OutOfRange(field, 0, largest);
        if (power < 0)
            return new Refusal(RefusalKind.Invalid, "too-many-decimals", $"Write {field} with at most {scale} decimals.").With("field", field).With("scale", scale);
        minor = _significand;
        for (; power > 0; power--) minor *= 10;
        return minor is < -Amounts.MaxMinor or > Amounts.MaxMinor ? Bounds.OutOfRange(field, 0, largest) : null;
    }

    /// <summary>The nearest number with so many decimals, times ten to their number: for what is measured, not counted. False if it is beyond the largest, either way.</summary>
    /// <param name="scale">How many decimals to keep.</param>
    /// <param name="largest">The largest result.</param>
    /// <param name="rounded">The result, or 0.</param>
    public bool TryRound(int scale, long largest, out long rounded)
    {
        rounded = 0;
        var (digits, power) = (Math.Min(_digits, MaxKeptDigits), _exponent + Math.Max(0, _digits - MaxKeptDigits) + scale);
        if (_digits == 0 || digits + power < 0) return true;   // Less than a tenth of the last place.
        if (digits + power > MaxKeptDigits) return false;
        rounded = _significand;
        for (; power > 0; power--) rounded *= 10;
        long unit = 1;
        for (; power < 0; power++) unit *= 10;
        rounded = (rounded + (Math.Sign(rounded) * (unit / 2))) / unit;
        return rounded >= -largest && rounded <= largest;
    }

    private static int ParseExponent(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) return 0;
        var negative = text[0] == (byte)'-';
        var number = 0;
        foreach (var letter in text)
            if (letter is >= (byte)'0' and <= (byte)'9') number = Math.Min((number * 10) + (letter - '0'), MaxExponent);
        return negative ? -number : number;
    }

    public sealed class Converter : JsonConverter<ExactDecimal>
    {
        public override ExactDecimal Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.Number) throw new JsonException();
            return Parse(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
        }

        public override void Write(Utf8JsonWriter writer, ExactDecimal value, JsonSerializerOptions options) =>
            writer.WriteRawValue(string.Create(CultureInfo.InvariantCulture, $"{value._significand}e{value._exponent}"), skipInputValidation: true);
    }
}
