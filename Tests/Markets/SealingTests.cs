using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Ledgers;

namespace Rialto.Tests.Markets;

/// <summary>A record's hash is public and covers its event: what is sealed must not be found by trying all amounts.</summary>
public class SealingTests
{
    private static readonly SealingKey Key = new(new byte[32]);
    private static readonly AuctionOptions TwoBidders = new() { MinimumBidders = 2, ReserveMinor = null };

    [Fact]
    public void A_salt_follows_from_the_command_and_the_secret_alone()
    {
        Assert.Equal(Key.SaltOf(CommandId.From("a")), Key.SaltOf(CommandId.From("a")));
        Assert.NotEqual(Key.SaltOf(CommandId.From("a")), Key.SaltOf(CommandId.From("b")));
        Assert.NotEqual(Key.SaltOf(CommandId.From("a")), new SealingKey([.. Enumerable.Repeat((byte)1, 32)]).SaltOf(CommandId.From("a")));
        Assert.Equal(32, Key.SaltOf(CommandId.From("a")).Length);
    }

    [Fact]
    public void A_sealed_bid_is_salted_and_shows_its_salt_with_its_amount_only()
    {
        var kind = new Auction();
        var state = kind.Unborn("7");
        Do(kind, ref state, new CreateAuction("Violin", "sealed-rounds", TwoBidders), "eva");
        foreach (var bidder in new[] { "ann", "bob" }) Do(kind, ref state, new JoinAuction(), bidder);
        Do(kind, ref state, new StartAuction(), "eva");
        var bid = Assert.IsType<BidPlaced>(Do(kind, ref state, new PlaceBid(12_50), "ann")[0]);

        Assert.Equal(Key.SaltOf(CommandId.From("ann", nameof(PlaceBid))), bid.Salt);
        Assert.Null(Assert.IsType<BidPlaced>(kind.Conceal(state, bid, new Viewer("bob"))).Salt);
        Assert.Equal(bid, kind.Conceal(state, bid, new Viewer("ann")));
        Do(kind, ref state, new PlaceBid(13_00), "bob");
        Assert.Equal(bid, kind.Conceal(state, bid, new Viewer("bob")));
    }

    [Fact]
    public void A_reserve_and_a_sealed_hold_are_salted_too()
    {
        var auction = new Auction();
        var state = auction.Unborn("8");
        var created = Assert.IsType<AuctionCreated>(Do(auction, ref state, new CreateAuction("Lamp", "english", new AuctionOptions { ReserveMinor = 50_00 }), "eva")[0]);
        Assert.NotNull(created.Salt);
        Assert.Null(Assert.IsType<AuctionCreated>(auction.Conceal(state, created, Viewer.Nobody)).Salt);

        var ledger = new Ledger();
        state = ledger.Unborn("USD");
        Do(ledger, ref state, new CreateLedger(2), "eva");
        Do(ledger, ref state, new OpenAccount("ann", 100_00), "eva");
        Do(ledger, ref state, new OpenAccount("eva"), "eva");
        var hold = new HoldFunds("ann", "eva", 12_50, "auction/7", Guid.Empty, DateTimeOffset.UnixEpoch, Sealed: true);
        var held = Assert.IsType<FundsHeld>(Do(ledger, ref state, hold, "ann")[0]);
        Assert.NotNull(held.Salt);
        Assert.Null(Assert.IsType<FundsHeld>(ledger.Conceal(state, held, new Viewer("eva"))).Salt);
    }

    private static IReadOnlyList<Event> Do(EntityKind kind, ref object state, Command command, string actor)
    {
        var context = new CommandContext(CommandId.From(actor, command.GetType().Name), actor, DateTimeOffset.UnixEpoch, null, Key);
        var accepted = Assert.IsType<Decision.Accepted>(kind.Decide(state, command, context));
        foreach (var happened in accepted.Events) state = kind.Evolve(state, happened);
        return accepted.Events;
    }
}
