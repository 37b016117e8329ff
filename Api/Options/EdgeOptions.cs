namespace Rialto.Api.Options;

/// <summary>How the server stands towards browsers and towards the servers before it.</summary>
internal sealed record EdgeOptions
{
    /// <summary>Names that it answers for, beside loopback's; <c>*.example.com</c> for all names under one.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>Origins whose pages may call it, such as <c>https://shop.example</c>.</summary>
    public required IReadOnlyList<string> CorsOrigins { get; init; }

    /// <summary>Checks and reads.</summary>
    /// <param name="value">An option's value, and where it was found.</param>
    /// <exception cref="BadOptionException">Something is wrong.</exception>
    public static EdgeOptions Read(Func<string, (string Value, string Source)> value) => new()
    {
        Hosts = List(value("hosts"), TryHost, "names without a port, with ; between them, such as market.example.com;*.lan"),
        CorsOrigins = List(value("cors-origins"), TryOrigin, "origins with ; between them, such as https://shop.example;http://localhost:3000"),
    };

    private delegate bool TryRead(string text, out string read);

    private static List<string> List((string Value, string Source) given, TryRead tryRead, string expected) =>
        [.. given.Value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => tryRead(text, out var read) ? read : throw new BadOptionException($"{given.Source} holds '{text}': write {expected}."))];

    private static bool TryHost(string text, out string host)
    {
        host = text.Trim('[', ']');
        return Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) != UriHostNameType.Unknown;
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
