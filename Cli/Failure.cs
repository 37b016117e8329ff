namespace Rialto.Cli;

/// <summary>How the process ends: a script can tell what to do next. They stand in <c>rialto --help</c> and in docs/cli.md.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The market said no.</summary>
    public const int Refused = 1;

    /// <summary>The command line is wrong, or names a file that cannot be used.</summary>
    public const int BadUsage = 2;

    /// <summary>The server cannot be reached, or cannot answer now.</summary>
    public const int Unavailable = 3;

    /// <summary>A verification found problems.</summary>
    public const int ProblemsFound = 4;

    /// <summary>Ctrl-C: 128 + SIGINT, as shells count.</summary>
    public const int Cancelled = 130;

    public const string Help = """
        Exit codes:
          0  done
          1  the market refused
          2  the command line is wrong
          3  the server cannot be reached or cannot answer now
          4  a verification found problems
          130  cancelled with Ctrl-C
        """;
}

/// <summary>A command cannot be carried out. The message is a sentence that says why, and what to do.</summary>
/// <param name="exitCode">How the process is to end.</param>
/// <param name="message">The sentence.</param>
/// <param name="document">The server's own words, for <c>--json</c>; null if there are none.</param>
internal sealed class Failure(int exitCode, string message, string? document = null) : Exception(message)
{
    public int ExitCode => exitCode;

    public string? Document => document;
}
