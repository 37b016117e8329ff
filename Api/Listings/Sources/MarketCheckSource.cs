using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rialto.Markets.Listings;

namespace Rialto.Api.Listings.Sources;

/// <summary>How MarketCheck is asked.</summary>
internal sealed record MarketCheckSettings
{
    public required Uri Address { get; init; }

    public required string Key { get; init; }

    public int CallsPerMonth { get; init; } = 500;

    /// <summary>How many pages of 50 one fetch asks for: the cheapest come first, so few are enough to compare.</summary>
    public int MaxPages { get; init; } = 4;

    /// <summary>How long one call may take, in milliseconds.</summary>
    public int TimeoutMs { get; init; } = 10_000;

    /// <summary>The longest Retry-After that is waited for within a fetch, in milliseconds; a longer one ends it.</summary>
    public int MaxWaitMs { get; init; } = 3_000;
}

/// <summary>
/// MarketCheck's search of cars for sale (<c>GET /v2/search/car/active</c>): pages of at most 50, the cheapest first. Its odometers count
/// miles, whatever the country. What cannot be sold (no price, no year) is left out.
/// </summary>
internal sealed class MarketCheckSource(HttpClient http, MarketCheckSettings settings, TimeProvider time) : IListingSource
{
    private const int Rows = 50;
    private const int MaxBytes = 8 << 20;

    public string Kind => "marketcheck";

    public int? CallsPerMonth => settings.CallsPerMonth;

    public async Task<Fetched> FetchAsync(ShelfName shelf, int callsLeft, CancellationToken cancellation)
    {
        var (vehicles, calls, copies) = (new List<Vehicle>(), 0, new Dictionary<VehicleId, int>());
        for (var page = 0; page < settings.MaxPages; page++)
        {
            var answer = await AskAsync(shelf, page * Rows);
            foreach (var listing in answer.Listings ?? [])
                if (Read(listing, copies) is { } vehicle) vehicles.Add(vehicle);
            if ((page + 1) * Rows >= answer.NumFound || answer.Listings is not { Length: > 0 }) break;
        }
        return new Fetched([.. vehicles], Atlas.CurrencyOf(shelf.Country) ?? "USD", calls);

        async Task<MarketCheckAnswer> AskAsync(ShelfName shelf, int start)
        {
            for (var attempt = 1; ; attempt++)
            {
                if (calls >= callsLeft) throw new SourceException("quota-used-up", "The month's calls of MarketCheck are used up. What was fetched before is served until the next month.", calls);
                calls++;
                var (answer, wait) = await CallAsync(AddressOf(shelf, start), calls, cancellation);
                if (answer is not null) return answer;
                if (attempt > 1 || wait > TimeSpan.FromMilliseconds(settings.MaxWaitMs)) throw new SourceException("rate-limited", "MarketCheck takes no more calls for now. It is asked again later.", calls, wait);
                await Task.Delay(wait, time, cancellation);
            }
        }
    }

    private Uri AddressOf(ShelfName shelf, int start) => new(settings.Address, string.Create(
        CultureInfo.InvariantCulture,
        $"v2/search/car/active?api_key={Uri.EscapeDataString(settings.Key)}&country={shelf.Country.ToLowerInvariant()}&city={Uri.EscapeDataString(shelf.City)}&make={Uri.EscapeDataString(shelf.Make)}&model={Uri.EscapeDataString(shelf.Model)}&sort_by=price&sort_order=asc&rows={Rows}&start={start}"));

