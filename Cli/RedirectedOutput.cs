using System.Runtime.InteropServices;

namespace Rialto.Cli;

/// <summary>Nobody reads the output any more, as after <c>head</c> has seen its lines.</summary>
internal sealed class ReaderGoneException() : IOException("Nobody reads the output any more.");

/// <summary>
/// The output when it is a file or a pipe. The console's own stream writes where the program before it stopped, and moves that place for the
/// program after it. It keeps silent when a pipe's reader has gone, so a tail would go on for ever: the system is asked for that.
/// </summary>
/// <param name="console">The console's own stream.</param>
internal sealed class RedirectedOutput(Stream console) : Stream
{
    private const int StandardOutput = 1;
    private const short Error = 0x8, HangUp = 0x10;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <exception cref="ReaderGoneException">The pipe's reader has gone.</exception>
    /// <exception cref="Failure">It cannot be written for another reason, such as a full disk.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            console.Write(buffer);
        }
        catch (IOException e)
        {
            throw new Failure(ExitCode.BadUsage, $"The output cannot be written: {e.Message}");
        }
        if (IsReaderGone()) throw new ReaderGoneException();
    }

    public override void Flush() => console.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static bool IsReaderGone()
    {
        var asked = new Polled { Descriptor = StandardOutput };
        return Poll(ref asked, 1, 0) > 0 && (asked.Found & (Error | HangUp)) != 0;
    }

    [DllImport("libc", EntryPoint = "poll")]
    private static extern int Poll(ref Polled asked, uint count, int timeoutMs);

    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        public int Descriptor;
        public short Asked;
        public short Found;
    }
}
