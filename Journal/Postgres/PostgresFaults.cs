using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Rialto.Journal.Postgres;

/// <summary>What PostgreSQL's and Npgsql's errors and warnings mean for a journal.</summary>
internal static class PostgresFaults
{
    private const string UniqueViolation = "23505";
    private const string LockNotAvailable = "55P03";
    private const string Warning = "01000";

    /// <summary>Whether it is a fault of the server or of the way to it, and not of this program.</summary>
    public static bool IsStorage(Exception e) => e is NpgsqlException or TimeoutException or IOException or SocketException;

    /// <summary>Whether a row stands where this one was to go: how the fence refuses a writer that is not the only one.</summary>
    public static bool IsTaken(Exception e) => e is PostgresException { SqlState: UniqueViolation };

    /// <summary>Whether somebody else's write did not end in time.</summary>
    public static bool IsLocked(Exception e) => e is PostgresException { SqlState: LockNotAvailable };

    /// <summary>Whether the server says for certain that nothing was written: an error ends its transaction, and leaves the connection open.</summary>
    public static bool IsCertain(Exception e) => e is PostgresException { InvariantSeverity: "ERROR" } || IsUnwritable(e);

    /// <summary>
    /// Whether the server works and does not take what was to be written: wrong or too many values (classes 21 and 22), a constraint (23; the
    /// fence's own is told apart before), a limit of the server (54), or text that is none and was not even sent.
    /// </summary>
    public static bool IsRefusal(Exception e) => IsUnwritable(e) || (e is PostgresException { InvariantSeverity: "ERROR", SqlState: [var first, var second, ..] } && (first, second) is ('2', '1') or ('2', '2') or ('2', '3') or ('5', '4'));

    /// <summary>
    /// Whether a notice that came with a write's success says that a standby has not confirmed it. PostgreSQL tells so in no other way, and under
    /// a code that any warning has, in the server's language: so every warning counts, but the ones about numbers of transactions that run out.
    /// </summary>
    public static bool IsDoubt(PostgresNotice notice) =>
        notice is { InvariantSeverity: "WARNING", SqlState: Warning } && notice.Routine is not ("GetNewTransactionId" or "GetNewMultiXactId");

    private static bool IsUnwritable(Exception e) => e is EncoderFallbackException;
}
