using System.Globalization;

namespace Rialto.Benchmarks;

/// <summary>A small table in Markdown, printed row by row as figures come in.</summary>
internal sealed class Table
{
    private readonly int[] _widths;

    public Table(params string[] columns)
    {
        _widths = [.. columns.Select((column, i) => Math.Max(column.Length, i == 0 ? 58 : 10))];
        Row(columns);
        Console.WriteLine("| " + string.Join(" | ", _widths.Select((width, i) => i == 0 ? new string('-', width) : new string('-', width - 1) + ":")) + " |");
    }

    public void Row(params string[] cells) =>
        Console.WriteLine("| " + string.Join(" | ", cells.Select((cell, i) => i == 0 ? cell.PadRight(_widths[i]) : cell.PadLeft(_widths[i]))) + " |");

    public static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Ms(double value) => value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture);

    public static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
