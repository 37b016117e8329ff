using Rialto.Journal;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Runtime;

public class SnapshotOfferTests
{
    private static readonly NodeSignal.SnapshotWanted First = new(0, 0);
    private readonly ReplicaSettings _settings = new() { MinSnapshotEvents = 100, SnapshotKeptMs = 1_000 };
    private readonly ManualTime _time = new();
    private int _made;

    [Fact]
    public void Bytes_come_out_of_their_parts_as_they_went_in()
    {
        var random = new Random(7);
        foreach (var length in new[] { 0, 1, 6, 7, 8, 14, 1_000 })
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            var written = new SnapshotBytes(partBytes: 7);
            for (var at = 0; at < length;)
            {
                var some = Math.Min(length - at, random.Next(1, 20));
                written.Write(bytes, at, some);
                at += some;
            }
            var parts = written.Parts;
            Assert.Equal((length + 6) / 7, parts.Count);
            Assert.All(parts.SkipLast(1), part => Assert.Equal(7, part.Length));
            var read = new MemoryStream();
            new SnapshotBytes([.. parts]).CopyTo(read, bufferSize: 5);
            Assert.Equal(bytes, read.ToArray());
        }
    }

    [Fact]
    public void All_parts_are_of_one_snapshot_which_whoever_asks_meanwhile_gets_too()
    {
        using var offer = Offer();
        var first = offer.Give(First, new Seq(500));
        Assert.Equal((1, 3), (_made, first.Parts));
        var another = offer.Give(First, new Seq(600));
        Assert.Equal(first, another);
        Assert.Equal([1, 1], offer.Give(new(first.Snapshot, 1), new Seq(650)).Bytes.ToArray());
        Assert.Equal(1, _made);
    }

    [Fact]
    public void One_that_is_far_behind_by_now_is_made_anew_and_whoever_fetches_the_old_one_is_told()
    {
        using var offer = Offer();
        var first = offer.Give(First, new Seq(500));
        var second = offer.Give(First, new Seq(601));
        Assert.Equal(2, _made);
        Assert.Equal(0, offer.Give(new(first.Snapshot, 1), new Seq(601)).Parts);
        Assert.Equal(3, offer.Give(new(second.Snapshot, 1), new Seq(601)).Parts);
    }

    [Fact]
    public void It_is_kept_only_as_long_as_somebody_asks()
    {
        using var offer = Offer();
        var first = offer.Give(First, new Seq(500));
        _time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.Equal(3, offer.Give(new(first.Snapshot, 1), new Seq(500)).Parts);
        _time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.Equal(3, offer.Give(new(first.Snapshot, 2), new Seq(500)).Parts);
        _time.Advance(TimeSpan.FromMilliseconds(1_100));
        Assert.Equal(0, offer.Give(new(first.Snapshot, 2), new Seq(500)).Parts);
        Assert.Equal(3, offer.Give(First, new Seq(500)).Parts);
        Assert.Equal(2, _made);
    }

    [Fact]
    public void A_part_that_there_is_not_is_not_given()
    {
        using var offer = Offer();
        var first = offer.Give(First, new Seq(500));
        Assert.Equal(0, offer.Give(new(first.Snapshot, 3), new Seq(500)).Parts);
        Assert.Equal(0, offer.Give(new(first.Snapshot, -1), new Seq(500)).Parts);
        Assert.Equal(0, offer.Give(new(99, 0), new Seq(500)).Parts);
    }

    private SnapshotOffer Offer() => new(
        () =>
        {
            _made++;
            return ([new byte[] { 0, 0 }, new byte[] { 1, 1 }, new byte[] { 2 }], new Seq(_made == 1 ? 500 : 601));
        },
        _time, _settings);
}
