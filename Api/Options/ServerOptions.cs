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

    public required EngineKind Engine { get; init; }

    public required int Nodes { get; init; }

    /// <summary>Which silo of a cluster this is, or null.</summary>
    public int? Rank { get; init; }

    /// <summary>Whether this is only a front door of a cluster that others run.</summary>
    public bool IsGateway { get; init; }

    public string Cluster { get; init; } = "";

    /// <summary>Where other silos reach this one; null for this machine's own address.</summary>
    public IPAddress? SiloAddress { get; init; }

    public int SiloPort { get; init; }

    public int GatewayPort { get; init; }

    public required int CacheSize { get; init; }

    public required bool Sample { get; init; }

    /// <summary>Whether a call of an original system's route that names no actor may write.</summary>
    public required bool OriginalsAnonymous { get; init; }

    public required int MaxStreams { get; init; }

    public bool IsBeyondLoopback => Addresses.Any(address => !address.IsLoopback);
}

internal enum EngineKind
{
    Embedded,
    Orleans,
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
