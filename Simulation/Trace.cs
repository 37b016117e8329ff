using System.Globalization;

namespace Rialto.Simulation;

/// <summary>What kind of thing a line of a trace tells.</summary>
internal enum TraceKind
{
    /// <summary>A fault begins or ends.</summary>
    Fault,
    /// <summary>Who follows, claims, leads, steps down.</summary>
    Election,
    /// <summary>Who is suspected, failed, or well again.</summary>
    Detection,
    /// <summary>A batch is durable.</summary>
    Commit,
    /// <summary>A client asks, or is told.</summary>
    Client,
}

/// <summary>One line of a trace.</summary>
/// <param name="AtUs">When, in microseconds since the beginning.</param>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Node">Where, or null for the world outside.</param>
/// <param name="Text">What.</param>
internal sealed record TraceLine(long AtUs, TraceKind Kind, Journal.Rank? Node, string Text);

/// <summary>A message of a trace.</summary>
/// <param name="SentUs">When it was sent, in microseconds since the beginning.</param>
/// <param name="ArrivesUs">When it arrives; null if it is lost.</param>
/// <param name="From">The sender.</param>
/// <param name="To">The receiver.</param>
/// <param name="Name">What kind of message.</param>
/// <param name="Text">What it says.</param>
internal sealed record TraceMessage(long SentUs, long? ArrivesUs, Journal.Rank From, Journal.Rank To, string Name, string Text);

/// <summary>
/// What happened in a run: as one number, which is the same if and only if (but for one chance in 2^64) the same happened; and, where
/// somebody wants to read it, in words.
/// </summary>
internal sealed class Trace(Scheduler scheduler, bool isKept)
{
    private ulong _hash = 14695981039346656037UL;

    /// <summary>Whether words are kept, too. Ask before making any.</summary>
    public bool IsKept => isKept;

    /// <summary>The number.</summary>
    public ulong Hash => _hash;

    public List<TraceLine> Lines { get; } = [];

    public List<TraceMessage> Messages { get; } = [];

    private long NowUs => scheduler.Now / TimeSpan.TicksPerMicrosecond;

    /// <summary>Takes something into the number.</summary>
    public void Mark(long what)
    {
        // FNV-1a over eight bytes at once, with a rotation that carries high bits down.
        _hash = (_hash ^ (ulong)what) * 1099511628211UL;
        _hash = (_hash << 29) | (_hash >> 35);
    }

    /// <summary>Takes a text into the number.</summary>
    public void Mark(string text)
    {
        foreach (var character in text) Mark(character);
    }

    /// <summary>Keeps a line, if lines are kept.</summary>
    public void Say(TraceKind kind, Journal.Rank? node, string text)
    {
        if (isKept) Lines.Add(new TraceLine(NowUs, kind, node, text));
    }

    public void Carried(Journal.Rank from, Journal.Rank to, string name, string text, long? delayTicks) =>
        Messages.Add(new TraceMessage(NowUs, delayTicks is { } delay ? NowUs + delay / TimeSpan.TicksPerMicrosecond : null, from, to, name, text));

    public static string Time(long microseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000_000,3}.{microseconds % 1_000_000 / 1_000:000}{(char)('0' + microseconds % 1_000 / 100)}");
}
