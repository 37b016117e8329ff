using Rialto.Export;

namespace Rialto.Api.Options;

/// <summary>One option: <c>--name</c> on the command line, <c>RIALTO_NAME</c> in the environment, <c>Rialto:name</c> in appsettings.json.</summary>
/// <param name="Name">Its name, in lower case with hyphens.</param>
/// <param name="Value">What to write after it, for people; null for a switch that needs no value.</param>
/// <param name="Default">What holds if nobody says anything; null for nothing.</param>
/// <param name="Meaning">What it is for.</param>
/// <param name="Standard">The variable that other programs know it by; Rialto's own counts more.</param>
internal sealed record Option(string Name, string? Value, string? Default, string Meaning, string? Standard = null)
{
    public string Variable => "RIALTO_" + Name.Replace('-', '_').ToUpperInvariant();
}

/// <summary>All options, in the order of <c>--help</c>.</summary>
internal static class OptionTable
{
    public static readonly IReadOnlyList<Option> All =
    [
        new("urls", "http://127.0.0.1:5080", "http://127.0.0.1:5080", "addresses to serve on, with ; between them"),
        new("data", "./data", "./data", "folder of the file journal and of checkpoints"),
        new("accept-loss", "SEQ", null, "start although the file journal was cut and lacks acknowledged events from this place on"),
        new("engine", "auto|orleans|embedded", "auto", "what hosts the entities; auto is orleans"),
        new("journal", "file|postgres", "file", "where events are kept"),
        new("postgres", "\"Host=…;Database=…\"", null, "the database, if the journal is in PostgreSQL (PGHOST, PGDATABASE, …, or a server of its own in the data folder)"),
        new("nodes", "3", "3", "nodes in this process; with Orleans and PostgreSQL, silo processes"),
        new("rank", "3", null, "with Orleans and PostgreSQL: be the silo of this rank of a cluster"),
        new("gateway", null, "false", "with Orleans and PostgreSQL: be a front door of a cluster that runs"),
        new("cluster", "rialto", "rialto", "the cluster's name"),
        new("silo-address", "10.0.0.7", null, "where other silos reach this one (this machine's address if it is not said)"),
        new("silo-port", "11111", "11111", "the port for other silos"),
        new("gateway-port", "30000", "30000", "the port for front doors"),
        new("cache-size", "1000", "1000", "entries of the front door's cache of stocks"),
        new("sample", "true|false", "true", "put sample data into an empty journal; without --rank and --gateway if nothing is said"),
        new("demo", null, "false", "bots trade, bid, list and crash cars through the public API, some events a second"),
        new("allow-anonymous", null, "false", "serve beyond loopback although nobody's name is checked yet"),
        new("originals-anonymous", "true|false", "true", "let callers of the original systems' routes act without a name"),
        new("listings-source", "sample|csv|marketcheck", "sample", "where listings are fetched"),
        new("listings-file", "cars.csv", null, "the file of listings, if they are fetched from one"),
        new("listings-fresh-hours", "24", "24", "how long fetched listings are fresh"),
        new("marketcheck-key", "key", null, "the API key, if listings are fetched from MarketCheck"),
        new("marketcheck-address", "https://…/", "https://mc-api.marketcheck.com/", "where MarketCheck is"),
        new("marketcheck-calls", "500", "500", "calls of MarketCheck in a month, at most"),
        new("max-streams", "1000", "1000", "event streams that may be open at once; a quarter of them for one caller, half for one address"),
        new("hosts", "market.example.com", "", "names that it answers for beside loopback's, with ; between them; *.example.com for all names under one"),
        new("cors-origins", "https://shop.example", "", "origins whose pages may call it, with ; between them"),
        new("path-base", "/rialto", "", "the path under which a proxy serves it"),
        new("proxies", "127.0.0.1;10.0.0.0/8", "", "proxies whose X-Forwarded-For, -Proto and -Host count, with ; between them"),
        new("otlp", "http://127.0.0.1:4317", null, $"the OpenTelemetry collector to send metrics and traces to ({OtlpExport.Variable} if it is not said)", OtlpExport.Variable),
    ];

    public static Option? Find(string name) => All.FirstOrDefault(option => option.Name == name);

    public static string Help()
    {
        var width = All.Max(option => Left(option).Length) + 2;
        var lines = All.Select(option => $"  {Left(option).PadRight(width)}{option.Meaning}{(option.Default is { Length: > 0 } value and not "false" ? $" (default {value})" : "")}");
        return $"""
            Rialto: a marketplace whose every change is one event on one line.

            ./run [options]

            {string.Join(Environment.NewLine, lines)}
              {"--help".PadRight(width)}this text

            Each option is also a setting: RIALTO_URLS, RIALTO_CACHE_SIZE, … in the environment, or in appsettings.json under "Rialto".
            The command line counts most, then the environment, then appsettings.json.
            """;
    }

    /// <summary>The option that somebody may have meant, or null.</summary>
    public static string? Nearest(string name) => All
        .Select(option => (option.Name, Distance: Distance(option.Name, name)))
        .Where(candidate => candidate.Distance <= 1 + (candidate.Name.Length / 3))
        .OrderBy(candidate => candidate.Distance)
        .Select(candidate => candidate.Name)
        .FirstOrDefault();

    private static string Left(Option option) => $"--{option.Name}{(option.Value is { } value ? " " + value : "")}";

    /// <summary>How many letters must be added, removed or changed (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        if (b.Length > 64) return int.MaxValue;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var (diagonal, left) = (row[0], row[0] = i);
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = Math.Min(Math.Min(row[j], left) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                (diagonal, left) = (row[j], row[j] = cost);
            }
        }
        return row[^1];
    }
}
