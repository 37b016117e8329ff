using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Rialto.Tests.Support;

/// <summary>A server that stands before another and passes everything on, answers as they come.</summary>
internal sealed class SmallProxy : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None });

    private SmallProxy(WebApplication server, int port) => (_server, Port) = (server, port);

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>Starts one.</summary>
    /// <param name="target">The server behind it.</param>
    /// <param name="change">What it does to a request before it is passed on. It comes with its path, its headers and the host that the client named.</param>
    /// <param name="page">What it serves by itself at the root, if anything.</param>
    public static async Task<SmallProxy> StartAsync(Func<string> target, Action<HttpContext, HttpRequestMessage>? change = null, string? page = null)
    {
        var port = Ports.Free();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var proxy = new SmallProxy(builder.Build(), port);
        proxy._server.Run(http => page is not null && http.Request.Path == "/" ? Results.Content(page, "text/html").ExecuteAsync(http) : proxy.PassOnAsync(http, target(), change));
        await proxy._server.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _http.Dispose();
    }

    private async Task PassOnAsync(HttpContext http, string target, Action<HttpContext, HttpRequestMessage>? change)
    {
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), target + http.Request.Path.ToUriComponent() + http.Request.QueryString);
        if (http.Request.ContentLength > 0 || http.Request.Headers.TransferEncoding.Count > 0) request.Content = new StreamContent(http.Request.Body);
        foreach (var (name, values) in http.Request.Headers)
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray())) request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        change?.Invoke(http, request);
        try
        {
            using var answer = await _http.SendAsync(request, http.RequestAborted);
            http.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
                if (name != "Transfer-Encoding") http.Response.Headers[name] = values.ToArray();
            await using var body = await answer.Content.ReadAsStreamAsync(http.RequestAborted);
            var buffer = new byte[16_384];
            for (int read; (read = await body.ReadAsync(buffer, http.RequestAborted)) > 0;)
            {
                await http.Response.Body.WriteAsync(buffer.AsMemory(0, read), http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            http.Abort();
        }
    }
}
