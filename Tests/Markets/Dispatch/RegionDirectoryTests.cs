using Rialto.Markets;
using Rialto.Markets.Dispatch;

namespace Rialto.Tests.Markets;

public sealed class RegionDirectoryTests
{
    [Theory, InlineData(1), InlineData(4), InlineData(1000)]
    public void Incidents_page_newest_first_whatever_the_size_of_a_page(int size)
    {
        var (directory, region) = Filled();
        var reported = region.History.OfType<IncidentReported>().Select(report => report.Incident).Reverse().ToList();
        Assert.Equal(reported, All(directory, null, size));
        Assert.Equal(reported, Enum.GetValues<IncidentStatus>().SelectMany(status => All(directory, status, size)).OrderBy(reported.IndexOf));
        Assert.Equal(region.Ask<RegionView>(new GetRegion()).QueuedIncidents, All(directory, IncidentStatus.Queued, size).Count);
    }

    [Fact]
    public void Regions_are_listed_by_name_with_their_counts()
    {
        var (directory, region) = Filled();
        var view = region.Ask<RegionView>(new GetRegion());
        Assert.Equal(new RegionListItem("stuttgart", 3, 1, view.ActiveIncidents, view.QueuedIncidents) { Seq = region.History.Count }, Assert.Single(directory.List(null, 10).Items));
        Assert.Empty(directory.List("stuttgart", 10).Items);
        Assert.Null(directory.Incidents("nowhere", null, null, 10));
        Assert.Null(directory.Find("stuttgart", "none"));
    }

    [Fact]
    public void What_it_knows_goes_over_to_another_one_unchanged()
    {
        var (directory, region) = Filled();
        var other = new RegionDirectory();
        using (var reader = new BinaryReader(new MemoryStream(Saved(directory)))) other.Load(reader, _ => region.State);
        Assert.Equal(Saved(directory), Saved(other));
        Assert.Equal(All(directory, null, 7), All(other, null, 7));
        foreach (var id in All(directory, null, 1000)) Assert.Equal(MarketCodec.Encode(directory.Find("stuttgart", id)!), MarketCodec.Encode(other.Find("stuttgart", id)!));
        Assert.Equal(directory.List(null, 1).Items, other.List(null, 1).Items);
    }

    private static (RegionDirectory Directory, Stage Region) Filled()
    {
        var region = RegionTests.Opened(3, beds: 2);
        for (var i = 0; i < 30; i++)
        {
            var crash = RegionTests.Crash(region, severity: 1 + (i % 5));
            if (i % 4 == 1) region.Accept("car-7", new CancelIncident(crash));
            if (i % 3 == 0) foreach (var said in new[] { UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Available }) region.When("x", new ReportStatus($"amb-{1 + (i % 3)}", said));
        }
        var directory = new RegionDirectory();
        Feed.Into(directory, region, 0);
        return (directory, region);
    }

    private static byte[] Saved(RegionDirectory directory)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream)) directory.Save(writer);
        return stream.ToArray();
    }

    private static List<string> All(RegionDirectory directory, IncidentStatus? status, int size)
    {
        var found = new List<string>();
        long? before = null;
        do
        {
            var page = directory.Incidents("stuttgart", status, before, size)!;
            Assert.True(page.Items.Count <= size);
            found.AddRange(page.Items.Select(item => item.Id));
            Assert.Null(Cursor.TryRead(page.Next, out before));
        }
        while (before is not null);
        return found;
    }
}
