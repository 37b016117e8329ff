namespace Rialto.Benchmarks;

/// <summary>This program was built without Orleans' transactions: see WithOrleansTransactions in Benchmarks.csproj.</summary>
internal sealed class TransactionPeers
{
    public static bool AreBuilt => false;

    public double AbortedShare => 0;

    public static void Use(ISiloBuilder silo) => ArgumentNullException.ThrowIfNull(silo);

    public static Task<TransactionPeers> OpenAsync(IServiceProvider services) => Task.FromException<TransactionPeers>(new NotSupportedException($"Built without transactions, for {services}."));

    public Task TransferAsync(int from, int to, long amount) => Task.FromException(new NotSupportedException($"Built without transactions: {amount} from {from} to {to}."));
}
