using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Rialto.Tests.Api;

/// <summary>Stands in for MarketCheck: its documented search, on a free port of the loopback address, and whatever may go wrong with it.</summary>
internal sealed class MarketCheckStandIn : IAsyncDisposable
{
    public const string Key = "right-key";

    private readonly WebApplication _server;
    private int _calls;

    private MarketCheckStandIn(WebApplication server) => _server = server;

    public Uri Address => new(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/");

    /// <summary>How many vehicles it has.</summary>
    public int Vehicles { get; set; } = 3;

    /// <summary>Answers instead, if it is set: told the number of the call, from 1; false to answer as ever.</summary>
    public Func<int, HttpContext, Task<bool>>? Instead { get; set; }

    public int Calls => Volatile.Read(ref _calls);

    public List<string> Asked { get; } = [];

    public static async Task<MarketCheckStandIn> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        var standIn = new MarketCheckStandIn(server);
        ((IApplicationBuilder)server).Run(standIn.AnswerAsync);
        await server.StartAsync();
        return standIn;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var call = Interlocked.Increment(ref _calls);
        lock (Asked) Asked.Add(http.Request.Path + http.Request.QueryString.Value);
        if (Instead is not null && await Instead(call, http)) return;
        var query = http.Request.Query;
        if (http.Request.Path != "/v2/search/car/active") http.Response.StatusCode = 404;
        else if (query["api_key"] != Key) http.Response.StatusCode = 401;
        else
        {
            var (start, rows) = (int.Parse(query["start"]!, CultureInfo.InvariantCulture), int.Parse(query["rows"]!, CultureInfo.InvariantCulture));
            if (rows > 50) http.Response.StatusCode = 422;
            else await http.Response.WriteAsync(Page(start, rows));
        }
    }

    private string Page(int start, int rows)
    {
        var text = new StringBuilder($"{{\"num_found\":{Vehicles},\"listings\":[");
        for (var i = start; i < Math.Min(Vehicles, start + rows); i++)
            text.Append(i > start ? "," : "").Append(CultureInfo.InvariantCulture, $$$"""
                {"id":"x-{{{i}}}","vin":"JTDBR32E72{{{i:0000000}}}","heading":"2019 Toyota Corolla","price":{{{15000 + i}}},"miles":{{{10000 + i}}},"vdp_url":"https://example.org/{{{i}}}","inventory_type":"used",
                 "build":{"year":2019,"make":"Toyota","model":"Corolla","trim":"LE"},"dealer":{"name":"Best Cars","city":"Toronto","state":"ON"}}
                """);
        // What cannot be sold is listed too, and to be left out.
        if (start == 0) text.Append(",{\"id\":\"no-price\",\"miles\":1},{\"id\":\"no-year\",\"price\":1.5,\"build\":{}}");
        return text.Append("]}").ToString();
    }
}
