using System.Globalization;
using System.Text;
using CsvHelper;
using Rialto.Api.Http;
using Rialto.Markets;
using Rialto.Markets.Listings;

namespace Rialto.Api.Listings;

/// <summary>What a file need not say in every line, because it is said once; null where nothing is said.</summary>
internal sealed record CsvDefaults(string? Country, string? City, string? Make, string? Model, string? Currency, DistanceUnit? Unit);

/// <summary>The vehicles of one shelf in a file.</summary>
internal sealed record CsvShelf(ShelfName Name, string Currency)
{
    public List<Vehicle> Vehicles { get; } = [];

    internal Dictionary<VehicleId, int> Copies { get; } = [];
}

/// <summary>
/// Listings as CSV (RFC 4180): read whole or not at all, and written so that it can be read again. The original system's columns are
/// <c>year,make,model,price,mileage,location</c>; the rest need not be there.
/// </summary>
internal static class CsvListings
{
    public static readonly string[] OriginalColumns = ["year", "make", "model", "price", "mileage", "location"];
    public static readonly string[] AllColumns = ["country", "city", "year", "make", "model", "price", "currency", "mileage", "unit", "location", "vin", "trim", "seller", "url", "fetchedAt", "source"];


    private const int MaxProblemsTold = 10;
    public const int MaxRows = 200_000;

    private static readonly CsvReaderOptions Reading = new()
    {
        Separator = ',', HasHeader = false, TrackLineNumbers = true, TrimWhitespace = true, MalformedData = CsvMalformedDataHandling.Throw, MaxRecordSize = 16 * 1024, BufferSize = 16 * 1024,
    };

    /// <summary>Reads a file: every shelf in it, or what is wrong, line by line.</summary>
    public static Problem? TryRead(string text, CsvDefaults defaults, out IReadOnlyList<CsvShelf> shelves)
    {
        shelves = [];
        using var reader = CsvReader.FromText(text, Reading);
        var found = new Dictionary<string, CsvShelf>(StringComparer.Ordinal);
        var wrong = new List<(int Line, string Column, string Sentence)>();
        try
        {
            if (!reader.Read()) return new Problem(422, "invalid-csv", "The file is empty. Send a first line with the columns' names, such as year,make,model,price,mileage,location.").With("line", 1);
            if (Columns.TryRead(FieldsOf(reader), defaults, out var columns) is { } badHeader) return badHeader;
            for (var rows = 1; reader.Read(); rows++)
            {
                if (rows > MaxRows) return new Problem(422, "too-many", $"Send at most {MaxRows} lines at once.").With("maximum", MaxRows);
                var line = (int)reader.LineNumber;
                if (reader.FieldCount != columns!.Count) wrong.Add((line, "", $"has {reader.FieldCount} fields, and the first line names {columns.Count} columns"));
                else new Line(FieldsOf(reader), columns, line, defaults, wrong).AddTo(found);
            }
        }
        catch (CsvFormatException bad)
        {
            wrong.Add(((int)bad.LineNumber, "", "cannot be read: it is too long, or has a quotation mark where none can be (write it twice, and the field in quotation marks)"));
        }
        if (wrong.Count > 0) return Tell(wrong);
        shelves = [.. found.Values];
        return shelves.Count > 0 ? null : new Problem(422, "invalid-csv", "The file names columns and has no vehicles. Add a line for each.").With("line", 2);
    }

    private static string[] FieldsOf(CsvReader reader)
    {
        var fields = new string[reader.FieldCount];
        for (var i = 0; i < fields.Length; i++) fields[i] = reader.GetString(i);
        return fields;
    }

    /// <summary>The VIN where there is one, else a number made from what is said of the vehicle.</summary>
    public static VehicleId IdOf(Vehicle vehicle, string? vin, Dictionary<VehicleId, int> copies)
    {
        if (vin is not null && VehicleId.TryParseVin(vin.Trim(), out var id)) return id;
        var first = VehicleId.Of(vehicle, 0);
        var copy = copies[first] = copies.TryGetValue(first, out var before) ? before + 1 : 0;
        return copy == 0 ? first : VehicleId.Of(vehicle, copy);
    }

    /// <summary>A writer of lines with these columns, the first line written.</summary>
    public static CsvWriter Write(TextWriter to, string[] columns)
    {
        var csv = CsvWriter.Create(to, CsvWriterOptions.Default, leaveOpen: true);
        csv.WriteRecord(columns);
        return csv;
    }

    public static void Write(CsvWriter csv, string[] columns, VehicleView vehicle)
    {
        // Where no column says the unit, it is the one that a reader takes it for.
        var unit = columns.Contains("unit") ? vehicle.Unit : Atlas.UnitOf(vehicle.Country);
        var fields = new string[columns.Length];
        for (var i = 0; i < fields.Length; i++) fields[i] = Safe(ValueOf(vehicle, columns[i], unit)) ?? "";
        csv.WriteRecord(fields);
    }

