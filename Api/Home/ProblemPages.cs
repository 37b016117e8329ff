using System.Net;
using System.Reflection;
using Rialto.Api.Http;

namespace Rialto.Api.Home;

/// <summary>Where a problem's type leads: what the code means, what can be done, and which operations answer with it.</summary>
internal static class ProblemPages
{
    /// <summary>What the front door says by itself, in its own words.</summary>
    private static readonly Dictionary<string, Problem> Own = typeof(Problems).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => field.GetValue(null)).OfType<Problem>().GroupBy(problem => problem.Code, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);

    public static void MapProblems(this Routes routes, IEndpointRouteBuilder endpoints) =>
        routes.GetRaw("/problems/{code}", call => WriteAsync(call, endpoints)).Says("ExplainProblem", "A page that explains a problem's code.").Returns("text/html").Refuses("not-found");

    private static async Task<Problem?> WriteAsync(Call call, IEndpointRouteBuilder endpoints)
    {
        var code = call.Part("code");
        var operations = endpoints.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<RouteNotes>()?.Codes.Contains(code) == true)
            .Select(endpoint => $"{endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods[0]} {endpoint.RoutePattern.RawText}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var own = Own.GetValueOrDefault(code);
        var isCommon = RouteNotes.CommonCodes.Contains(code);
        if (operations.Count == 0 && own is null && !isCommon) return Problems.NoSuchRoute;
        var title = new Problem(0, code, "").Title;
        var where = operations.Count == 0
            ? "<p>Any address may answer with it.</p>"
            : $"<p>These operations answer with it{(isCommon ? ", and others may" : "")}:</p><ul>{string.Concat(operations.Select(operation => $"<li><code>{WebUtility.HtmlEncode(operation)}</code></li>"))}</ul>";
        call.Http.Response.Headers.ContentSecurityPolicy = HomeEndpoints.Policy;
        call.Http.Response.ContentType = "text/html; charset=utf-8";
        await call.Http.Response.WriteAsync(HomeEndpoints.Page(title, $"""
            <h1>{WebUtility.HtmlEncode(title)}</h1>
            <p>The code is <code>{WebUtility.HtmlEncode(code)}</code>{(own is null ? "" : $", the status {own.Status}")}. {WebUtility.HtmlEncode(own?.Detail ?? "The answer's field detail says in a sentence what to do, and its other fields name what it is about.")}</p>
            <p>A status of 400, 413, 415 or 422 is about the request: change it. 401 and 403: somebody else may. 404: it is not there. 409: not as things are now. 429 and 503: send the same again, with the same idempotency key, after <code>retryAfter</code> seconds.</p>
            {where}
            <p><a href="../docs/">All operations</a></p>
            """), call.Http.RequestAborted);
        return null;
    }
}
