using System.Collections.Immutable;
using Rialto.Markets.Listings;

namespace Rialto.Api.Listings.Sources;

/// <summary>Where a shelf's vehicles can be had. Fetching waits for the world outside, so it is done here and not in the market.</summary>
internal interface IListingSource
{
    /// <summary>A word for it, as shelves show it: <c>sample</c>, <c>csv</c> or <c>marketcheck</c>.</summary>
    string Kind { get; }

    /// <summary>How many calls it may cost in a month; null if calls cost nothing.</summary>
    int? CallsPerMonth { get; }

    /// <summary>Fetches one shelf.</summary>
    /// <param name="shelf">Which.</param>
    /// <param name="callsLeft">How many calls may be made for it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="SourceException">It cannot be had, and why.</exception>
    Task<Fetched> FetchAsync(ShelfName shelf, int callsLeft, CancellationToken cancellation);
}

/// <summary>What a source brought.</summary>
/// <param name="Vehicles">All of one currency.</param>
/// <param name="Currency">Which.</param>
/// <param name="Calls">How many calls of the quota it took.</param>
internal sealed record Fetched(ImmutableArray<Vehicle> Vehicles, string Currency, int Calls);

/// <summary>A source brought nothing.</summary>
/// <param name="code">A word for programs.</param>
/// <param name="detail">A sentence for people.</param>
/// <param name="calls">How many calls of the quota it took all the same.</param>
/// <param name="retryAfter">How long the source wants to be left alone; null if it does not say.</param>
internal sealed class SourceException(string code, string detail, int calls = 0, TimeSpan? retryAfter = null) : Exception(detail)
{
    public string Code => code;

    public int Calls => calls;

    public TimeSpan? RetryAfter => retryAfter;
}

/// <summary>The built-in source, which needs nothing.</summary>
internal sealed class SampleSource : IListingSource
{
    public string Kind => "sample";

    public int? CallsPerMonth => null;

    public Task<Fetched> FetchAsync(ShelfName shelf, int callsLeft, CancellationToken cancellation) =>
        Task.FromResult(new Fetched(SampleListings.VehiclesOf(shelf), Atlas.CurrencyOf(shelf.Country) ?? "USD", 0));
}

/// <summary>A file with the vehicles of all shelves, with columns <c>country</c> and <c>city</c>; read anew at every fetch.</summary>
internal sealed class CsvFileSource(string path) : IListingSource
{
    public string Kind => "csv";

    public int? CallsPerMonth => null;

    public async Task<Fetched> FetchAsync(ShelfName shelf, int callsLeft, CancellationToken cancellation)
    {
        string text;
        try
        {
            text = await File.ReadAllTextAsync(path, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SourceException("file-unreadable", "The file of listings cannot be read: look whether it is there.");
        }
        if (CsvListings.TryRead(text, new CsvDefaults(null, null, null, null, null, null), out var shelves) is { } problem) throw new SourceException(problem.Code, problem.Detail.Length > 200 ? problem.Detail[..199] + "…" : problem.Detail);
        var found = shelves.FirstOrDefault(one => one.Name.Key == shelf.Key);
        return found is null ? new Fetched([], Atlas.CurrencyOf(shelf.Country) ?? "USD", 0) : new Fetched([.. found.Vehicles], found.Currency, 0);
    }
}
