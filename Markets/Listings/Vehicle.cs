using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rialto.Markets.Listings;

/// <summary>What an odometer counts.</summary>
[JsonConverter(typeof(LowerHyphen<DistanceUnit>))]
public enum DistanceUnit
{
    /// <summary>Kilometres.</summary>
    Km,
    /// <summary>International miles of 1,609.344 m.</summary>
    Mi,
}

/// <summary>
/// Which vehicle: by its VIN (ISO 3779: 17 letters and digits without I, O and Q), or, where none is given, by a number made from whatever
/// else is said of it but the price. Sixteen bytes instead of a text.
/// </summary>
[JsonConverter(typeof(Converter))]
public readonly record struct VehicleId : IComparable<VehicleId>
{
    private const int VinLength = 17;
    private const char Nameless = '~';
    private const ulong NamelessMark = 1UL << 63;
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private readonly ulong _high;
    private readonly ulong _low;

    private VehicleId(ulong high, ulong low) => (_high, _low) = (high, low);

    /// <summary>Whether it is a VIN.</summary>
    public bool IsVin => _high < NamelessMark && (_high | _low) != 0;

    /// <summary>Reads a VIN, in capitals or not; false if it is none.</summary>
    public static bool TryParseVin(ReadOnlySpan<char> text, out VehicleId id)
    {
        id = default;
        if (text.Length != VinLength) return false;
        UInt128 number = 0;
        foreach (var letter in text)
        {
            var capital = char.ToUpperInvariant(letter);
            if (!char.IsAsciiLetterOrDigit(capital) || capital is 'I' or 'O' or 'Q') return false;
            number = (number * 36) + (uint)(capital <= '9' ? capital - '0' : capital - 'A' + 10);
        }
        id = new VehicleId((ulong)(number >> 64), (ulong)number);
        return number != 0;
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out VehicleId id)
    {
        if (TryParseVin(text, out id)) return true;
        if (text.Length != 17 || text[0] != Nameless || !ulong.TryParse(text[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var low)) return false;
        id = new VehicleId(NamelessMark, low);
        return true;
    }

    /// <summary>The id of a vehicle without a VIN: the same vehicle gets the same one, also at another price.</summary>
    /// <param name="vehicle">All that is known of it.</param>
    /// <param name="copy">0 for the first of those that look alike, 1 for the second, …</param>
    public static VehicleId Of(Vehicle vehicle, int copy)
    {
        const ulong prime = 1099511628211;
        var hash = 14695981039346656037;
        foreach (var letter in string.Create(CultureInfo.InvariantCulture, $"{vehicle.Year}\t{vehicle.Odometer}\t{vehicle.Unit}\t{vehicle.Location}\t{vehicle.Trim}\t{vehicle.Seller}\t{vehicle.Url}\t{copy}"))
            hash = (hash ^ letter) * prime;
        return new VehicleId(NamelessMark, hash ^ (hash >> 32));
    }

    /// <inheritdoc/>
    public int CompareTo(VehicleId other) => _high != other._high ? _high.CompareTo(other._high) : _low.CompareTo(other._low);

    /// <summary>The VIN, or a tilde and sixteen digits.</summary>
    public override string ToString()
    {
        if (!IsVin) return string.Create(CultureInfo.InvariantCulture, $"{Nameless}{_low:x16}");
        Span<char> text = stackalloc char[VinLength];
        var number = new UInt128(_high, _low);
        for (var i = VinLength - 1; i >= 0; i--)
        {
            text[i] = Digits[(int)(number % 36)];
            number /= 36;
        }
        return new string(text);
    }

    internal void Write(BinaryWriter writer)
    {
        writer.Write(_high);
        writer.Write(_low);
    }

    internal static VehicleId Read(BinaryReader reader) => new(reader.ReadUInt64(), reader.ReadUInt64());

    /// <summary>Writes it as <see cref="ToString"/> does.</summary>
    public sealed class Converter : JsonConverter<VehicleId>
    {
        /// <inheritdoc/>
        public override VehicleId Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            Span<char> text = stackalloc char[64];
            if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped || reader.ValueSpan.Length > text.Length) throw new JsonException();
            return TryParse(text[..Encoding.UTF8.GetChars(reader.ValueSpan, text)], out var id) ? id : throw new JsonException();
        }

        /// <inheritdoc/>
        public override void Write(Utf8JsonWriter writer, VehicleId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}

/// <summary>A vehicle as a source lists it. Immutable, so that a shelf, its replicas and their indexes share one.</summary>
/// <param name="Id">Which.</param>
/// <param name="Year">The model year.</param>
/// <param name="PriceMinor">The price in hundredths of the shelf's currency.</param>
/// <param name="Odometer">How far it was driven, in <paramref name="Unit"/>; null if nobody says.</param>
/// <param name="Unit">What the odometer counts.</param>
/// <param name="Location">Where it stands, as the source writes it.</param>
/// <param name="Trim">The version of the model.</param>
/// <param name="Seller">Who sells it.</param>
/// <param name="Url">Where it is listed.</param>
public sealed record Vehicle(
    VehicleId Id, int Year, long PriceMinor, int? Odometer, DistanceUnit Unit, [property: JsonConverter(typeof(SharedText))] string? Location = null,
    [property: JsonConverter(typeof(SharedText))] string? Trim = null, [property: JsonConverter(typeof(SharedText))] string? Seller = null, string? Url = null)
{
    /// <summary>How far it was driven, in metres; null if nobody says.</summary>
    [JsonIgnore]
    public long? Metres => Odometer is not { } shown ? null : Unit == DistanceUnit.Km ? shown * 1_000L : ((shown * 1_609_344L) + 500) / 1_000;

    /// <summary>What a kilometre that it was driven cost at this price, in millionths of the currency, to the nearest; null if it was not driven, or nobody says how far.</summary>
    [JsonIgnore]
    public long? PricePerKmE6 => Metres is > 0 and var metres ? ((PriceMinor * 10_000_000) + (metres / 2)) / metres : null;

    /// <summary>Null if it can be listed, else the refusal.</summary>
    internal Refusal? Check() =>
        Id == default ? new Refusal(RefusalKind.Invalid, "invalid-vin", "Give the vehicle an id.").With("field", "vin")
        : Bounds.CheckRange(Year, "year", ListingBounds.MinYear, ListingBounds.MaxYear)
        ?? (PriceMinor is >= 1 and <= ListingBounds.MaxPriceMinor ? null : Bounds.OutOfRange("price", 0.01m, Amounts.ToDecimal(ListingBounds.MaxPriceMinor, 2)))
        ?? (Odometer is { } shown ? Bounds.CheckRange(shown, "mileage", 0, ListingBounds.MaxOdometer) : null)
        ?? (Enum.IsDefined(Unit) ? null : Bounds.OutOfRange("unit", 0, 1))
        ?? CheckText(Location, "location", ListingBounds.MaxTextLength) ?? CheckText(Trim, "trim", ListingBounds.MaxTextLength)
        ?? CheckText(Seller, "seller", ListingBounds.MaxTextLength) ?? CheckText(Url, "url", ListingBounds.MaxUrlLength);

    private static Refusal? CheckText(string? text, string what, int maximum) =>
        text is null ? null
        : text.Length > maximum ? new Refusal(RefusalKind.Invalid, "too-long", $"Shorten the {what} to {maximum} characters.").With("field", what).With("maximum", maximum)
        : text.Length <= Bounds.MaxTextLength ? Bounds.CheckText(text, what)
        : text.Any(letter => letter is < '!' or > '~') ? new Refusal(RefusalKind.Invalid, "invalid-text", $"Write the {what} as a web address.").With("field", what) : null;

    internal void Write(BinaryWriter writer)
    {
        Id.Write(writer);
        writer.Write7BitEncodedInt(Year);
        writer.Write7BitEncodedInt64(PriceMinor);
        writer.Write7BitEncodedInt(Odometer is { } shown ? shown + 1 : 0);
        writer.Write((byte)Unit);
        writer.WriteOptional(Location);
        writer.WriteOptional(Trim);
        writer.WriteOptional(Seller);
        writer.WriteOptional(Url);
    }

    internal static Vehicle Read(BinaryReader reader, Func<string?, string?> share)
    {
        var (id, year, price, shown) = (VehicleId.Read(reader), reader.Read7BitEncodedInt(), reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt());
        return new Vehicle(
            id, year, price, shown == 0 ? null : shown - 1, (DistanceUnit)reader.ReadByte(), share(reader.ReadOptionalText()), share(reader.ReadOptionalText()),
            share(reader.ReadOptionalText()), reader.ReadOptionalText());
    }
}

/// <summary>Texts that many vehicles have in common are one text in memory: a table of the last ones seen, looked up by their bytes.</summary>
public sealed class SharedText : JsonConverter<string>
{
    private const int Slots = 1 << 14;

    private static readonly string?[] Seen = new string?[Slots];

    /// <inheritdoc/>
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String) throw new JsonException();
        if (reader.ValueIsEscaped || reader.HasValueSequence || reader.ValueSpan.Length > 128) return reader.GetString();
        Span<char> text = stackalloc char[128];
        return Of(text[..Encoding.UTF8.GetChars(reader.ValueSpan, text)]);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    /// <summary>A text of these letters: one that was seen before, if it is still at hand.</summary>
    public static string Of(ReadOnlySpan<char> text)
    {
        ref var slot = ref Seen[string.GetHashCode(text) & (Slots - 1)];
        // Two threads may meet here: each takes or puts a whole text, and either is right.
        if (Volatile.Read(ref slot) is { } known && text.SequenceEqual(known)) return known;
        var made = text.ToString();
        Volatile.Write(ref slot, made);
        return made;
    }
}
