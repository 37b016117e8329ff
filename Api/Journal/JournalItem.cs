using System.Globalization;
using System.Text.Json;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Api.Journal;

/// <summary>An event of the journal as clients see it. <see cref="Write"/> writes what this describes.</summary>
/// <param name="Seq">Its place.</param>
/// <param name="Epoch">The term of the leader that ordered it.</param>
/// <param name="Stream">Its entity's stream.</param>
/// <param name="Version">Its place within the stream.</param>
/// <param name="Category">The stream's kind.</param>
/// <param name="Ordinal">Its place within the category.</param>
/// <param name="Type">Its stable name.</param>
/// <param name="Data">The event.</param>
/// <param name="CommandId">The command that it came from.</param>
/// <param name="Causes">The events that it depends on.</param>
/// <param name="Clock">What its origin knew: for each rank a count.</param>
/// <param name="At">When it was ordered.</param>
/// <param name="Hash">The hash over it, as it is in the journal, and the hash before it.</param>
/// <param name="Origin">The node whose entity accepted the command. To the operator only, as the next: with both, whoever has an export can check its hashes.</param>
/// <param name="Fingerprint">A hash of what the command asked for, in hexadecimal; of a sealed bid it would tell the amount to whoever tries them all.</param>
internal sealed record JournalItem(
    long Seq, long Epoch, string Stream, long Version, string Category, long Ordinal, string Type, JsonElement Data, Guid CommandId, long[] Causes,
    Dictionary<string, long> Clock, DateTimeOffset At, string Hash, int? Origin = null, string? Fingerprint = null)
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";

    /// <summary>Writes an event as this viewer may see it.</summary>
    public static void Write(Utf8JsonWriter json, CommittedEvent committed, Replica replica, Viewer viewer)
    {
        var record = committed.Record;
        json.WriteStartObject();
        json.WriteNumber("seq"u8, record.Seq.Value);
        json.WriteNumber("epoch"u8, record.Epoch.Value);
        json.WriteString("stream"u8, record.Stream.Text);
        json.WriteNumber("version"u8, record.Version);
        json.WriteString("category"u8, record.Stream.Category);
        json.WriteNumber("ordinal"u8, record.Ordinal);
        json.WriteString("type"u8, record.Type);
        json.WritePropertyName("data"u8);
        WriteData(json, committed, replica, viewer);
        json.WriteString("commandId"u8, record.Command.Value);
        json.WriteStartArray("causes"u8);
        foreach (var cause in record.Causes) json.WriteNumberValue(cause.Value);
        json.WriteEndArray();
        WriteClock(json, "clock", record.Clock);
        json.WriteString("at"u8, record.At.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        json.WriteString("hash"u8, record.Hash.ToString());
        if (viewer.IsOperator)
        {
            json.WriteNumber("origin"u8, record.Origin.Value);
            json.WriteString("fingerprint"u8, record.Fingerprint.ToString("x16", CultureInfo.InvariantCulture));
        }
        json.WriteEndObject();
    }

    public static void WriteClock(Utf8JsonWriter json, string name, VectorClock clock)
    {
        json.WriteStartObject(name);
        foreach (var (node, ticks) in clock.Entries) json.WriteNumber(node.ToString(), ticks);
        json.WriteEndObject();
    }

    private static void WriteData(Utf8JsonWriter json, CommittedEvent committed, Replica replica, Viewer viewer)
    {
        if (!viewer.IsOperator)
        {
            var seen = replica.Conceal(committed.Record, committed.Happened, viewer);
            if (!ReferenceEquals(seen, committed.Happened))
            {
                json.WriteRawValue(MarketCodec.Encode(seen), skipInputValidation: true);
                return;
            }
        }
        json.WriteRawValue(committed.Record.Data.Span, skipInputValidation: true);
    }
}

/// <summary>How two events stand to each other: <c>before</c>, <c>after</c>, <c>concurrent</c>; <c>same</c> if they are one.</summary>
internal sealed record Comparison(string Relation);

/// <summary>What a verification of the whole journal found.</summary>
internal sealed record Verification(long Events, int Epochs, bool Ok, VerificationProblem[] Problems);

/// <summary>What is wrong at a place.</summary>
internal sealed record VerificationProblem(long Seq, string Code, string Detail)
{
    /// <summary>Writes the member <c>problems</c>.</summary>
    public static void WriteAll(Utf8JsonWriter json, IEnumerable<VerificationProblem> problems)
    {
        json.WriteStartArray("problems"u8);
        foreach (var problem in problems)
        {
            json.WriteStartObject();
            json.WriteNumber("seq"u8, problem.Seq);
            json.WriteString("code"u8, problem.Code);
            json.WriteString("detail"u8, problem.Detail);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
