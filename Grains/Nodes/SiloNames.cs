using System.Globalization;
using Rialto.Journal;

namespace Rialto.Grains.Nodes;

/// <summary>Which silos are nodes: a silo's name carries its rank, so that everybody learns it from the membership.</summary>
public static class SiloNames
{
    private const string Prefix = "rialto-";

    /// <summary>The name of the silo of a rank, such as <c>rialto-3</c>.</summary>
    public static string Of(Rank rank) => Prefix + rank;

    /// <summary>The rank that a name carries; false if it is not the name of a node.</summary>
    public static bool TryRead(string? name, out Rank rank)
    {
        rank = default;
        if (name is null || !name.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        if (!int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value < 1) return false;
        rank = new Rank(value);
        return true;
    }
}
