using System.Net;
using Rialto.Journal;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Silo.Cluster;

/// <summary>How a process takes part in a cluster whose silos are processes, with PostgreSQL between them.</summary>
public sealed record ClusterSettings
{
    /// <summary>Npgsql's connection string.</summary>
    public required string Postgres { get; init; }

    /// <summary>The cluster's name, the same on all its silos and front doors.</summary>
    public string Name { get; init; } = "rialto";

    /// <summary>Times of failure detection and election.</summary>
    public NodeSettings Protocol { get; init; } = new();

    /// <summary>Limits and times.</summary>
    public RuntimeSettings Runtime { get; init; } = new();
}

/// <summary>Which silo of a cluster a process is.</summary>
public sealed record SiloSettings
{
    /// <summary>Its rank; no other silo of the cluster has it.</summary>
    public required Rank Rank { get; init; }

    /// <summary>The address at which other silos and front doors reach it; null for this machine's own.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The port for other silos.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>The port for front doors.</summary>
    public int GatewayPort { get; init; } = 30000;
}
