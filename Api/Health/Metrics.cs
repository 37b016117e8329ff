using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Rialto.Api.Health;

/// <summary>Listens to the <c>rialto.*</c> meters and tells what it heard in Prometheus' text format.</summary>
internal sealed partial class Metrics : IDisposable
{
    /// <summary>More label values than this are not told apart: a metric must not grow without end.</summary>
    private const int MaxSeries = 200;

    // One ladder serves both seconds (from 0.1 ms) and counts (to 10,000).
    private static readonly double[] Bounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10000];

    private readonly ConcurrentDictionary<Instrument, ConcurrentDictionary<string, Series>> _heard = new();
    private readonly MeterListener _listener = new();

    public Metrics()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("rialto.", StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Hear(instrument, value, labels));
        _listener.SetMeasurementEventCallback<int>((instrument, value, labels, _) => Hear(instrument, value, labels));
        _listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Hear(instrument, value, labels));
        _listener.Start();
    }

    private sealed class Series
    {
        public readonly long[] Buckets = new long[Bounds.Length + 1];
        public double Sum;
        public long Count;
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>All metrics as text.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var (instrument, series) in _heard.OrderBy(entry => entry.Key.Name, StringComparer.Ordinal)) Write(text, instrument, series);
        return text.ToString();
    }

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var all = _heard.GetOrAdd(instrument, static _ => new ConcurrentDictionary<string, Series>());
        var name = labels.IsEmpty ? "" : LabelsOf(labels);
        if (all.Count >= MaxSeries && !all.ContainsKey(name)) return;
        var series = all.GetOrAdd(name, static _ => new Series());
        lock (series)
        {
            // Observed instruments tell how much there is, the others how much more.
            series.Sum = instrument.IsObservable ? value : series.Sum + value;
            series.Count++;
            if (IsHistogram(instrument)) series.Buckets[BucketOf(value)]++;
        }
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        if (labels.Length == 1 && labels[0].Value is string word) return $"{labels[0].Key}=\"{word}\"";
        var text = new StringBuilder();
        foreach (var (key, value) in labels) text.Append(text.Length == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{key}=\"{value}\"");
        return text.ToString();
    }

    private static int BucketOf(double value)
    {
        var at = Array.BinarySearch(Bounds, value);
        return at >= 0 ? at : ~at;
    }

    private static void Write(StringBuilder text, Instrument instrument, ConcurrentDictionary<string, Series> all)
    {
        var isCounter = instrument.GetType().Name.Contains("Counter", StringComparison.Ordinal) && !instrument.GetType().Name.Contains("UpDown", StringComparison.Ordinal);
        var name = NotInNames().Replace(instrument.Name, "_") + (instrument.Unit == "s" ? "_seconds" : "") + (isCounter ? "_total" : "");
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {instrument.Description}\n# TYPE {name} {(IsHistogram(instrument) ? "histogram" : isCounter ? "counter" : "gauge")}\n");
        foreach (var (labels, series) in all.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            lock (series)
            {
                if (IsHistogram(instrument)) WriteHistogram(text, name, labels, series);
                else text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {series.Sum}\n");
            }
        }
    }

    private static void WriteHistogram(StringBuilder text, string name, string labels, Series series)
    {
        var prefix = labels.Length == 0 ? "" : labels + ",";
        long below = 0;
        for (var i = 0; i < Bounds.Length; i++)
        {
            below += series.Buckets[i];
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{prefix}le=\"{Bounds[i]}\"}} {below}\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{prefix}le=\"+Inf\"}} {series.Count}\n");
        text.Append(CultureInfo.InvariantCulture, $"{name}_sum{(labels.Length == 0 ? "" : $"{{{labels}}}")} {series.Sum}\n");
        text.Append(CultureInfo.InvariantCulture, $"{name}_count{(labels.Length == 0 ? "" : $"{{{labels}}}")} {series.Count}\n");
    }

    private static bool IsHistogram(Instrument instrument) => instrument.GetType().Name.StartsWith("Histogram", StringComparison.Ordinal);

    [GeneratedRegex("[^A-Za-z0-9_]")]
    private static partial Regex NotInNames();
}
