namespace Rialto.Tests.Journals;

/// <summary>A folder that goes when the test is over.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("rialto-journal-").FullName;

    /// <summary>A copy of a folder, file by file; of those that match a pattern.</summary>
    public static TemporaryFolder CopyOf(string folder, string pattern = "*")
    {
        var copy = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(folder, pattern)) File.Copy(file, System.IO.Path.Combine(copy.Path, System.IO.Path.GetFileName(file)));
        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
