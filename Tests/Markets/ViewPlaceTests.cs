using System.Text;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Dispatch;
using Rialto.Markets.Ledgers;
using Rialto.Markets.Orders;

namespace Rialto.Tests.Markets;

/// <summary>A view that is made of others is as of one event, and so are they: none of them says that it is as of nothing.</summary>
public sealed class ViewPlaceTests
{
    public static TheoryData<string> Whole => [.. Filled().Keys];

    [Theory, MemberData(nameof(Whole))]
    public void What_a_view_is_made_of_is_as_of_the_same_place(string name) =>
        Assert.DoesNotContain("\"seq\":0", Encoding.UTF8.GetString(MarketCodec.Encode(Filled()[name].PlacedAt(new Seq(9)))), StringComparison.Ordinal);

    [Fact]
    public void Regions_are_listed_as_of_their_last_event_also_after_going_over_to_another_node()
    {
        var region = RegionTests.Opened(1, beds: 1);
        var (directory, other) = (new RegionDirectory(), new RegionDirectory());
        var last = Feed.Into(directory, region, 0);
        using var saved = new MemoryStream();
        using (var writer = new BinaryWriter(saved, Encoding.UTF8, leaveOpen: true)) directory.Save(writer);
        saved.Position = 0;
        using (var reader = new BinaryReader(saved)) other.Load(reader, _ => region.State);
        Assert.Equal(last, Assert.Single(directory.List(null, 10).Items).Seq);
        Assert.Equal(last, Assert.Single(other.List(null, 10).Items).Seq);
    }

    private static Dictionary<string, View> Filled()
    {
        static T Of<T>() where T : View => (T)Samples.Views.First(view => view is T) with { Seq = 0 };
        return new()
        {
            ["transfers"] = new TransfersView([Of<TransferView>()]),
            ["proposals"] = new ProposalsView([Of<ProposalView>()], null),
            ["orders"] = new OrdersView([Of<OrderView>()]),
            ["units"] = new UnitsView([Of<UnitView>()], null),
            ["hospitals"] = new HospitalsView([Of<HospitalView>()], null),
            ["region"] = Of<RegionView>() with { Units = [Of<UnitView>()], Hospitals = [Of<HospitalView>()], Queue = [Of<IncidentListItem>()] },
        };
    }
}
