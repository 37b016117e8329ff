using System.Text.Json.Serialization;
using Rialto.Api.Http;
using Rialto.Markets.Ledgers;

namespace Rialto.Api.Ledgers;

internal sealed record CreateLedgerBody
{
    public required string Asset { get; init; }
    public int? Scale { get; init; }
}

internal sealed record OpenAccountBody
{
    public required string Account { get; init; }
    public ExactDecimal? Initial { get; init; }
    public ExactDecimal? Limit { get; init; }
}

/// <summary>One transfer, or several that succeed or fail together.</summary>
internal sealed record TransferBody
{
    public string? Debit { get; init; }
    public string? Credit { get; init; }
    public ExactDecimal? Amount { get; init; }
    public bool? Pending { get; init; }
    public int? ExpiresInSeconds { get; init; }
    public string? Memo { get; init; }
    public LinkedTransferBody[]? Linked { get; init; }
}

internal sealed record LinkedTransferBody
{
    public required string Debit { get; init; }
    public required string Credit { get; init; }
    public required ExactDecimal Amount { get; init; }
    public bool? Pending { get; init; }
    public int? ExpiresInSeconds { get; init; }
    public string? Memo { get; init; }
}

internal sealed record PostTransferBody
{
    public ExactDecimal? Amount { get; init; }
}

internal sealed record ProposeBody
{
    public required TradeSide Side { get; init; }
    public required string Counterparty { get; init; }
    public required ExactDecimal Amount { get; init; }
    public string? Account { get; init; }
    public bool? AutoAccept { get; init; }
    public int? ExpiresInSeconds { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = StrictJson.MaxDepth)]
[JsonSerializable(typeof(CreateLedgerBody))]
[JsonSerializable(typeof(OpenAccountBody))]
[JsonSerializable(typeof(TransferBody))]
[JsonSerializable(typeof(PostTransferBody))]
[JsonSerializable(typeof(ProposeBody))]
internal sealed partial class LedgerBodies : JsonSerializerContext;
