namespace Rialto.Runtime;

/// <summary>
/// The bytes of a snapshot in parts of the same size, the last of which may be shorter: written or read from the beginning, once. A replica
/// may be larger than one array or one message should be, and no byte of it is copied as it grows.
/// </summary>
internal sealed class SnapshotBytes : Stream
{
    private readonly List<ReadOnlyMemory<byte>> _parts;
    private readonly int _partBytes;
    private byte[] _last = [];
    private int _lastUsed;
    private int _part;
    private int _at;

    /// <summary>To be written.</summary>
    public SnapshotBytes(int partBytes) => (_parts, _partBytes) = ([], partBytes);

    /// <summary>To be read.</summary>
    public SnapshotBytes(List<ReadOnlyMemory<byte>> parts) => _parts = parts;

    /// <summary>What was written; nothing can be written after this was asked.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Parts
    {
        get
        {
            if (_lastUsed > 0) _parts.Add(_last.AsMemory(0, _lastUsed));
            (_last, _lastUsed) = ([], 0);
            return _parts;
        }
    }

    public override bool CanRead => _partBytes == 0;

    public override bool CanWrite => _partBytes > 0;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            if (_lastUsed == _last.Length)
            {
                if (_lastUsed > 0) _parts.Add(_last);
                (_last, _lastUsed) = (new byte[_partBytes], 0);
            }
            var fits = Math.Min(buffer.Length, _last.Length - _lastUsed);
            buffer[..fits].CopyTo(_last.AsSpan(_lastUsed));
            _lastUsed += fits;
            buffer = buffer[fits..];
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (_part < _parts.Count && _at == _parts[_part].Length) (_part, _at) = (_part + 1, 0);
        if (_part == _parts.Count) return 0;
        var from = _parts[_part].Span[_at..];
        var taken = Math.Min(from.Length, buffer.Length);
        from[..taken].CopyTo(buffer);
        _at += taken;
        return taken;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
