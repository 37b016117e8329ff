using System.Collections.Concurrent;
using System.Text.Json;

namespace Rialto.Api.Http;

/// <summary>An enum's values as they are written in queries and bodies: lower case with hyphens.</summary>
internal static class EnumNames
{
    private static readonly ConcurrentDictionary<Type, string[]> Known = new();

    /// <summary>All names of an enum, in its order.</summary>
    public static string[] Of(Type type) => Known.GetOrAdd(type, static type => [.. Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName)]);
}

/// <summary>See <see cref="EnumNames"/>.</summary>
internal static class EnumNames<TEnum> where TEnum : struct, Enum
{
    private static readonly Dictionary<string, TEnum> Values = Enum.GetValues<TEnum>().ToDictionary(value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()), StringComparer.Ordinal);

    public static string[] All { get; } = EnumNames.Of(typeof(TEnum));

    public static bool TryRead(string name, out TEnum value) => Values.TryGetValue(name, out value);
}
