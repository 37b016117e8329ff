using System.Collections;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Rialto.Api.Options;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>A server sends its metrics and traces to whoever collects them, and does not need him.</summary>
public class ExportTests
{
    private const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // Nothing is sent before the end by itself, so what has come when the server has ended was sent because it ended.
    private static readonly Dictionary<string, string> OnlyAtTheEnd = new()
    {
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "3600000",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "3600000",
    };

    [Theory]
    [InlineData("http/protobuf", "/v1/metrics", "/v1/traces")]
    [InlineData("grpc", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "/opentelemetry.proto.collector.trace.v1.TraceService/Export")]
    public async Task Metrics_and_traces_have_come_to_the_collector_when_the_server_has_ended(string protocol, string metricsPath, string tracesPath)
    {
        await using var collector = await Collector.StartAsync(protocol == "grpc" ? HttpProtocols.Http2 : HttpProtocols.Http1);
        var settings = new Dictionary<string, string>(OnlyAtTheEnd) { ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol, [Variable] = collector.Address };
        await using var server = await RialtoProcess.StartWithAsync(settings, "--sample", "false");
        (await server.As("bank").PostAsync("/api/ledgers", new { asset = "USD" })).Ok(201);
        Assert.Equal(0, await server.TerminateAsync());

        var metrics = collector.ReceivedAt(metricsPath);
        Assert.All(["rialto.commands", "rialto.journal.commit.duration", "rialto.http.requests", "front-door@"], name => Assert.Contains(name, metrics));
        var traces = collector.ReceivedAt(tracesPath);
        Assert.All(["ledger CreateLedger", "ledger/USD", "rialto.commit", "rialto.election", "POST /api/ledgers"], name => Assert.Contains(name, traces));
    }

    [Fact]
    public async Task A_collector_that_never_answers_does_not_keep_the_server_from_serving_and_ending()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var settings = new Dictionary<string, string>(OnlyAtTheEnd) { ["OTEL_METRIC_EXPORT_INTERVAL"] = "10", ["OTEL_BSP_SCHEDULE_DELAY"] = "10" };
        await using var server = await RialtoProcess.StartWithAsync(settings, "--sample", "false", "--otlp", $"http://{silent.LocalEndpoint}");
        using var caught = await silent.AcceptSocketAsync();
        (await server.As("bank").PostAsync("/api/ledgers", new { asset = "USD" })).Ok(201);
        Assert.Equal(0, await server.TerminateAsync());
        Assert.Empty(server.Errors);
    }

    [Fact]
    public void The_collector_is_named_by_the_command_line_before_the_environment_and_by_nobody_at_first()
    {
        var environment = new Hashtable { [Variable] = "http://standard:4317" };
        Assert.Null(OptionsReader.Read([], new Hashtable()).Otlp);
        Assert.Equal("standard", OptionsReader.Read([], environment).Otlp!.Host);
        environment["RIALTO_OTLP"] = "http://own:4317";
        Assert.Equal("own", OptionsReader.Read([], environment).Otlp!.Host);
        Assert.Equal("given", OptionsReader.Read(["--otlp", "http://given:4317"], environment).Otlp!.Host);
    }

    [Fact]
    public void A_bad_address_in_the_environment_is_told_with_the_name_of_its_variable() =>
        Assert.Contains(Variable, Assert.Throws<BadOptionException>(() => OptionsReader.Read([], new Hashtable { [Variable] = "collector:4317" })).Message);

    /// <summary>Takes what is sent by OTLP, over HTTP or by gRPC. Names stand in it as they are.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly WebApplication _server;
        private readonly ConcurrentQueue<(string Path, string Body)> _received = new();

        private Collector(WebApplication server) => _server = server;

        public string Address => _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        public static async Task<Collector> StartAsync(HttpProtocols protocols)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = protocols));
            var collector = new Collector(builder.Build());
            ((IApplicationBuilder)collector._server).Run(collector.TakeAsync);
            await collector._server.StartAsync();
            return collector;
        }

        public string ReceivedAt(string path) => string.Concat(_received.Where(post => post.Path == path).Select(post => post.Body));

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        private async Task TakeAsync(HttpContext http)
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            _received.Enqueue((http.Request.Path.Value!, Encoding.Latin1.GetString(body.ToArray())));
            if (!HttpProtocol.IsHttp2(http.Request.Protocol)) return;
            http.Response.ContentType = "application/grpc";
            http.Response.AppendTrailer("grpc-status", "0");
        }
    }
}
