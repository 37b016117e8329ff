using Rialto.Markets;
using Rialto.Markets.Auctions;

namespace Rialto.Tests.Markets;

public sealed class AuctionDirectoryTests
{
    private static AuctionDirectory Filled(int count, out List<string> open)
    {
        var directory = new AuctionDirectory();
        var kind = new Auction();
        open = [];
        long seq = 0;
        for (var i = 0; i < count; i++)
        {
            var stage = new Stage(kind, $"a{i}");
            stage.Accept("eva", new CreateAuction("Violin", "sealed-rounds", SealedRoundsTests.TwoRounds));
            if (i % 3 == 0) stage.Accept("eva", new CancelAuction());
            else open.Insert(0, stage.Key);
            seq = Feed.Into(directory, stage, seq);
        }
        return directory;
    }

    private static List<string> All(AuctionDirectory directory, AuctionStatus? status, int size)
    {
        var found = new List<string>();
        long? before = null;
        do
        {
            var page = directory.List(status, before, size);
            Assert.True(page.Items.Count <= size);
            found.AddRange(page.Items.Select(item => item.Id));
            Assert.Null(Cursor.TryRead(page.Next, out before));
        }
        while (before is not null);
        return found;
    }

    [Theory, InlineData(1), InlineData(4), InlineData(1000)]
    public void Auctions_are_paged_newest_first_in_all_and_by_status(int size)
    {
        var directory = Filled(20, out var open);
        Assert.Equal(Enumerable.Range(0, 20).Reverse().Select(i => $"a{i}"), All(directory, null, size));
        Assert.Equal(open, All(directory, AuctionStatus.Open, size));
        Assert.Equal(7, All(directory, AuctionStatus.Cancelled, size).Count);
        Assert.Empty(All(directory, AuctionStatus.Sold, size));
        Assert.Equal((7, 13), (directory.Count(AuctionStatus.Cancelled), directory.Count(AuctionStatus.Open)));
    }

    [Fact]
    public void Any_cursor_is_a_place_in_the_list()
    {
        var directory = Filled(3, out _);
        foreach (var cursor in new[] { long.MinValue, 0, 1, 2, 100, long.MaxValue }) Assert.NotNull(directory.List(null, cursor, 10));
        Assert.Empty(directory.List(null, 1, 10).Items);
        Assert.Equal(3, directory.List(null, long.MaxValue, 10).Items.Count);
    }

    [Fact]
    public void An_entry_follows_its_auction_to_the_end()
    {
        var directory = new AuctionDirectory();
        var auction = SealedRoundsTests.Running();
        foreach (var bidder in new[] { "ann", "bob", "bob", "ann" }) auction.Accept(bidder, new PlaceBid(12_00));
        Feed.Into(directory, auction);
        var item = Assert.Single(directory.List(AuctionStatus.Sold, null, 10).Items);
        // Equal sums: bob's was complete first.
        Assert.Equal((2, 2, new WinnerView("bob", 24.00m, 24.00m)), (item.Round, item.ParticipantCount, item.Winner!));
    }
}
