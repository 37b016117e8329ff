using System.Globalization;
using System.Net;

namespace Rialto.Api.Options;

/// <summary>How this server is to run, checked: whoever has one of these need not ask again whether it makes sense.</summary>
internal sealed record ServerOptions
{
    public required IReadOnlyList<ListenAddress> Addresses { get; init; }

    public required string DataFolder { get; init; }

    /// <summary>The first of the acknowledged events whose loss at the file journal's end is accepted; null for none.</summary>
    public long? AcceptLoss { get; init; }

    public required JournalKind Journal { get; init; }

    /// <summary>Npgsql's connection string, if the journal is in PostgreSQL; null then for a server of this process's own, in the data folder.</summary>
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

    public required ListingOptions Listings { get; init; }

    public required bool Sample { get; init; }

    /// <summary>Whether bots play in the market.</summary>
    public bool Demo { get; init; }

    /// <summary>Whether a call of an original system's route that names no actor may write.</summary>
    public required bool OriginalsAnonymous { get; init; }

    public required int MaxStreams { get; init; }

    public required EdgeOptions Edge { get; init; }

    /// <summary>Where metrics and traces are sent; null for nowhere.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>Which process of its cluster this is, for whoever looks at what several of them measure.</summary>
    public string Instance => Rank is { } rank ? string.Create(CultureInfo.InvariantCulture, $"silo-{rank}")
        : string.Create(CultureInfo.InvariantCulture, $"front-door@{Environment.MachineName}:{Addresses[0].Port}");

    public bool IsBeyondLoopback => Addresses.Any(address => !address.IsLoopback);
}

internal enum EngineKind
{
    Embedded,
    Orleans,
}

/// <summary>Where listings are fetched, and how long they are fresh.</summary>
/// <param name="Source"><c>sample</c>, <c>csv</c> or <c>marketcheck</c>.</param>
/// <param name="File">The file; set if the source is <c>csv</c>.</param>
/// <param name="FreshHours">How long they are fresh.</param>
/// <param name="Key">The API key; set if the source is <c>marketcheck</c>.</param>
/// <param name="Address">Where MarketCheck is.</param>
/// <param name="CallsPerMonth">How often MarketCheck may be called.</param>
internal sealed record ListingOptions(string Source, string? File, int FreshHours, string? Key, Uri Address, int CallsPerMonth);

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
