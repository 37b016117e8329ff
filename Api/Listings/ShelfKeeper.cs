using System.Collections.Concurrent;
using System.Collections.Immutable;
using Rialto.Api.Http;
using Rialto.Api.Listings.Sources;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Listings;
using Rialto.Runtime;

namespace Rialto.Api.Listings;

/// <summary>
/// Keeps shelves fresh: fetches what is too old, once however many ask for it at the same time, within the source's quota, and not while
/// the source wants to be left alone. Calls are counted from the journal, so that a restart forgets none. A fetch that fails leaves the
/// shelf as it is, and the shelf says so.
/// </summary>
internal sealed class ShelfKeeper(IEngine engine, IListingSource source, TimeProvider time, TimeSpan freshFor)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<Kept>>> _underWay = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _oneCaller = new(1);

    // What fetches have cost and the journal does not count yet, as far as this node has applied it.
    private readonly Lock _gate = new();
    private readonly List<Spent> _spent = [];
    private long _leaveAloneUntilTicks;

    /// <summary>Calls that a fetch cost, and the place of the event that tells of them; none as long as no event does.</summary>
    private sealed class Spent(DateTimeOffset when)
    {
        public readonly DateTimeOffset When = when;
        public int Calls;
        public Seq? ToldAt;
    }

    /// <summary>What became of a shelf: it is there, fetched or not, or it cannot be had at all.</summary>
    /// <param name="View">The shelf; null if nothing is known of it.</param>
    /// <param name="Problem">Why not; null if it is there.</param>
    public readonly record struct Kept(ShelfView? View, Problem? Problem);

    /// <summary>How long a shelf is fresh.</summary>
    public TimeSpan FreshFor => freshFor;

    public bool IsFresh(ShelfView view) => view.FetchedAt is { } at && time.GetUtcNow() - at < freshFor;

    /// <summary>The shelf, fetched anew if it is not fresh.</summary>
    public async Task<Kept> EnsureAsync(ShelfName shelf, string actor)
    {
        var key = shelf.Key;
        var (known, problem) = await LookAsync(key);
        if (problem is not null) return new Kept(null, problem);
        if (known is not null && IsFresh(known)) return Show(known);
        // Whoever comes meanwhile waits for the same fetch; it is nobody's in particular, so nobody's leaving ends it.
        var mine = new Lazy<Task<Kept>>(() => FetchAsync(shelf, key, actor));
        var flight = _underWay.GetOrAdd(key, mine);
        try
        {
            return await flight.Value;
        }
        finally
        {
            _underWay.TryRemove(new KeyValuePair<string, Lazy<Task<Kept>>>(key, flight));
        }
    }

    private Kept Show(ShelfView view) => new(view with { Fresh = IsFresh(view) }, null);

    private async Task<Kept> FetchAsync(ShelfName shelf, string key, string actor)
    {
        var (known, problem) = await LookAsync(key);
        if (problem is not null) return new Kept(null, problem);
        if (known is not null && IsFresh(known)) return Show(known);
        var entity = StreamId.Of("shelf", key);
        var spent = new Spent(time.GetUtcNow());
        try
        {
            var fetched = await CallAsync(shelf, spent);
            var load = CommandId.From("fetch", key, Guid.CreateVersion7().ToString("N")).ToEntityKey();
            var taken = await StockAsync(engine, entity, shelf, load, fetched.Currency, StockMode.Replace, new StockSource(source.Kind, fetched.Calls), fetched.Vehicles, actor, 1, null);
            lock (_gate) spent.ToldAt = taken.First;
            return taken.Problem is { } refused ? new Kept(known, refused) : Show(taken.Reply.View!.As<ShelfView>());
        }
        catch (SourceException failure)
        {
            if (failure.RetryAfter is { } wait) Interlocked.Exchange(ref _leaveAloneUntilTicks, (time.GetUtcNow() + wait).UtcTicks);
            var note = new NoteFailure(shelf, new StockSource(source.Kind, failure.Calls), failure.Code, failure.Message);
            // The same failure again is not worth an event, unless it has cost something.
            if (failure.Calls == 0 && known?.Failure is { } last && last.Code == failure.Code) return Show(known);
            var noted = await engine.ExecuteAsync(new CommandRequest(entity, note, actor, CommandId.From("fetch", Guid.CreateVersion7().ToString("N"))));
            if (noted.Refusal is { } refusal) return new Kept(known, refusal);
            lock (_gate) spent.ToldAt = noted.Receipt.Seq;
            return Show(noted.View!.As<ShelfView>());
        }
    }

    /// <summary>One fetch, if the source may be called now. Sources that have a quota are called one after the other, so that no two spend the same call.</summary>
    private async Task<Fetched> CallAsync(ShelfName shelf, Spent spent)
    {
        if (time.GetUtcNow().UtcTicks < Interlocked.Read(ref _leaveAloneUntilTicks)) throw new SourceException("rate-limited", "The source takes no more calls for now. It is asked again later.");
        if (source.CallsPerMonth is not { } quota) return await source.FetchAsync(shelf, int.MaxValue, CancellationToken.None);
        await _oneCaller.WaitAsync();
        try
        {
            if (time.GetUtcNow().UtcTicks < Interlocked.Read(ref _leaveAloneUntilTicks)) throw new SourceException("rate-limited", "The source takes no more calls for now. It is asked again later.");
            var left = quota - UsedThisMonth();
            if (left <= 0) throw new SourceException("quota-used-up", $"The month's {quota} calls of {source.Kind} are used up. What was fetched before is served until the next month.");
            try
            {
                var fetched = await source.FetchAsync(shelf, left, CancellationToken.None);
                Count(fetched.Calls);
                return fetched;
            }
            catch (SourceException e)
            {
                Count(e.Calls);
                throw;
            }
        }
        finally
        {
            _oneCaller.Release();
        }

        void Count(int calls)
        {
            if (calls == 0) return;
            lock (_gate)
            {
                spent.Calls = calls;
                _spent.Add(spent);
            }
        }
    }

    /// <summary>What the journal counts as far as this node has applied it, and what it does not count yet, or never will because its event was refused.</summary>
    private int UsedThisMonth()
    {
        var now = time.GetUtcNow().UtcDateTime;
        var first = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        var used = engine.Replica.Ask((ListingIndex index) => index.CallsSince(source.Kind, first), out var countedTo);
        lock (_gate)
        {
            _spent.RemoveAll(spent => spent.When < first || spent.ToldAt <= countedTo);
            return used + _spent.Sum(spent => spent.Calls);
        }
    }

    private async Task<(ShelfView? View, Problem? Problem)> LookAsync(string key)
    {
        var reply = await engine.QueryAsync(StreamId.Of("shelf", key), new GetShelf());
        return reply.Refusal is { Code: "shelf-not-found" } ? (null, null) : reply.Refusal is { } refusal ? (null, refusal) : (reply.View!.As<ShelfView>(), null);
    }

    /// <summary>Brings a load to a shelf, part by part.</summary>
    /// <param name="engine">The market.</param>
    /// <param name="entity">The shelf.</param>
    /// <param name="name">As people write it.</param>
    /// <param name="load">Names the load.</param>
    /// <param name="currency">What its prices are in.</param>
    /// <param name="mode">What becomes of what is there.</param>
    /// <param name="whence">Whence; its calls are told with the first part that is sent.</param>
    /// <param name="vehicles">All of the load.</param>
    /// <param name="actor">Who brings it.</param>
    /// <param name="firstPart">The first part that is not there yet.</param>
    /// <param name="idOf">The command's id for a part, where it may be sent again; null for a new one each.</param>
    /// <returns>The last answer; the place of the first part that was sent, if it was taken; what went wrong, if anything did.</returns>
    public static async Task<(CommandReply Reply, Seq? First, Problem? Problem)> StockAsync(
        IEngine engine, StreamId entity, ShelfName name, string load, string currency, StockMode mode, StockSource whence, IReadOnlyList<Vehicle> vehicles, string actor, int firstPart, Func<int, CommandId>? idOf)
    {
        var parts = Math.Max(1, (vehicles.Count + ListingBounds.MaxPerPart - 1) / ListingBounds.MaxPerPart);
        CommandReply reply = default;
        Seq? first = null;
        for (var part = firstPart; part <= parts; part++)
        {
            ImmutableArray<Vehicle> some = [.. vehicles.Skip((part - 1) * ListingBounds.MaxPerPart).Take(ListingBounds.MaxPerPart)];
            var command = new StockShelf(load, part, parts, name, currency, mode, part == firstPart ? whence : whence with { Calls = 0 }, some);
            var id = idOf?.Invoke(part) ?? CommandId.From("stock", Guid.CreateVersion7().ToString("N"));
            reply = await engine.ExecuteAsync(new CommandRequest(entity, command, actor, id, idOf is null ? 0 : MarketCodec.Fingerprint(command)));
            if (reply.Refusal is { } refusal) return (reply, first, refusal);
            first ??= reply.Receipt.Seq;
        }
        return (reply, first, null);
    }
}
