using System.Text;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Ledgers;

namespace Rialto.Tests.Markets;

/// <summary>
/// What leaves the process changes visibly: each name and shape is a line in Golden/. After a wanted change, run the tests once with
/// RIALTO_GOLDEN=write, and look at the difference.
/// </summary>
public sealed class MarketCodecTests
{
    [Fact]
    public void Events_are_written_as_ever() =>
        Golden.Holds("events.txt", Samples.Events.Select(one => Line(MarketCodec.TypeOf(one), MarketCodec.Encode(one))));

    [Fact]
    public void Commands_are_written_as_ever() =>
        Golden.Holds("commands.txt", Samples.Commands.Select(one => Line(MarketCodec.TypeOf(one), MarketCodec.Encode(one))));

    [Fact]
    public void Queries_are_written_as_ever() =>
        Golden.Holds("queries.txt", Samples.Queries.Select(one => Line(MarketCodec.TypeOf(one), MarketCodec.Encode(one))));

    [Fact]
    public void Views_are_written_as_ever() =>
        Golden.Holds("views.txt", Samples.Views.Select(one => Line(MarketCodec.TypeOf(one), MarketCodec.Encode(one))));

    [Fact]
    public void What_was_written_once_is_read_for_ever()
    {
        foreach (var (name, json) in Golden.Lines("events.txt")) Assert.Equal(json, Text(MarketCodec.Encode(MarketCodec.Decode(name, Bytes(json)))));
        foreach (var (name, json) in Golden.Lines("commands.txt")) Assert.Equal(json, Text(MarketCodec.Encode(MarketCodec.DecodeCommand(name, Bytes(json)))));
        foreach (var (name, json) in Golden.Lines("queries.txt")) Assert.Equal(json, Text(MarketCodec.Encode(MarketCodec.DecodeQuery(name, Bytes(json)))));
        foreach (var (name, json) in Golden.Lines("views.txt")) Assert.Equal(json, Text(MarketCodec.Encode(MarketCodec.DecodeView(name, Bytes(json)))));
        // Before incidents in a list told what they need.
        var (item, text) = Golden.Lines("views.txt").Single(one => one.Name == "region.incident-list-item");
        Assert.Empty(((Rialto.Markets.Dispatch.IncidentListItem)MarketCodec.DecodeView(item, Bytes(text.Replace(",\"needs\":[\"als\"]", "", StringComparison.Ordinal)))).Needs);
    }

    [Fact]
    public void Every_type_has_a_name_and_an_example()
    {
        Covers<Event>(MarketCodec.EventNames, Samples.Events.Select(MarketCodec.TypeOf), Samples.Events);
        Covers<Command>(MarketCodec.CommandNames, Samples.Commands.Select(MarketCodec.TypeOf), Samples.Commands);
        Covers<Query>(MarketCodec.QueryNames, Samples.Queries.Select(MarketCodec.TypeOf), Samples.Queries);
        Covers<View>(MarketCodec.ViewNames, Samples.Views.Select(MarketCodec.TypeOf), Samples.Views);

        static void Covers<T>(IEnumerable<string> names, IEnumerable<string> seen, IEnumerable<T> samples)
        {
            Assert.Equal(names.Order(), seen.Distinct().Order());
            var types = typeof(MarketCodec).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(T)) && type != typeof(EncodedView)).Select(type => type.Name);
            Assert.Equal(types.Order(), samples.Select(sample => sample!.GetType().Name).Distinct().Order());
        }
    }

    [Fact]
    public void A_name_that_nobody_knows_is_an_error_that_names_it()
    {
        var error = Assert.Throws<UnknownTypeException>(() => MarketCodec.Decode("auction.exploded", "{}"u8));
        Assert.Equal("auction.exploded", error.Name);
        Assert.Contains("auction.exploded", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_from_a_later_version_are_passed_over()
    {
        var read = MarketCodec.Decode("auction.joined", """{"bidder":"ann","mood":{"good":[1,2]}}"""u8);
        Assert.Equal(new BidderJoined("ann"), read);
    }

    [Fact]
    public void Enums_are_words_and_never_numbers()
    {
        Assert.Throws<System.Text.Json.JsonException>(() => MarketCodec.Decode("auction.unsold", """{"reason":1,"losers":[]}"""u8));
        Assert.Contains("\"awaiting-start\"", Text(MarketCodec.Encode(Samples.Views[0])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fingerprint_tells_what_is_asked_for()
    {
        Assert.Equal(MarketCodec.Fingerprint(new PlaceBid(1250)), MarketCodec.Fingerprint(new PlaceBid(1250)));
        var prints = Samples.Commands.Select(MarketCodec.Fingerprint).ToList();
        Assert.Equal(prints.Count, prints.Distinct().Count());
        Assert.DoesNotContain(0UL, prints);
        // The id of a transfer is not what is asked for, but posting and voiding the same one are two different things.
        Assert.NotEqual(MarketCodec.Fingerprint(new PostTransfer("a")), MarketCodec.Fingerprint(new VoidTransfer("a")));
        // It is stored, so it is for ever.
        Assert.Equal(9234340651964983413UL, MarketCodec.Fingerprint(new PlaceBid(1250)));
    }

    [Theory]
    [InlineData("12.50", 2, 1250L, null)]
    [InlineData("12.5", 2, 1250L, null)]
    [InlineData("-3", 0, -3L, null)]
    [InlineData("12.500000000000", 2, 1250L, null)]
    [InlineData("1000000", 9, 1000000000000000L, null)]
    [InlineData("12.505", 2, 0L, "too-many-decimals")]
    [InlineData("0.0000000000000000000000000001", 9, 0L, "too-many-decimals")]
    [InlineData("1.0000000000000000000000000001", 9, 0L, "too-many-decimals")]
    [InlineData("79228162514264337593543950335", 0, 0L, "out-of-range")]
    [InlineData("1000000.000000001", 9, 0L, "out-of-range")]
    public void A_decimal_becomes_minor_units_exactly_or_not_at_all(string amount, int scale, long expected, string? code)
    {
        var refusal = Amounts.TryToMinor(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), scale, out var minor);
        Assert.Equal(code, refusal?.Code);
        Assert.Equal(expected, minor);
        if (code is null) Assert.Equal(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), Amounts.ToDecimal(minor, scale));
    }

    [Theory, InlineData(long.MinValue), InlineData(long.MaxValue), InlineData(0), InlineData(-1), InlineData(uint.MaxValue + 1L)]
    public void Any_number_of_minor_units_can_be_shown(long minor) => Assert.Equal(minor / 1000m, Amounts.ToDecimal(minor, 3));

    private static string Line(string name, byte[] json) => $"{name} {Text(json)}";

    private static string Text(byte[] json) => Encoding.UTF8.GetString(json);

    private static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);
}

internal static class Golden
{
    private static readonly string Folder = Path.Combine(Root(), "Tests", "Markets", "Golden");

    public static void Holds(string file, IEnumerable<string> lines)
    {
        var text = string.Join('\n', lines) + "\n";
        var path = Path.Combine(Folder, file);
        if (Environment.GetEnvironmentVariable("RIALTO_GOLDEN") == "write") File.WriteAllText(path, text);
        Assert.Equal(File.ReadAllText(path), text);
    }

    public static IEnumerable<(string Name, string Json)> Lines(string file) =>
        File.ReadAllLines(Path.Combine(Folder, file)).Select(line => (line[..line.IndexOf(' ')], line[(line.IndexOf(' ') + 1)..]));

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Orleans.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside of the project's folder.");
    }
}
