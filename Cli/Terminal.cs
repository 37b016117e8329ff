using System.CommandLine;
using Microsoft.Win32.SafeHandles;

namespace Rialto.Cli;

/// <summary>Where a command reads and writes: the process's own streams, or a test's. Answers go to the output, everything else to the errors.</summary>
internal sealed class Terminal : InvocationConfiguration
{
    private const int PlainWidth = 1_000;
    private const int PlainHelpWidth = 110;

    private Terminal()
    {
        // Failures have exit codes of their own.
        EnableDefaultExceptionHandler = false;
    }

    public required TextReader Input { get; init; }

    /// <summary>Somebody looks at the output: colours, borders and progress that moves. Else plain text, one line for each row.</summary>
    public required bool IsFancy { get; init; }

    /// <summary>Somebody types the input, and wants to be prompted.</summary>
    public required bool IsTyped { get; init; }

    public required int Width { get; init; }

    public int HelpWidth => IsFancy ? Width : PlainHelpWidth;

    public static Terminal OfProcess()
    {
        var isDumb = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } || Environment.GetEnvironmentVariable("TERM") == "dumb";
        var isFancy = !Console.IsOutputRedirected && !isDumb;
        return new Terminal
        {
            Input = Console.In,
            Output = Console.IsOutputRedirected && !OperatingSystem.IsWindows() ? OpenPipe() : Console.Out,
            Error = Console.Error,
            IsFancy = isFancy,
            IsTyped = !Console.IsInputRedirected && !Console.IsOutputRedirected,
            Width = isFancy ? Console.WindowWidth : PlainWidth,
        };
    }

    /// <summary>Whether a write failed because whoever read the output has had enough, as <c>head</c> does.</summary>
    public static bool IsClosedPipe(IOException e)
    {
        const int brokenPipe = 32;   // EPIPE, on Linux and macOS alike.
        return e.HResult == brokenPipe;
    }

    /// <summary>The output as a file: the console's own writer does not tell when nobody reads any more, and a tail would go on for ever.</summary>
    private static StreamWriter OpenPipe()
    {
        const int standardOutput = 1;
        return new StreamWriter(new FileStream(new SafeFileHandle(standardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0)) { AutoFlush = true };
    }

    /// <summary>Plain streams that nobody looks at.</summary>
    public static Terminal Of(TextReader input, TextWriter output, TextWriter error) =>
        new() { Input = input, Output = TextWriter.Synchronized(output), Error = TextWriter.Synchronized(error), IsFancy = false, IsTyped = false, Width = PlainWidth };
}