    private static string? ValueOf(VehicleView vehicle, string column, DistanceUnit unit) => column switch
    {
        "country" => vehicle.Country,
        "city" => vehicle.City,
        "year" => vehicle.Year.ToString(CultureInfo.InvariantCulture),
        "make" => vehicle.Make,
        "model" => vehicle.Model,
        "price" => vehicle.Price.ToString(CultureInfo.InvariantCulture),
        "currency" => vehicle.Currency,
        "mileage" => vehicle.MileageIn(unit)?.ToString(CultureInfo.InvariantCulture),
        "unit" => unit == DistanceUnit.Km ? "km" : "mi",
        "location" => vehicle.Location,
        "vin" => vehicle.Vin,
        "trim" => vehicle.Trim,
        "seller" => vehicle.Seller,
        "url" => vehicle.Url,
        "fetchedAt" => vehicle.FetchedAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        _ => vehicle.Source,
    };

    /// <summary>What a spreadsheet would take for a formula is made a text; reading takes the mark off again.</summary>
    private static string? Safe(string? text) => text is { Length: > 0 } && text[0] is '=' or '+' or '-' or '@' or '\'' ? "'" + text : text;

    private static Problem Tell(List<(int Line, string Column, string Sentence)> wrong)
    {
        var told = new StringBuilder("Nothing was imported.");
        foreach (var (line, column, sentence) in wrong.Take(MaxProblemsTold)) told.Append(CultureInfo.InvariantCulture, $" Line {line}{(column.Length > 0 ? ", " + column : "")}: {sentence}.");
        if (wrong.Count > MaxProblemsTold) told.Append(CultureInfo.InvariantCulture, $" And {wrong.Count - MaxProblemsTold} more.");
        var problem = new Problem(422, "invalid-csv", told.ToString()).With("line", wrong[0].Line).With("problems", wrong.Count);
        return wrong[0].Column.Length > 0 ? problem.With("column", wrong[0].Column) : problem;
    }

    /// <summary>Which column stands where.</summary>
    private sealed class Columns(Dictionary<string, int> at, int count)
    {
        public int Count => count;

        public int? this[string name] => at.TryGetValue(name, out var index) ? index : null;

        public static Problem? TryRead(string[] names, CsvDefaults defaults, out Columns? columns)
        {
            columns = null;
            var at = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
            for (var i = 0; i < names.Length; i++)
            {
                var name = names[i].Trim();
                if (!AllColumns.Contains(name, StringComparer.OrdinalIgnoreCase))
                    return new Problem(422, "unknown-column", $"Leave the column '{(name.Length > 40 ? name[..40] + "…" : name)}' out: the columns known here are {string.Join(", ", AllColumns)}.").With("line", 1).With("column", name.Length > 40 ? name[..40] : name);
                if (!at.TryAdd(name, i)) return new Problem(422, "duplicate-column", $"Name the column {name} once.").With("line", 1).With("column", name);
            }
            foreach (var (name, isGiven) in new[]
            {
                ("year", false), ("price", false), ("make", defaults.Make is not null), ("model", defaults.Model is not null), ("city", defaults.City is not null), ("country", defaults.Country is not null),
            })
                if (!isGiven && !at.ContainsKey(name))
                    return new Problem(422, "missing-column", $"Add the column {name}{(name is "year" or "price" ? "" : $", or say {name}=… for the whole file")}.").With("line", 1).With("column", name);
            columns = new Columns(at, names.Length);
            return null;
        }
    }

