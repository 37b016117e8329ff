using System.Globalization;

namespace Rialto.Markets;

/// <summary>A page of a list.</summary>
/// <param name="Items">What is on it.</param>
/// <param name="Next">The cursor of the page after it, or null.</param>
/// <typeparam name="T">What is listed.</typeparam>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next)
{
    /// <summary>A page without anything.</summary>
    public static readonly Page<T> Empty = new([], null);
}

/// <summary>Where a page begins, for lists that are ordered by a number.</summary>
public static class Cursor
{
    /// <summary>Reads a cursor; null or an empty text is the beginning.</summary>
    /// <returns>Null, or why this is no cursor.</returns>
    public static Refusal? TryRead(string? text, out long? cursor)
    {
        cursor = null;
        if (string.IsNullOrEmpty(text)) return null;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return new Refusal(RefusalKind.Malformed, "bad-cursor", "Use the cursor that the page before named as next, unchanged.");
        cursor = number;
        return null;
    }

    /// <summary>A cursor as text.</summary>
    public static string Write(long cursor) => cursor.ToString(CultureInfo.InvariantCulture);
}
