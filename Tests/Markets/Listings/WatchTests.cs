using Rialto.Markets.Listings;

namespace Rialto.Tests.Markets;

public sealed class WatchTests
{
    private static readonly CompareRequest What = new(["Toronto", "Montreal"], "Toyota", "Corolla", CompareMode.Cheapest, new CompareTerms());

    /// <summary>A watch that has been through everything.</summary>
    internal static Stage Lived()
    {
        var watch = new Stage(new Watch(), "w1");
        watch.Accept("ann", new SetWatch(What, 100_00));
        watch.Accept("rialto", new ReportGap(200_00, "Montreal", "Toronto", "CAD", 5));
        watch.Accept("rialto", new ReportGap(50_00, "Montreal", "Toronto", "CAD", 7));
        watch.Accept("operator", new RemoveWatch());
        return watch;
    }

    [Fact]
    public void It_keeps_its_memory() => Lived().HoldsItsMemory();

    [Fact]
    public void A_report_that_was_overtaken_changes_nothing()
    {
        var watch = new Stage(new Watch(), "w1");
        watch.Accept("ann", new SetWatch(What, 100_00));
        watch.Accept("rialto", new ReportGap(200_00, "Montreal", "Toronto", "CAD", 5));
        Assert.Empty(watch.Accept("rialto", new ReportGap(50_00, "Montreal", "Toronto", "CAD", 4)));
        Assert.Empty(watch.Accept("rialto", new ReportGap(300_00, "Montreal", "Toronto", "CAD", 6)));
        Assert.Equal(200.00m, watch.Ask<WatchView>(new GetWatch()).Gap);
    }

    [Fact]
    public void What_cannot_be_watched_is_refused()
    {
        var watch = new Stage(new Watch(), "w1");
        watch.Refuse("ann", new SetWatch(What with { Cities = ["Toronto"] }, 1), "out-of-range");
        watch.Refuse("ann", new SetWatch(What with { Make = "" }, 1), "invalid-name");
        watch.Refuse("ann", new SetWatch(What, -1), "out-of-range");
        watch.Refuse("ann", new SetWatch(What with { Terms = new CompareTerms("dollars") }, 1), "invalid-currency");
        watch.Refuse("ann", new RemoveWatch(), "watch-not-found");
        watch.Accept("ann", new SetWatch(What, 1));
        watch.Refuse("bob", new SetWatch(What, 1), "watch-exists");
    }
}
