using System.Diagnostics;
using System.Text;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>The transcripts of the README and of the tutorial, word for word: every command is run, and must print what stands below it.</summary>
public class ReadmeTests
{
    private const string Kill = "Now end the server with `kill -9`";

    /// <summary>What hosts the entities: the reader may have either.</summary>
    protected virtual string Engine => "embedded";

    [Fact]
    public async Task The_readme_s_transcript_works_as_printed()
    {
        await using var server = await RialtoProcess.StartAsync("--engine", Engine);
        using var shell = new Shell(server.Address);
        await shell.PlayAsync(await File.ReadAllTextAsync(Path.Combine(House.Root, "README.md")));
    }

    [Fact]
    public async Task The_tutorial_s_transcript_works_as_printed()
    {
        var tutorial = (await File.ReadAllTextAsync(Path.Combine(House.Root, "docs", "tutorial", "auction-and-crash.md"))).Split(Kill);
        Assert.Equal(2, tutorial.Length);
        await using var server = await RialtoProcess.StartAsync("--engine", Engine);
        using var shell = new Shell(server.Address);
        await shell.PlayAsync(tutorial[0]);
        server.KillHard();
        await server.RestartAsync();
        await shell.PlayAsync(tutorial[1]);
    }

    /// <summary>One bash for the whole transcript, so that its functions and variables last.</summary>
    private sealed class Shell : IDisposable
    {
        private const string End = "--- end of output ---";
        private readonly string _address;
        private readonly Process _bash;

        public Shell(string address)
        {
            _address = address;
            _bash = Process.Start(new ProcessStartInfo("bash", ["--norc", "--noprofile"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        }

        public async Task PlayAsync(string text)
        {
            var played = 0;
            foreach (var (command, expected) in Steps(text))
            {
                await _bash.StandardInput.WriteLineAsync(command.Replace("http://127.0.0.1:5080", _address, StringComparison.Ordinal));
                await _bash.StandardInput.WriteLineAsync($"echo '{End}'");
                await _bash.StandardInput.FlushAsync();
                Assert.Equal($"$ {command}\n{expected}", $"$ {command}\n{await ReadAsync()}");
                played++;
            }
            Assert.NotEqual(0, played);
        }

        public void Dispose()
        {
            _bash.StandardInput.Close();
            if (!_bash.WaitForExit(5_000)) _bash.Kill();
            _bash.Dispose();
        }

        private async Task<string> ReadAsync()
        {
            var output = new StringBuilder();
            while (await _bash.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is { } line && line != End)
                if (line.Length > 0) output.Append(line).Append('\n');
            return output.ToString();
        }

        private static IEnumerable<(string Command, string Expected)> Steps(string text)
        {
            string? command = null;
            var expected = new StringBuilder();
            var inside = false;
            foreach (var line in text.Split('\n'))
            {
                if (line.StartsWith("```", StringComparison.Ordinal)) inside = line == "```console";
                var isCommand = inside && line.StartsWith("$ ", StringComparison.Ordinal);
                if (command is not null && (isCommand || !inside))
                {
                    yield return (command, expected.ToString());
                    command = null;
                    expected.Clear();
                }
                if (isCommand) command = line[2..];
                else if (inside && command is not null) expected.Append(line).Append('\n');
            }
        }
    }
}
