using System.Text.Json.Serialization;
using Rialto.Api.Http;
using Rialto.Markets.Dispatch;

namespace Rialto.Api.Dispatch;

internal sealed record RegisterUnitBody
{
    public required string Unit { get; init; }
    public string? Kind { get; init; }
    public required ExactDecimal Lat { get; init; }
    public required ExactDecimal Lon { get; init; }
    public string[]? Skills { get; init; }
}

internal sealed record RegisterHospitalBody
{
    public required string Hospital { get; init; }
    public required ExactDecimal Lat { get; init; }
    public required ExactDecimal Lon { get; init; }
    public required int Beds { get; init; }
    public bool? Open { get; init; }
}

internal sealed record ReportIncidentBody
{
    public required ExactDecimal Lat { get; init; }
    public required ExactDecimal Lon { get; init; }
    public required int Severity { get; init; }
    public string[]? Needs { get; init; }
    public string? Reporter { get; init; }
}

internal sealed record StatusBody
{
    public required UnitReport Status { get; init; }
    public string? Incident { get; init; }
}

internal sealed record PositionBody
{
    public required ExactDecimal Lat { get; init; }
    public required ExactDecimal Lon { get; init; }
}

internal sealed record BedsBody
{
    public int? Free { get; init; }
    public bool? Open { get; init; }
}

internal sealed record CancelIncidentBody
{
    public string? Reason { get; init; }
}

/// <summary>What is left out stays as it is.</summary>
internal sealed record TermsBody
{
    public int? AcknowledgeSeconds { get; init; }
    public int? HeartbeatSeconds { get; init; }
    public int? PositionSeconds { get; init; }
}

/// <summary>Which node a client should talk to, for the description.</summary>
internal sealed record ClientNodeShape(int Node, int Entities, int? Leader, long Epoch);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = StrictJson.MaxDepth)]
[JsonSerializable(typeof(RegisterUnitBody))]
[JsonSerializable(typeof(RegisterHospitalBody))]
[JsonSerializable(typeof(ReportIncidentBody))]
[JsonSerializable(typeof(StatusBody))]
[JsonSerializable(typeof(PositionBody))]
[JsonSerializable(typeof(BedsBody))]
[JsonSerializable(typeof(CancelIncidentBody))]
[JsonSerializable(typeof(TermsBody))]
internal sealed partial class DispatchBodies : JsonSerializerContext;
