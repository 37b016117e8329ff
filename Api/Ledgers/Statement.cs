using System.Globalization;
using System.Text;
using Rialto.Api.Http;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;

namespace Rialto.Api.Ledgers;

/// <summary>An account's statement as CSV (RFC 4180), oldest first, as far as its book goes when it is asked for.</summary>
internal static class Statement
{
    private const string Header = "seq,at,kind,side,counterparty,amount,balance,transfer,memo,proposal\r\n";

    public static async Task<Problem?> WriteAsync(Call call)
    {
        if (LedgerEndpoints.Named(call.Part("asset"), out var ledger) is { } no) return no;
        if (await call.WaitAsync() is { } behind) return behind;
        var account = call.Part("account");
        if (Read(call, ledger, account, null, out var visibleTo) is not { } page) return await LedgerEndpoints.WhyNotAsync(call, ledger, account);

        var response = call.Http.Response;
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{ledger.Key.Replace(':', '-')}-statement.csv\"";
        response.Headers["X-Rialto-Seq"] = visibleTo.Value.ToString(CultureInfo.InvariantCulture);
        var text = new StringBuilder(Header);
        while (true)
        {
            foreach (var line in page.Items.TakeWhile(line => line.Seq <= visibleTo.Value)) Append(text, line);
            await response.WriteAsync(text.ToString(), call.Http.RequestAborted);
            if (page.Next is null || page.Items[^1].Seq >= visibleTo.Value) return null;
            text.Clear();
            page = Read(call, ledger, account, page.Items[^1].Seq, out _)!;
        }
    }

    private static Page<HistoryLine>? Read(Call call, StreamId ledger, string account, long? after, out Seq visibleTo)
    {
        var viewer = call.Viewer;
        return call.Engine.Replica.Ask((LedgerBook book) => book.Statement(ledger.Key, account, viewer, after, Bounds.MaxPage), out visibleTo);
    }

    private static void Append(StringBuilder text, HistoryLine line) => text
        .Append(CultureInfo.InvariantCulture, $"{line.Seq},{line.At.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ},{Word(line.Kind)},{Word(line.Side)},")
        .Append(Field(line.Counterparty)).Append(',')
        .Append(CultureInfo.InvariantCulture, $"{line.Amount},{line.Balance},")
        .Append(Field(line.Transfer)).Append(',').Append(Field(line.Memo)).Append(',').Append(Field(line.Proposal)).Append("\r\n");

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>Quoted where it must be; and what a spreadsheet would take for a formula is made a text.</summary>
    private static string Field(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        if (text[0] is '=' or '+' or '-' or '@') text = "'" + text;
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
    }
}
