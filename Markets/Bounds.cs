namespace Rialto.Markets;

/// <summary>What all markets accept at most. Deciders check it, so that no way in can go round it.</summary>
public static class Bounds
{
    /// <summary>The longest name of an actor, account, asset or entity.</summary>
    public const int MaxNameLength = 64;

    /// <summary>The longest item, memo or reason.</summary>
    public const int MaxTextLength = 200;

    /// <summary>The shortest duration.</summary>
    public const int MinSeconds = 1;

    /// <summary>The longest duration: 30 days.</summary>
    public const int MaxSeconds = 30 * 24 * 60 * 60;

    /// <summary>The most entries of a page.</summary>
    public const int MaxPage = 1000;

    /// <summary>Whether this names something: 1 to 64 letters or digits of ASCII, or <c>- _ . : @</c>, but not <c>.</c> or <c>..</c>, which no address can name.</summary>
    public static bool IsName(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > MaxNameLength || text is "." or "..") return false;
        foreach (var letter in text)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.' or ':' or '@')) return false;
        }
        return true;
    }

    /// <summary>Null if this is a name, else the refusal.</summary>
    /// <param name="text">What should be a name.</param>
    /// <param name="what">What it names, such as <c>account</c>.</param>
    public static Refusal? CheckName(string? text, string what) =>
        IsName(text) ? null
        : new Refusal(RefusalKind.Invalid, "invalid-name", $"Name the {what} with 1 to {MaxNameLength} letters, digits or - _ . : @ (but not . or .. alone).").With("field", what);

    /// <summary>Null if this is a text that people can read, else the refusal. An absent text is one.</summary>
    public static Refusal? CheckText(string? text, string what)
    {
        if (text is null) return null;
        if (text.Length > MaxTextLength)
            return new Refusal(RefusalKind.Invalid, "too-long", $"Shorten the {what} to {MaxTextLength} characters.").With("field", what).With("maximum", MaxTextLength);
        for (var i = 0; i < text.Length; i++)
        {
            var pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (char.IsControl(text[i]) || (char.IsSurrogate(text[i]) && !pair))
                return new Refusal(RefusalKind.Invalid, "invalid-text", $"Write the {what} without control characters.").With("field", what);
            if (pair) i++;
        }
        return null;
    }

    /// <summary>Null if the number is within its bounds, else the refusal.</summary>
    public static Refusal? CheckRange(decimal number, string what, decimal minimum, decimal maximum) =>
        number >= minimum && number <= maximum ? null : OutOfRange(what, minimum, maximum);

    /// <summary>Null if this many seconds are a duration between one second and 30 days, else the refusal.</summary>
    public static Refusal? CheckSeconds(int seconds, string what) => CheckRange(seconds, what, MinSeconds, MaxSeconds);

    /// <summary>A number is outside its bounds.</summary>
    public static Refusal OutOfRange(string what, decimal minimum, decimal maximum) =>
        new Refusal(RefusalKind.Invalid, "out-of-range", FormattableString.Invariant($"Choose {what} between {minimum} and {maximum}."))
            .With("field", what).With("minimum", minimum).With("maximum", maximum);

    /// <summary>A page's size, brought within bounds.</summary>
    public static int Page(int limit) => Math.Clamp(limit, 1, MaxPage);

    /// <summary>So many seconds after a time, in whole milliseconds; the end of time if it would be later than that.</summary>
    public static DateTimeOffset After(DateTimeOffset now, int seconds)
    {
        var from = now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMillisecond);
        var span = seconds * TimeSpan.TicksPerSecond;
        return new DateTimeOffset(Math.Min(from, DateTimeOffset.MaxValue.UtcTicks - span) + span, TimeSpan.Zero);
    }
}
