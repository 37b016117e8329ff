namespace Rialto.Cli;

/// <summary>Where a long answer goes: the output, or a file. A file gets its name once all of it is there: half an answer must not look like a whole one.</summary>
internal static class OutputFile
{
    /// <summary>Writes it.</summary>
    /// <param name="terminal">Its output is written to if no file is named.</param>
    /// <param name="path">The file, or null.</param>
    /// <param name="write">Writes all of it, or throws.</param>
    public static async Task WriteAsync(Terminal terminal, string? path, Func<TextWriter, Task> write)
    {
        if (path is null)
        {
            await write(terminal.Output);
            return;
        }
        var unfinished = path + ".part";
        try
        {
            await using (var file = File.CreateText(unfinished)) await write(file);
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not HttpIOException))
        {
            throw new Failure(ExitCode.BadUsage, $"{path} cannot be written: {e.Message}");
        }
        finally
        {
            if (File.Exists(unfinished)) File.Delete(unfinished);
        }
    }
}
