using Rialto.Api;
using Rialto.Api.Auctions;
using Rialto.Api.Cluster;
using Rialto.Api.Dispatch;
using Rialto.Api.Export;
using Rialto.Api.Health;
using Rialto.Api.Home;
using Rialto.Api.Http;
using Rialto.Api.Journal;
using Rialto.Api.Ledgers;
using Rialto.Api.Listings;
using Rialto.Api.OpenApi;
using Rialto.Api.Options;
using Rialto.Api.Orders;
using Rialto.Api.Original;
using Rialto.Api.Sample;
using Rialto.Api.WebConsole;
using Rialto.Demo;
using Rialto.Export;

if (args.Contains("--help"))
{
    Console.WriteLine(OptionTable.Help());
    return ExitCode.Done;
}
try
{
    var options = OptionsReader.Read(args, Environment.GetEnvironmentVariables(), AppContext.BaseDirectory, Environment.CurrentDirectory);
    using var metrics = new Metrics();
    using var export = OtlpExport.Start(options.Otlp, options.Cluster, options.Instance);
    await using var market = await Composition.StartAsync(options, TimeProvider.System);
    if (options.Sample) await SampleData.FillAsync(market.Engine);

    await using var server = Server.Build(options);
    var door = new FrontDoor(market.Engine, await KnownKeys.FollowAsync(market.Engine, server.Lifetime.ApplicationStopping), TimeProvider.System, new StreamPlaces(options.MaxStreams), server.Lifetime.ApplicationStopping);
    var routes = new Routes(server, door);
    if (export is not null) server.UseRequestSpans();
    server.UseFaultShield(door);
    server.UseGate(options);
    server.UseDocs();
    server.UseConsole();
    routes.MapHome();
    routes.MapAuctions();
    routes.MapLedgers();
    routes.MapDispatch();
    var stocks = new StockCache(options.CacheSize, market.Engine);
    routes.MapStocks(stocks);
    BookEndpoints.Map(routes);
    using var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    var keeper = new ShelfKeeper(market.Engine, Composition.SourceOf(options.Listings, http, TimeProvider.System), TimeProvider.System, TimeSpan.FromHours(options.Listings.FreshHours));
    routes.MapListings(keeper);
    var originals = new OriginalRoutes(routes, options.OriginalsAnonymous);
    originals.MapStockPlatform(stocks);
    originals.MapCarbitrage(keeper);
    routes.MapJournal();
    routes.MapEvents();
    routes.MapProblems(server);
    routes.MapCluster();
    routes.MapHealth(metrics);

    await server.StartAsync();
    server.Announce(options, market);
    await using var demo = options.Demo ? DemoCrowd.Start(server.OwnAddress(), SampleData.OfDispatch, server.Logger, server.Lifetime.ApplicationStopping) : null;
    await server.WaitForShutdownAsync();
    return ExitCode.Done;
}
catch (Exception e) when (ExitCode.Of(e) is not null)
{
    await Console.Error.WriteLineAsync($"rialto: {e.Message}");
    return ExitCode.Of(e)!.Value;
}
