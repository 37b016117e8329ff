using System.Text.RegularExpressions;
using Rialto.Tests.Support;

namespace Rialto.Tests.Architecture;

/// <summary>The documents: what they link to is there, and what they promise of themselves holds.</summary>
public partial class DocumentTests
{
    private static readonly string[] Skipped = ["node_modules", "bin", "obj", ".git", "artifacts", "data"];

    public static TheoryData<string> Documents => [.. Find(new DirectoryInfo(House.Root)).Select(file => Path.GetRelativePath(House.Root, file)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Documents))]
    public void Every_link_within_the_house_leads_somewhere(string document)
    {
        var text = WithoutCode(File.ReadAllText(Path.Combine(House.Root, document)));
        foreach (var target in Links().Matches(text).Select(link => link.Groups[1].Value))
        {
            if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
            var (path, anchor) = target.Split('#') is [var file, var place] ? (file, place) : (target, null);
            var full = path.Length == 0 ? Path.Combine(House.Root, document) : Path.Combine(House.Root, Path.GetDirectoryName(document)!, path);
            Assert.True(File.Exists(full) || Directory.Exists(full), $"{document} links to {target}, which is not there.");
            if (anchor is not null) Assert.True(Anchors(full).Contains(anchor), $"{document} links to {target}, and no heading there is called so.");
        }
    }

    [Theory, MemberData(nameof(Documents))]
    public void No_document_names_a_folder_of_somebody_s_machine(string document) =>
        Assert.DoesNotMatch(@"(^|[\s(`""])/(home|Users|work|root)/", File.ReadAllText(Path.Combine(House.Root, document)));

    [Fact]
    public void The_readme_is_short_enough_to_be_read() =>
        Assert.InRange(File.ReadLines(Path.Combine(House.Root, "README.md")).Count(), 1, 199);

    private static IEnumerable<string> Find(DirectoryInfo folder) =>
        folder.EnumerateFiles("*.md").Select(file => file.FullName)
            .Concat(folder.EnumerateDirectories().Where(inner => !Skipped.Contains(inner.Name)).SelectMany(Find));

    /// <summary>What a forge makes of headings: small letters, dashes for spaces, and nothing else but letters, digits and underscores.</summary>
    private static HashSet<string> Anchors(string file) =>
        [.. Headings().Matches(WithoutCode(File.ReadAllText(file))).Select(heading => Dropped().Replace(heading.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    private static string WithoutCode(string text) => Code().Replace(text, "");

    [GeneratedRegex(@"\]\(([^()\s]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Dropped();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();
}
