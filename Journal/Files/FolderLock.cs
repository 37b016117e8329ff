using System.Diagnostics;
using System.Globalization;

namespace Rialto.Journal.Files;

/// <summary>Keeps a folder to one journal at a time. The system lets go of it when the process ends, however it ends.</summary>
internal sealed class FolderLock : IDisposable
{
    private const string FileName = "journal.lock";

    // Who has it stands in a file of its own: nobody else can read the one that is locked.
    private const string OwnerFileName = "journal.owner";

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    public static FolderLock Take(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(Path.Combine(folder, OwnerFileName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new FolderLock(file);
        }
        catch (IOException e) when (IsSharingViolation(e))
        {
            throw new JournalInUseException(
                $"The journal in {folder} is in use by {Owner(folder)}: stop it first, or choose another folder.", e);
        }
    }

    /// <summary>The file stays: removing it would let a third one lock a new file of that name beside the second.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>The process that took it last, if it still lives. Another one may have been given its number since, so this is a hint.</summary>
    public static int? LivingOwner(string folder)
    {
        try
        {
            var id = int.Parse(File.ReadAllText(Path.Combine(folder, OwnerFileName)), NumberStyles.None, CultureInfo.InvariantCulture);
            using var process = Process.GetProcessById(id);
            return process.HasExited ? null : id;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsSharingViolation(IOException e)
    {
        const int windowsSharing = unchecked((int)0x80070020), linuxWouldBlock = 11, macWouldBlock = 35;
        return e.HResult is windowsSharing or linuxWouldBlock or macWouldBlock;
    }

    private static string Owner(string folder)
    {
        try
        {
            var process = File.ReadAllText(Path.Combine(folder, OwnerFileName));
            if (process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture)) return "this very process";
            return process.Length == 0 ? "another process" : $"process {process}";
        }
        catch (IOException)
        {
            return "another process";
        }
    }
}
