using Microsoft.Extensions.Logging;

namespace Rialto.Demo;

/// <summary>Every message that the bots log, with its id. Ids are never used again for something else.</summary>
internal static partial class Log
{
    [LoggerMessage(1006, LogLevel.Warning, "The bot {Bot} stumbled, and goes on in a while: {Reason}")]
    public static partial void BotStumbled(this ILogger log, string bot, string reason);
}
