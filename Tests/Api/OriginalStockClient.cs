using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>An order, as the original platform tells it.</summary>
internal sealed record OriginalOrder(long Number, string Name, string Type, int Quantity);

/// <summary>
/// A client of the original stock platform, written from that platform's description alone: it looks a stock up, with some probability orders,
/// and in the end looks every one of its orders up by number. It knows no keys and names no actor. When the server goes away it waits for
/// its health; a lookup is then repeated, but an order is not: nobody can tell whether it was carried out.
/// </summary>
internal sealed class OriginalStockClient(Uri address, double orders, SmallRandom random, CancellationToken patience) : IDisposable
{
    private static readonly string[] Stocks = ["GameStart", "CICSorg", "Google"];

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>The orders that were answered with a number.</summary>
    public List<OriginalOrder> Answered { get; } = [];

    /// <summary>How many orders were sent and not answered.</summary>
    public int Unknown { get; private set; }

    public async Task StepAsync()
    {
        var name = random.Pick(Stocks);
        var found = await LookUpAsync($"/stocks/{name}");
        Assert.Equal(name, found.Word("name"));
        Assert.True(found.Amount("price") > 0, found.GetRawText());
        if (found.Number("quantity") == 0 || random.Between(0, 1_000) >= orders * 1_000) return;
        await OrderAsync(name, random.Between(0, 2) == 0 ? "buy" : "sell", random.Between(1, 6));
    }

    /// <summary>Every order that was answered is found by its number, as it was sent.</summary>
    public async Task CheckAsync()
    {
        foreach (var order in Answered)
        {
            var found = await LookUpAsync(FormattableString.Invariant($"/orders/{order.Number}"));
            Assert.Equal(order, new OriginalOrder(found.Number("number"), found.Word("name")!, found.Word("type")!, (int)found.Number("quantity")));
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task OrderAsync(string name, string type, int quantity)
    {
        var (status, answer) = await TrySendAsync(HttpMethod.Post, "/orders", JsonContent.Create(new { name, quantity, type }));
        if (status == HttpStatusCode.OK)
        {
            Answered.Add(new OriginalOrder(answer.GetProperty("data").Number("transaction_number"), name, type, quantity));
            return;
        }
        if (status is null or HttpStatusCode.ServiceUnavailable)
        {
            Unknown++;
            await WaitForHealthAsync();
            return;
        }
        var error = answer.GetProperty("error");
        Assert.Equal((500, "Insufficient stock quantity"), ((int)error.Number("code"), error.Word("message")));
    }

    private async Task<JsonElement> LookUpAsync(string path)
    {
        while (true)
        {
            var (status, answer) = await TrySendAsync(HttpMethod.Get, path);
            if (status == HttpStatusCode.OK) return answer.GetProperty("data");
            Assert.True(status is null or HttpStatusCode.ServiceUnavailable, $"{path} was answered {status}: {answer}");
            await WaitForHealthAsync();
        }
    }

    private async Task WaitForHealthAsync()
    {
        while ((await TrySendAsync(HttpMethod.Get, "/health")).Status != HttpStatusCode.OK) await Task.Delay(50, patience);
    }

    /// <summary>No status if no answer came. Every request has a connection of its own, so that none is sent a second time by itself.</summary>
    private async Task<(HttpStatusCode? Status, JsonElement Answer)> TrySendAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        patience.ThrowIfCancellationRequested();
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.ConnectionClose = true;
        try
        {
            using var response = await _http.SendAsync(request, patience);
            using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(patience));
            return (response.StatusCode, document.RootElement.Clone());
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (null, default);
        }
    }
}
