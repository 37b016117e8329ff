using System.CommandLine;

namespace Rialto.Cli;

/// <summary>Where a command reads and writes: the process's own streams, or a test's. Answers go to the output, everything else to the errors.</summary>
internal sealed class Terminal : InvocationConfiguration
{
    private const int PlainWidth = 1_000;
    private const int PlainHelpWidth = 110;
    private const int UnknownWidth = 80;
    private const int NarrowestWidth = 20;

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
            Output = Console.IsOutputRedirected && !OperatingSystem.IsWindows() ? OpenRedirected() : Console.Out,
            Error = Console.Error,
            IsFancy = isFancy,
            IsTyped = !Console.IsInputRedirected && !Console.IsOutputRedirected,
            Width = isFancy ? UsableWidth(Console.WindowWidth) : PlainWidth,
        };
    }

    /// <summary>A terminal may not know its width and say 0, as those of <c>script</c> and of some build servers do.</summary>
    /// <param name="told">What the terminal says, in characters.</param>
    public static int UsableWidth(int told) => told >= NarrowestWidth ? told : UnknownWidth;

    /// <summary>Whether a write failed because whoever read the output has had enough, as <c>head</c> does.</summary>
    public static bool IsClosedPipe(IOException e) => e is ReaderGoneException;

    private static StreamWriter OpenRedirected() => new(new RedirectedOutput(Console.OpenStandardOutput())) { AutoFlush = true };

    /// <summary>Plain streams that nobody looks at.</summary>
    public static Terminal Of(TextReader input, TextWriter output, TextWriter error) =>
        new() { Input = input, Output = TextWriter.Synchronized(output), Error = TextWriter.Synchronized(error), IsFancy = false, IsTyped = false, Width = PlainWidth };
}
