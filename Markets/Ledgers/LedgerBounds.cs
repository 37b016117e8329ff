namespace Rialto.Markets.Ledgers;

/// <summary>What a ledger accepts at most, and what it assumes where nothing is said.</summary>
public static class LedgerBounds
{
    /// <summary>The account that everything comes from; opened with the ledger.</summary>
    public const string Issuer = "issuer";

    /// <summary>The most orders that succeed or fail together.</summary>
    public const int MaxLinked = 100;

    /// <summary>The most payments out of holds that are made at once.</summary>
    public const int MaxPaymentsAtOnce = 500;

    /// <summary>How long a pending transfer is held if nothing is said: a day.</summary>
    public const int DefaultHoldSeconds = 24 * 60 * 60;

    /// <summary>How long a proposal waits for its answer if nothing is said.</summary>
    public const int DefaultProposalSeconds = 60;

    /// <summary>The most accounts of a ledger.</summary>
    public const int MaxAccounts = 10_000_000;

    /// <summary>The most transfers that are pending at once.</summary>
    public const int MaxPending = 1_000_000;

    /// <summary>The most proposals that wait for an answer at once.</summary>
    public const int MaxOpenProposals = 100_000;

    /// <summary>How many closed two-phase transfers a ledger remembers, so that who asks again is told what became of them; and as many closed proposals.</summary>
    public const int MaxRememberedClosed = 10_000;

    /// <summary>How many direct transfers a ledger remembers. They are the mass, and nothing more can be asked of them.</summary>
    public const int MaxRememberedDirect = 100;

    /// <summary>The most transfers and proposals that one deadline ends; what is left is due at once again.</summary>
    public const int MaxExpiredAtOnce = 200;
}
