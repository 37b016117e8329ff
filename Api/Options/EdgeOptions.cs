using System.Net;
using Rialto.Api.Original;
using IPNetwork = System.Net.IPNetwork;

namespace Rialto.Api.Options;

/// <summary>How the server stands towards browsers and towards the servers before it.</summary>
internal sealed record EdgeOptions
{
    private static readonly string[] OwnPaths = ["api", "assets", "docs", "health", "metrics", "openapi", "problems"];

    /// <summary>Names that it answers for, beside loopback's; <c>*.example.com</c> for all names under one.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>Origins whose pages may call it, such as <c>https://shop.example</c>.</summary>
    public required IReadOnlyList<string> CorsOrigins { get; init; }

    /// <summary>The servers before this one whose word on who calls, and how, is taken.</summary>
    public required IReadOnlyList<IPNetwork> Proxies { get; init; }

    /// <summary>The path under which a server before this one serves it, such as <c>/rialto</c>; empty for none.</summary>
    public required string PathBase { get; init; }

    /// <summary>Checks and reads.</summary>
    /// <param name="value">An option's value, and where it was found.</param>
    /// <exception cref="BadOptionException">Something is wrong.</exception>
    public static EdgeOptions Read(Func<string, (string Value, string Source)> value) => new()
    {
        Hosts = List<string>(value("hosts"), TryHost, "names without a port, with ; between them, such as market.example.com;*.lan"),
        CorsOrigins = List<string>(value("cors-origins"), TryOrigin, "origins with ; between them, such as https://shop.example;http://localhost:3000"),
        Proxies = List<IPNetwork>(value("proxies"), TryNetwork, "addresses or networks with ; between them, such as 127.0.0.1;10.0.0.0/8"),
        PathBase = ReadPathBase(value("path-base")),
    };

    private delegate bool TryRead<T>(string text, out T read);

    private static List<T> List<T>((string Value, string Source) given, TryRead<T> tryRead, string expected) =>
        [.. given.Value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => tryRead(text, out var read) ? read : throw new BadOptionException($"{given.Source} holds '{text}': write {expected}."))];

    private static bool TryHost(string text, out string host)
    {
        host = text.Trim('[', ']');
        return Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) != UriHostNameType.Unknown;
    }

    private static bool TryNetwork(string text, out IPNetwork network)
    {
        if (!IPAddress.TryParse(text, out var address)) return IPNetwork.TryParse(text, out network);
        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }

    private static string ReadPathBase((string Value, string Source) given)
    {
        var path = given.Value.TrimEnd('/');
        if (path.Length == 0) return "";
        if (path[0] != '/' || path.Contains("//", StringComparison.Ordinal) || !path.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '-' or '_' or '.'))
            throw new BadOptionException($"{given.Source} is '{given.Value}': write a path such as /rialto.");
        var first = path.Split('/')[1];
        if (OwnPaths.Contains(first, StringComparer.Ordinal) || OriginalRoutes.Own(path))
            throw new BadOptionException($"{given.Source} is '{given.Value}', but what begins with /{first} is a route of its own: write another path such as /rialto.");
        return path;
    }

    /// <summary>As a browser writes it: no path, no port that goes without saying.</summary>
    private static bool TryOrigin(string text, out string origin)
    {
        origin = "";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0) return false;
        origin = uri.GetLeftPart(UriPartial.Authority);
        return true;
    }
}
