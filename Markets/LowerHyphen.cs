using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rialto.Markets;

/// <summary>Writes an enum as lower case with hyphens (<c>awaiting-start</c>), and reads nothing else: never a number.</summary>
/// <typeparam name="TEnum">The enum.</typeparam>
public sealed class LowerHyphen<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;
