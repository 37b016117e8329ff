using System.Net.Http.Headers;
using System.Text;
using Rialto.Markets.Listings;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

public class ListingTests(LiveServer server) : IClassFixture<LiveServer>
{
    private const string Header = "year,make,model,price,mileage,location\n";

    private Client Caller => server.As("dealer");

    private Task<Answer> ImportAsync(string query, string csv, string? key = null, Client? caller = null)
    {
        var content = new StringContent(csv, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        return (caller ?? Caller).SendAsync(HttpMethod.Post, $"/api/listings/import?{query}", content, key);
    }

    [Fact]
    public async Task Two_imported_cities_compare_as_by_hand_with_miles_and_currencies_right()
    {
        var model = Unique.Name("Model");
        (await ImportAsync("city=Toronto&country=CA", $"{Header}2019,Toyota,{model},20000.00,50000,\"Toronto, ON\"\n2016,Toyota,{model},24000,100000,\"Toronto, ON\"\n")).Ok(200);
        var last = await ImportAsync("city=Buffalo&country=US", $"{Header}2019,Toyota,{model},15000,50000.0,\"Buffalo, NY\"\n2020,Toyota,{model},14500,20000,\"Buffalo, NY\"\n");
        last.Ok(200);
        var query = $"/api/listings/compare?cities=Toronto,US/Buffalo&make=Toyota&model={model}&minSeq={last.Seq}";
        (await Caller.GetAsync($"{query}&mode=cheapest")).Refused(422, "rate-needed");
        var cheapest = (await Caller.GetAsync($"{query}&mode=cheapest&rates=USD:1.36")).Ok();
        Assert.Equal(("Buffalo", 19_720.00m, 280.00m, "CAD"), (cheapest.GetProperty("best").Word("city"), cheapest.GetProperty("best").Amount("value"), cheapest.Amount("saving"), cheapest.Word("currency")));
        Assert.Equal("Buy in Buffalo: 19,720.00 CAD, 280.00 CAD (1.4 %) less than in Toronto.", cheapest.Word("recommendation"));
        var buffalo = cheapest.GetProperty("byCity")[1];
        Assert.Equal((2, 20_060.00m, true), (buffalo.Number("count"), buffalo.Amount("median"), buffalo.GetProperty("fresh").GetBoolean()));
        Assert.Equal(("mi", 32186.9m), (buffalo.GetProperty("vehicle").Word("unit"), buffalo.GetProperty("vehicle").Amount("kilometres")));
        var perKm = (await Caller.GetAsync($"{query}&mode=price-per-km&rates=USD:1.36")).Ok();
        Assert.Equal(("Toronto", 0.24m, 0.013519m), (perKm.GetProperty("best").Word("city"), perKm.GetProperty("best").Amount("value"), perKm.Amount("saving")));
        var total = (await Caller.GetAsync($"{query}&mode=total-cost&rates=USD:1.36&transportPerKm=2.00&taxPercent=13&fees=300")).Ok();
        Assert.Equal(("Toronto", 22_600.00m, 173.60m), (total.GetProperty("best").Word("city"), total.GetProperty("best").Amount("value"), total.Amount("saving")));
        Assert.True(total.Number("seq") >= last.Seq);
    }

    [Fact]
    public async Task The_sample_compares_as_by_hand()
    {
        await using var own = await RialtoProcess.StartAsync();
        var view = (await own.As(null).GetAsync("/api/listings/compare?cities=Toronto,Montreal&make=Toyota&model=Corolla")).Ok();
        var lowest = new[] { "Toronto", "Montreal" }.ToDictionary(city => city, city => SampleListings.VehiclesOf(new ShelfName("CA", city, "Toyota", "Corolla")).Min(vehicle => vehicle.PriceMinor) / 100m);
        var best = lowest.MinBy(city => city.Value);
        Assert.Equal((best.Key, best.Value, lowest.Values.Max() - best.Value), (view.GetProperty("best").Word("city"), view.GetProperty("best").Amount("value"), view.Amount("saving")));
        Assert.True(view.GetProperty("byCity")[0].GetProperty("fresh").GetBoolean());
        var all = SampleListings.Shelves.Sum(shelf => SampleListings.VehiclesOf(shelf).Length);
        Assert.Equal(all, (await own.As(null).GetAllAsync("/api/listings", 1000)).Count);
        Assert.Equal(72, (await own.As(null).GetAllAsync("/api/listings/shelves", 50)).Count);
        Assert.True(Assert.Single((await own.As(null).GetAsync("/api/listings/imports")).Ok().Items()).GetProperty("complete").GetBoolean());
    }

    [Fact]
    public async Task The_sample_and_the_same_vehicles_from_a_file_compare_as_by_hand_in_every_mode()
    {
        await using var own = await RialtoProcess.StartAsync();
        var caller = own.As("dealer");
        var (toronto, buffalo) = (SampleListings.VehiclesOf(new ShelfName("CA", "Toronto", "Toyota", "Corolla")), SampleListings.VehiclesOf(new ShelfName("US", "Buffalo", "Toyota", "Corolla")));
        Assert.Equal((DistanceUnit.Km, DistanceUnit.Mi), (toronto[0].Unit, buffalo[0].Unit));
        (await ImportAsync("city=Toronto&country=CA", Lines(toronto, "Toronto, ON"), caller: caller)).Ok(200);
        var last = (await ImportAsync("city=Buffalo&country=US", Lines(buffalo, "Buffalo, NY"), caller: caller)).Seq;
        foreach (var model in new[] { "Corolla", "FromFile" })
        {
            // Prices in US dollars and miles there, in Canadian dollars and kilometres here; Buffalo is 95 km from Toronto.
            await CompareAsync(model, "cheapest", toronto.Min(Price), buffalo.Min(one => Price(one) * 1.36m), 0);
            await CompareAsync(model, "price-per-km", toronto.Min(one => Price(one) / one.Odometer!.Value), buffalo.Min(one => Price(one) * 1.36m / (one.Odometer!.Value * 1.609344m)), 0.000002m);
            await CompareAsync(model, "total-cost", toronto.Min(Price) * 1.13m, (buffalo.Min(Price) * 1.36m * 1.13m) + (95 * 2.00m) + 300, 0);
        }

        static string Lines(IEnumerable<Vehicle> vehicles, string location) =>
            Header + string.Concat(vehicles.Select(one => FormattableString.Invariant($"{one.Year},Toyota,FromFile,{Price(one)},{one.Odometer},\"{location}\"\n")));

        static decimal Price(Vehicle one) => one.PriceMinor / 100m;

        async Task CompareAsync(string model, string mode, decimal here, decimal there, decimal tolerance)
        {
            var view = (await caller.GetAsync($"/api/listings/compare?cities=Toronto,US/Buffalo&make=Toyota&model={model}&mode={mode}&rates=USD:1.36&transportPerKm=2.00&taxPercent=13&fees=300&minSeq={last}")).Ok();
            var values = view.Items("byCity").Select(city => city.Amount("value")).ToList();
            Assert.InRange(values[0], here - tolerance, here + tolerance);
            Assert.InRange(values[1], there - tolerance, there + tolerance);
            Assert.Equal((here < there ? "Toronto" : "Buffalo", "CAD"), (view.GetProperty("best").Word("city"), view.Word("currency")));
            Assert.InRange(view.Amount("saving"), Math.Abs(here - there) - tolerance, Math.Abs(here - there) + tolerance);
        }
    }

    [Fact]
    public async Task What_is_exported_can_be_imported_and_is_the_same()
    {
        var (make, other) = (Unique.Name("Make"), Unique.Name("Make"));
        var csv = "year,make,model,price,mileage,unit,location,vin,trim,seller,url\n"
            + $"2019,{make},Corolla,18999.50,42000,km,\"Toronto, ON\",JTDBR32E720010001,LE,\"Süd \"\"Auto\"\"\",https://example.org/1\n"
            + $"2020,{make},Corolla,17999,,km,,,,=1+1,\n2020,{make},Corolla,17999,,km,,,,=1+1,\n2018,{make},F-150,12000,62137,mi,,1M8GDM9AXKP042788,,,\n";
        var first = await ImportAsync("city=Toronto", csv);
        Assert.Equal((4, 2), (first.Ok(200).Number("rows"), first.Json.Items("shelves").Count));
        var exported = await Caller.GetAsync($"/api/listings/export?make={make}&minSeq={first.Seq}");
        Assert.Equal("text/csv", exported.ContentType!.MediaType);
        Assert.Contains("'=1+1", exported.Text, StringComparison.Ordinal);
        var second = await ImportAsync("", exported.Text.Replace(make, other, StringComparison.Ordinal));
        second.Ok(200);
        var again = await Caller.GetAsync($"/api/listings/export?make={other}&minSeq={second.Seq}");
        Assert.Equal(Rows(exported.Text.Replace(make, other, StringComparison.Ordinal)), Rows(again.Text));
        var original = await Caller.GetAsync($"/api/listings/export?make={other}&columns=original");
        Assert.StartsWith("year,make,model,price,mileage,location\r\n", original.Text, StringComparison.Ordinal);
        // The VINs stand on two shelves now, and count on the ones that were filled last.
        var vehicle = (await Caller.SeeAsync("/api/listings/vehicles/jtdbr32e720010001")).Ok();
        Assert.Equal(other, vehicle.GetProperty("vehicle").Word("make"));
        Assert.DoesNotContain(await Caller.GetAllAsync($"/api/listings?make={make}", 1), one => one.Word("vin") == "JTDBR32E720010001");

        // Without the time of the import, in any order.
        static List<string> Rows(string text) => [.. text.Split("\r\n").Select(line => System.Text.RegularExpressions.Regex.Replace(line, @"\d{4}-\d\d-\d\dT[^,]*", "")).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task The_originals_columns_count_what_a_reader_takes_them_for_and_its_answers_count_kilometres()
    {
        var make = Unique.Name("Make");
        // Sixty thousand miles are 96,560.6 km; Canada counts kilometres.
        (await ImportAsync("city=Toronto&country=CA&unit=mi", $"{Header}2019,{make},Corolla,15000,60000,x\n")).Ok(200);
        (await ImportAsync("city=Buffalo&country=US", $"{Header}2019,{make},Corolla,14000,50000,x\n")).Ok(200);
        Assert.Equal("2019," + make + ",Corolla,15000.00,96561,x", await LineAsync("city=Toronto"));
        Assert.Equal("2019," + make + ",Corolla,14000.00,50000,x", await LineAsync("city=Buffalo"));
        var again = Unique.Name("Make");
        (await ImportAsync("city=Toronto&country=CA", $"{Header}{(await LineAsync("city=Toronto")).Replace(make, again, StringComparison.Ordinal)}\n")).Ok(200);
        Assert.Equal(96561m, Assert.Single(await Caller.GetAllAsync($"/api/listings?make={again}", 5)).Amount("kilometres"));

        // What is fresh is not fetched, so these are the shelves from above.
        var client = (await server.As(null).PostAsync("/client", new { country = "US", city1 = "buffalo", city2 = "Buffalo", make, model = "Corolla" })).Ok(200);
        Assert.Equal(80467, client.GetProperty("results").GetProperty("buffalo")[0].Number("mileage"));
        (await ImportAsync("city=Halifax&country=CA&currency=USD", $"{Header}2019,{make},Corolla,15000,60000,x\n")).Ok(200);
        var mixed = await server.As(null).PostAsync("/client", new { country = "CA", city1 = "Toronto", city2 = "Halifax", make, model = "Corolla" });
        Assert.Equal(422, mixed.Status);
        Assert.Contains("currencies", mixed.Text, StringComparison.Ordinal);

        async Task<string> LineAsync(string where) => (await Caller.SeeAsync($"/api/listings/export?make={make}&columns=original&{where}")).Text.Split("\r\n")[1];
    }

    [Fact]
    public async Task A_file_that_begins_with_a_mark_of_its_encoding_is_read_like_any_other()
    {
        var model = Unique.Name("Marked");
        Assert.Equal(1, (await ImportAsync("city=Toronto", $"\uFEFF{Header}2019,Toyota,{model},20000,1,x\n")).Ok(200).Number("rows"));
    }

    [Fact]
    public async Task A_merge_in_another_currency_is_refused_before_anything_is_written()
    {
        var (model, other) = (Unique.Name("Mixed"), Unique.Name("Mixed"));
        (await ImportAsync("city=Toronto", $"{Header}2019,Toyota,{model},20000,1,x\n")).Ok(200);
        var file = $"year,make,model,price,currency\n2019,Toyota,{other},20000,CAD\n2019,Toyota,{model},20000,USD\n";
        (await ImportAsync("city=Toronto&mode=merge", file)).Refused(422, "mixed-currencies");
        (await Caller.GetAsync($"/api/listings/shelves/CA/Toronto/Toyota/{other}")).Refused(404, "shelf-not-found");
        (await ImportAsync("city=Toronto", file)).Ok(200);
    }

    [Fact]
    public async Task A_key_of_a_refresh_or_an_import_is_for_one_request_also_after_a_restart()
    {
        await using var own = await RialtoProcess.StartAsync("--sample", "false");
        var dealer = own.As("dealer");
        (await dealer.PostAsync("/api/listings/refresh", new { cities = new[] { "Toronto" }, make = "Honda", model = "Civic" }, "r")).Ok(200);
        (await dealer.PostAsync("/api/listings/refresh", new { cities = new[] { "Toronto" }, make = "Honda", model = "Civic" }, "r")).Ok(200);
        (await dealer.PostAsync("/api/listings/refresh", new { cities = new[] { "Ottawa" }, make = "Honda", model = "Civic" }, "r")).Refused(422, "idempotency-key-reused");
        var file = $"{Header}2019,Toyota,Corolla,20000,1,x\n";
        (await ImportAsync("city=Toronto", file, "k", dealer)).Ok(200);
        own.KillHard();
        await own.RestartAsync();
        (await ImportAsync("city=Montreal", file, "k", dealer)).Refused(422, "idempotency-key-reused");
        (await ImportAsync("city=Toronto", $"{Header}2019,Toyota,Corolla,10000,1,x\n", "k", dealer)).Refused(422, "idempotency-key-reused");
        Assert.True((await ImportAsync("city=Toronto", file, "k", dealer)).IsReplayed);
    }

    public static TheoryData<string, string, string, int> WrongFiles => new()
    {
        { "invalid-csv", "", "empty", 1 },
        { "invalid-csv", Header, "no vehicles", 2 },
        { "missing-column", "year,make,model,mileage\n", "price", 1 },
        { "unknown-column", "year,make,model,price,colour\n", "colour", 1 },
        { "duplicate-column", "year,make,model,price,Price\n", "once", 1 },
        { "invalid-csv", Header + "2019,Toyota,{model},100,1,x\nold,Toyota,{model},100,1,x\n", "Line 3, year: 'old' is no whole number", 3 },
        { "invalid-csv", Header + "2019,Toyota,{model},12.999,1,x\n", "Line 2, price", 2 },
        { "invalid-csv", Header + "2019,Toyota,{model},,1,x\n", "the price is missing", 2 },
        { "invalid-csv", Header + "2019,Toyota,{model},-5,1,x\n", "Line 2, price", 2 },
        { "invalid-csv", Header + "2019,Toyota,{model},100,1\n", "has 5 fields", 2 },
        { "invalid-csv", Header + "\n\"2019\n\",Toyota,{model},100,1,x\n2019,Toyota,{model},1e3,1,x\n", "Line 5, price: '1e3'", 5 },
        { "invalid-csv", Header + "2019,Toyota,{model},100,1,\"x\"y\n", "quotation mark", 2 },
        { "invalid-csv", "year,make,model,price,vin\n2019,Toyota,{model},100,123\n", "no VIN", 2 },
        { "invalid-csv", "year,make,model,price,vin\n2019,Toyota,{model},100,1M8GDM9AXKP042788\n2019,Toyota,{model},90,1M8GDM9AXKP042788\n", "further up already", 3 },
        { "invalid-csv", "year,make,model,price,currency\n2019,Toyota,{model},100,CAD\n2019,Toyota,{model},100,USD\n", "use one", 3 },
        { "invalid-csv", "year,make,model,price,unit\n2019,Toyota,{model},100,ly\n", "km or mi", 2 },
        { "invalid-csv", "year,make,model,price\n2019,Toy/ota,{model},100\n", "name the make", 2 },
    };

    [Theory, MemberData(nameof(WrongFiles))]
    public async Task A_wrong_file_is_told_line_by_line_and_nothing_of_it_is_taken(string code, string csv, string says, int line)
    {
        var model = Unique.Name("Wrong");
        var problem = (await ImportAsync("city=Toronto&country=CA", csv.Replace("{model}", model, StringComparison.Ordinal))).Refused(422, code);
        Assert.Contains(says, problem.Word("detail"), StringComparison.Ordinal);
        Assert.Equal(line, problem.Number("line"));
        (await Caller.GetAsync($"/api/listings/shelves/CA/Toronto/Toyota/{model}")).Refused(404, "shelf-not-found");
    }

    [Fact]
    public async Task A_file_without_city_names_the_column_that_is_missing()
    {
        Assert.Contains("city", (await ImportAsync("country=CA", Header + "2019,A,B,1,1,x\n")).Refused(422, "missing-column").Word("detail"), StringComparison.Ordinal);
        (await ImportAsync("city=Toronto&mode=mix", Header + "2019,A,B,1,1,x\n")).Refused(400, "invalid-parameter");
        (await ImportAsync("city=Toronto&country=Canada", Header + "2019,A,B,1,1,x\n")).Refused(422, "invalid-name");
        (await ImportAsync("city=Toronto", Header + "2019,A,B,1,1,x\n", caller: server.As(null))).Refused(401, "actor-required");
        (await Caller.SendAsync(HttpMethod.Post, "/api/listings/import?city=Toronto", Client.Json("{}"))).Refused(415, "unsupported-media-type");
    }

    [Fact]
    public async Task The_same_import_with_the_same_key_takes_effect_once_and_a_large_one_comes_in_parts()
    {
        var (model, key) = (Unique.Name("Big"), Unique.Name("key"));
        var csv = new StringBuilder(Header);
        for (var i = 0; i < 1_234; i++) csv.Append(System.Globalization.CultureInfo.InvariantCulture, $"2019,Toyota,{model},{10_000 + i},{i},x\n");
        var first = await ImportAsync("city=Toronto", csv.ToString(), key);
        Assert.Equal((1_234, 3), (first.Ok(200).Number("rows"), first.Json.Items("shelves")[0].Number("parts")));
        var again = await ImportAsync("city=Toronto", csv.ToString(), key);
        Assert.Equal((first.Text.Replace("\"resumed\":false", "", StringComparison.Ordinal), true), (again.Ok(200) is var _ ? again.Text.Replace("\"resumed\":false", "", StringComparison.Ordinal) : "", again.IsReplayed));
        (await ImportAsync("city=Toronto", csv + $"2019,Toyota,{model},1,1,x\n", key)).Refused(422, "idempotency-key-reused");
        var listed = await Caller.GetAllAsync($"/api/listings?model={model}&sort=price&minSeq={first.Seq}", 100);
        Assert.Equal(Enumerable.Range(10_000, 1_234).Select(price => (decimal)price), listed.Select(one => one.Amount("price")));
        Assert.Equal(3, (await Caller.SeeAsync($"/api/journal?stream=shelf/ca/toronto/toyota/{Uri.EscapeDataString(ShelfName.Slug(model))}&limit=1000")).Ok().Items().Count);
    }

    [Fact]
    public async Task A_watch_tells_that_the_gap_exceeds_its_threshold()
    {
        var model = Unique.Name("Watched");
        await ImportAsync("city=Toronto", $"{Header}2019,Toyota,{model},20000,1,x\n");
        var set = await Caller.PostAsync("/api/listings/watches", new { cities = new[] { "Toronto", "Montreal" }, make = "Toyota", model, mode = "cheapest", threshold = 500.00m });
        var id = set.Ok(201).Word("id")!;
        Assert.Equal("waiting", set.Json.Word("status"));
        await ImportAsync("city=Montreal", $"{Header}2019,Toyota,{model},19000,1,x\n");
        var told = await server.WaitForAsync($"watch/{id}", "watch.gap-exceeded");
        Assert.NotNull(told);
        var view = (await Caller.GetAsync($"/api/listings/watches/{id}")).Ok();
        Assert.Equal(("exceeded", 1_000.00m, "Montreal"), (view.Word("status"), view.Amount("gap"), view.Word("best")));
        await ImportAsync("city=Montreal", $"{Header}2019,Toyota,{model},19900,1,x\n");
        await server.WaitForAsync($"watch/{id}", "watch.gap-closed");
        (await server.As("bob").SendAsync(HttpMethod.Delete, $"/api/listings/watches/{id}")).Refused(403, "not-owner");
        (await Caller.SendAsync(HttpMethod.Delete, $"/api/listings/watches/{id}")).Ok(200);
        (await Caller.GetAsync($"/api/listings/watches/{id}")).Refused(404, "watch-not-found");
    }

    [Fact]
    public async Task A_shelf_is_fetched_once_and_stays_fresh()
    {
        var body = new { cities = new[] { "Halifax", "US/Seattle" }, make = "Honda", model = "Civic" };
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Caller.PostAsync("/api/listings/refresh", body)));
        Assert.All(answers, answer => Assert.Equal(2, answer.Ok(200).Items("shelves").Count));
        Assert.Single((await Caller.SeeAsync("/api/journal?stream=shelf/ca/halifax/honda/civic")).Ok().Items());
        var shelf = (await Caller.GetAsync("/api/listings/shelves/ca/halifax/honda/civic")).Ok();
        Assert.Equal("sample", shelf.Word("source"));
        (await Caller.PostAsync("/api/listings/refresh", body with { cities = ["Atlantis"] })).Refused(404, "city-not-found");
    }

    public static TheoryData<string, int, string> Refusals => new()
    {
        { "/api/listings?sort=colour", 400, "invalid-parameter" },
        { "/api/listings?yearFrom=x", 400, "invalid-parameter" },
        { "/api/listings?priceTo=1.999", 400, "invalid-parameter" },
        { "/api/listings?country=Canada", 422, "invalid-name" },
        { "/api/listings?cursor=x", 400, "invalid-cursor" },
        { "/api/listings?limit=0", 400, "invalid-parameter" },
        { "/api/listings?at=1", 400, "invalid-parameter" },
        { "/api/listings?rates=USD", 400, "invalid-parameter" },
        { "/api/listings/compare", 400, "invalid-parameter" },
        { "/api/listings/compare?cities=A&make=B&model=C", 422, "out-of-range" },
        { "/api/listings/compare?cities=A,B&make=B&model=C&mode=fastest", 400, "invalid-parameter" },
        { "/api/listings/compare?cities=A,B&make=B&model=C", 404, "nothing-to-compare" },
        { "/api/listings/compare?cities=A,B&make=B&model=C&taxPercent=101", 422, "out-of-range" },
        { "/api/listings/vehicles/x", 404, "vehicle-not-found" },
        { "/api/listings/shelves/CA/x/y/z", 404, "shelf-not-found" },
        { "/api/listings/watches/none", 404, "watch-not-found" },
        { "/api/listings/export?columns=some", 400, "invalid-parameter" },
    };

    [Theory, MemberData(nameof(Refusals))]
    public async Task A_no_is_a_problem_document_with_a_code(string path, int status, string code) => (await Caller.GetAsync(path)).Refused(status, code);

    [Fact]
    public async Task The_original_routes_answer_in_their_own_shapes()
    {
        var nobody = server.As(null);
        var leader = (await nobody.GetAsync("/leader")).Ok();
        Assert.Equal(leader.Number("leader_id"), leader.Number("this_node"));
        var client = (await nobody.PostAsync("/client", new { country = "CA", city1 = "Calgary", city2 = "Vancouver", make = "Tesla", model = "Model 3" })).Ok(200);
        Assert.Equal(["Calgary", "Vancouver"], client.GetProperty("results").EnumerateObject().Select(city => city.Name));
        var cars = client.GetProperty("results").GetProperty("Calgary").EnumerateArray().ToList();
        Assert.Equal(SampleListings.VehiclesOf(new ShelfName("CA", "Calgary", "Tesla", "Model 3")).Length, cars.Count);
        Assert.Equal(["year", "make", "model", "price", "mileage", "location"], cars[0].EnumerateObject().Select(field => field.Name));
        var fetched = (await nobody.PostAsync("/fetch", new { country = "CA", city = "Calgary", make = "Tesla", model = "Model 3" })).Ok(200);
        Assert.Equal((cars.Count, "Calgary", "Model 3"), (fetched.Number("num_cars"), fetched.Word("city"), fetched.Word("model")));
        var files = (await nobody.GetAsync("/list-cache")).Ok().GetProperty("files").EnumerateArray().Select(file => file.GetString()).ToList();
        Assert.Contains("tesla_model_3_calgary.csv", files);
        var meta = (await nobody.GetAsync("/cache-meta?filename=tesla_model_3_calgary.csv")).Ok();
        Assert.True(meta.GetProperty("mtime").GetDecimal() > 1_600_000_000);
        var file = await nobody.GetAsync("/get-cache-file?filename=tesla_model_3_calgary.csv");
        Assert.Equal(cars.Count + 2, file.Text.Split("\r\n").Length);
        Assert.StartsWith("year,make,model,price,mileage,location\r\n", file.Text, StringComparison.Ordinal);
        var reconciled = (await nobody.PostAsync("/reconcile")).Ok(200);
        Assert.Equal(("ok", 0), (reconciled.Word("status"), reconciled.GetProperty("updated").GetArrayLength()));
        Assert.Equal(410, (await nobody.PostAsync("/set-leader", new { leader_id = 1 })).Status);
        Assert.Equal(404, (await nobody.GetAsync("/cache-meta?filename=none.csv")).Status);
        Assert.Equal(400, (await nobody.PostAsync("/client", new { country = "CA" })).Status);
    }

    [Fact]
    public async Task The_server_is_killed_and_everything_is_there_after_the_restart()
    {
        await using var own = await RialtoProcess.StartAsync("--sample", "false");
        var caller = own.As("dealer");
        (await ImportAsync("city=Toronto", $"{Header}2019,Toyota,Corolla,20000,50000,x\n", caller: caller)).Ok(200);
        (await ImportAsync("city=Montreal", $"{Header}2019,Toyota,Corolla,19000,50000,x\n", caller: caller)).Ok(200);
        var set = (await caller.PostAsync("/api/listings/watches", new { cities = new[] { "Toronto", "Montreal" }, make = "Toyota", model = "Corolla", mode = "cheapest", threshold = 2_000 })).Ok(201);
        var before = (await caller.GetAsync($"/api/listings/compare?cities=Toronto,Montreal&make=Toyota&model=Corolla&minSeq={set.Number("seq")}")).Ok();
        own.KillHard();
        await own.RestartAsync();
        var after = (await caller.GetAsync("/api/listings/compare?cities=Toronto,Montreal&make=Toyota&model=Corolla")).Ok();
        Assert.Equal(before.GetProperty("byCity").ToString(), after.GetProperty("byCity").ToString());
        // The watch is still set, and tells of what comes after.
        (await ImportAsync("city=Montreal", $"{Header}2019,Toyota,Corolla,17000,50000,x\n", caller: caller)).Ok(200);
        await using (var feed = await own.As(null).ListenAsync($"?after=0&stream=watch/{set.Word("id")}")) await feed.ReadUntilAsync("watch.gap-exceeded");
        Assert.True((await caller.GetAsync("/api/journal/verify")).Ok().GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task The_description_lists_every_route_of_listings()
    {
        var paths = (await server.As(null).GetAsync("/openapi/v1.json")).Ok(200).GetProperty("paths");
        foreach (var route in new[] { "get ", "get /compare", "get /export", "post /import", "post /refresh", "get /shelves", "get /imports", "post /watches", "get /vehicles/{vin}" })
            Assert.True(paths.GetProperty("/api/listings" + route.Split(' ')[1]).TryGetProperty(route.Split(' ')[0], out _), route);
    }
}
