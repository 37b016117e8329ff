using Microsoft.AspNetCore.Http.Features;

namespace Rialto.Api.Export;

/// <summary>The spans that ASP.NET makes of requests carry no more than a time. Where they are sent somewhere they are told apart by route.</summary>
internal static class RequestSpans
{
    /// <summary>To be used where spans are sent only: it is a step in every request's way.</summary>
    public static void UseRequestSpans(this WebApplication server) => server.Use(static async (http, next) =>
    {
        await next(http);
        if (http.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } span) return;
        var (method, status, route) = (http.Request.Method, http.Response.StatusCode, (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText);
        span.DisplayName = route is null ? method : $"{method} {route}";
        span.SetTag("http.request.method", method).SetTag("http.route", route).SetTag("url.path", http.Request.Path.Value).SetTag("http.response.status_code", status);
        if (status >= 500) span.SetStatus(System.Diagnostics.ActivityStatusCode.Error);
    });
}
