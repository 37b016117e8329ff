namespace Rialto.Markets;

/// <summary>Small words for saving a state as bytes and loading it again. Fields are written one after the other, in a fixed order.</summary>
internal static class Checkpoint
{
    public static BinaryReader Open(ReadOnlySpan<byte> bytes) => new(new MemoryStream(bytes.ToArray(), writable: false));

    public static void WriteAll<T>(this BinaryWriter writer, int count, IEnumerable<T> items, Action<BinaryWriter, T> write)
    {
        writer.Write7BitEncodedInt(count);
        foreach (var item in items) write(writer, item);
    }

    public static void ReadAll(this BinaryReader reader, Action<BinaryReader> read)
    {
        for (var left = reader.Read7BitEncodedInt(); left > 0; left--) read(reader);
    }

    public static void WriteTime(this BinaryWriter writer, DateTimeOffset time) => writer.Write(time.UtcTicks);

    public static DateTimeOffset ReadTime(this BinaryReader reader) => new(reader.ReadInt64(), TimeSpan.Zero);

    public static void WriteLarge(this BinaryWriter writer, Int128 number)
    {
        writer.Write((ulong)(UInt128)number);
        writer.Write((long)(number >> 64));
    }

    public static Int128 ReadLarge(this BinaryReader reader)
    {
        var low = reader.ReadUInt64();
        return new Int128((ulong)reader.ReadInt64(), low);
    }

    public static void WriteOptional(this BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null) writer.Write(text);
    }

    public static string? ReadOptionalText(this BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;

    public static void WriteOptional(this BinaryWriter writer, long? number)
    {
        writer.Write(number.HasValue);
        if (number.HasValue) writer.Write(number.Value);
    }

    public static long? ReadOptionalNumber(this BinaryReader reader) => reader.ReadBoolean() ? reader.ReadInt64() : null;

    public static void WriteOptional(this BinaryWriter writer, DateTimeOffset? time)
    {
        writer.Write(time.HasValue);
        if (time.HasValue) writer.WriteTime(time.Value);
    }

    public static DateTimeOffset? ReadOptionalTime(this BinaryReader reader) => reader.ReadBoolean() ? reader.ReadTime() : null;
}
