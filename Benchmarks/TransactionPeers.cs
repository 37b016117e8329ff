using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Transactions;
using Orleans.Transactions.Abstractions;

namespace Rialto.Benchmarks;

/// <summary>Accounts in grains of their own, and transfers between them by Orleans' transactions.</summary>
internal sealed class TransactionPeers
{
    private readonly ITransactionClient _transactions;
    private readonly IAccountGrain[] _accounts;
    private long _carriedOut;
    private long _aborted;

    private TransactionPeers(ITransactionClient transactions, IAccountGrain[] accounts) => (_transactions, _accounts) = (transactions, accounts);

    /// <summary>What share of all tries was aborted.</summary>
    public double AbortedShare => (double)_aborted / Math.Max(1, _aborted + _carriedOut);

    public static void Use(ISiloBuilder silo) => silo.UseTransactions();

    /// <summary>Has all accounts at hand, none of them activated for the first time by what is measured.</summary>
    public static async Task<TransactionPeers> OpenAsync(IServiceProvider services)
    {
        var grains = services.GetRequiredService<IGrainFactory>();
        var peers = new TransactionPeers(services.GetRequiredService<ITransactionClient>(), [.. Enumerable.Range(0, TransferChoice.Accounts.Length).Select(number => grains.GetGrain<IAccountGrain>(number))]);
        for (var number = 0; number < peers._accounts.Length; number += 2) await peers.TransferAsync(number, number + 1, 0);
        (peers._carriedOut, peers._aborted) = (0, 0);
        return peers;
    }

    /// <summary>
    /// Pays, and pays again as often as that is aborted. Both orders of accounts are locked in the same order, so that two transfers never wait
    /// for each other.
    /// </summary>
    public async Task TransferAsync(int from, int to, long amount)
    {
        while (true)
        {
            try
            {
                await _transactions.RunTransaction(TransactionOption.Create, async () =>
                {
                    var (first, second, change) = from < to ? (from, to, -amount) : (to, from, amount);
                    await _accounts[first].ChangeAsync(change);
                    await _accounts[second].ChangeAsync(-change);
                });
                Interlocked.Increment(ref _carriedOut);
                return;
            }
            catch (OrleansTransactionException)
            {
                Interlocked.Increment(ref _aborted);
            }
        }
    }
}

/// <summary>An account under Orleans' transactions.</summary>
[Alias("rialto.benchmarks.account")]
public interface IAccountGrain : IGrainWithIntegerKey
{
    /// <summary>Takes part in a transaction and changes the balance.</summary>
    [Alias("change"), Transaction(TransactionOption.CreateOrJoin)]
    Task ChangeAsync(long amount);
}

/// <summary>What such an account keeps.</summary>
[GenerateSerializer, Alias("rialto.benchmarks.account-state")]
public sealed class AccountState
{
    /// <summary>The balance.</summary>
    [Id(0)]
    public long Balance { get; set; }
}

/// <summary>See <see cref="IAccountGrain"/>.</summary>
[Reentrant]
public sealed class AccountGrain([TransactionalState("balance", "peer")] ITransactionalState<AccountState> account) : Grain, IAccountGrain
{
    /// <inheritdoc/>
    public Task ChangeAsync(long amount) => account.PerformUpdate(state => state.Balance += amount);
}
