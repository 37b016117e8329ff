using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Rialto.Export;
using Rialto.Journal.Postgres;

namespace Rialto.Api.Options;

/// <summary>An option or setting is wrong. The message is one sentence that says which, and what would be right.</summary>
internal sealed class BadOptionException(string message) : Exception(message);

/// <summary>
/// Reads options from the command line, the environment and appsettings.json, in this order of weight, and checks them all before anything
/// is opened. What it does not know on the command line or in appsettings.json it refuses: an option that is silently ignored is worse than none.
/// </summary>
internal static class OptionsReader
{
    private const string SettingsFile = "appsettings.json";

    /// <summary>Where a value was found, so that a complaint can say so.</summary>
    private sealed record Found(string Value, string Source);

    /// <summary>Reads and checks.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="environment">The environment's variables.</param>
    /// <param name="settingsFolders">Where appsettings.json may lie; a later folder's counts more.</param>
    /// <exception cref="BadOptionException">Something is wrong.</exception>
    public static ServerOptions Read(IReadOnlyList<string> args, IDictionary environment, params IReadOnlyList<string> settingsFolders)
    {
        var found = new Dictionary<string, Found>(StringComparer.Ordinal);
        foreach (var folder in settingsFolders) ReadFile(Path.Combine(folder, SettingsFile), found);
        foreach (var option in OptionTable.All)
            foreach (var variable in new[] { option.Standard, option.Variable })
                if (variable is not null && environment[variable] is string { Length: > 0 } value) found[option.Name] = new Found(value, variable);
        ReadCommandLine(args, found);
        return Check(found, environment);
    }

