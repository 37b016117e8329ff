using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Rialto.Journal;

namespace Rialto.Cli.Offline;

/// <summary>
/// An exported journal, one event on each line, read from the file as it is asked for, so that it may be larger than memory. It is read from
/// its beginning to its end: a read after place 0 starts anew, any other goes on where the one before it stopped.
/// <para>
/// An export tells all that a record's hash covers, so its chain can be checked. It does not tell who claimed which epoch when (claims are
/// made up here from the events), nor whether the journal went on after its last line.
/// </para>
/// </summary>
internal sealed class ExportedJournal : IJournal
{
    /// <summary>The checks that its claims and its end would be needed for.</summary>
    public static readonly string[] CheckedInPart = ["order", "epochs"];

    private readonly string _path;
    private StreamReader _lines;
    private long _line;
    private JournalEnd _end = new(Epoch.None, null, Seq.None, Hash256.Zero, ImmutableDictionary<string, long>.Empty);
    private ImmutableArray<EpochClaim> _claims = [];

    private ExportedJournal(string path)
    {
        _path = path;
        _lines = File.OpenText(path);
    }

    /// <inheritdoc/>
    public string Kind => "export";

    /// <inheritdoc/>
    public long RefusedWrites => 0;

    /// <summary>Reads it once, to know where it ends.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told how much of it was read, from 0 to 1.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="JournalDamagedException">A line is no event.</exception>
    public static async Task<ExportedJournal> OpenAsync(string path, Action<double> progress, CancellationToken cancellation)
    {
        var journal = new ExportedJournal(path);
        try
        {
            await journal.FindEndAsync(progress, cancellation);
            return journal;
        }
        catch
        {
            await journal.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default) => ValueTask.FromResult(_end);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default) => ValueTask.FromResult<IReadOnlyList<EpochClaim>>(_claims);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default) =>
        ReadAsync(fromStart: after == Seq.None, limit, _ => true, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default) =>
        ReadAsync(fromStart: afterVersion == 0, limit, record => record.Stream == stream, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default) =>
        ReadAsync(fromStart: afterOrdinal == 0, limit, record => record.Stream.Category == category, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default) => throw ReadOnly();

    /// <inheritdoc/>
    public ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default) => throw ReadOnly();

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default) => throw ReadOnly();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _lines.Dispose();
        return ValueTask.CompletedTask;
    }

    private static NotSupportedException ReadOnly() => new("An export is read from its beginning to its end, and never written.");

    private async Task FindEndAsync(Action<double> progress, CancellationToken cancellation)
    {
        var claims = ImmutableArray.CreateBuilder<EpochClaim>();
        var ordinals = ImmutableDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        JournalRecord? last = null;
        while (await NextAsync(cancellation) is { } record)
        {
            for (var epoch = claims.Count + 1L; epoch <= record.Epoch.Value; epoch++)
                claims.Add(new EpochClaim(new Epoch(epoch), record.Origin, new Seq(record.Seq.Value - 1), record.AtUnixMs));
            ordinals[record.Stream.Category] = record.Ordinal;
            last = record;
            if (_line % 1_000 == 0) progress((double)_lines.BaseStream.Position / _lines.BaseStream.Length);
        }
        _claims = claims.ToImmutable();
        if (last is not null) _end = new JournalEnd(last.Epoch, null, last.Seq, last.Hash, ordinals.ToImmutable());
    }

    private async ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(bool fromStart, int limit, Func<JournalRecord, bool> isWanted, CancellationToken cancellation)
    {
        if (fromStart)
        {
            _lines.Dispose();
            (_lines, _line) = (File.OpenText(_path), 0);
        }
        var page = new List<JournalRecord>();
        while (page.Count < limit && await NextAsync(cancellation) is { } record)
            if (isWanted(record)) page.Add(record);
        return page;
    }

    private async ValueTask<JournalRecord?> NextAsync(CancellationToken cancellation)
    {
        if (await _lines.ReadLineAsync(cancellation) is not { } line) return null;
        _line++;
        try
        {
            using var document = JsonDocument.Parse(line);
            return RecordOf(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new JournalDamagedException(string.Create(CultureInfo.InvariantCulture, $"Line {_line} of {_path} is no event of an export: the file was changed, or cut short."), e);
        }
    }

    private static JournalRecord RecordOf(JsonElement item) => new()
    {
        Seq = new Seq(item.GetProperty("seq").GetInt64()),
        Epoch = new Epoch(item.GetProperty("epoch").GetInt64()),
        Stream = StreamId.Parse(item.GetProperty("stream").GetString()!),
        Version = item.GetProperty("version").GetInt64(),
        Ordinal = item.GetProperty("ordinal").GetInt64(),
        Type = item.GetProperty("type").GetString()!,
        Data = JsonMarshal.GetRawUtf8Value(item.GetProperty("data")).ToArray(),
        Command = new CommandId(item.GetProperty("commandId").GetGuid()),
        Fingerprint = ulong.Parse(item.GetProperty("fingerprint").GetString()!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
        Origin = new Rank(item.GetProperty("origin").GetInt32()),
        Causes = [.. item.GetProperty("causes").EnumerateArray().Select(cause => new Seq(cause.GetInt64()))],
        Clock = VectorClock.Of(item.GetProperty("clock").EnumerateObject().Select(entry => (new Rank(int.Parse(entry.Name, CultureInfo.InvariantCulture)), entry.Value.GetInt64()))),
        AtUnixMs = item.GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds(),
        Hash = Hash256.Read(Convert.FromHexString(item.GetProperty("hash").GetString()!)),
    };
}
