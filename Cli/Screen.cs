using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace Rialto.Cli;

/// <summary>What people see. With nobody looking it is plain text without colours and borders, the same on every machine.</summary>
internal sealed class Screen(Terminal terminal)
{
    public void Say(string sentence) => terminal.Output.WriteLine(sentence);

    /// <summary>One line that is no longer than the terminal is wide; what is left out is told by an ellipsis.</summary>
    public void SayInOneLine(string text) => Say(text.Length <= terminal.Width ? text : $"{text.AsSpan(0, terminal.Width - 1).TrimEnd()}…");

    /// <summary>A sentence that stands out.</summary>
    public void Advise(string sentence) => Write(new Text(sentence, new Style(Color.Green, decoration: Decoration.Bold)));

    /// <summary>What is not part of the answer.</summary>
    public void Note(string sentence) => terminal.Error.WriteLine($"rialto: {sentence}");

    /// <summary>Some fields of one thing, those that it has, each on its line. See <see cref="Table"/>.</summary>
    public void Facts(JsonElement json, params string[] fields)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().Padding(0, 0, 2, 0)).AddColumn(new GridColumn().Padding(0, 0, 0, 0));
        foreach (var (label, path) in fields.Select(Field))
        {
            if (json.Word(path) is { Length: > 0 } value) grid.AddRow(new Text(label, new Style(Color.Grey)), new Text(value));
        }
        Write(grid);
    }

    /// <summary>Many things, one on each line.</summary>
    /// <param name="rows">The things.</param>
    /// <param name="empty">What to say if there are none.</param>
    /// <param name="fields">Paths of what to show, each with its column's head before a colon if it is not the path's own last word.</param>
    public void Table(IEnumerable<JsonElement> rows, string empty, params string[] fields)
    {
        var all = rows.ToList();
        if (all.Count == 0)
        {
            Say(empty);
            return;
        }
        var table = new Table { Border = terminal.IsFancy ? TableBorder.Rounded : TableBorder.None };
        foreach (var (label, path) in fields.Select(Field))
        {
            var column = new TableColumn(new Text(label, new Style(decoration: Decoration.Bold))) { NoWrap = !terminal.IsFancy };
            if (!terminal.IsFancy) column.PadLeft(0).PadRight(2);
            if (all.Any(row => row.At(path).ValueKind == JsonValueKind.Number)) column.Alignment = Justify.Right;
            table.AddColumn(column);
        }
        foreach (var row in all) table.AddRow(fields.Select(field => new Text(row.Word(Field(field).Path))));
        Write(table);
    }

    /// <summary>Says what takes a while; shows, if somebody looks, how far it is.</summary>
    /// <param name="what">What goes on.</param>
    /// <param name="work">Does it, and tells how far it is, from 0 to 1.</param>
    public async Task<T> ProgressAsync<T>(string what, Func<Action<double>, Task<T>> work)
    {
        if (!terminal.IsFancy)
        {
            Note($"{what} …");
            return await work(_ => { });
        }
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Error) });
        console.Profile.Width = terminal.Width;
        return await console.Progress().AutoClear(true).StartAsync(context =>
        {
            var task = context.AddTask(what, maxValue: 1);
            return work(done => task.Value = done);
        });
    }

    private static (string Label, string Path) Field(string field)
    {
        if (field.IndexOf(':') is >= 0 and var colon) return (field[..colon], field[(colon + 1)..]);
        var label = new StringBuilder();
        foreach (var letter in field[(field.LastIndexOf('.') + 1)..])
        {
            if (char.IsUpper(letter)) label.Append(' ');
            label.Append(char.ToLowerInvariant(letter));
        }
        return (label.ToString(), field);
    }

    /// <summary>Rendered first, and then written without the blanks that fill up the last column.</summary>
    private void Write(Spectre.Console.Rendering.IRenderable drawn)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal.IsFancy ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = terminal.IsFancy ? ColorSystemSupport.EightBit : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = terminal.Width;
        console.Profile.Capabilities.Unicode = true;
        console.Write(drawn);
        foreach (var line in text.ToString().TrimEnd().Split('\n')) terminal.Output.WriteLine(line.TrimEnd());
    }
}