    private static void ReadCommandLine(IReadOnlyList<string> args, Dictionary<string, Found> found)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
                throw new BadOptionException($"'{args[i]}' is no option: options begin with --, and --help lists them.");
            var equals = args[i].IndexOf('=');
            var name = equals < 0 ? args[i][2..] : args[i][2..equals];
            var option = OptionTable.Find(name) ?? throw new BadOptionException(
                OptionTable.Nearest(name) is { } nearest ? $"There is no option --{name}: did you mean --{nearest}?" : $"There is no option --{name}: --help lists those there are.");
            if (!seen.Add(name)) throw new BadOptionException($"--{name} is given twice: give it once.");
            found[name] = new Found(equals >= 0 ? args[i][(equals + 1)..] : TakeValue(args, ref i, option), $"--{name}");
        }
    }

    private static string TakeValue(IReadOnlyList<string> args, ref int i, Option option)
    {
        var follows = i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
        if (follows) return args[++i];
        return option.Default is "true" or "false" ? "true" : throw new BadOptionException($"--{option.Name} needs a value: --{option.Name} {option.Value}.");
    }

    private static void ReadFile(string path, Dictionary<string, Found> found)
    {
        if (!File.Exists(path)) return;
        try
        {
            var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            using var document = JsonDocument.Parse(File.ReadAllText(path), options);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("Rialto", out var section)) return;
            if (section.ValueKind != JsonValueKind.Object) throw new BadOptionException($"\"Rialto\" in {path} must be an object with one entry for each option.");
            foreach (var entry in section.EnumerateObject())
            {
                if (OptionTable.Find(entry.Name) is null)
                    throw new BadOptionException($"There is no setting \"{entry.Name}\"{(OptionTable.Nearest(entry.Name) is { } nearest ? $" (did you mean \"{nearest}\"?)" : "")} in {path}.");
                if (entry.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                    throw new BadOptionException($"\"{entry.Name}\" in {path} must be a text, a number, true or false.");
                if (entry.Value.ValueKind != JsonValueKind.Null) found[entry.Name] = new Found(entry.Value.ToString(), $"\"{entry.Name}\" in {path}");
            }
        }
        catch (JsonException e)
        {
            throw new BadOptionException($"{path} is no JSON: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadOptionException($"{path} cannot be read: {e.Message}");
        }
    }

    private static ServerOptions Check(Dictionary<string, Found> found, IDictionary environment)
    {
        var engine = Engine(found);
        var journal = Choice(found, "journal", "file", "postgres") == "postgres" ? JournalKind.Postgres : JournalKind.File;
        var postgres = found.GetValueOrDefault("postgres");
        var database = postgres?.Value ?? PrivatePostgres.NamedBy(environment);
        var isPartOfCluster = found.ContainsKey("rank") || Bool(found, "gateway", out _);
        if (journal == JournalKind.Postgres && database is null && isPartOfCluster)
            throw new BadOptionException("The journal is to be the cluster's in PostgreSQL, but no database is named: add --postgres \"Host=…;Database=…\".");
        if (journal == JournalKind.Postgres && database is null && !PrivatePostgres.CanStart)
            throw new BadOptionException("The journal is to be in PostgreSQL, but no database is named and PostgreSQL is not installed here: add --postgres \"Host=…;Database=…\", or install it.");
        if (journal == JournalKind.File && postgres?.Source == "--postgres")
            throw new BadOptionException("--postgres names a database, but the journal is kept in files: add --journal postgres, or leave --postgres out.");
        var options = new ServerOptions
        {
            Addresses = Addresses(Value(found, "urls")),
            DataFolder = DataFolder(Value(found, "data")),
            AcceptLoss = found.ContainsKey("accept-loss") ? Place(found["accept-loss"]) : null,
            Journal = journal,
            Postgres = journal == JournalKind.Postgres ? database : null,
            Engine = engine,
            Nodes = Number(found, "nodes", 1, 64),
            Rank = found.ContainsKey("rank") ? Number(found, "rank", 1, int.MaxValue) : null,
            IsGateway = Bool(found, "gateway", out _),
            Cluster = Value(found, "cluster").Value,
            SiloAddress = found.TryGetValue("silo-address", out var siloAddress) ? Address(siloAddress) : null,
            SiloPort = Number(found, "silo-port", 1, 65_535),
            GatewayPort = Number(found, "gateway-port", 1, 65_535),
            CacheSize = Number(found, "cache-size", 0, 10_000_000),
            Listings = Listings(found),
            // A cluster that several processes make up is not a place to try things out, unless somebody says so.
            Sample = Bool(found, "sample", out _) && (!isPartOfCluster || found.ContainsKey("sample")),
            Demo = Bool(found, "demo", out _),
            OriginalsAnonymous = Bool(found, "originals-anonymous", out _),
            MaxStreams = Number(found, "max-streams", 0, 100_000),
            Edge = EdgeOptions.Read(name => (Value(found, name).Value, Value(found, name).Source)),
            Otlp = found.TryGetValue("otlp", out var otlp) ? Collector(otlp) : null,
        };
        if (options.IsBeyondLoopback && !Bool(found, "allow-anonymous", out _))
            throw new BadOptionException($"{Value(found, "urls").Source} names an address beyond loopback, where anybody could act as anybody: add --allow-anonymous if that is meant.");
        return options;
    }

    private static ListingOptions Listings(Dictionary<string, Found> found)
    {
        var source = Choice(found, "listings-source", "sample", "csv", "marketcheck");
        var (file, key) = (found.GetValueOrDefault("listings-file"), found.GetValueOrDefault("marketcheck-key"));
        if (source == "csv" && file is null) throw new BadOptionException("Listings are to be fetched from a file, but no file is named: add --listings-file cars.csv.");
        if (source == "marketcheck" && key is null) throw new BadOptionException("Listings are to be fetched from MarketCheck, but there is no key: add --marketcheck-key.");
        var (address, from) = Value(found, "marketcheck-address");
        if (!Uri.TryCreate(address.EndsWith('/') ? address : address + "/", UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new BadOptionException($"{from} is '{address}': write an address such as https://mc-api.marketcheck.com/.");
        return new ListingOptions(source, file?.Value, Number(found, "listings-fresh-hours", 0, 8_760), key?.Value, uri, Number(found, "marketcheck-calls", 0, 1_000_000));
    }

    private static EngineKind Engine(Dictionary<string, Found> found)
    {
        var choice = Choice(found, "engine", "auto", "embedded", "orleans");
        var engine = choice == "embedded" ? EngineKind.Embedded : EngineKind.Orleans;
        var clustered = engine == EngineKind.Orleans && Value(found, "journal").Value == "postgres";
        foreach (var name in new[] { "rank", "gateway" })
            if (!clustered && found.TryGetValue(name, out var given) && given.Value != "false")
                throw new BadOptionException($"{given.Source} is for a cluster on Orleans and PostgreSQL: add --engine orleans --journal postgres, or leave it out.");
        if (found.TryGetValue("rank", out var rank) && Bool(found, "gateway", out var gateway))
            throw new BadOptionException($"{rank.Source} and {gateway.Source} exclude each other: a process is a silo or a front door alone.");
        return engine;
    }

    private static IPAddress Address(Found found) =>
        IPAddress.TryParse(found.Value, out var address) ? address : throw new BadOptionException($"{found.Source} is '{found.Value}': write an address such as 10.0.0.7.");

    private static Uri Collector(Found found) => OtlpExport.TryParse(found.Value, out var collector)
        ? collector : throw new BadOptionException(OtlpExport.NoAddress(found.Source, found.Value));

    private static Found Value(Dictionary<string, Found> found, string name) =>
        found.TryGetValue(name, out var value) ? value : new Found(OptionTable.Find(name)?.Default ?? "", $"--{name}");

    private static string Choice(Dictionary<string, Found> found, string name, params string[] choices)
    {
        var (value, source) = Value(found, name);
        return choices.Contains(value, StringComparer.Ordinal) ? value : throw new BadOptionException($"{source} is '{value}': choose {string.Join(", ", choices[..^1])} or {choices[^1]}.");
    }

    private static bool Bool(Dictionary<string, Found> found, string name, out Found value)
    {
        value = Value(found, name);
        return bool.TryParse(value.Value, out var yes) ? yes : throw new BadOptionException($"{value.Source} is '{value.Value}': choose true or false.");
    }

    private static int Number(Dictionary<string, Found> found, string name, int minimum, int maximum)
    {
        var (value, source) = Value(found, name);
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
            ? number
            : throw new BadOptionException(string.Create(CultureInfo.InvariantCulture, $"{source} is '{value}': choose a number from {minimum} to {maximum}."));
    }

    private static long Place(Found found) => long.TryParse(found.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var place) && place > 0
        ? place
        : throw new BadOptionException($"{found.Source} is '{found.Value}': name the first place that is missing, as the server told it.");

    private static string DataFolder(Found found)
    {
        try
        {
            return Path.GetFullPath(found.Value);
        }
        catch (ArgumentException)
        {
            throw new BadOptionException($"{found.Source} is '{found.Value}', which names no folder.");
        }
    }

    private static List<ListenAddress> Addresses(Found found)
    {
        var addresses = found.Value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => TryParse(text, out var address) ? address : throw new BadOptionException($"{found.Source} holds '{text}': write an address such as http://127.0.0.1:5080."))
            .ToList();
        return addresses.Count > 0 ? addresses : throw new BadOptionException($"{found.Source} names no address: write one such as http://127.0.0.1:5080.");
    }

    private static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address)
    {
        address = null;
        // Kestrel's own way to say "all addresses" is no URI.
        var any = text.StartsWith("http://*", StringComparison.OrdinalIgnoreCase) || text.StartsWith("http://+", StringComparison.OrdinalIgnoreCase);
        if (any) text = string.Concat("http://0.0.0.0", text.AsSpan("http://*".Length));
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0) return false;
        if (uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            if (uri.Port == 0) return false;
            address = new ListenAddress("localhost", null, uri.Port);
            return true;
        }
        if (!IPAddress.TryParse(uri.DnsSafeHost, out var ip)) return false;
        address = new ListenAddress(uri.Host, ip, uri.Port);
        return true;
    }
}
