using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Rialto.Demo;

/// <summary>
/// Lists cars of one model in two cities and changes a price now and then, so that the better city is now this one, now that. They are cars of a
/// make that nobody else sells: comparisons of real listings stay as they are.
/// </summary>
internal sealed class Lister(BotCaller market) : Bot(market, TimeSpan.FromSeconds(6))
{
    private const string Make = "Rialto";
    private const string Model = "Gondola";
    private const int CarsInCity = 8;

    private static readonly string[] Cities = ["Toronto", "Montreal"];

    protected override async Task PrepareAsync()
    {
        for (var city = 0; city < Cities.Length; city++) await ListAsync(city, Enumerable.Range(0, CarsInCity));
        var isWatched = (await Market.ListAsync("/api/listings/watches?limit=1000")).Any(watch => watch.Text("by") == Name);
        if (isWatched) return;
        await Market.PostAsync("/api/listings/watches", new JsonObject
        {
            ["cities"] = new JsonArray(Cities[0], Cities[1]), ["make"] = Make, ["model"] = Model, ["mode"] = "cheapest", ["threshold"] = 400,
        });
    }

    protected override Task TakeTurnAsync() => ListAsync(Chance.Next(Cities.Length), [Chance.Next(CarsInCity)]);

    /// <summary>Lists these cars of a city at new prices; the others stay as they are.</summary>
    private async Task ListAsync(int city, IEnumerable<int> cars)
    {
        var csv = new StringBuilder("year,price,mileage,unit,vin,seller\n");
        foreach (var car in cars)
        {
            var price = (18_000 + (900 * car)) * Chance.Next(92, 109) / 100;
            csv.Append(CultureInfo.InvariantCulture, $"{2024 - car},{price},{8_000 + (15_000 * car)},km,RA1T0DEM0CAR{city}{car:0000},{Cities[city]} Boats\n");
        }
        var told = await Market.PostCsvAsync($"/api/listings/import?country=CA&city={Cities[city]}&make={Make}&model={Model}&mode=merge", csv.ToString());
        if (told.Status == 422) throw new InvalidOperationException($"The cars could not be listed: {told.Body.Text("detail")}");
    }
}
