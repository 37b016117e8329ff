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
    public void Every_command_has_examples_that_can_be_parsed()
    {
        foreach (var (words, command) in RialtoCommand.All().Where(known => known.Command.Action is not null))
        {
            var examples = Assert.IsType<Verb>(command).Examples;
            Assert.NotEmpty(examples);
            Assert.All(examples, example => Assert.StartsWith(words, example, StringComparison.Ordinal));
        }
    }
}
