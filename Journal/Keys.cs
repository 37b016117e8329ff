using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Rialto.Journal;

/// <summary>An event's place in the journal: 1, 2, 3, … without a gap. 0 is the place before the first event.</summary>
public readonly record struct Seq(long Value) : IComparable<Seq>
{
    /// <summary>The place before the first event.</summary>
    public static readonly Seq None = new(0);

    /// <summary>The place after this one.</summary>
    public Seq Next => new(Value + 1);

    /// <inheritdoc/>
    public int CompareTo(Seq other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> comes before <paramref name="right"/>.</summary>
    public static bool operator <(Seq left, Seq right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> comes after <paramref name="right"/>.</summary>
    public static bool operator >(Seq left, Seq right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> comes before <paramref name="right"/> or is it.</summary>
    public static bool operator <=(Seq left, Seq right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> comes after <paramref name="right"/> or is it.</summary>
    public static bool operator >=(Seq left, Seq right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The number of a leader's term, claimed in storage and strictly growing: the fencing token. 0 means that nobody has led yet.</summary>
public readonly record struct Epoch(long Value) : IComparable<Epoch>
{
    /// <summary>The time before the first leader.</summary>
    public static readonly Epoch None = new(0);

    /// <summary>The epoch that a claim conditional on this one is granted.</summary>
    public Epoch Next => new(Value + 1);

    /// <inheritdoc/>
    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> is older than <paramref name="right"/>.</summary>
    public static bool operator <(Epoch left, Epoch right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is newer than <paramref name="right"/>.</summary>
    public static bool operator >(Epoch left, Epoch right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is <paramref name="right"/> or older.</summary>
    public static bool operator <=(Epoch left, Epoch right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is <paramref name="right"/> or newer.</summary>
    public static bool operator >=(Epoch left, Epoch right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A node's priority in elections, a positive number; it also names the node. The highest live rank should lead.</summary>
public readonly record struct Rank(int Value) : IComparable<Rank>
{
    /// <inheritdoc/>
    public int CompareTo(Rank other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Names the events of one entity, such as <c>auction/7</c>: a category, a slash, and a key that may hold more slashes.</summary>
public readonly struct StreamId : IEquatable<StreamId>
{
    /// <summary>The longest text of a stream, in characters.</summary>
    public const int MaxLength = 250;

    private readonly string? _text;
    private readonly string? _category;

    private StreamId(string category, string text)
    {
        _category = category;
        _text = text;
    }

    /// <summary>The whole name, <c>auction/7</c>.</summary>
    public string Text => _text ?? "";

    /// <summary>The kind of the stream, <c>auction</c>.</summary>
    public string Category => _category ?? "";

    /// <summary>What follows the first slash, <c>7</c>.</summary>
    public string Key => Text[(Category.Length + 1)..];

    /// <summary>Names the stream of the entity <paramref name="key"/> of a kind.</summary>
    /// <param name="category">The kind: not empty, without a slash.</param>
    /// <param name="key">The entity's own name within its kind: not empty.</param>
    /// <exception cref="ArgumentException">One of them is empty, the category holds a slash, or both together are too long.</exception>
    public static StreamId Of(string category, string key)
    {
        if (category.Length == 0 || key.Length == 0 || category.Contains('/') || category.Length + key.Length + 1 > MaxLength)
            throw new ArgumentException($"'{category}/{key}' is no stream: a category without a slash and a key, {MaxLength} characters at most.");
        return new StreamId(string.Intern(category), string.Concat(category, "/", key));
    }

    /// <summary>Reads a whole name back; false if it has no category or no key, or is too long.</summary>
    public static bool TryParse(string? text, out StreamId stream)
    {
        var slash = text?.IndexOf('/') ?? -1;
        var valid = slash > 0 && slash < text!.Length - 1 && text.Length <= MaxLength;
        stream = valid ? new StreamId(string.Intern(text![..slash]), text) : default;
        return valid;
    }

    /// <summary>Reads a whole name back.</summary>
    /// <exception cref="FormatException">The text is no stream's name.</exception>
    public static StreamId Parse(string text) =>
        TryParse(text, out var stream) ? stream : throw new FormatException($"'{text}' is no stream: write category/key.");

    /// <inheritdoc/>
    public bool Equals(StreamId other) => string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StreamId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _text?.GetHashCode() ?? 0;

    /// <summary>Whether both name the same stream.</summary>
    public static bool operator ==(StreamId left, StreamId right) => left.Equals(right);

    /// <summary>Whether they name different streams.</summary>
    public static bool operator !=(StreamId left, StreamId right) => !left.Equals(right);

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>
/// Names a command: the same id twice is the same command. 128 bits, made by hashing what makes the command unique
/// (who asks and their key; or, for a reactor, the event that it reacts to), so that whoever makes it again makes the same.
/// Its text is that of a UUID of version 8 (RFC 9562, section 5.8).
/// </summary>
public readonly record struct CommandId(Guid Value)
{
    /// <summary>No command.</summary>
    public static readonly CommandId None;

    /// <summary>The id made from parts; their order and their bounds count, so <c>("ab","c")</c> is not <c>("a","bc")</c>.</summary>
    public static CommandId From(params ReadOnlySpan<string> parts)
    {
        var length = 0;
        foreach (var part in parts) length += sizeof(int) + Encoding.UTF8.GetMaxByteCount(part.Length);
        Span<byte> bytes = length <= 1024 ? stackalloc byte[1024] : new byte[length];
        var used = 0;
        foreach (var part in parts)
        {
            var written = Encoding.UTF8.GetBytes(part, bytes[(used + sizeof(int))..]);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[used..], written);
            used += sizeof(int) + written;
        }
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..used], hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new CommandId(new Guid(hash[..16], bigEndian: true));
    }

    /// <summary>
    /// A short name for what this command creates: 12 characters of Crockford's base 32 (60 bits), lower case, without
    /// look-alikes. Because it follows from the id, a command that is sent again creates nothing new.
    /// </summary>
    public string ToEntityKey()
    {
        const string alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
        Span<byte> bytes = stackalloc byte[16];
        Value.TryWriteBytes(bytes, bigEndian: true, out _);
        // The first eight bytes carry the four version bits; the last eight carry two variant bits. Taking the low
        // 60 bits of the last eight leaves chance only.
        var bits = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) & 0x0FFF_FFFF_FFFF_FFFF;
        Span<char> text = stackalloc char[12];
        for (var i = text.Length - 1; i >= 0; i--, bits >>= 5) text[i] = alphabet[(int)(bits & 31)];
        return new string(text);
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
