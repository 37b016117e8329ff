using Rialto.Markets;
using Rialto.Markets.Dispatch;

namespace Rialto.Tests.Markets;

/// <summary>A region's rules by example. Places lie on one meridian: a thousandth of a degree is 111 metres.</summary>
public sealed class RegionTests
{
    internal static Position At(int thousandths) => new(48_000_000 + thousandths * 1000, 9_000_000);

    /// <summary>Units amb-1, amb-2, … 1, 2, … thousandths of a degree north, and one hospital of so many beds.</summary>
    internal static Stage Opened(int units, int beds = 4, RegionTerms? terms = null)
    {
        var region = new Stage(new Region(), "stuttgart");
        var (acknowledge, heartbeat, position) = terms ?? new RegionTerms(30, 0, 0);
        region.Accept("operator", new ConfigureRegion(acknowledge, heartbeat, position));
        for (var i = 1; i <= units; i++) region.Accept($"amb-{i}", Come($"amb-{i}", i));
        if (beds > 0) region.Accept("hos-1", new RegisterHospital("hos-1", At(10), beds, true));
        return region;
    }

    /// <summary>A region through which one incident went to its end, one was diverted, one was given back, one was called off, and one waits.</summary>
    internal static Stage Lived()
    {
        var region = Opened(2, beds: 1);
        var first = Crash(region);
        Say(region, "amb-1", UnitReport.Acknowledged);
        region.Accept("hos-2", new RegisterHospital("hos-2", At(20), 2, true));
        region.Accept("hos-1", new ReportBeds("hos-1", Open: false));
        foreach (var report in new[] { UnitReport.OnScene, UnitReport.Transporting, UnitReport.AtHospital, UnitReport.Available }) Say(region, "amb-1", report, first);
        var second = Crash(region, severity: 2);
        Say(region, "amb-1", UnitReport.Declined);
        var third = Crash(region, severity: 3);
        region.LetDeadlineCome();
        Crash(region, needs: "als");
        region.Accept("car-7", new CancelIncident(second));
        Assert.True(IncidentOf(region, third).Status is IncidentStatus.Dispatched or IncidentStatus.Queued);
        return region;
    }

    private static RegisterUnit Come(string unit, int thousandths, params string[] skills) => new(unit, "ambulance", At(thousandths), [.. skills]);

    internal static string Crash(Stage region, int thousandths = 0, int severity = 1, params string[] needs)
    {
        region.Accept("car-7", new ReportIncident(At(thousandths), severity, [.. needs]));
        return region.LastId.ToEntityKey();
    }

    private static void Say(Stage region, string unit, UnitReport report, string? incident = null) => region.Accept(unit, new ReportStatus(unit, report, incident));

    private static void Serve(Stage region, string unit, params UnitReport[] reports)
    {
        foreach (var report in reports) Say(region, unit, report);
    }

    internal static IncidentView IncidentOf(Stage region, string id) => region.Ask<IncidentView>(new GetIncident(id));

    private static UnitView UnitOf(Stage region, string name) => region.Ask<UnitView>(new GetUnit(name));

    private static HospitalView HospitalOf(Stage region, string name = "hos-1") => region.Ask<HospitalView>(new GetHospital(name));

    [Fact]
    public void A_report_becomes_a_chain_in_which_every_step_names_what_it_follows_from()
    {
        var region = Opened(2);
        var crash = Crash(region);
        Serve(region, "amb-1", UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Transporting, UnitReport.AtHospital, UnitReport.Available);
        var steps = IncidentOf(region, crash).Steps;
        Assert.Equal(
            ["incident-reported", "unit-allocated", "hospital-allocated", "workflow-started", "commands-sent", "unit-acknowledged", "unit-arrived", "transport-started", "patient-delivered", "incident-completed"],
            steps.Select(step => step.Type["region.".Length..]));
        var first = steps[0].Version;
        Assert.Equal(Enumerable.Range(0, 10).Select(i => first + i), steps.Select(step => step.Version));
        Assert.Empty(steps[0].Causes);
        Assert.True(steps[3].Causes.SequenceEqual([first + 1, first + 2]));
        foreach (var step in steps.Skip(1).Where(step => step != steps[3])) Assert.True(step.Causes.SequenceEqual([step.Version - 1]));
        Assert.All(steps, step => Assert.EndsWith(".", step.Note, StringComparison.Ordinal));
        Assert.Equal((UnitStatus.Available, 3, 0), (UnitOf(region, "amb-1").Status, HospitalOf(region).Free, HospitalOf(region).Reserved));
        region.HoldsItsMemory();
    }

