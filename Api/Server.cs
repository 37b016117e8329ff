using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Console;
using Rialto.Api.Http;
using Rialto.Api.OpenApi;
using Rialto.Api.Options;
using Rialto.Journal.Files;

namespace Rialto.Api;

/// <summary>The web server around the routes: addresses, limits, log. Nothing is scanned for and no file is watched, so that it starts fast.</summary>
internal static class Server
{
    public static WebApplication Build(ServerOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, options));
        builder.Services.AddRouting();
        if (options.Edge.CorsOrigins.Count > 0) builder.Services.AddCors();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        // The one line on standard output says that it serves; whatever is wrong goes to standard error, and a start that fails is told in one sentence.
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        Compression.Add(builder.Services);
        builder.Services.AddDescription(options.Edge.PathBase);
        return builder.Build();
    }

    public static void UseFaultShield(this WebApplication server, FrontDoor door) =>
        ((IApplicationBuilder)server).Use(next => new FaultShield(next, door, server.Logger).InvokeAsync);

    /// <summary>What stands before every route: other servers, whose host and whose page it is, and which other origins' pages may call.</summary>
    public static void UseGate(this WebApplication server, ServerOptions options)
    {
        server.UseProxies(options.Edge.Proxies);
        server.UsePrefix(options.Edge.PathBase);
        var hosts = new HostList(options.Edge.Hosts, options.Addresses.Select(address => address.Ip).OfType<IPAddress>());
        ((IApplicationBuilder)server).Use(next => new Gate(next, hosts, options.Edge.CorsOrigins).InvokeAsync);
        if (options.Edge.CorsOrigins.Count > 0) server.UseCors(policy => policy
            .WithOrigins([.. options.Edge.CorsOrigins]).WithMethods("GET", "HEAD", "POST", "PATCH", "DELETE").AllowAnyHeader()
            .WithExposedHeaders("X-Rialto-Seq", "Idempotency-Replayed", "Location", "Retry-After", "ETag").SetPreflightMaxAge(TimeSpan.FromMinutes(10)));
        server.UseManners();
        server.UseResponseCompression();
        // By itself it would stand before all of this, and find its routes by paths that nobody has looked at yet.
        server.UseRouting();
    }

    /// <summary>Tells people that it serves, and where.</summary>
    public static void Announce(this WebApplication server, ServerOptions options, Composition market)
    {
        var addresses = string.Join(", ", server.Addresses());
        if (options.IsBeyondLoopback) server.Logger.ServesBeyondLoopback(addresses);
        if (market.AcceptedLoss is { } loss) server.Logger.LossAccepted(loss);
        if (market.TornBytesCut > 0) server.Logger.TornWriteCut(market.TornBytesCut, TornWrite.Meaning(market.MarkedSeq));
        var journal = options.Journal == JournalKind.File ? $"file in {options.DataFolder}" : "postgres";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Rialto serves on {addresses} with the {market.Engine.Name} engine, {market.Where}, journal: {journal}"));
    }

    /// <summary>Where this process itself reaches it: by loopback, if it serves on every address.</summary>
    public static Uri OwnAddress(this WebApplication server)
    {
        var address = new UriBuilder(server.Addresses().First());
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))) address.Host = IPAddress.Loopback.ToString();
        return address.Uri;
    }

    private static ICollection<string> Addresses(this WebApplication server) => server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;

    private static void Listen(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        // Any byte of a header can be read, so that what it should not hold is told in a problem document.
        kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
        var limits = kestrel.Limits;
        // Bodies are measured where they are read, so that one that is too large is told so in a problem document.
        limits.MaxRequestBodySize = null;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 100;
        limits.MaxConcurrentConnections = 10_000;
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1;
            endpoint.UseProblems(options.Edge.PathBase);
        });
        foreach (var address in options.Addresses)
        {
            if (address.Ip is null) kestrel.ListenLocalhost(address.Port);
            else kestrel.Listen(new IPEndPoint(address.Ip, address.Port));
        }
    }
}
