using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Rialto.Journal.Postgres;

/// <summary>
/// PostgreSQL's own programs, where they are installed: found on PATH or in the usual folder, the newest version first. They are run as an
/// ordinary user even when this process is root, because PostgreSQL refuses to run as root.
/// </summary>
internal sealed class PostgresPrograms
{
    /// <summary>Where they are looked for beside PATH, in a folder for each version.</summary>
    public const string Installed = "/usr/lib/postgresql";

    private const string UsualUser = "postgres", AnyUser = "nobody";

    private readonly string _folder;

    private PostgresPrograms(string folder) => _folder = folder;

    /// <summary>The user that they are run as instead of root; null if this process is not root.</summary>
    public static string? Owner { get; } = !Environment.IsPrivilegedProcess || OperatingSystem.IsWindows() ? null
        : File.ReadLines("/etc/passwd").Any(line => line.StartsWith(UsualUser + ":", StringComparison.Ordinal)) ? UsualUser : AnyUser;

    /// <summary>Null if they are not installed.</summary>
    public static PostgresPrograms? Find()
    {
        var versions = Directory.Exists(Installed)
            ? Directory.GetDirectories(Installed).OrderByDescending(folder => double.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0)
            : Enumerable.Empty<string>();
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(versions.Select(folder => Path.Combine(folder, "bin")))
            .FirstOrDefault(folder => folder.Length > 0 && Has(folder, "initdb") && Has(folder, "pg_ctl"));
        if (found is null) return null;
        // Links may lead to some of them only; the others lie where they are.
        var real = Path.GetDirectoryName(new FileInfo(Path.Combine(found, "initdb")).ResolveLinkTarget(returnFinalTarget: true)?.FullName);
        return new PostgresPrograms(real is not null && Has(real, "pg_ctl") ? real : found);
    }

    /// <summary>Gives a folder, with all that is in it, to the user that they are run as.</summary>
    /// <exception cref="IOException">That failed; the message says why.</exception>
    public static void Own(string folder)
    {
        if (Owner is { } owner) RunPlainly("chown", "-R", owner, folder);
    }

    /// <summary>Runs one of them, and waits until it ends.</summary>
    /// <exception cref="IOException">It could not be started, or ended with an error; the message says what it said.</exception>
    public void Run(string program, params string[] arguments)
    {
        var path = Path.Combine(_folder, program);
        if (Owner is not { } owner) RunPlainly(path, arguments);
        else if (Has("/usr/bin", "setpriv")) RunPlainly("setpriv", [$"--reuid={owner}", $"--regid={owner}", "--clear-groups", path, .. arguments]);
        else if (Has("/usr/sbin", "runuser") || Has("/sbin", "runuser")) RunPlainly("runuser", ["-u", owner, "--", path, .. arguments]);
        else RunPlainly("su", [owner, "-s", "/bin/sh", "-c", string.Join(' ', arguments.Prepend(path).Select(word => $"'{word}'"))]);
    }

    private static bool Has(string folder, string name)
    {
        var file = new FileInfo(Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name));
        // A link that leads nowhere exists, too.
        return file.Exists && (file.ResolveLinkTarget(returnFinalTarget: true)?.Exists ?? true);
    }

    private static void RunPlainly(string program, params string[] arguments)
    {
        // Not every user may enter the folder that this process is in.
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Path.GetPathRoot(Environment.CurrentDirectory), RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            var said = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
            process.WaitForExit();
            if (process.ExitCode != 0) throw new IOException($"{Path.GetFileName(program)} ended with {process.ExitCode}: {said.ReplaceLineEndings(" ").Trim()}");
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{program}: {e.Message}", e);
        }
    }
}
