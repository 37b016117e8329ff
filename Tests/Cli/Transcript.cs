using System.CommandLine.Parsing;
using System.Text;
using System.Text.RegularExpressions;
using Rialto.Cli;
using Rialto.Tests.Support;

namespace Rialto.Tests.Cli;

/// <summary>
/// A text that is a test: commands, and below each what it must print. A line that begins with <c>$</c> is a command, those with <c>&gt;</c>
/// right below it are typed into it; then comes its output, its errors with <c>!</c> before them, and its exit code in brackets unless it is
/// 0. What differs from run to run is masked: times, milliseconds, what nodes are at. If a change is meant, run the test once with the
/// environment variable RIALTO_GOLDEN=write, and look at the difference.
/// </summary>
internal static partial class Transcript
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Whoever runs the tests may have said who they are.</summary>
    static Transcript()
    {
        foreach (var setting in new[] { "RIALTO_ACTOR", "RIALTO_SERVER" }) Environment.SetEnvironmentVariable(setting, null);
    }

    public static string Folder { get; } = Path.Combine(House.Root, "Tests", "Cli", "Transcripts");

    public static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    /// <summary>Plays all of it against a server, and compares.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="server">The server.</param>
    /// <param name="folder">What stands for <c>FOLDER</c> in a command: where the transcript may keep files. <c>DATA</c> is the server's.</param>
    public static async Task HoldsAsync(string name, RialtoProcess server, string folder)
    {
        var path = Path.Combine(Folder, $"{name}.txt");
        var expected = await File.ReadAllTextAsync(path);
        var played = new StringBuilder();
        var lines = expected.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("# ", StringComparison.Ordinal)) played.Append(played.Length > 0 ? "\n" : "").Append(lines[i]).Append('\n');
            if (!lines[i].StartsWith("$ rialto ", StringComparison.Ordinal)) continue;
            var command = lines[i];
            var typed = lines.Skip(i + 1).TakeWhile(line => line.StartsWith("> ", StringComparison.Ordinal)).ToList();
            played.Append('\n').Append(command).Append('\n').AppendJoin("", typed.Select(line => line + "\n"));
            played.Append(await PlayAsync(command["$ rialto ".Length..].Replace("FOLDER", folder, StringComparison.Ordinal).Replace("DATA", server.DataFolder, StringComparison.Ordinal), typed.Select(line => line[2..]), server, folder));
        }
        var text = played.ToString().TrimStart('\n');
        if (Environment.GetEnvironmentVariable("RIALTO_GOLDEN") == "write") await File.WriteAllTextAsync(path, text);
        else Assert.Equal(expected, text);
    }

    /// <summary>Runs one command line in this process.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="typed">What is typed.</param>
    /// <param name="ending">Ends it, as Ctrl-C does.</param>
    /// <param name="saying">Told everything that it says, as it says it.</param>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string[] args, string typed = "", CancellationToken ending = default, Action<string>? saying = null)
    {
        var (output, errors) = (new Overheard(saying), new StringWriter());
        var exitCode = await RialtoCommand.RunAsync(args, Terminal.Of(new StringReader(typed), output, errors), ending).WaitAsync(Patience, CancellationToken.None);
        return (exitCode, output.ToString(), errors.ToString());
    }

    private sealed class Overheard(Action<string>? saying) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            saying?.Invoke(value ?? "");
        }

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            saying?.Invoke(value ?? "");
        }
    }

    private static async Task<string> PlayAsync(string command, IEnumerable<string> typed, RialtoProcess server, string folder)
    {
        var (exitCode, output, errors) = await RunAsync([.. CommandLineParser.SplitCommandLine(command), "--server", server.Address], string.Concat(typed.Select(line => line + "\n")));
        var printed = new StringBuilder(output);
        if (output.Length > 0 && output[^1] != '\n') printed.Append('\n');
        foreach (var line in errors.Split('\n')) printed.Append(line.Length == 0 ? "" : $"! {line}\n");
        if (exitCode != 0) printed.Append($"[{exitCode}]\n");
        return string.Concat(printed.ToString().Split('\n').Where(line => line.Length > 0).Select(line => Mask(line, server, folder) + "\n"));
    }

    private static string Mask(string line, RialtoProcess server, string folder)
    {
        line = line.Replace(server.Address, "SERVER", StringComparison.Ordinal).Replace(folder, "FOLDER", StringComparison.Ordinal).Replace(server.DataFolder, "DATA", StringComparison.Ordinal);
        // What stands in a table keeps its width.
        line = Times().Replace(line, time => time.Value.Contains('T', StringComparison.Ordinal) ? "TIME" : "TIME".PadRight(time.Length));
        foreach (var (varies, mask) in Varying) line = varies.Replace(line, mask);
        return line.TrimEnd();
    }

    private static readonly (Regex Varies, string Mask)[] Varying = [(Processes(), "Process N"), (Hashes(), "HASH"), (Clocks(), "$1{…}"), (NodeRows(), "$1  …"), (ElectionRows(), "$1  …"), (Heads(), "$1  …")];

    [GeneratedRegex(@"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")]
    private static partial Regex Times();

    /// <summary>They cover the time.</summary>
    [GeneratedRegex(@"\b[0-9a-f]{64}\b")]
    private static partial Regex Hashes();

    /// <summary>They tell on which node an entity lived.</summary>
    [GeneratedRegex("""("clock":)\{[^}]*\}""")]
    private static partial Regex Clocks();

    [GeneratedRegex(@"Process \d+")]
    private static partial Regex Processes();

    /// <summary>How far a node is, and what lives there, changes all the time.</summary>
    [GeneratedRegex(@"^( *\d+ +(?:alive|suspected|failed|left) +(?:yes|no)).*$")]
    private static partial Regex NodeRows();

    /// <summary>Whom the winner asked, and how long it took.</summary>
    [GeneratedRegex(@"^( *\d+ +\d+ +\d+ +(?:start|forced)).*$")]
    private static partial Regex ElectionRows();

    /// <summary>As wide as what stands below them.</summary>
    [GeneratedRegex("^(rank  state  leader|epoch  winner  started by  reason)  .*$")]
    private static partial Regex Heads();
}
