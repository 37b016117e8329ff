using Rialto.Tests.Support;

namespace Rialto.Tests.Architecture;

/// <summary>The findings: each says what it shows, can be run, and stands on the page of libraries.</summary>
public class FindingTests
{
    private static readonly string[] Parts = ["# Guess: ", "# Version: ", "# Behaviour: ", "# Seen: ", "# Why it matters: ", "# Guard: "];

    public static TheoryData<string> Findings => [.. Directory.GetFiles(Path.Combine(House.Root, "findings"), "*.sh").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Findings))]
    public void A_finding_says_at_its_top_what_was_seen_with_which_version(string finding)
    {
        var header = File.ReadLines(Path.Combine(House.Root, "findings", finding)).Skip(1).TakeWhile(line => line.StartsWith('#')).ToArray();
        Assert.All(Parts, part => Assert.Contains(header, line => line.StartsWith(part, StringComparison.Ordinal)));
    }

    [Theory, MemberData(nameof(Findings))]
    public void A_finding_can_be_run(string finding)
    {
        if (OperatingSystem.IsWindows()) return;
        Assert.True(File.GetUnixFileMode(Path.Combine(House.Root, "findings", finding)).HasFlag(UnixFileMode.UserExecute), $"{finding} is not executable.");
    }

    [Theory, MemberData(nameof(Findings))]
    public void A_finding_stands_on_the_page_of_libraries(string finding) =>
        Assert.Contains($"findings/{finding})", File.ReadAllText(Path.Combine(House.Root, "docs", "reference", "libraries.md")), StringComparison.Ordinal);
}
