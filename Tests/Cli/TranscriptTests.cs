using System.CommandLine.Parsing;
using Rialto.Cli;
using Rialto.Tests.Support;

namespace Rialto.Tests.Cli;

/// <summary>The command line against a live server, as its transcripts say: every command, in words that a person would use.</summary>
public class TranscriptTests
{
    public static TheoryData<string> Names => [.. Transcript.Names];

    [Theory, MemberData(nameof(Names))]
    public async Task A_transcript_works_as_it_is_written(string name)
    {
        var folder = Directory.CreateTempSubdirectory("rialto-cli-");
        try
        {
            await using var server = await RialtoProcess.StartAsync();
            await Transcript.HoldsAsync(name, server, folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Every_command_stands_in_a_transcript()
    {
        var commands = Transcript.Names.SelectMany(name => File.ReadLines(Path.Combine(Transcript.Folder, $"{name}.txt"))).Where(line => line.StartsWith("$ ", StringComparison.Ordinal)).ToList();
        var missing = RialtoCommand.All().Where(known => known.Command.Action is not null)
            .Where(known => !commands.Any(command => command == $"$ {known.Words}" || command.StartsWith($"$ {known.Words} ", StringComparison.Ordinal)));
        Assert.Empty(missing.Select(known => known.Words));
    }

    [Fact]
    public void Every_command_has_examples_and_these_and_the_manuals_can_be_parsed()
    {
        var commands = RialtoCommand.All().Where(known => known.Command.Action is not null).ToList();
        Assert.All(commands, known => Assert.NotEmpty(Assert.IsType<Verb>(known.Command).Examples));
        var examples = commands.SelectMany(known => ((Verb)known.Command).Examples.Select(example => (known.Words, Example: example))).ToList();
        Assert.All(examples, example => Assert.StartsWith(example.Words, example.Example, StringComparison.Ordinal));
        var manual = File.ReadLines(Path.Combine(House.Root, "docs", "cli.md")).Where(line => line.StartsWith("$ rialto ", StringComparison.Ordinal)).Select(line => line[2..]).ToList();
        Assert.NotEmpty(manual);
        foreach (var line in examples.Select(example => example.Example).Concat(manual))
        {
            var words = CommandLineParser.SplitCommandLine(line).Skip(1).TakeWhile(word => word is not ("|" or ">" or ">>")).ToList();
            Assert.True(RialtoCommand.Root.Parse(words).Errors.Count == 0, $"{line}: {string.Join(' ', RialtoCommand.Root.Parse(words).Errors)}");
        }
    }
}