    [Fact]
    public void The_nearest_unit_that_can_go_goes_and_says_why()
    {
        var region = Opened(3);
        Assert.Equal("amb-3", IncidentOf(region, Crash(region, thousandths: 9)).Unit);
        var second = IncidentOf(region, Crash(region, thousandths: 9));
        Assert.Equal("amb-2", second.Unit);
        Assert.Equal("The nearest of 2 units that can go, 778 m away.", second.Steps[1].Note);
        Assert.Equal("The only unit that can go, 889 m away.", IncidentOf(region, Crash(region, thousandths: 9)).Steps[1].Note);
    }

    [Fact]
    public void Of_two_that_are_as_near_the_one_that_registered_first_goes()
    {
        var region = Opened(0);
        region.Accept("b", Come("b", 5));
        region.Accept("a", Come("a", -5));
        Assert.Equal("b", IncidentOf(region, Crash(region)).Unit);
    }

    [Fact]
    public void Only_a_unit_with_all_the_skills_goes()
    {
        var region = Opened(1);
        region.Accept("amb-9", Come("amb-9", 50, "als", "neonatal"));
        Assert.Equal("amb-9", IncidentOf(region, Crash(region, needs: "als")).Unit);
        var waiting = Crash(region, needs: ["als", "hazmat"]);
        Assert.Equal("No unit of this region has all of als, hazmat.", IncidentOf(region, waiting).Reason);
        // A skill that nobody had until now.
        region.Accept("amb-8", Come("amb-8", 60, "hazmat", "als"));
        Assert.Equal("amb-8", IncidentOf(region, waiting).Unit);
        region.HoldsItsMemory();
    }

    [Fact]
    public void A_unit_whose_position_is_old_is_not_sent_until_it_says_where_it_is()
    {
        var region = Opened(1, terms: new RegionTerms(30, 0, 60));
        region.Now = region.Now.AddSeconds(61);
        var crash = Crash(region);
        Assert.Equal("No unit can go: of 1 that could, 1 with a position that is too old.", IncidentOf(region, crash).Reason);
        region.Accept("amb-1", new MoveUnit("amb-1", At(2)));
        Assert.Equal(("amb-1", IncidentStatus.Dispatched), (IncidentOf(region, crash).Unit, IncidentOf(region, crash).Status));
    }

    [Fact]
    public void The_queue_is_served_by_severity_then_by_age()
    {
        var region = Opened(1);
        var first = Crash(region);
        var minor = Crash(region, severity: 3);
        var grave = Crash(region, severity: 1);
        var second = Crash(region, severity: 1);
        Assert.Equal([grave, second, minor], region.Ask<RegionView>(new GetRegion()).Queue.Select(waiting => waiting.Id));
        foreach (var next in new[] { first, grave, second, minor })
        {
            Assert.Equal(next, UnitOf(region, "amb-1").Incident);
            Serve(region, "amb-1", UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Available);
        }
        region.HoldsItsMemory();
    }

    [Fact]
    public void Who_waits_is_told_why_and_what_freed_a_unit_is_among_the_causes()
    {
        var region = Opened(1);
        Crash(region);
        var waiting = Crash(region);
        Assert.Equal("No unit can go: of 1 that could, 1 busy.", IncidentOf(region, waiting).Reason);
        Serve(region, "amb-1", UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Available);
        var allocated = IncidentOf(region, waiting).Steps.Single(step => step.Type == "region.unit-allocated");
        Assert.Contains("IncidentCompleted", region.History[(int)allocated.Causes[1] - 1].ToString(), StringComparison.Ordinal);
        Assert.IsType<IncidentQueued>(region.History[(int)allocated.Causes[0] - 1]);
    }

    [Fact]
    public void A_unit_that_does_not_acknowledge_in_time_is_off_duty_and_another_one_goes()
    {
        var region = Opened(2);
        var crash = Crash(region);
        Assert.Equal(region.Now.AddSeconds(30), IncidentOf(region, crash).AcknowledgeBy);
        region.LetDeadlineCome();
        Assert.Equal(("amb-2", UnitStatus.OffDuty), (IncidentOf(region, crash).Unit, UnitOf(region, "amb-1").Status));
        region.LetDeadlineCome();
        Assert.Equal("No unit can go: of 2 that could, 2 off duty.", IncidentOf(region, crash).Reason);
        Say(region, "amb-1", UnitReport.Available);
        Assert.Equal("amb-1", IncidentOf(region, crash).Unit);
    }

