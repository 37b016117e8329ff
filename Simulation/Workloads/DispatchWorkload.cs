using Rialto.Journal;
using Rialto.Markets.Dispatch;

namespace Rialto.Simulation.Workloads;

/// <summary>One region with fewer ambulances and beds than incidents: units go, decline, fall silent and come back, and incidents are called off.</summary>
internal sealed class DispatchWorkload : IWorkload
{
    private const int Units = 5;
    private static readonly StreamId Region = StreamId.Of("region", "north");

    private readonly List<string> _incidents = [];

    /// <inheritdoc/>
    public async Task PrepareAsync(Actor founder, IReadOnlyList<string> names)
    {
        await founder.DoAsync(Region, new ConfigureRegion(3, 8, 0), givesUp: false);
        for (var i = 1; i <= Units; i++) await founder.DoAsync(Region, new RegisterUnit($"amb{i}", RegionBounds.Ambulance, Place(founder), []), givesUp: false);
        for (var i = 1; i <= 2; i++) await founder.DoAsync(Region, new RegisterHospital($"hos{i}", Place(founder), 2, Open: true), givesUp: false);
    }

    /// <inheritdoc/>
    public Task ActAsync(Actor actor)
    {
        var unit = $"amb{actor.Chance.Between(1, Units)}";
        return actor.Chance.Below(10) switch
        {
            0 or 1 => ReportAsync(actor),
            2 => actor.DoAsync(Region, new MoveUnit(unit, Place(actor))),
            3 => actor.DoAsync(Region, new SendHeartbeat(unit)),
            4 => actor.DoAsync(Region, new RegisterUnit(unit, RegionBounds.Ambulance, Place(actor), [])),
            5 => actor.DoAsync(Region, new ReportBeds($"hos{actor.Chance.Between(1, 2)}", actor.Chance.Below(3), actor.Chance.Percent(80))),
            6 when _incidents.Count > 0 => actor.DoAsync(Region, new CancelIncident(actor.Chance.Pick(_incidents))),
            7 => actor.AskAsync(Region, new GetRegion()),
            8 => actor.GlanceAsync(Region, new GetUnits(), actor.Newest),
            _ => actor.DoAsync(Region, new ReportStatus(unit, actor.Chance.Pick(Enum.GetValues<UnitReport>()))),
        };
    }

    private static Position Place(Actor actor) => new(47_000_000 + actor.Chance.Below(1_000_000), 8_000_000 + actor.Chance.Below(1_000_000));

    private async Task ReportAsync(Actor actor)
    {
        if (await actor.DoAsync(Region, new ReportIncident(Place(actor), actor.Chance.Between(1, 5), [], actor.Name)) is { View: IncidentView incident }) _incidents.Add(incident.Id);
    }
}
