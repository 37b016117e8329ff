using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Rialto.Journal.Files;

/// <summary>Reads on through a file in large pieces and shows any part of it; a part is valid until the next is asked for.</summary>
internal sealed class FileWindow(SafeFileHandle file, string path, long length, int pieceBytes) : IDisposable
{
    private byte[] _buffer = [];
    private long _start;
    private int _filled;

    public long Length => length;

    public ReadOnlySpan<byte> At(long offset, int count)
    {
        if (offset < _start || offset + count > _start + _filled) Fill(offset, count);
        return _buffer.AsSpan((int)(offset - _start), count);
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _filled = 0;
    }

    private void Fill(long offset, int count)
    {
        if (offset + count > length) throw new JournalDamagedException($"{path} ends at offset {length}, before what must stand at {offset}.");
        var wanted = (int)Math.Min(Math.Max(count, pieceBytes), length - offset);
        if (_buffer.Length < wanted)
        {
            Dispose();
            _buffer = ArrayPool<byte>.Shared.Rent(wanted);
        }
        (_start, _filled) = (offset, 0);
        while (_filled < wanted)
        {
            var read = RandomAccess.Read(file, _buffer.AsSpan(_filled, wanted - _filled), offset + _filled);
            if (read == 0) throw new JournalDamagedException($"{path} ends at offset {offset + _filled}, where there was more before.");
            _filled += read;
        }
    }
}