    [Fact]
    public void A_unit_that_acknowledged_is_not_waited_for_any_more()
    {
        var region = Opened(1);
        Crash(region);
        Say(region, "amb-1", UnitReport.Acknowledged);
        Assert.Null(region.Kind.NextDeadline(region.State));
        // A deadline that was on its way finds nothing to do.
        Assert.Empty(region.Accept("rialto", new MeetDeadlines(region.Now.AddHours(1))));
    }

    [Fact]
    public void A_unit_that_declines_is_asked_for_others_but_not_for_the_same_until_it_comes_on_duty_again()
    {
        var region = Opened(1);
        var crash = Crash(region, severity: 2);
        var other = Crash(region, severity: 3);
        Say(region, "amb-1", UnitReport.Declined, crash);
        Assert.Equal(other, UnitOf(region, "amb-1").Incident);
        Assert.Equal("No unit can go: of 1 that could, 1 declined.", IncidentOf(region, crash).Reason);
        Say(region, "amb-1", UnitReport.Declined, other);
        Assert.Null(UnitOf(region, "amb-1").Incident);
        Say(region, "amb-1", UnitReport.Available);
        Assert.Equal(crash, UnitOf(region, "amb-1").Incident);
        region.HoldsItsMemory();
    }

    [Fact]
    public void A_unit_that_is_silent_is_lost_and_another_one_goes_and_its_next_sign_of_life_brings_it_back()
    {
        var region = Opened(2, terms: new RegionTerms(3600, 15, 0));
        var crash = Crash(region);
        region.Now = region.Now.AddSeconds(10);
        region.Accept("amb-2", new SendHeartbeat("amb-2"));
        region.LetDeadlineCome();
        Assert.Equal(("amb-2", true), (IncidentOf(region, crash).Unit, UnitOf(region, "amb-1").Lost));
        Assert.Equal(["UnitLost", "UnitReleased", "UnitAllocated", "WorkflowStarted", "CommandsSent"], region.History.TakeLast(5).Select(happened => happened.GetType().Name));
        var waiting = Crash(region);
        Assert.Equal("No unit can go: of 2 that could, 1 busy, 1 not heard from.", IncidentOf(region, waiting).Reason);
        region.Accept("amb-1", new SendHeartbeat("amb-1"));
        Assert.Equal("amb-1", IncidentOf(region, waiting).Unit);
    }

    [Fact]
    public void Who_has_the_patient_keeps_the_patient_also_when_lost()
    {
        var region = Opened(2, terms: new RegionTerms(3600, 15, 0));
        var crash = Crash(region);
        Serve(region, "amb-1", UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Transporting);
        region.LetDeadlineCome();
        Assert.Equal(("amb-1", IncidentStatus.Transporting, true), (IncidentOf(region, crash).Unit, IncidentOf(region, crash).Status, UnitOf(region, "amb-1").Lost));
        Say(region, "amb-1", UnitReport.AtHospital);
        Assert.False(UnitOf(region, "amb-1").Lost);
    }

    [Fact]
    public void Heartbeats_are_written_as_often_as_the_watch_needs_them()
    {
        var region = Opened(1, terms: new RegionTerms(30, 15, 0));
        for (var second = 1; second <= 60; second++)
        {
            region.Now = region.Now.AddSeconds(1);
            region.Accept("amb-1", new SendHeartbeat("amb-1"));
        }
        Assert.Equal(12, region.History.Count(happened => happened is UnitSeen));
        Assert.False(UnitOf(region, "amb-1").Lost);
    }

    [Fact]
    public void The_nearest_open_hospital_with_a_free_bed_has_it_reserved()
    {
        var region = Opened(3, beds: 1);
        region.Accept("hos-2", new RegisterHospital("hos-2", At(30), 2, true));
        region.Accept("hos-3", new RegisterHospital("hos-3", At(1), 2, false));
        Assert.Equal("hos-1", IncidentOf(region, Crash(region)).Hospital);
        Assert.Equal((1, 1, 0), (HospitalOf(region).Free, HospitalOf(region).Reserved, HospitalOf(region).Available));
        Assert.Equal("hos-2", IncidentOf(region, Crash(region)).Hospital);
    }

