using Rialto.Tests.Support;

namespace Rialto.Benchmarks;

/// <summary>Which account pays which: for each caller a series of its own, the same in every run.</summary>
internal sealed class TransferChoice(ulong seed, bool isSkewed)
{
    private readonly SmallRandom _random = new(seed);

    /// <summary>The accounts' names. The first is the hot one.</summary>
    public static string[] Accounts { get; } = [.. Enumerable.Range(0, 1_000).Select(number => $"account-{number}")];

    public static TransferChoice[] ForCallers(int callers, bool isSkewed) => [.. Enumerable.Range(0, callers).Select(caller => new TransferChoice((ulong)caller + 1, isSkewed))];

    public (int From, int To) Next()
    {
        var from = isSkewed && _random.Between(0, 5) < 4 ? 0 : _random.Between(0, Accounts.Length);
        var to = (from + _random.Between(1, Accounts.Length)) % Accounts.Length;
        return _random.Between(0, 2) == 0 ? (from, to) : (to, from);
    }
}
