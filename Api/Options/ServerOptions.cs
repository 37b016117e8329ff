using System.Net;

namespace Rialto.Api.Options;

/// <summary>How this server is to run, checked: whoever has one of these need not ask again whether it makes sense.</summary>
internal sealed record ServerOptions
{
    public required IReadOnlyList<ListenAddress> Addresses { get; init; }

    public required string DataFolder { get; init; }

    public required JournalKind Journal { get; init; }

    /// <summary>Npgsql's connection string; set if the journal is in PostgreSQL.</summary>
    public string? Postgres { get; init; }

    public required int Nodes { get; init; }

    public required int CacheSize { get; init; }

    public required bool Sample { get; init; }

    /// <summary>Whether a call of an original system's route that names no actor may write.</summary>
    public required bool OriginalsAnonymous { get; init; }

    public required int MaxStreams { get; init; }

    public bool IsBeyondLoopback => Addresses.Any(address => !address.IsLoopback);
}

internal enum JournalKind
{
    File,
    Postgres,
}

/// <summary>An address to serve on. <see cref="Ip"/> is null for <c>localhost</c>: both loopback addresses.</summary>
internal sealed record ListenAddress(string Host, IPAddress? Ip, int Port)
{
    public bool IsLoopback => Ip is null || IPAddress.IsLoopback(Ip);
}
