using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Rialto.Cli.Commands;

namespace Rialto.Cli;

/// <summary>The whole command line. It is made once; each run brings its own terminal.</summary>
internal static class RialtoCommand
{
    // A word that begins with @ is itself: it may be somebody's name, and no file is read in its place.
    private static readonly ParserConfiguration AsGiven = new() { ResponseFileTokenReplacer = null };

    public static RootCommand Root { get; } = Create();

    /// <summary>Runs one command line and returns the process's exit code.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken ending = default)
    {
        var given = Root.Parse(args, AsGiven);
        if (given.Action is ParseErrorAction wrong) return Explain(given, wrong, terminal.Error);
        try
        {
            return await given.InvokeAsync(terminal, ending);
        }
        catch (Failure failure)
        {
            if (failure.Document is not null && given.GetValue(Globals.Json)) terminal.Output.WriteLine(failure.Document);
            terminal.Error.WriteLine($"rialto: {failure.Message}");
            return failure.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Cancelled;
        }
        catch (IOException e) when (Terminal.IsClosedPipe(e))
        {
            return ExitCode.Done;
        }
    }

    /// <summary>Every command below the root, with the words that lead to it.</summary>
    public static IEnumerable<(string Words, Command Command)> All() => Below("rialto", Root);

    private static RootCommand Create()
    {
        var root = new RootCommand("Rialto's command line: a marketplace in which every change is one event on one line.")
        {
            Globals.Server, Globals.As, Globals.Json,
            AuctionCommands.Create(), EnergyCommands.Create(), StockCommands.Create(), BookCommands.Create(), CarCommands.Create(), DispatchCommands.Create(),
            ClusterCommands.Create(), JournalCommands.Create(), BenchCommand.Create(), CompletionCommand.Create(),
        };
        root.HelpName = "rialto";
        var help = root.Options.OfType<HelpOption>().Single();
        help.Aliases.Clear();
        help.Aliases.Add("-h");
        help.Action = new HelpWithExamples();
        return root;
    }

    private static IEnumerable<(string Words, Command Command)> Below(string words, Command command) => command.Subcommands
        .SelectMany(below => Below($"{words} {below.Name}", below).Prepend(($"{words} {below.Name}", below)));

    /// <summary>What is wrong with a command line, what may have been meant, and where to read on. Nothing of it is an answer.</summary>
    private static int Explain(ParseResult given, ParseErrorAction wrong, TextWriter errors)
    {
        wrong.ShowHelp = false;
        given.Invoke(new InvocationConfiguration { Output = errors, Error = errors });
        var (words, _) = All().FirstOrDefault(known => known.Command == given.CommandResult.Command, ("rialto", Root));
        errors.WriteLine($"See {words} --help");
        return ExitCode.BadUsage;
    }

    /// <summary>The usual help, and below it a command's examples; below the root's what scripts need to know.</summary>
    private sealed class HelpWithExamples : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var terminal = (Terminal)parseResult.InvocationConfiguration;
            new HelpAction { MaxWidth = terminal.HelpWidth }.Invoke(parseResult);
            terminal.Output.WriteLine("Examples:");
            foreach (var example in ExamplesOf(parseResult.CommandResult.Command)) terminal.Output.WriteLine($"  {example}");
            terminal.Output.WriteLine();
            if (parseResult.CommandResult.Command == Root) terminal.Output.WriteLine(ExitCode.Help);
            return ExitCode.Done;
        }

        /// <summary>A command's own; of a group, the first of each command in it.</summary>
        private static IEnumerable<string> ExamplesOf(Command command) =>
            command is Verb { Examples.Count: > 0 } verb ? verb.Examples : command.Subcommands.Select(below => ExamplesOf(below).First());
    }
}
