using System.Collections.Frozen;

namespace Rialto.Api.Http;

/// <summary>
/// What a browser can be made to do by somebody else's page ends here, before anything is looked up. A name that somebody else has pointed at
/// this server (DNS rebinding) makes their page one of ours to the browser: such a host is refused with 421. A page of another origin may
/// not write, whatever its form, and may not read in the background: a browser says with <c>Sec-Fetch-Site</c> and <c>Origin</c> whose page
/// it is, and no page can change that. Programs send neither, and pass.
/// </summary>
internal sealed class Gate(RequestDelegate next, HostList hosts, IEnumerable<string> origins)
{
    /// <summary>Nothing in an answer is a page, so nothing in it may load, run, or stand in a frame.</summary>
    public const string Policy = "default-src 'none'; frame-ancestors 'none'";

    private const string SiteHeader = "Sec-Fetch-Site";
    private const string ModeHeader = "Sec-Fetch-Mode";

    private readonly FrozenSet<string> _origins = origins.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>What every answer says to browsers, unless its route knows better.</summary>
    public static void Guard(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = Policy;
    }

    /// <summary>Whether a browser sent this: then a page may have asked for it that its user never saw.</summary>
    public static bool IsFromBrowser(HttpRequest request) => request.Headers.Origin.Count > 0 || request.Headers.ContainsKey(SiteHeader);

    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        if (!hosts.Has(request.Host)) return FaultShield.SayAsync(http, Problems.UnknownHost(request.Host.Host));
        return IsForeign(request) ? FaultShield.SayAsync(http, Problems.CrossSite) : next(http);
    }

    private bool IsForeign(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        var site = request.Headers[SiteHeader].ToString();
        if (origin.Length == 0 && site.Length == 0) return false;
        // What is asked before (a preflight) is answered by the list of origins; it does nothing by itself.
        if (_origins.Contains(origin) || HttpMethods.IsOptions(request.Method)) return false;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) return site == "cross-site" && request.Headers[ModeHeader] != "navigate";
        // The browser has compared the two itself; a proxy may have changed what is seen of them here.
        if (site.Length > 0) return site is not ("same-origin" or "none");
        var authority = origin.IndexOf("://", StringComparison.Ordinal);
        return authority < 0 || !origin.AsSpan(authority + 3).Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }
}
