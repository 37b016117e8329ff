using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Rialto.Journal.Files;

/// <summary>
/// Checkpoints in a folder, one file for each stream, named by a hash of its name and spread over 256 sub-folders. A file is written beside
/// the one it replaces and takes its name in one step; it is not flushed, because one that a crash left in pieces is answered as absent.
/// <code>magic "RIALTOCP" · version (8) · schema (4) · length of the stream's name (4) · name · state · CRC of all before it (4); little-endian</code>
/// </summary>
public sealed class FileCheckpoints : ICheckpoints
{
    private const int HeadBytes = 24;
    private const int CrcBytes = 4;

    private readonly string _folder;
    private long _written;

    /// <summary>Keeps checkpoints in a folder, which is made when the first is saved.</summary>
    public FileCheckpoints(string folder) => _folder = Path.GetFullPath(folder);

    private static ReadOnlySpan<byte> Magic => "RIALTOCP"u8;

    /// <inheritdoc/>
    public async ValueTask<Checkpoint?> LoadAsync(StreamId stream, CancellationToken cancellation = default)
    {
        try
        {
            return Decode(stream, await File.ReadAllBytesAsync(PathOf(stream), cancellation));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="JournalException">It cannot be written.</exception>
    public async ValueTask SaveAsync(StreamId stream, Checkpoint checkpoint, CancellationToken cancellation = default)
    {
        if (await LoadAsync(stream, cancellation) is { } kept && kept.Version > checkpoint.Version) return;
        var path = PathOf(stream);
        var unnamed = $"{path}.{Interlocked.Increment(ref _written)}.new";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllBytesAsync(unnamed, Encode(stream, checkpoint), cancellation);
            File.Move(unnamed, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalException($"The checkpoint of {stream} cannot be kept in {path}: {e.Message}", e);
        }
    }

    private string PathOf(StreamId stream)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(stream.Text)).AsSpan(0, 16));
        return Path.Combine(_folder, name[..2], name[2..]);
    }

    private static byte[] Encode(StreamId stream, Checkpoint checkpoint)
    {
        var name = Encoding.UTF8.GetBytes(stream.Text);
        var bytes = new byte[HeadBytes + name.Length + checkpoint.State.Length + CrcBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), checkpoint.Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), checkpoint.Schema);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), name.Length);
        name.CopyTo(bytes, HeadBytes);
        checkpoint.State.Span.CopyTo(bytes.AsSpan(HeadBytes + name.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - CrcBytes), Crc32C.Of(bytes.AsSpan(0, bytes.Length - CrcBytes)));
        return bytes;
    }

    private static Checkpoint? Decode(StreamId stream, byte[] bytes)
    {
        if (bytes.Length < HeadBytes + CrcBytes || !bytes.AsSpan().StartsWith(Magic)) return null;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - CrcBytes)) != Crc32C.Of(bytes.AsSpan(0, bytes.Length - CrcBytes))) return null;
        var nameBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(20));
        if (nameBytes < 0 || nameBytes > bytes.Length - HeadBytes - CrcBytes) return null;
        // Two streams of one hash would share a file: the later one has it.
        if (Encoding.UTF8.GetString(bytes, HeadBytes, nameBytes) != stream.Text) return null;
        return new Checkpoint(
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)),
            BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16)),
            bytes.AsMemory((HeadBytes + nameBytes)..^CrcBytes));
    }
}
