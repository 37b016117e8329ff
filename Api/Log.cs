namespace Rialto.Api;

/// <summary>Every message that the front door logs, with its id. Ids are never used again for something else.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Warning, "Serving beyond loopback on {Addresses}: until keys and roles come, whoever reaches it can act as anybody.")]
    public static partial void ServesBeyondLoopback(this ILogger log, string addresses);

    [LoggerMessage(1002, LogLevel.Warning, "A write that was torn when the server last stopped was cut off the journal: {Bytes} bytes. {Meaning}")]
    public static partial void TornWriteCut(this ILogger log, long bytes, string meaning);

    [LoggerMessage(1003, LogLevel.Error, "{Method} {Path} failed and was answered with 500: this is a fault in Rialto.")]
    public static partial void RequestFailed(this ILogger log, Exception failure, string method, string path);

    [LoggerMessage(1004, LogLevel.Warning, "The journal does not answer: {Reason}")]
    public static partial void JournalUnreachable(this ILogger log, string reason);

    [LoggerMessage(1007, LogLevel.Warning, "Started without what was lost, as --accept-loss says: {What}.")]
    public static partial void LossAccepted(this ILogger log, string what);

    [LoggerMessage(1010, LogLevel.Warning, "The console in the browser is missing, the API is all there: {Reason}")]
    public static partial void ConsoleMissing(this ILogger log, string reason);
}
