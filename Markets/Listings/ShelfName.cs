using System.Text;

namespace Rialto.Markets.Listings;

/// <summary>
/// Names a shelf: a country (two letters of ISO 3166), a city, a make and a model. Names that differ only in case, in the accents of Latin-1,
/// or in which blanks and signs stand between words name the same shelf.
/// </summary>
/// <param name="Country">Two letters, such as <c>CA</c>.</param>
/// <param name="City">As people write it.</param>
/// <param name="Make">As people write it.</param>
/// <param name="Model">As people write it.</param>
public sealed record ShelfName(string Country, string City, string Make, string Model)
{
    // Letters of Latin-1 with accents, and what they are without.
    private const string Accented = "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ";
    private const string Plain = "aaaaaaceeeeiiiinoooooouuuuyy";

    /// <summary>The shelf's key: <c>ca/toronto/toyota/corolla</c>.</summary>
    public string Key => string.Concat(Slug(Country), "/", Slug(City), "/") + string.Concat(Slug(Make), "/", Slug(Model));

    /// <summary>Null if it names a shelf, else the refusal.</summary>
    public Refusal? Check() => CheckCountry(Country) ?? CheckPart(City, "city") ?? CheckPart(Make, "make") ?? CheckPart(Model, "model");

    /// <summary>Null if it is a country, else the refusal.</summary>
    public static Refusal? CheckCountry(string? country) =>
        country is { Length: 2 } && char.IsAsciiLetter(country[0]) && char.IsAsciiLetter(country[1]) ? null
        : new Refusal(RefusalKind.Invalid, "invalid-name", "Name the country with two letters, such as CA.").With("field", "country");

    /// <summary>Null if it can name a city, make or model, else the refusal.</summary>
    public static Refusal? CheckPart(string? name, string what) =>
        name is { Length: > 0 and <= ListingBounds.MaxNameLength } && !name.Contains('/') && Bounds.CheckText(name, what) is null && Slug(name).Length > 0 ? null
        : new Refusal(RefusalKind.Invalid, "invalid-name", $"Name the {what} with 1 to {ListingBounds.MaxNameLength} characters, letters or digits among them, without a slash.").With("field", what);

    /// <summary>What of a name counts: letters and digits in lower case without accents, and one hyphen for whatever stands between them.</summary>
    public static string Slug(string? name)
    {
        if (name is null) return "";
        var text = new StringBuilder(name.Length);
        foreach (var letter in name)
        {
            if (char.IsLetterOrDigit(letter)) text.Append(Fold(char.ToLowerInvariant(letter)));
            else if (text.Length > 0 && text[^1] != '-') text.Append('-');
        }
        if (text.Length > 0 && text[^1] == '-') text.Length--;
        return text.ToString();
    }

    private static char Fold(char letter) => letter < 'à' ? letter : Accented.IndexOf(letter) is >= 0 and var at ? Plain[at] : letter;
}
