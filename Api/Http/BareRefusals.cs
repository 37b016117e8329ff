using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Rialto.Api.Http;

/// <summary>
/// What is no HTTP at all (a line too long, a zero byte in the path, a length below zero) never becomes a request: the web server refuses it by
/// itself, with a status and nothing else. Here such an answer is given its problem document on its way out, so that a client has one kind
/// of refusal to read, whatever it sent.
/// </summary>
internal static class BareRefusals
{
    public static void UseProblems(this IConnectionBuilder connections, string prefix) => connections.Use(next => connection =>
    {
        connection.Transport = new Pair(connection.Transport.Input, new Writer(connection.Transport.Output, prefix));
        return next(connection);
    });

    private sealed class Pair(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }

    /// <summary>Passes everything on; only a whole answer that says no and nothing else is replaced before it is handed over.</summary>
    private sealed class Writer(PipeWriter inner, string prefix) : PipeWriter
    {
        private Memory<byte> _open;

        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => _open = inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override void Advance(int bytes)
        {
            // Memory that was asked for once may be filled in several steps.
            var written = bytes <= _open.Length ? _open.Span[..bytes] : [];
            if (IsBareRefusal(written))
            {
                Replace(int.Parse(written.Slice("HTTP/1.1 ".Length, 3), NumberStyles.None, CultureInfo.InvariantCulture));
                _open = default;
                return;
            }
            inner.Advance(bytes);
            _open = bytes <= _open.Length ? _open[bytes..] : default;
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        private static bool IsBareRefusal(ReadOnlySpan<byte> written) =>
            written.Length > "HTTP/1.1 400".Length && written[9] is (byte)'4' or (byte)'5' && written.StartsWith("HTTP/1.1 "u8) && written.EndsWith("\r\n\r\n"u8)
            && written.IndexOf("Content-Length: 0\r\n"u8) > 0 && written.IndexOf("Connection: close\r\n"u8) > 0;

        private void Replace(int status)
        {
            // A version of HTTP that nobody speaks is the client's mistake, as the rest of it is.
            var problem = Problems.OfStatus(status >= 500 ? StatusCodes.Status400BadRequest : status);
            var body = Answer.ToJson(problem, prefix);
            var head = string.Create(
                CultureInfo.InvariantCulture,
                $"HTTP/1.1 {problem.Status} {problem.Title}\r\nContent-Type: {Problem.ContentType}\r\nContent-Length: {body.Length}\r\nX-Content-Type-Options: nosniff\r\nContent-Security-Policy: {Gate.Policy}\r\nConnection: close\r\n\r\n");
            var into = inner.GetMemory(head.Length + body.Length).Span;
            var length = Encoding.ASCII.GetBytes(head, into);
            body.CopyTo(into[length..]);
            inner.Advance(length + body.Length);
        }
    }
}
