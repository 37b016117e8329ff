using System.Net;
using System.Net.Http.Headers;

namespace Rialto.Cli;

/// <summary>A request's body that tells how much of it is sent.</summary>
internal sealed class UploadedFile : HttpContent
{
    private const int Piece = 64 * 1024;

    private readonly byte[] _file;
    private readonly Action<double> _progress;

    public UploadedFile(byte[] file, string mediaType, Action<double> progress)
    {
        (_file, _progress) = (file, progress);
        Headers.ContentType = new MediaTypeHeaderValue(mediaType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (var at = 0; at < _file.Length; at += Piece)
        {
            var end = Math.Min(at + Piece, _file.Length);
            await stream.WriteAsync(_file.AsMemory(at..end), cancellationToken);
            _progress((double)end / _file.Length);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _file.Length;
        return true;
    }
}
