using System.CommandLine;

namespace Rialto.Cli;

/// <summary>A command with examples, which its help shows.</summary>
/// <param name="name">The word on the command line.</param>
/// <param name="description">What it does, in a sentence.</param>
/// <param name="examples">Whole command lines.</param>
internal sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;

    /// <summary>Options beside those that are its own.</summary>
    public Verb Takes(IEnumerable<Option> options)
    {
        foreach (var option in options) Add(option);
        return this;
    }

    /// <summary>What it does; who cannot do it throws a <see cref="Failure"/>.</summary>
    public Verb Does(Func<Run, Task> action)
    {
        SetAction(async (given, ending) =>
        {
            using var run = new Run(given, ending);
            await action(run);
            return ExitCode.Done;
        });
        return this;
    }

    /// <summary>What it changes in the market. Somebody can send it again by its key.</summary>
    public Verb Writes(Func<Run, Task> action)
    {
        Add(Globals.Key);
        return Does(action);
    }
}

/// <summary>Options that all commands have, or many.</summary>
internal static class Globals
{
    public static readonly Option<string?> Server = new("--server")
    {
        Description = $"The server's address. RIALTO_SERVER in the environment, or {Market.DefaultAddress}.", HelpName = "url", Recursive = true,
    };

    public static readonly Option<string?> As = new("--as") { Description = "Who acts. RIALTO_ACTOR in the environment.", HelpName = "name", Recursive = true };

    public static readonly Option<bool> Json = new("--json") { Description = "Print the answer as JSON: one document, or one on each line of a stream.", Recursive = true };

    public static readonly Option<string?> Key = new("--key") { Description = "Idempotency key: the same command with the same key takes effect once. One is made if none is given." };

    public static readonly Option<int?> Limit = new("--limit") { Description = "At most so many, 1 to 1000.", HelpName = "n" };
}
