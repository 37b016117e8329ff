namespace Rialto.Journal.Postgres;

/// <summary>How a journal in PostgreSQL is kept.</summary>
public sealed record PostgresJournalSettings
{
    /// <summary>The schema that holds its tables: lower-case letters, digits and underscores.</summary>
    public string Schema { get; init; } = "rialto";

    /// <summary>The longest that any one statement may take. Longer: an error, and if it was a write, its outcome is unknown.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The most connections to the database at a time.</summary>
    public int ConnectionsMax { get; init; } = 20;
}
