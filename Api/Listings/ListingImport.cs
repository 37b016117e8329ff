using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Rialto.Api.Http;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Listings;
using Rialto.Runtime;

namespace Rialto.Api.Listings;

/// <summary>
/// An import by upload: the file is read whole and checked before anything is written; then each of its shelves is brought part by part.
/// The load's name is made from the content, so that the same file sent again goes on where it was cut short: a shelf that has taken some
/// parts is given the rest, and with an idempotency key a shelf that was filled is not filled again.
/// </summary>
internal static class ListingImport
{
    public const int MaxBytes = 32 << 20;
    private const int ShelvesAtOnce = 16;

    private sealed record Imported(string Shelf, int Vehicles, int Parts, bool Resumed, bool Replayed, Seq Seq);

    public static async Task HandleAsync(HttpContext http, FrontDoor door) => await (await AnswerAsync(http, door)).WriteAsync(http.Response);

    private static async ValueTask<Answer> AnswerAsync(HttpContext http, FrontDoor door)
    {
        if (Caller.TryReadActor(http.Request, out var actor) is { } wrongActor) return wrongActor;
        if (actor is null) return Problems.ActorRequired;
        if (Caller.TryReadKey(http.Request, out var key) is { } wrongKey) return wrongKey;
        if (Terms(new Call(http, door, actor), out var defaults, out var mode) is { } wrong) return wrong;
        var (bytes, tooLarge) = await ReadAsync(http.Request);
        if (tooLarge is not null) return tooLarge;
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return new Problem(422, "invalid-csv", "Nothing was imported. Send the file in UTF-8.");
        }
        if (CsvListings.TryRead(text, defaults, out var shelves) is { } bad) return bad;
        var (load, isNewKey) = (LoadOf(bytes, defaults, mode), false);
        if (key is not null && !door.Keys.TryUse(Caller.CommandOf(actor, key), EntityOf(shelves[0]), out isNewKey)) return Problems.KeyReused;
        var (answer, isBegun) = await BringAsync(door.Engine, shelves, load, mode, actor, key, isNew: key is null || isNewKey);
        if (isNewKey && !isBegun) door.Keys.Free(Caller.CommandOf(actor, key!));
        return answer;
    }

    private static StreamId EntityOf(CsvShelf shelf) => StreamId.Of("shelf", shelf.Name.Key);

    private static Problem? Terms(Call call, out CsvDefaults defaults, out StockMode mode)
    {
        (defaults, mode) = (new CsvDefaults(null, null, null, null, null, null), StockMode.Replace);
        var said = new string?[6];
        string[] names = ["country", "city", "make", "model", "currency", "unit"];
        for (var i = 0; i < names.Length; i++)
            if (call.Text(names[i], out said[i]) is { } wrong) return wrong;
        if (call.Text("mode", out var modeText) is { } wrongMode) return wrongMode;
        if (modeText is not (null or "replace" or "merge")) return Problems.InvalidParameter("mode", "replace or merge");
        if (said[5] is not (null or "km" or "mi")) return Problems.InvalidParameter("unit", "km or mi");
        var refusal = (said[0] is { } country ? ShelfName.CheckCountry(country) : null) ?? (said[1] is { } city ? ShelfName.CheckPart(city, "city") : null)
            ?? (said[2] is { } make ? ShelfName.CheckPart(make, "make") : null) ?? (said[3] is { } model ? ShelfName.CheckPart(model, "model") : null)
            ?? (said[4] is { } currency ? Atlas.CheckCurrency(currency, "currency") : null);
        if (refusal is not null) return refusal;
        // A city that everybody knows needs no country.
        if (said[0] is null && said[1] is { } known && Atlas.Find(known) is [var only]) said[0] = only.Country;
        defaults = new CsvDefaults(said[0]?.ToUpperInvariant(), said[1], said[2], said[3], said[4], said[5] switch { "km" => DistanceUnit.Km, "mi" => DistanceUnit.Mi, _ => null });
        mode = modeText == "merge" ? StockMode.Merge : StockMode.Replace;
        return null;
    }

    private static async ValueTask<(byte[] Bytes, Problem? Problem)> ReadAsync(HttpRequest request)
    {
        var tooLarge = new Problem(413, "too-large", $"Send a file of at most {MaxBytes} bytes.").With("maximum", MaxBytes);
        if (request.ContentLength > MaxBytes) return ([], tooLarge);
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0;)
        {
            if (bytes.Length + read > MaxBytes) return ([], tooLarge);
            bytes.Write(buffer, 0, read);
        }
        return (bytes.ToArray(), null);
    }

    private static string LoadOf(byte[] bytes, CsvDefaults defaults, StockMode mode)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes);
        hash.AppendData(Encoding.UTF8.GetBytes($"\n{defaults.Country}\n{defaults.City}\n{defaults.Make}\n{defaults.Model}\n{defaults.Currency}\n{defaults.Unit}\n{mode}"));
        return CommandId.From("load", Convert.ToHexString(hash.GetHashAndReset())).ToEntityKey();
    }

    /// <summary>Whether anything was begun, or may have been, is told with the answer.</summary>
    private static async ValueTask<(Answer Answer, bool IsBegun)> BringAsync(IEngine engine, IReadOnlyList<CsvShelf> shelves, string load, StockMode mode, string actor, string? key, bool isNew)
    {
        // What was taken once is answered as it was, whatever has become of its shelves.
        var (looked, unseen) = await LookAsync(engine, shelves, mayMix: mode != StockMode.Merge || !isNew);
        if (unseen is not null) return (unseen, false);
        var (done, isBegun) = (new ConcurrentDictionary<int, Imported>(), false);
        Problem? problem = null;
        // The first shelf goes first: its first part carries the key, so a key that was another file's is told before anything is written.
        await BringOneAsync(0);
        if (problem is null)
            await Parallel.ForEachAsync(Enumerable.Range(1, shelves.Count - 1), new ParallelOptions { MaxDegreeOfParallelism = ShelvesAtOnce }, (i, _) => BringOneAsync(i));
        return problem is { } no ? (Tell(no, done.Count, shelves.Count, load), isBegun || no.Status >= 500) : (Show([.. done.OrderBy(entry => entry.Key).Select(entry => entry.Value)], load), true);

        async ValueTask BringOneAsync(int i)
        {
            if (Volatile.Read(ref problem) is not null) return;
            var loading = looked[i]?.Loading;
            var (stocked, first, refused) = await StockAsync(engine, shelves[i], loading, load, mode, actor, key, i + 1, shelves.Count);
            if (first is not null) Volatile.Write(ref isBegun, true);
            if (refused is not null) Interlocked.CompareExchange(ref problem, refused, null);
            else done[i] = new Imported(shelves[i].Name.Key, shelves[i].Vehicles.Count, PartsOf(shelves[i]), loading?.Load == load, stocked.Replayed, stocked.Receipt.Seq);
        }
    }

    /// <summary>The shelves as they are, or what would be refused by one of them.</summary>
    private static async Task<(ShelfView?[] Shelves, Problem? Problem)> LookAsync(IEngine engine, IReadOnlyList<CsvShelf> shelves, bool mayMix)
    {
        var looked = new ShelfView?[shelves.Count];
        Problem? problem = null;
        await Parallel.ForEachAsync(Enumerable.Range(0, shelves.Count), new ParallelOptions { MaxDegreeOfParallelism = ShelvesAtOnce }, async (i, _) =>
        {
            var reply = await engine.QueryAsync(EntityOf(shelves[i]), new GetShelf());
            looked[i] = reply.View?.As<ShelfView>();
            var no = reply.Refusal is { Kind: not RefusalKind.NotFound } refusal ? refusal
                : !mayMix && looked[i]?.Currency is { } there && there != shelves[i].Currency ? ListingRefusals.MixedCurrencies(there, shelves[i].Currency) : null;
            if (no is not null) Interlocked.CompareExchange(ref problem, no, null);
        });
        return (looked, problem);
    }

    /// <summary>What is only a matter of time is to be gone on with; what is refused is refused again, however often it is sent.</summary>
    private static Problem Tell(Problem no, int filled, int shelves, string load)
    {
        if (no.Status < 500 && filled == 0) return no;
        var told = $"{filled} of {shelves} shelves are filled";
        var problem = no.Status < 500 ? new Problem(no.Status, no.Code, $"{no.Detail} ({told}.)")
            : new Problem(503, "import-incomplete", $"{told} ({no.Detail}) Send the same file again to go on.") { RetryAfter = 1, Fields = [] };
        return problem.With("import", load).With("filled", filled).With("shelves", shelves).With("because", no.Code);
    }

    private static Answer Show(List<Imported> all, string load)
    {
        var last = all.Max(one => one.Seq);
        return Answer.Of(
            json =>
            {
                json.WriteStartObject();
                json.WriteString("import"u8, load);
                json.WriteNumber("rows"u8, all.Sum(one => one.Vehicles));
                json.WriteStartArray("shelves"u8);
                foreach (var one in all)
                {
                    json.WriteStartObject();
                    json.WriteString("shelf"u8, one.Shelf);
                    json.WriteNumber("vehicles"u8, one.Vehicles);
                    json.WriteNumber("parts"u8, one.Parts);
                    json.WriteBoolean("resumed"u8, one.Resumed);
                    json.WriteNumber("seq"u8, one.Seq.Value);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteNumber("seq"u8, last.Value);
                json.WriteEndObject();
            },
            last) with { IsReplayed = all.All(one => one.Replayed) };
    }

    private static int PartsOf(CsvShelf shelf) => (shelf.Vehicles.Count + ListingBounds.MaxPerPart - 1) / ListingBounds.MaxPerPart;

    private static Task<(CommandReply Reply, Seq? First, Problem? Problem)> StockAsync(
        IEngine engine, CsvShelf shelf, LoadingView? loading, string load, StockMode mode, string actor, string? key, int number, int of)
    {
        var entity = EntityOf(shelf);
        // With a key every part has its own command id, and what is there already answers as it did then; without one the shelf says how far it is.
        var first = key is null && loading?.Load == load ? loading.Part + 1 : 1;
        Func<int, CommandId>? idOf = key is null ? null
            : part => (number, part) == (1, 1) ? Caller.CommandOf(actor, key) : CommandId.From("import", actor, key, entity.Text, Cursor.Write(part));
        return ShelfKeeper.StockAsync(engine, entity, shelf.Name, load, shelf.Currency, mode, new StockSource("csv", 0, number, of), shelf.Vehicles, actor, first, idOf);
    }
}
