namespace Rialto.Tests.Cli;

/// <summary>Whatever one could tell the five original systems on their command lines can be told to this one, and a transcript shows it.</summary>
public class OriginalsTests
{
    /// <summary>What their READMEs name; and the command that does it here.</summary>
    public static TheoryData<string, string, string> Commands => new()
    {
        { "Agora", "create an auction with item, minimum bid, rounds, bidders", "auction create Violin --minimum-bid 10 --minimum-rounds 2 --minimum-bidders 2" },
        { "Agora", "list available auctions", "auction list" },
        { "Agora", "join one", "auction join" },
        { "Agora", "confirm the start", "auction start" },
        { "Agora", "submit a bid", "auction bid" },
        { "Agora", "be told of rounds, winner and losers", "auction watch" },
        { "Energy trading", "status", "energy status" },
        { "Energy trading", "balance", "energy balance" },
        { "Energy trading", "sell N A", "energy sell 2 20" },
        { "Energy trading", "buy N A", "energy buy" },
        { "Energy trading", "nodes", "energy nodes" },
        { "Energy trading", "history", "energy history" },
        { "Energy trading", "election", "energy election" },
        { "Energy trading", "a node's prompt, until quit", "energy --as node-4" },
        { "Stock trading", "look a stock up", "stock lookup GameStart" },
        { "Stock trading", "buy", "stock buy" },
        { "Stock trading", "sell", "stock sell" },
        { "Stock trading", "an order by its number", "stock order 1" },
        { "Stock trading", "orders after a number", "stock order --after" },
        { "Carbitrage", "discover the leader", "cluster status" },
        { "Carbitrage", "compare two cities of a country by price", "cars compare Toyota Corolla Toronto Montreal --country CA" },
        { "Carbitrage", "compare them by price per kilometre", "cars compare Toyota Corolla Toronto Montreal --mode price-per-km" },
        { "Carbitrage", "fetch and cache listings", "cars refresh Toyota Corolla Toronto Montreal" },
        { "Carbitrage", "list what is cached", "cars shelves" },
        { "Connected mobility", "start a car", "dispatch car car-7" },
        { "Connected mobility", "start an ambulance", "dispatch ambulance amb-9" },
        { "Connected mobility", "start a hospital", "dispatch hospital hos-9" },
        { "all", "kill a node, and start it again", "cluster crash" },
        { "all", "start it again", "cluster restart" },
        { "all", "force an election", "cluster elect" },
    };

    [Theory, MemberData(nameof(Commands))]
    public void An_original_command_has_its_counterpart(string system, string original, string command)
    {
        var lines = Transcript.Names.SelectMany(name => File.ReadLines(Path.Combine(Transcript.Folder, $"{name}.txt")));
        Assert.True(lines.Any(line => line.StartsWith($"$ rialto {command}", StringComparison.Ordinal)), $"No transcript shows 'rialto {command}', which does what {system} calls: {original}.");
    }
}
