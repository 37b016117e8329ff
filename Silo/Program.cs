using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Dashboard;
using Rialto.Export;
using Rialto.Grains.Engine;
using Rialto.Journal;
using Rialto.Journal.Postgres;
using Rialto.Silo;
using Rialto.Silo.Cluster;
using Rialto.Silo.Storage;

if (args.Contains("--help"))
{
    Console.WriteLine(SiloOptions.Help());
    return 0;
}
try
{
    var options = SiloOptions.Read(args, Environment.GetEnvironmentVariables());
    using var export = OtlpExport.Start(options.Otlp, options.Cluster.Name, $"silo-{options.Silo.Rank}");
    var orleans = await OrleansSchema.ApplyAsync(options.Cluster.Postgres);
    await using var journal = await PostgresJournal.OpenAsync(options.Cluster.Postgres, new PostgresJournalSettings { Tell = static said => Console.Error.WriteLine($"rialto: {said}") });
    await journal.WarmUpAsync();

    var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production, ContentRootPath = AppContext.BaseDirectory });
    builder.WebHost.UseKestrelCore().UseUrls(options.Urls);
    builder.Services.AddRouting().AddSingleton<IJournal>(journal).AddSingleton<ICheckpoints>(journal.Checkpoints).AddSingleton(TimeProvider.System);
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
    builder.Logging.ToStandardError(LogLevel.Information);
    builder.AddClusterSilo(options.Cluster, options.Silo, orleans);
    builder.UseOrleans(silo => silo.AddDashboard());

    await using var silo = builder.Build();
    var engine = silo.Services.GetRequiredService<OrleansEngine>();
    silo.MapGet("/health/live", () => Results.Text("live"));
    silo.MapGet("/health/ready", () => engine.NotReadyBecause is { } why ? Results.Text(why, statusCode: StatusCodes.Status503ServiceUnavailable) : Results.Text("ready"));
    silo.MapOrleansDashboard(routePrefix: "/dashboard");
    if (Environment.GetEnvironmentVariable(LocalCluster.UntilInputEnds) is not null)
        _ = Task.Run(() => Console.OpenStandardInput().CopyTo(Stream.Null)).ContinueWith(_ => silo.Lifetime.StopApplication(), TaskScheduler.Default);
    await silo.StartAsync();
    Console.WriteLine($"Rialto's silo of rank {options.Silo.Rank} is in the cluster {options.Cluster.Name}; health and dashboard on {options.Urls}");
    await silo.WaitForShutdownAsync();
    return 0;
}
catch (Exception e) when (e is BadOptionException or JournalException or ArgumentException)
{
    await Console.Error.WriteLineAsync($"rialto: {e.Message}");
    return e is JournalDamagedException ? 4 : 2;
}
