namespace Rialto.Api.WebConsole;

/// <summary>How the console is put before the routes.</summary>
internal static class ConsoleServing
{
    /// <summary>Serves the console at the root. Without it the routes answer alone, and one line says what is missing.</summary>
    public static void UseConsole(this WebApplication server)
    {
        if (ConsoleFiles.Load(AppContext.BaseDirectory) is not { } files)
        {
            server.Logger.ConsoleMissing(WhyMissing(AppContext.BaseDirectory));
            return;
        }
        ((IApplicationBuilder)server).Use(next => async http =>
        {
            if (!await files.TryServeAsync(http)) await next(http);
        });
    }

    /// <summary>The build leaves a sentence where it could not leave the console.</summary>
    private static string WhyMissing(string programFolder)
    {
        var reason = Path.Combine(programFolder, "wwwroot", "missing.txt");
        return File.Exists(reason) ? File.ReadAllText(reason).Trim() : "it was not built.";
    }
}
