using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Rialto.Silo;

/// <summary>What a silo writes to standard error: what is wrong. Orleans warns of every silo that it loses, which Rialto's own log says once.</summary>
internal static class SiloLogging
{
    public static ILoggingBuilder ToStandardError(this ILoggingBuilder log, LogLevel level = LogLevel.Warning)
    {
        log.SetMinimumLevel(LogLevel.Warning).AddFilter("Rialto", level).AddFilter("Rialto.Grains.Nodes.NodeService", LogLevel.Warning).AddFilter("Orleans", LogLevel.Critical).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        log.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "HH:mm:ss.fff ", true));
        log.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        return log;
    }
}