    [Fact]
    public void A_unit_goes_though_no_bed_is_free_and_the_next_free_bed_is_for_the_most_severe()
    {
        var region = Opened(2, beds: 0);
        var minor = Crash(region, severity: 3);
        var grave = Crash(region, severity: 1);
        Assert.Equal(("amb-1", null, "No hospital is registered in this region."), (IncidentOf(region, minor).Unit, IncidentOf(region, minor).Hospital, IncidentOf(region, minor).Reason));
        Serve(region, "amb-1", UnitReport.Acknowledged, UnitReport.OnScene);
        region.Refuse("amb-1", new ReportStatus("amb-1", UnitReport.Transporting), "no-hospital");
        region.Accept("hos-1", new RegisterHospital("hos-1", At(1), 1, true));
        Assert.Equal((null, "hos-1"), (IncidentOf(region, minor).Hospital, IncidentOf(region, grave).Hospital));
        Assert.IsType<CommandsSent>(region.History[^1]);
        region.Accept("hos-1", new RegisterHospital("hos-1", At(1), 2, true));
        Assert.Equal("hos-1", IncidentOf(region, minor).Hospital);
        Say(region, "amb-1", UnitReport.Transporting);
        region.HoldsItsMemory();
    }

    [Fact]
    public void A_hospital_that_closes_diverts_also_who_is_on_the_way()
    {
        var region = Opened(2, beds: 2);
        var (first, second) = (Crash(region), Crash(region, severity: 2));
        Serve(region, "amb-1", UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Transporting);
        region.Accept("hos-2", new RegisterHospital("hos-2", At(30), 1, true));
        region.Accept("hos-1", new ReportBeds("hos-1", Open: false));
        Assert.Equal(("hos-2", null), (IncidentOf(region, first).Hospital, IncidentOf(region, second).Hospital));
        Assert.Equal("No open hospital has a free bed.", IncidentOf(region, second).Reason);
        Assert.Contains("hos-1 has closed.", IncidentOf(region, first).Steps.Select(step => step.Note));
        region.Accept("hos-1", new ReportBeds("hos-1", Open: true));
        Assert.Equal("hos-1", IncidentOf(region, second).Hospital);
        Say(region, "amb-1", UnitReport.AtHospital);
        Assert.Equal((0, 0), (HospitalOf(region, "hos-2").Free, HospitalOf(region, "hos-2").Reserved));
    }

    [Fact]
    public void A_hospital_that_has_fewer_beds_than_it_promised_keeps_the_most_severe()
    {
        var region = Opened(3, beds: 3);
        var (minor, grave, middle) = (Crash(region, severity: 3), Crash(region, severity: 1), Crash(region, severity: 2));
        region.Accept("hos-1", new ReportBeds("hos-1", Free: 1));
        Assert.Equal((null, "hos-1", null), (IncidentOf(region, minor).Hospital, IncidentOf(region, grave).Hospital, IncidentOf(region, middle).Hospital));
        region.HoldsItsMemory();
    }

    [Fact]
    public void A_hospital_that_registers_again_keeps_its_patients_in_their_beds()
    {
        var region = Opened(1, beds: 3);
        Crash(region);
        Serve(region, "amb-1", UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Transporting, UnitReport.AtHospital);
        region.Accept("hos-1", new RegisterHospital("hos-1", At(10), 3, true));
        Assert.Equal((3, 2), (HospitalOf(region).Beds, HospitalOf(region).Free));
        region.Accept("hos-1", new RegisterHospital("hos-1", At(10), 5, true));
        Assert.Equal((5, 4), (HospitalOf(region).Beds, HospitalOf(region).Free));
        region.Accept("hos-1", new RegisterHospital("hos-1", At(10), 0, true));
        Assert.Equal((0, 0), (HospitalOf(region).Beds, HospitalOf(region).Free));
        region.HoldsItsMemory();
    }

