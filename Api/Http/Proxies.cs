using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace Rialto.Api.Http;

/// <summary>What a server before this one changes: who calls, by which name and scheme, and under which path.</summary>
internal static class Proxies
{
    /// <summary>Believes <c>X-Forwarded-For</c>, <c>-Proto</c> and <c>-Host</c> of the named proxies, and of nobody else.</summary>
    public static void UseProxies(this WebApplication server, IReadOnlyList<IPNetwork> proxies)
    {
        if (proxies.Count == 0) return;
        var forwarded = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            // From the nearest to the first that is not one of ours.
            ForwardLimit = null,
        };
        // Loopback is believed by default; here only what was named is.
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var proxy in proxies) forwarded.KnownIPNetworks.Add(proxy);
        server.UseForwardedHeaders(forwarded);
    }

    /// <summary>
    /// Serves everything under a prefix, too: a proxy may pass it on or take it away. Either way the answers say it, so that their links
    /// lead back to the proxy.
    /// </summary>
    public static void UsePrefix(this WebApplication server, PathString prefix)
    {
        if (!prefix.HasValue) return;
        ((IApplicationBuilder)server).Use(next => http =>
        {
            var request = http.Request;
            if (request.Path.StartsWithSegments(prefix, StringComparison.Ordinal, out var rest))
            {
                if (!rest.HasValue && HttpMethods.IsGet(request.Method))
                {
                    // The pages' links are relative: without the slash they would begin one folder too high.
                    http.Response.Redirect(prefix + "/" + request.QueryString, permanent: true, preserveMethod: true);
                    return Task.CompletedTask;
                }
                request.Path = rest.HasValue ? rest : "/";
            }
            request.PathBase = prefix;
            return next(http);
        });
    }
}
