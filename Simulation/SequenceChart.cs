using System.Globalization;
using System.Net;
using System.Text;

namespace Rialto.Simulation;

/// <summary>
/// Draws what matters of a traced run as a message sequence chart, in one HTML file that needs nothing else: a page for each stretch of time
/// around faults and elections. Time goes down, and is stretched where much happens; every node has its line, the journal has one, and what a
/// node comes to believe stands in words at the right.
/// </summary>
internal static class SequenceChart
{
    private const long BeforeUs = 30_000;
    private const long AfterUs = 60_000;
    private const int MaxPages = 200;
    private const int MaxRowsOfPage = 160;
    private const int Left = 90;
    private const int Column = 130;
    private const int Row = 17;
    private const int Top = 34;

    private sealed record Mark(long AtUs, TraceLine? Line, TraceMessage? Message, bool Arrives);

    /// <summary>The chart of a run.</summary>
    public static string Draw(RunResult result)
    {
        var pages = Pages(result.Trace).Take(MaxPages).ToList();
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $$"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>Seed {{result.Plan.Seed}}</title>
            <style>
              body { font: 13px/1.4 system-ui, sans-serif; margin: 24px; color: #1b1f24; background: #fff }
              h1 { font-size: 20px } h2 { font-size: 15px; margin: 32px 0 4px; border-top: 1px solid #d0d7de; padding-top: 16px }
              nav { columns: 3; font-size: 12px } nav a { display: block; color: #0550ae; text-decoration: none; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
              svg { display: block } text { font: 11px ui-monospace, monospace; fill: #1b1f24 } .time { fill: #6e7781 } .head { font-weight: 700; font-size: 12px }
              .life { stroke: #d0d7de } .election { stroke: #8250df } text.election { fill: #8250df; stroke: none } .append { stroke: #1a7f37 } text.append { fill: #1a7f37; stroke: none }
              .other { stroke: #57606a } text.other { fill: #57606a; stroke: none } .lost { stroke: #cf222e; stroke-dasharray: 4 3 } text.lost { fill: #cf222e; stroke: none }
              .Fault { fill: #cf222e } .Election { fill: #8250df; font-weight: 700 } .Detection { fill: #9a6700 } .Commit { fill: #1a7f37 } .Client { fill: #57606a }
              rect.Fault { fill: #ffebe9 } rect.Election { fill: #fbefff }
            </style></head><body>
            <h1>Seed {{result.Plan.Seed}}: {{result.Epochs}} epochs, {{result.Events}} events, {{result.Faults.Total}} faults</h1>
            <p>{{(result.Broken.Count == 0 ? "All promises held." : WebUtility.HtmlEncode(string.Join(" ", result.Broken.Take(3).Select(broken => $"Promise {broken.Promise} was broken: {Cut(broken.Sentence, 300)}"))))}}
            Violet: elections. Green: appends and the journal. Red: faults and lost messages. Heartbeats are left out; of multicasts the lost ones are shown. Time is stretched where much happens.</p>
            <nav>
            """);
        for (var i = 0; i < pages.Count; i++) html.Append(CultureInfo.InvariantCulture, $"<a href=\"#p{i}\">{TitleOf(pages[i])}</a>");
        html.Append("</nav>");
        for (var i = 0; i < pages.Count; i++)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h2 id=\"p{i}\">{TitleOf(pages[i])}</h2>");
            DrawPage(html, pages[i], result.Plan.Nodes);
        }
        return html.Append("</body></html>").ToString();
    }

    /// <summary>The stretches in which something other than work happens, with all that happens in them.</summary>
    private static IEnumerable<List<Mark>> Pages(Trace trace)
    {
        var interesting = trace.Lines.Where(line => line.Kind is TraceKind.Fault or TraceKind.Election).Select(line => line.AtUs).ToList();
        var marks = trace.Lines.Where(line => line.Kind != TraceKind.Client).Select(line => new Mark(line.AtUs, line, null, false))
            .Concat(trace.Messages.Where(IsShown).SelectMany(message => message.ArrivesUs is { } at
                ? (Mark[])[new Mark(message.SentUs, null, message, false), new Mark(at, null, message, true)]
                : [new Mark(message.SentUs, null, message, false)]))
            .OrderBy(mark => mark.AtUs).ToList();
        var next = 0;
        for (var i = 0; i < interesting.Count;)
        {
            var (from, to) = (interesting[i] - BeforeUs, interesting[i] + AfterUs);
            for (; i < interesting.Count && interesting[i] - BeforeUs <= to; i++) to = interesting[i] + AfterUs;
            while (next < marks.Count && marks[next].AtUs < from) next++;
            var page = new List<Mark>();
            for (; next < marks.Count && marks[next].AtUs <= to; next++)
            {
                page.Add(marks[next]);
                if (page.Count < MaxRowsOfPage) continue;
                yield return page;
                page = [];
            }
            if (page.Count > 0) yield return page;
        }
    }

    private static bool IsShown(TraceMessage message) => ClassOf(message) is "election" or "append" || (message.ArrivesUs is null && message.Name is "Committed");

    /// <summary>Whether a message is about who leads.</summary>
    public static bool IsAboutLeading(TraceMessage message) => ClassOf(message) == "election";

    private static string ClassOf(TraceMessage message) => message.Name switch
    {
        "Election" or "Answer" or "Coordinator" or "Behind" or "HandoverRequest" or "HandoverReady" or "Resigned" or "Leaving" => "election",
        "Append" or "Appended" => "append",
        _ => "other",
    };

    private static string TitleOf(List<Mark> page)
    {
        var lines = page.Select(mark => mark.Line).OfType<TraceLine>().Where(line => line.Kind is TraceKind.Fault or TraceKind.Election).ToList();
        var telling = lines.Where(line => line.Text.StartsWith("LEADS", StringComparison.Ordinal)).Concat(lines).Distinct().Take(2);
        return $"{Trace.Time(page[0].AtUs)} s: {WebUtility.HtmlEncode(string.Join("; ", telling.Select(line => line.Node is { } node ? $"node {node} {line.Text}" : line.Text)))}";
    }

    private static void DrawPage(StringBuilder html, List<Mark> page, int nodes)
    {
        var rows = new Dictionary<(TraceMessage, bool), int>();
        var y = Top;
        var ys = new int[page.Count];
        for (var i = 0; i < page.Count; i++)
        {
            // A pause is drawn as a gap, up to a point.
            if (i > 0) y += (int)Math.Min(40, (page[i].AtUs - page[i - 1].AtUs) / 2_500);
            ys[i] = y += page[i].Arrives ? 7 : Row;
            if (page[i].Message is { } message) rows[(message, page[i].Arrives)] = y;
        }
        var (height, journalX) = (y + Row, Left + nodes * Column);
        html.Append(CultureInfo.InvariantCulture, $"<svg width=\"{journalX + 760}\" height=\"{height}\">");
        for (var node = 1; node <= nodes; node++) Life(html, X(node), $"node {node}", height);
        Life(html, journalX, "journal", height);
        var toldUs = -1_000L;
        for (var i = 0; i < page.Count; i++)
        {
            if (page[i].Arrives) continue;
            if (page[i].AtUs - toldUs >= 100)
            {
                toldUs = page[i].AtUs;
                html.Append(CultureInfo.InvariantCulture, $"<text class=\"time\" x=\"4\" y=\"{ys[i] + 4}\">{Trace.Time(toldUs)}</text>");
            }
            if (page[i].Line is { } line) DrawLine(html, line, ys[i], journalX);
            else DrawMessage(html, page[i].Message!, ys[i], rows, height);
        }
        html.Append("</svg>");
    }

    private static int X(int node) => Left + (node - 1) * Column + Column / 3;

    private static void Life(StringBuilder html, int x, string name, int height) =>
        html.Append(CultureInfo.InvariantCulture, $"<text class=\"head\" x=\"{x}\" y=\"16\" text-anchor=\"middle\">{name}</text><line class=\"life\" x1=\"{x}\" x2=\"{x}\" y1=\"24\" y2=\"{height}\"/>");

    private static void DrawLine(StringBuilder html, TraceLine line, int y, int journalX)
    {
        var x = line.Node is { } node ? X(node.Value) : line.Kind == TraceKind.Commit ? journalX : (int?)null;
        if (line.Kind is TraceKind.Fault or TraceKind.Election)
            html.Append(CultureInfo.InvariantCulture, $"<rect class=\"{line.Kind}\" x=\"{journalX + 16}\" y=\"{y - 8}\" width=\"740\" height=\"15\"/>");
        if (x is { } at) html.Append(CultureInfo.InvariantCulture, $"<circle class=\"{line.Kind}\" cx=\"{at}\" cy=\"{y}\" r=\"4\"/>");
        var who = line.Node is { } of ? $"node {of}: " : "";
        html.Append(CultureInfo.InvariantCulture, $"<text class=\"{line.Kind}\" x=\"{journalX + 20}\" y=\"{y + 4}\">{WebUtility.HtmlEncode(who + Cut(line.Text, 105))}</text>");
    }

    private static void DrawMessage(StringBuilder html, TraceMessage message, int y, Dictionary<(TraceMessage, bool), int> rows, int height)
    {
        var (from, to) = (X(message.From.Value), X(message.To.Value));
        var isLost = message.ArrivesUs is null;
        var name = isLost ? "lost" : ClassOf(message);
        // One that arrives after this page goes off its lower edge.
        var end = isLost ? y + 6 : rows.GetValueOrDefault((message, true), height);
        var endX = isLost ? from + (to - from) / 2 : to;
        html.Append(CultureInfo.InvariantCulture, $"<line class=\"{name}\" x1=\"{from}\" y1=\"{y}\" x2=\"{endX}\" y2=\"{end}\"/>");
        if (isLost) html.Append(CultureInfo.InvariantCulture, $"<text class=\"lost\" x=\"{endX - 4}\" y=\"{end + 4}\">✗</text>");
        else html.Append(CultureInfo.InvariantCulture, $"<circle class=\"{name}\" cx=\"{endX}\" cy=\"{end}\" r=\"2\"/>");
        html.Append(CultureInfo.InvariantCulture, $"<text class=\"{name}\" x=\"{(from < to ? from + 6 : from - 6)}\" y=\"{y - 2}\" text-anchor=\"{(from < to ? "start" : "end")}\">{WebUtility.HtmlEncode(Cut(message.Text, 34))}</text>");
    }

    private static string Cut(string text, int most) => text.Length <= most ? text : $"{text[..(most - 1)]}…";
}