    [Fact]
    public void Nobody_transported_frees_the_bed_for_who_waits_for_one()
    {
        var region = Opened(2, beds: 1);
        var (first, second) = (Crash(region), Crash(region));
        Serve(region, "amb-1", UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Available);
        Assert.Equal((null, "hos-1"), (IncidentOf(region, first).Hospital, IncidentOf(region, second).Hospital));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_free_bed_is_for_who_waits_for_one_before_it_is_for_whoever_the_free_unit_goes_to(bool cancelled)
    {
        var region = Opened(2, beds: 1);
        var (first, waiting, newcomer) = (Crash(region), Crash(region), Crash(region, severity: 5));
        if (cancelled) region.Accept("car-7", new CancelIncident(first));
        else Serve(region, "amb-1", UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Available);
        Assert.Equal(("amb-1", "hos-1", null), (IncidentOf(region, newcomer).Unit, IncidentOf(region, waiting).Hospital, IncidentOf(region, newcomer).Hospital));
        region.HoldsItsMemory();
    }

    [Fact]
    public void Laxer_terms_send_whoever_can_go_by_them_however_many_cannot()
    {
        var region = Opened(RegionBounds.MaxAtOnce + 1, beds: 1);
        region.Accept("ann", new ConfigureRegion(HeartbeatSeconds: 0, PositionSeconds: 1));
        region.Accept("amb-x", new RegisterUnit("amb-x", "ambulance", At(2), ["diver"]));
        region.Now = region.Now.AddSeconds(10);
        var crash = Crash(region, needs: "diver");
        Assert.Equal(IncidentStatus.Queued, IncidentOf(region, crash).Status);
        region.Accept("ann", new ConfigureRegion(PositionSeconds: 0));
        Assert.Equal("amb-x", IncidentOf(region, crash).Unit);
    }

    [Fact]
    public void A_false_alarm_frees_unit_and_bed()
    {
        var region = Opened(1, beds: 1);
        var (alarm, waiting) = (Crash(region), Crash(region));
        region.Refuse("ann", new CancelIncident(alarm), "not-reporter");
        region.Accept("car-7", new CancelIncident(alarm, "Only a bang."));
        Assert.Equal((IncidentStatus.Cancelled, "amb-1", "hos-1"), (IncidentOf(region, alarm).Status, IncidentOf(region, waiting).Unit, IncidentOf(region, waiting).Hospital));
        region.Refuse("car-7", new CancelIncident(alarm), "incident-closed");
        region.HoldsItsMemory();
    }

    [Fact]
    public void Illegal_moves_are_refused_with_what_can_follow()
    {
        var region = Opened(1);
        region.Refuse("amb-1", new ReportStatus("amb-1", UnitReport.OnScene), "not-assigned");
        var crash = Crash(region);
        var refused = region.Refuse("amb-1", new ReportStatus("amb-1", UnitReport.Transporting), "illegal-move");
        Assert.Contains("acknowledged, declined or off-duty", refused.Detail, StringComparison.Ordinal);
        region.Refuse("amb-1", new ReportStatus("amb-1", UnitReport.Acknowledged, "another"), "wrong-incident");
        Say(region, "amb-1", UnitReport.Acknowledged, crash);
        Assert.Empty(region.Accept("amb-1", new ReportStatus("amb-1", UnitReport.Acknowledged, crash)));
        Serve(region, "amb-1", UnitReport.OnScene, UnitReport.Transporting);
        region.Refuse("amb-1", new ReportStatus("amb-1", UnitReport.Available), "illegal-move");
        region.Refuse("car-7", new CancelIncident(crash), "patient-aboard");
    }

    public static TheoryData<Command, string> Refusals => new()
    {
        { new MoveUnit("none", At(0)), "unit-not-found" },
        { new SendHeartbeat("none"), "unit-not-found" },
        { new ReportStatus("none", UnitReport.Available), "unit-not-found" },
        { new ReportBeds("none", 1), "hospital-not-found" },
        { new ReportBeds("hos-1"), "nothing-to-change" },
        { new ReportBeds("hos-1", 5), "out-of-range" },
        { new ReportBeds("hos-1", -1), "out-of-range" },
        { new CancelIncident("none"), "incident-not-found" },
        { new ReportIncident(At(0), 0, []), "out-of-range" },
        { new ReportIncident(At(0), 6, []), "out-of-range" },
        { new ReportIncident(new Position(90_000_001, 0), 1, []), "out-of-range" },
        { new ReportIncident(new Position(0, -180_000_001), 1, []), "out-of-range" },
        { new ReportIncident(At(0), 1, ["a b"]), "invalid-name" },
        { new ReportIncident(At(0), 1, [], "a b"), "invalid-name" },
        { new RegisterUnit("a b", "ambulance", At(0), []), "invalid-name" },
        { new RegisterUnit("amb-9", "balloon", At(0), []), "unknown-kind" },
        { new RegisterUnit("amb-9", "ambulance", At(0), [.. Enumerable.Range(0, 17).Select(i => $"s{i}")]), "out-of-range" },
        { new RegisterHospital("hos-9", At(0), RegionBounds.MaxBeds + 1, true), "out-of-range" },
        { new ConfigureRegion(AcknowledgeSeconds: 0), "out-of-range" },
        { new ConfigureRegion(HeartbeatSeconds: -1), "out-of-range" },
    };

    [Theory, MemberData(nameof(Refusals))]
    public void What_cannot_be_is_refused_with_a_code(Command command, string code) => Opened(1).Refuse("ann", command, code);

    [Fact]
    public void Nobody_is_asked_to_help_where_nobody_serves()
    {
        var nowhere = new Stage(new Region(), "nowhere");
        nowhere.Refuse("car-7", new ReportIncident(At(0), 1, []), "region-not-found");
        Assert.Equal("region-not-found", nowhere.RefusalOf(new GetRegion()));
        nowhere.Accept("amb-1", Come("amb-1", 1));
        Assert.Equal(["RegionOpened", "UnitRegistered"], nowhere.History.Select(happened => happened.GetType().Name));
    }

    [Fact]
    public void The_skills_of_a_region_are_bounded()
    {
        var region = Opened(0);
        for (var unit = 0; unit < 4; unit++) region.Accept("x", Come($"u-{unit}", 1, [.. Enumerable.Range(16 * unit, 16).Select(i => $"s{i}")]));
        region.Refuse("x", Come("u-5", 1, "s64"), "too-many");
        region.Accept("x", Come("u-5", 1, "s63"));
    }

    [Fact]
    public void New_terms_are_counted_from_now_on_and_laxer_ones_let_units_go()
    {
        var region = Opened(1, terms: new RegionTerms(30, 0, 60));
        region.Now = region.Now.AddHours(1);
        var crash = Crash(region);
        region.Accept("operator", new ConfigureRegion(HeartbeatSeconds: 15));
        Assert.Equal(region.Now.AddSeconds(15), region.Kind.NextDeadline(region.State)!.At);
        region.Accept("operator", new ConfigureRegion(PositionSeconds: 0));
        Assert.Equal("amb-1", IncidentOf(region, crash).Unit);
        Assert.Empty(region.Accept("operator", new ConfigureRegion()));
    }

    [Fact]
    public void What_is_finished_leaves_the_state_but_for_the_newest()
    {
        var region = Opened(1);
        var first = Crash(region);
        for (var i = 0; i <= RegionBounds.MaxRememberedFinished; i++)
        {
            if (i > 0) Crash(region);
            Serve(region, "amb-1", UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Available);
            if (i == 0) Assert.Equal(IncidentStatus.Completed, IncidentOf(region, first).Status);
        }
        Assert.Equal("incident-not-found", region.RefusalOf(new GetIncident(first)));
        var view = region.Ask<RegionView>(new GetRegion());
        Assert.Equal((0, RegionBounds.MaxRememberedFinished + 1L), (view.ActiveIncidents, view.FinishedIncidents));
        region.HoldsItsMemory();
    }

    [Theory]
    [InlineData(48.7758, 9.1829, 48.8941, 9.1922, 13_172)]     // Stuttgart to Ludwigsburg
    [InlineData(0, 179.9, 0, -179.9, 22_239)]                  // the short way round
    [InlineData(60, 10, 60, 11, 55_660)]                       // a degree of longitude is half as long there
    [InlineData(48, 9, 48, 9, 0)]
    public void Distances_are_right_to_half_a_per_cent(double lat, double lon, double otherLat, double otherLon, int metres)
    {
        var (from, to) = (new Position((int)(lat * 1e6), (int)(lon * 1e6)), new Position((int)(otherLat * 1e6), (int)(otherLon * 1e6)));
        Assert.InRange(from.MetresTo(to), metres * 0.995 - 1, metres * 1.005 + 1);
        Assert.Equal(from.SquaredCmTo(to), to.SquaredCmTo(from));
    }
}