    /// <summary>One line, and what is wrong with it.</summary>
    private readonly struct Line(string[] fields, Columns columns, int number, CsvDefaults defaults, List<(int Line, string Column, string Sentence)> wrong)
    {
        public void AddTo(Dictionary<string, CsvShelf> shelves)
        {
            var before = wrong.Count;
            var name = new ShelfName(Text("country") ?? defaults.Country ?? "", Text("city") ?? defaults.City ?? "", Text("make") ?? defaults.Make ?? "", Text("model") ?? defaults.Model ?? "");
            if (name.Check() is { } badName) Wrong(badName);
            var year = Whole("year", ListingBounds.MinYear, ListingBounds.MaxYear);
            if (year is null && wrong.Count == before) Wrong("year", "the year is missing");
            var price = Price();
            var odometer = Whole("mileage", 0, ListingBounds.MaxOdometer);
            var unit = Unit(name.Country);
            var currency = (Text("currency") ?? defaults.Currency ?? Atlas.CurrencyOf(name.Country))?.ToUpperInvariant();
            if (Atlas.CheckCurrency(currency, "currency") is not null) Wrong("currency", "the currency is not known: write three letters such as CAD, or say currency=… for the whole file");
            if (wrong.Count > before) return;

            var vehicle = new Vehicle(default, year!.Value, price!.Value, odometer, unit!.Value, Shared("location"), Shared("trim"), Shared("seller"), Text("url"));
            var key = name.Key;
            if (!shelves.TryGetValue(key, out var shelf)) shelves.Add(key, shelf = new CsvShelf(name, currency!));
            if (shelf.Currency != currency) Wrong("currency", $"the prices of {name.City}, {name.Make} {name.Model} are in {shelf.Currency} further up and in {currency} here: use one");
            var vin = Text("vin");
            if (vin is not null && !VehicleId.TryParseVin(vin, out _)) Wrong("vin", "this is no VIN: it has 17 letters and digits, without I, O and Q; leave it empty if it is not known");
            if (wrong.Count > before) return;
            vehicle = vehicle with { Id = IdOf(vehicle, vin, shelf.Copies) };
            if (vin is not null && !shelf.Copies.TryAdd(vehicle.Id, 0)) Wrong("vin", $"{vehicle.Id} stands further up already");
            if (CheckWhole(vehicle) is { } bad) Wrong(bad);
            if (shelf.Vehicles.Count == ListingBounds.MaxVehicles) Wrong("", $"{name.City} has more than {ListingBounds.MaxVehicles} of {name.Make} {name.Model}");
            if (wrong.Count == before) shelf.Vehicles.Add(vehicle);
        }

        /// <summary>The market's own rules for texts, told with the line.</summary>
        private static Refusal? CheckWhole(Vehicle vehicle)
        {
            foreach (var (text, what, maximum) in new[]
            {
                (vehicle.Location, "location", ListingBounds.MaxTextLength), (vehicle.Trim, "trim", ListingBounds.MaxTextLength), (vehicle.Seller, "seller", ListingBounds.MaxTextLength), (vehicle.Url, "url", ListingBounds.MaxUrlLength),
            })
            {
                if (text?.Length > maximum) return new Refusal(RefusalKind.Invalid, "too-long", $"shorten the {what} to {maximum} characters.").With("field", what);
                if (what == "url" ? text?.Any(letter => letter is < '!' or > '~') == true : Bounds.CheckText(text, what) is not null)
                    return new Refusal(RefusalKind.Invalid, "invalid-text", $"write the {what} without control characters{(what == "url" ? " or blanks" : "")}.").With("field", what);
            }
            return null;
        }

        private string? Text(string column)
        {
            if (columns[column] is not { } at || string.IsNullOrWhiteSpace(fields[at])) return null;
            var text = fields[at].Trim();
            return text.Length > 1 && text[0] == '\'' && text[1] is '=' or '+' or '-' or '@' or '\'' ? text[1..] : text;
        }

        private string? Shared(string column) => Text(column) is { } text ? SharedText.Of(text) : null;

        /// <summary>A whole number; programs that know no others write 42000.0.</summary>
        private int? Whole(string column, int minimum, int maximum)
        {
            if (Text(column) is not { } text) return null;
            if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && decimal.Truncate(number) == number && number >= minimum && number <= maximum) return (int)number;
            Wrong(column, $"'{Short(text)}' is no whole number from {minimum} to {maximum}");
            return null;
        }

        private long? Price()
        {
            if (Text("price") is not { } text)
            {
                Wrong("price", "the price is missing");
                return null;
            }
            if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && Amounts.TryToMinor(number, 2, out var minor) is null && minor is >= 1 and <= ListingBounds.MaxPriceMinor) return minor;
            Wrong("price", $"'{Short(text)}' is no price: write it with a point and at most two decimals, such as 12999.00");
            return null;
        }

        private DistanceUnit? Unit(string country)
        {
            switch (Text("unit")?.ToLowerInvariant())
            {
                case null: return defaults.Unit ?? Atlas.UnitOf(country);
                case "km": return DistanceUnit.Km;
                case "mi": return DistanceUnit.Mi;
                case var other:
                    Wrong("unit", $"'{Short(other)}' is no unit: write km or mi");
                    return null;
            }
        }

        private void Wrong(Refusal refusal) => Wrong(refusal.Fields.FirstOrDefault(field => field.Name == "field").Text ?? "", char.ToLowerInvariant(refusal.Detail[0]) + refusal.Detail[1..].TrimEnd('.'));

        private void Wrong(string column, string sentence) => wrong.Add((number, column, sentence));

        private static string Short(string text) => text.Length > 40 ? text[..40] + "…" : text;
    }
}
