using System.Collections.Immutable;
using System.Diagnostics;
using Rialto.Journal;
using Rialto.Markets.Listings;

namespace Rialto.Benchmarks;

/// <summary>
/// Searches and comparisons over a million vehicles in memory, one client, as a replica answers them, and what a vehicle costs in memory:
/// shelf, index and price history together. 20 cities, 250 models, 200 vehicles on each of 5,000 shelves; the last row is the time of one
/// load that takes effect among them.
/// </summary>
internal static class ListingBenchmark
{
    private const int Models = 250;
    private const int PerShelf = 200;
    private static readonly string[] Cities = [.. Enumerable.Range(0, 20).Select(number => $"City {number}")];

    public static void Run(TimeSpan time)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (index, kind) = (new ListingIndex(), new Shelf());
        var (random, seq) = (new Random(7), 0L);
        var states = new Dictionary<string, object>(StringComparer.Ordinal);
        var filled = Stopwatch.StartNew();
        foreach (var city in Cities)
            for (var model = 0; model < Models; model++) Fill(city, model);
        filled.Stop();
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine(FormattableString.Invariant($"{index.VehicleCount:N0} vehicles, {(double)bytes / index.VehicleCount:N0} bytes each, filled in {filled.Elapsed.TotalSeconds:N1} s"));

        var table = new Table("listings, 1,000,000 vehicles, one client", "per second", "p50 ms", "p99 ms", "worst ms");
        Measure("search: city, make and model, by price", i => Search(new SearchRequest { Cities = [Cities[i % 20]], Make = "Make 3", Model = $"Model {i % Models}", Sort = SearchSort.Price }));
        Measure("search: make and model in all cities, by price, year from", i => Search(new SearchRequest { Make = "Make 3", Model = $"Model {i % Models}", Sort = SearchSort.Price, YearFrom = 2018 }));
        Measure("search: everything, by price", _ => Search(new SearchRequest { Sort = SearchSort.Price }));
        Measure("search: everything, by price per kilometre, price to", _ => Search(new SearchRequest { Sort = SearchSort.PricePerKm, PriceToMinor = 20_000_00 }));
        Measure("search: everything, by price, few match", _ => Search(new SearchRequest { Sort = SearchSort.Price, KilometresTo = 1_000 }));
        var deep = PageAfter(new SearchRequest { Sort = SearchSort.PricePerKm }, pages: 200);
        Measure("search: everything, by price per kilometre, page 201", _ => Search(deep));
        Measure("search: a city, newest first, few match", i => Search(new SearchRequest { Cities = [Cities[i % 20]], Sort = SearchSort.Year, KilometresTo = 1_000 }));
        Measure("compare: two cities, cheapest", i => Compare([Cities[i % 20], Cities[(i + 7) % 20]], i, CompareMode.Cheapest));
        Measure("compare: 20 cities, price per kilometre", i => Compare([.. Cities], i, CompareMode.PricePerKm));
        Measure("a load of 200 vehicles takes effect", i => Fill(Cities[i % 20], i % Models));

        void Fill(string city, int model)
        {
            var name = new ShelfName("CA", city, "Make 3", $"Model {model}");
            if (!states.TryGetValue(name.Key, out var state)) state = kind.Unborn(name.Key);
            var vehicles = ImmutableArray.CreateBuilder<Vehicle>(PerShelf);
            for (var i = 0; i < PerShelf; i++)
                vehicles.Add(new Vehicle(Vin(random), 2005 + random.Next(21), random.Next(2_000_00, 60_000_00), random.Next(500, 250_000), DistanceUnit.Km, SharedText.Of($"{city}, ON"), SharedText.Of($"Trim {random.Next(8)}")));
            var happened = new ShelfStocked($"load-{seq}", 1, 1, name, "CAD", StockMode.Replace, new StockSource("sample"), vehicles.MoveToImmutable(), "bench", DateTimeOffset.UnixEpoch.AddSeconds(seq));
            states[name.Key] = state = kind.Evolve(state, happened);
            index.Apply(RecordOf(++seq, name.Key), happened, state);
        }

        void Search(SearchRequest request)
        {
            if (index.Search(request, out var page) is { } refusal || page.Items.Count == 0) throw new InvalidOperationException("Nothing was found.");
        }

        SearchRequest PageAfter(SearchRequest request, int pages)
        {
            for (; pages > 0; pages--)
            {
                if (index.Search(request, out var page) is { } refusal) throw new InvalidOperationException(refusal.Detail);
                request = request with { Cursor = page.Next };
            }
            return request;
        }

        void Compare(ImmutableArray<string> cities, int i, CompareMode mode)
        {
            if (index.Compare(new CompareRequest(cities, "Make 3", $"Model {i % Models}", mode, new CompareTerms()), DateTimeOffset.UnixEpoch, TimeSpan.FromDays(1), out _) is { } refusal)
                throw new InvalidOperationException(refusal.Detail);
        }

        void Measure(string what, Action<int> operation)
        {
            // Long enough that orders which are made when first asked for are there.
            for (var i = 0; i < 500; i++) operation(i);
            var (ticks, watch) = (new List<long>(1 << 16), Stopwatch.StartNew());
            for (var i = 0; watch.Elapsed < time; i++)
            {
                var started = Stopwatch.GetTimestamp();
                operation(i);
                ticks.Add(Stopwatch.GetTimestamp() - started);
            }
            var elapsed = watch.Elapsed.TotalSeconds;
            ticks.Sort();
            table.Row(what, Table.Count(ticks.Count / elapsed), Ms(ticks[ticks.Count / 2]), Ms(ticks[(int)(ticks.Count * 0.99)]), Ms(ticks[^1]));
        }
    }

    private static string Ms(long ticks) => (ticks * 1_000.0 / Stopwatch.Frequency).ToString("0.000", System.Globalization.CultureInfo.InvariantCulture);

    private static VehicleId Vin(Random random)
    {
        const string letters = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
        Span<char> text = stackalloc char[17];
        foreach (ref var letter in text) letter = letters[random.Next(letters.Length)];
        return VehicleId.TryParseVin(text, out var vin) ? vin : throw new InvalidOperationException();
    }

    private static JournalRecord RecordOf(long seq, string key) => new()
    {
        Seq = new Seq(seq), Epoch = new Epoch(1), Stream = StreamId.Of("shelf", key), Version = seq, Ordinal = seq, Type = "shelf.stocked", Data = default,
        Command = CommandId.None, Fingerprint = 0, Origin = new Rank(1), Causes = [], Clock = VectorClock.Zero, AtUnixMs = seq,
    };
}