    /// <summary>One call: an answer, or how long to wait.</summary>
    private async Task<(MarketCheckAnswer? Answer, TimeSpan Wait)> CallAsync(Uri address, int calls, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(settings.TimeoutMs), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.StatusCode == HttpStatusCode.TooManyRequests) return (null, WaitOf(response));
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                throw new SourceException("key-refused", "MarketCheck does not take the API key. Set another one.", calls);
            if (!response.IsSuccessStatusCode) throw new SourceException("source-failed", $"MarketCheck answered with status {(int)response.StatusCode}.", calls);
            await response.Content.LoadIntoBufferAsync(MaxBytes, either.Token);
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            return (await JsonSerializer.DeserializeAsync(body, MarketCheckJson.Default.MarketCheckAnswer, either.Token)
                ?? throw new SourceException("broken-answer", "MarketCheck's answer cannot be read.", calls), default);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new SourceException("too-slow", $"MarketCheck did not answer within {settings.TimeoutMs} ms.", calls);
        }
        catch (JsonException)
        {
            throw new SourceException("broken-answer", "MarketCheck's answer cannot be read.", calls);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Its message may hold the address, and with it the key.
            throw new SourceException("unreachable", "MarketCheck cannot be reached.", calls);
        }
    }

    private TimeSpan WaitOf(HttpResponseMessage response)
    {
        var after = response.Headers.RetryAfter;
        var wait = after?.Delta ?? (after?.Date is { } date ? date - time.GetUtcNow() : TimeSpan.FromMinutes(1));
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : wait;
    }

    private static Vehicle? Read(MarketCheckListing listing, Dictionary<VehicleId, int> copies)
    {
        if (listing.Price is not > 0 || listing.Price > ListingBounds.MaxPriceMinor / 100 || listing.Build?.Year is not (>= ListingBounds.MinYear and <= ListingBounds.MaxYear)) return null;
        var odometer = listing.Miles is >= 0 and <= ListingBounds.MaxOdometer ? (int?)decimal.Round(listing.Miles.Value) : null;
        var location = string.Join(", ", new[] { listing.Dealer?.City, listing.Dealer?.State }.Where(part => !string.IsNullOrWhiteSpace(part)));
        var url = listing.Url is { Length: <= ListingBounds.MaxUrlLength } address && address.All(letter => letter is >= '!' and <= '~') ? address : null;
        var vehicle = new Vehicle(default, listing.Build.Year.Value, (long)decimal.Round(listing.Price.Value * 100), odometer, DistanceUnit.Mi, Clean(location), Clean(listing.Build.Trim), Clean(listing.Dealer?.Name), url);
        return vehicle with { Id = CsvListings.IdOf(vehicle, listing.Vin, copies) };
    }

    private static string? Clean(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var clean = new string([.. text.Where(letter => !char.IsControl(letter) && !char.IsSurrogate(letter))]).Trim();
        return clean.Length == 0 ? null : SharedText.Of(clean.Length > ListingBounds.MaxTextLength ? clean[..ListingBounds.MaxTextLength] : clean);
    }
}

internal sealed record MarketCheckAnswer
{
    [JsonPropertyName("num_found")]
    public long NumFound { get; init; }

    [JsonPropertyName("listings")]
    public MarketCheckListing[]? Listings { get; init; }
}

internal sealed record MarketCheckListing
{
    [JsonPropertyName("vin")]
    public string? Vin { get; init; }

    [JsonPropertyName("price")]
    public decimal? Price { get; init; }

    [JsonPropertyName("miles")]
    public decimal? Miles { get; init; }

    [JsonPropertyName("vdp_url")]
    public string? Url { get; init; }

    [JsonPropertyName("build")]
    public MarketCheckBuild? Build { get; init; }

    [JsonPropertyName("dealer")]
    public MarketCheckDealer? Dealer { get; init; }
}

internal sealed record MarketCheckBuild
{
    [JsonPropertyName("year")]
    public int? Year { get; init; }

    [JsonPropertyName("trim")]
    public string? Trim { get; init; }
}

internal sealed record MarketCheckDealer
{
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("city")]
    public string? City { get; init; }

    [JsonPropertyName("state")]
    public string? State { get; init; }
}

[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(MarketCheckAnswer))]
internal sealed partial class MarketCheckJson : JsonSerializerContext;
