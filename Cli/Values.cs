using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Rialto.Markets;
using Rialto.Markets.Dispatch;

namespace Rialto.Cli;

/// <summary>Options whose values are neither words nor numbers.</summary>
internal static class Values
{
    private static readonly (string Word, decimal Ms)[] Units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(7);

    /// <summary>A time such as <c>500ms</c>, <c>3s</c>, <c>1.5m</c> or <c>2h</c>.</summary>
    public static Option<TimeSpan?> Time(string name, string description) => new(name) { Description = description, HelpName = "time", CustomParser = ReadTime };

    /// <summary>A place such as <c>48.775846,9.182932</c>: degrees north, degrees east.</summary>
    public static Option<Position?> Place(string name, string description) => new(name) { Description = description, HelpName = "lat,lon", CustomParser = ReadPlace };

    /// <summary>A number such as <c>12.50</c>. Commas are refused: some write them before decimals, others between thousands, and neither is guessed.</summary>
    public static Option<decimal?> Number(string name, string description, string helpName = "amount") =>
        new(name) { Description = description, HelpName = helpName, CustomParser = given => ReadNumber(given) };

    /// <summary>The same in its place.</summary>
    public static Argument<decimal> NumberAt(string name, string description) => new(name) { Description = description, CustomParser = Number };

    /// <summary>Reads one for an option that has to be said, or has a value if nothing is said.</summary>
    public static decimal Number(ArgumentResult given) => ReadNumber(given) ?? 0;

    /// <summary>A whole number within bounds.</summary>
    public static Option<int> Whole(string name, string description, int least, int most, int unsaid) => new(name)
    {
        Description = description, HelpName = "n", DefaultValueFactory = _ => unsaid,
        CustomParser = given =>
        {
            if (int.TryParse(given.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
            given.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is {least} to {most}."));
            return unsaid;
        },
    };

    /// <summary>A share, from 0 to 1.</summary>
    public static Option<decimal> Share(string name, string description, decimal unsaid) => new(name)
    {
        Description = description, HelpName = "share", DefaultValueFactory = _ => unsaid,
        CustomParser = given =>
        {
            if (ReadNumber(given) is not { } share) return unsaid;
            if (share is < 0 or > 1) given.AddError($"{name} is 0 to 1.");
            return share;
        },
    };

    /// <summary>A place as it is typed.</summary>
    public static string Words(this Position place) => string.Create(CultureInfo.InvariantCulture, $"{Lat(place)},{Lon(place)}");

    public static decimal Lat(this Position place) => Amounts.ToDecimal(place.LatE6, Position.Scale);

    public static decimal Lon(this Position place) => Amounts.ToDecimal(place.LonE6, Position.Scale);

    /// <summary>The place with these degrees, to the nearest millionth.</summary>
    public static Position PlaceAt(decimal lat, decimal lon) => new((int)decimal.Round(lat * 1_000_000), (int)decimal.Round(lon * 1_000_000));

    private static decimal? ReadNumber(ArgumentResult given)
    {
        var text = given.Tokens[0].Value;
        if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return number;
        given.AddError($"'{text}' is no number: write it with a point before its decimals and no commas, such as 1234.50.");
        return null;
    }

    private static TimeSpan? ReadTime(ArgumentResult given)
    {
        var text = given.Tokens[0].Value;
        foreach (var (word, ms) in Units)
        {
            if (!text.EndsWith(word, StringComparison.Ordinal) || !decimal.TryParse(text[..^word.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var many)) continue;
            if (many <= (decimal)LongestTime.TotalMilliseconds / ms) return TimeSpan.FromMilliseconds((double)(many * ms));
        }
        given.AddError($"'{text}' is no time: write one such as 500ms, 3s, 2m or 1h, up to {LongestTime.TotalHours:0}h.");
        return null;
    }

    private static Position? ReadPlace(ArgumentResult given)
    {
        var text = given.Tokens[0].Value;
        if (text.Split(',') is [var north, var east] && IsDegree(north, 90, out var lat) && IsDegree(east, 180, out var lon)) return PlaceAt(lat, lon);
        given.AddError($"'{text}' is no place: write degrees north and degrees east, such as 48.775846,9.182932.");
        return null;
    }

    private static bool IsDegree(string text, int most, out decimal degrees) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out degrees) && Math.Abs(degrees) <= most;
}
