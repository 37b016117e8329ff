using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;

namespace Rialto.GrainInterfaces.Wire;

/// <summary>
/// Carries one kind of letter over Orleans as bytes of our own, so that commands, views and events have one encoding everywhere:
/// <see cref="Markets.MarketCodec"/>'s. Within a process nothing is encoded at all: letters are immutable, and are handed over as they are.
/// </summary>
/// <typeparam name="T">The letter.</typeparam>
public abstract class LetterCodec<T> : IFieldCodec<T> where T : class
{
    /// <summary>Writes a letter.</summary>
    protected abstract void Write(WireWriter wire, T letter);

    /// <summary>Reads a letter.</summary>
    protected abstract T Read(WireReader wire);

    /// <inheritdoc/>
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, [AllowNull] Type expectedType, [AllowNull] T value) where TBufferWriter : IBufferWriter<byte>
    {
        ArgumentNullException.ThrowIfNull(value);
        ReferenceCodec.MarkValueField(writer.Session);
        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(T), WireType.LengthPrefixed);
        var wire = WireWriter.Rent();
        Write(wire, value);
        writer.WriteVarUInt32((uint)wire.Written.Length);
        writer.Write(wire.Written);
        WireWriter.Return(wire);
    }

    /// <inheritdoc/>
    public T ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        ReferenceCodec.MarkValueField(reader.Session);
        field.EnsureWireType(WireType.LengthPrefixed);
        var length = reader.ReadVarUInt32();
        return Read(new WireReader(reader.ReadBytes(length)));
    }
}
