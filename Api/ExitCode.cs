using Microsoft.AspNetCore.Connections;
using Rialto.Api.Options;
using Rialto.Journal;

namespace Rialto.Api;

/// <summary>How the process ends: a program that starts it can tell what to do next.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>An option or setting is wrong, or what it names cannot be used.</summary>
    public const int BadOption = 2;

    /// <summary>Another process has the journal open.</summary>
    public const int InUse = 3;

    /// <summary>The journal holds what was never written so. Nothing was changed.</summary>
    public const int Damaged = 4;

    /// <summary>The code for an exception whose message is a sentence for whoever started the process; null if it is none.</summary>
    public static int? Of(Exception e) => e switch
    {
        BadOptionException => BadOption,
        JournalInUseException => InUse,
        JournalDamagedException => Damaged,
        JournalException => BadOption,
        IOException { InnerException: AddressInUseException or System.Net.Sockets.SocketException } => BadOption,
        System.Net.Sockets.SocketException => BadOption,
        _ => null,
    };
}
