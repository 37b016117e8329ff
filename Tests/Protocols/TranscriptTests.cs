using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Tests.Protocols;

/// <summary>
/// What nodes do, step by step, held by golden files. A file begins with what it shows; lines that begin with <c>&gt;</c> or a blank are what
/// must come out, the others are what is done. Heartbeats and renewed leases are left out, and steps with nothing else to show.
/// With RIALTO_UPDATE_TRANSCRIPTS=1 the files are written anew, to be read before they are committed.
/// </summary>
public class TranscriptTests
{
    private static readonly string Folder = Find();

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.txt").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Files))]
    public void Nodes_do_what_the_transcript_says(string file)
    {
        var path = Path.Combine(Folder, file);
        var expected = File.ReadAllText(path).ReplaceLineEndings("\n");
        Assert.StartsWith("# ", expected);
        var actual = Play(expected);
        if (Environment.GetEnvironmentVariable("RIALTO_UPDATE_TRANSCRIPTS") == "1") File.WriteAllText(path, actual);
        else Assert.Equal(expected, actual);
    }

    private static string Play(string script)
    {
        var transcript = new StringBuilder();
        NodeWorld? world = null;
        foreach (var line in script.Split('\n'))
        {
            if (line.Length == 0 || line[0] is '>' or ' ') continue;
            transcript.Append(line).Append('\n');
            if (line[0] == '#') continue;
            var words = line.Split(' ');
            if (words[0] == "nodes") world = Create(words);
            else Do(world!, words);
            world!.Transcript = transcript;
        }
        return transcript.ToString();
    }

    private static NodeWorld Create(string[] words)
    {
        var settings = words.Contains("fast") ? NodeSettings.Fast : new NodeSettings();
        var world = new NodeWorld(new Chance(1), settings with { Preemption = !words.Contains("keep-leader") }) { Weather = new Weather(StorageMaxMs: 1), Knocking = (words.Contains("processes"), 0) };
        for (var rank = 1; rank <= Number(words[1]); rank++) world.Add(rank);
        return world;
    }

    private static void Do(NodeWorld world, string[] words)
    {
        switch (words[0])
        {
            case "start" or "restart": foreach (var rank in words[1..]) world.Start(Number(rank)); break;
            case "advance": world.RunUntil(world.Now + Number(words[1].Replace("ms", "", StringComparison.Ordinal))); break;
            case "crash": world.Crash(Number(words[1])); break;
            case "pause": world.Pause(Number(words[1])); break;
            case "resume": world.Resume(Number(words[1])); break;
            case "isolate": world.Isolate(Number(words[1])); break;
            case "cut": world.Cut(Number(words[1][..1]), Number(words[1][2..])); break;
            case "split": Split(world, words[1..]); break;
            case "lose-connection": world.LoseConnection(Number(words[1][..1]), Number(words[1][2..])); break;
            case "heal": world.Heal(); break;
            case "drop": world.DropNext(words[1], Number(words[2][..1]), Number(words[2][2..])); break;
            case "lose-claim-answer": world.ClaimAnswersToLose++; break;
            case "storage" when words.Length == 3: world.WithoutStorage.Add(new Rank(Number(words[2]))); break;
            case "storage": world.IsStorageDown = words[1] == "down"; break;
            case "write": world.Write(Number(words[1])); break;
            case "force": world.Feed(Number(words[1]), new NodeInput.ForceElection()); break;
            case "resign": world.Feed(Number(words[1]), new NodeInput.Resign()); break;
            default: throw new FormatException($"'{string.Join(' ', words)}' is nothing that can be done.");
        }
    }

    /// <summary>Cuts all ways between those before the bar and those after it.</summary>
    private static void Split(NodeWorld world, string[] words)
    {
        var bar = Array.IndexOf(words, "|");
        foreach (var one in words[..bar])
            foreach (var other in words[(bar + 1)..])
            {
                world.Cut(Number(one), Number(other));
                world.Cut(Number(other), Number(one));
            }
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    /// <summary>Above the built tests; or beside this source, where the tests are built somewhere else.</summary>
    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "Tests", "Protocols", "Transcripts") is var found && Directory.Exists(found)) return found;
        return Path.Combine(Path.GetDirectoryName(Here())!, "Transcripts");
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
