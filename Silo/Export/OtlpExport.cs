using System.Diagnostics.CodeAnalysis;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Rialto.Export;

/// <summary>
/// Sends what this process measures and traces to a collector. How, is said by the variables that OpenTelemetry has for it (<c>OTEL_…</c>:
/// protocol, headers, intervals, sampling). The collector may be slow or away: what is to be sent waits in a queue of bounded length for a
/// thread of its own, and what does not fit is dropped.
/// </summary>
public sealed class OtlpExport : IDisposable
{
    /// <summary>Where the collector is, as all programs with OpenTelemetry read it.</summary>
    public const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>What is not sent by then when the process ends is lost.</summary>
    private const int FlushWithinMs = 2_000;

    private static readonly string[] Meters = ["rialto.*", "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "System.Runtime"];
    private static readonly string[] Sources = ["rialto.*", "Microsoft.AspNetCore"];

    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;

    private OtlpExport(Action<ResourceBuilder> describe)
    {
        _metrics = Sdk.CreateMeterProviderBuilder().ConfigureResource(describe).AddMeter(Meters).AddOtlpExporter().Build();
        _traces = Sdk.CreateTracerProviderBuilder().ConfigureResource(describe).AddSource(Sources).AddOtlpExporter().Build();
    }

    /// <summary>Begins, if there is a collector.</summary>
    /// <param name="collector">Where it is; null for none.</param>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="instance">Which process of the cluster this is; the same after a restart.</param>
    public static OtlpExport? Start(Uri? collector, string cluster, string instance)
    {
        if (collector is null) return null;
        // The exporter reads it there, and so do the silos that this process starts: what was said of it elsewhere is over.
        Environment.SetEnvironmentVariable(Variable, collector.OriginalString);
        Environment.SetEnvironmentVariable("RIALTO_OTLP", null);
        return new OtlpExport(resource => resource.Clear().AddService("rialto", cluster, autoGenerateServiceInstanceId: false, serviceInstanceId: instance).AddTelemetrySdk().AddEnvironmentVariableDetector());
    }

    /// <summary>Reads a collector's address.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? collector) =>
        Uri.TryCreate(text, UriKind.Absolute, out collector) && collector.Scheme is "http" or "https" && collector.Host.Length > 0;

    /// <summary>What to say to who wrote something else.</summary>
    /// <param name="source">Where it was written.</param>
    /// <param name="text">What was written.</param>
    public static string NoAddress(string source, string text) => $"{source} is '{text}': write a collector's address such as http://127.0.0.1:4317.";

    /// <summary>Sends what is left, in bounded time.</summary>
    public void Dispose()
    {
        Parallel.Invoke(() => _traces.Shutdown(FlushWithinMs), () => _metrics.Shutdown(FlushWithinMs));
        _traces.Dispose();
        _metrics.Dispose();
    }
}
