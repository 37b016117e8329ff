namespace Rialto.Journal.Postgres;

/// <summary>How a journal in PostgreSQL is kept, and how long it waits for what.</summary>
public sealed record PostgresJournalSettings
{
    /// <summary>The schema that holds its tables: lower-case letters, digits and underscores.</summary>
    public string Schema { get; init; } = "rialto";

    /// <summary>The longest that reading may wait for the server. Longer: the query is cancelled on the server, and is an error.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The longest that a write is waited for: an append, a claim, the renewal of a lease. Longer: its outcome is unknown, and its connection is
    /// left alone. It is never cancelled on the server: a cancelled commit that waited for a standby is reported as a success.
    /// </summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The longest that a claim waits for somebody else's write to end. It must be shorter than <see cref="WriteTimeout"/>.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest that making a connection may take, and that a free one is waited for. Whole seconds, at least 1.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After so long without a packet the other side is asked whether it is still there, again after each second; both sides do so. Whole seconds, at least 1.</summary>
    public TimeSpan KeepAliveAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After so long without an acknowledgement of what it sent, the server gives a connection up.</summary>
    public TimeSpan ServerGivesUpAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The most connections at a time for reading.</summary>
    public int ConnectionsMax { get; init; } = 20;

    /// <summary>The most connections at a time for writing. They are a pool of their own: readers never keep a leader waiting. More than a few are needed only while the server does not answer.</summary>
    public int WriteConnectionsMax { get; init; } = 16;

    /// <summary>
    /// Is told, in sentences for whoever runs this program: what the server allows and should not, that writes begin to fail, that they go on.
    /// Each once, not at each try. Must neither block nor throw.
    /// </summary>
    public Action<string>? Tell { get; init; }
}
