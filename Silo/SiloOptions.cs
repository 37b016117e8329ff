using System.Collections;
using System.Globalization;
using System.Net;
using Rialto.Export;
using Rialto.Journal;
using Rialto.Silo.Cluster;

namespace Rialto.Silo;

/// <summary>An option is wrong. The message is one sentence that says which, and what would be right.</summary>
internal sealed class BadOptionException(string message) : Exception(message);

/// <summary>The options of a silo's process: <c>--name value</c> on the command line, or <c>RIALTO_NAME</c> in the environment.</summary>
internal sealed record SiloOptions(ClusterSettings Cluster, SiloSettings Silo, string Urls, Uri? Otlp)
{
    private static readonly (string Name, string? Default, string Meaning)[] All =
    [
        ("rank", null, "its rank: a positive number that no other silo of the cluster has; the highest leads"),
        ("postgres", null, "the database of the cluster: \"Host=…;Database=…\""),
        ("cluster", "rialto", "the cluster's name"),
        ("address", "", "the address at which other silos and front doors reach it (default: this machine's)"),
        ("silo-port", "11111", "the port for other silos"),
        ("gateway-port", "30000", "the port for front doors"),
        ("urls", "http://127.0.0.1:5090", "where it tells its health and shows the dashboard"),
        ("otlp", "", $"the OpenTelemetry collector to send metrics and traces to ({OtlpExport.Variable} if it is not said)"),
    ];

    public static string Help() => string.Join(Environment.NewLine,
        [
            "A silo of Rialto: one process of a cluster on Orleans and PostgreSQL.", "",
            .. All.Select(option => $"  --{option.Name,-14}{option.Meaning}{(option.Default is { Length: > 0 } value ? $" (default {value})" : "")}"),
            "", "Each option is also a setting of the environment: RIALTO_RANK, RIALTO_POSTGRES, RIALTO_SILO_PORT, …",
        ]);

    public static SiloOptions Read(IReadOnlyList<string> args, IDictionary environment)
    {
        var given = ReadCommandLine(args);
        return new SiloOptions(
            new ClusterSettings { Postgres = Value("postgres"), Name = Value("cluster") },
            new SiloSettings
            {
                Rank = new Rank(Number("rank", 1, int.MaxValue)),
                Address = Value("address") is { Length: > 0 } address ? Parse(address) : null,
                SiloPort = Number("silo-port", 1, 65_535),
                GatewayPort = Number("gateway-port", 1, 65_535),
            },
            Value("urls"),
            Value("otlp") is { Length: > 0 } otlp ? Collector("--otlp", otlp)
                : environment[OtlpExport.Variable] is string { Length: > 0 } standard ? Collector(OtlpExport.Variable, standard) : null);

        string Value(string name)
        {
            var option = All.Single(option => option.Name == name);
            var value = given.GetValueOrDefault(name) ?? environment[$"RIALTO_{name.Replace('-', '_').ToUpperInvariant()}"] as string;
            return value is { Length: > 0 } ? value : option.Default ?? throw new BadOptionException($"--{name} is missing: it says {option.Meaning}.");
        }

        int Number(string name, int least, int most) =>
            int.TryParse(Value(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                ? number
                : throw new BadOptionException(string.Create(CultureInfo.InvariantCulture, $"--{name} is '{Value(name)}': choose a number from {least} to {most}."));
    }

    private static Dictionary<string, string> ReadCommandLine(IReadOnlyList<string> args)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Count; i += 2)
        {
            var name = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i][2..] : "";
            if (All.All(option => option.Name != name)) throw new BadOptionException($"There is no option {args[i]}: --help lists those there are.");
            if (i + 1 == args.Count) throw new BadOptionException($"{args[i]} needs a value.");
            if (!given.TryAdd(name, args[i + 1])) throw new BadOptionException($"{args[i]} is given twice: give it once.");
        }
        return given;
    }

    private static Uri Collector(string source, string text) => OtlpExport.TryParse(text, out var collector)
        ? collector : throw new BadOptionException(OtlpExport.NoAddress(source, text));

    private static IPAddress Parse(string text) =>
        IPAddress.TryParse(text, out var address) ? address : throw new BadOptionException($"--address is '{text}': write an address such as 10.0.0.7.");
}
