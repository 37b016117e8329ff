using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Dispatch;
using Xunit.Abstractions;

namespace Rialto.Tests.Markets;

/// <summary>
/// Ten thousand crashes, fifty units that decline, fall silent and go home, ten hospitals that close. Beside the region stands a witness that
/// knows the rules in their plainest form, looks at every event, and searches through everything.
/// </summary>
public sealed class RegionPropertyTests(ITestOutputHelper output)
{
    private const int Crashes = 10_000;
    private static readonly RegionTerms Terms = new(30, 15, 300);
    private static readonly string[] Skills = ["als", "bls", "neonatal", "hazmat"];

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Everybody_is_served_in_order_or_queued_with_a_reason_and_nothing_is_given_twice(ulong seed)
    {
        output.WriteLine($"seed {seed}");
        var run = new Run(new Dice(seed), units: 50, hospitals: 10);
        while (run.Reported < Crashes) run.Step();
        output.WriteLine(run.Summary);
        run.BringHome();
        run.Region.HoldsItsMemory();

        var report = Check(run.Region);
        Assert.Equal((true, Crashes), (report.Ok, (int)report.Incidents));
        Assert.Empty(report.Problems);
        var view = run.Region.Ask<RegionView>(new GetRegion());
        Assert.Equal((0, (long)Crashes), (view.ActiveIncidents, view.FinishedIncidents));
        Assert.True(run.Says(enough: 200), $"{run.Summary}: the run says too little.");
    }

    [Fact]
    public void A_long_queue_is_worked_off_in_order()
    {
        var region = RegionTests.Opened(3, beds: 0);
        var dice = new Dice(7);
        var waiting = Enumerable.Range(0, 2000).Select(number => (Severity: 1 + dice.Below(5), Number: number)).ToList();
        foreach (var (severity, _) in waiting) RegionTests.Crash(region, severity: severity);
        // The first three went at once.
        var expected = waiting.Skip(3).OrderBy(one => one.Severity).ThenBy(one => one.Number).Select(one => one.Severity).ToList();
        var served = new List<int>();
        for (var i = 0; i < expected.Count; i++)
        {
            var unit = $"amb-{1 + (i % 3)}";
            foreach (var said in new[] { UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Available }) region.Accept(unit, new ReportStatus(unit, said));
            served.Add(RegionTests.IncidentOf(region, region.Ask<UnitView>(new GetUnit(unit)).Incident!).Severity);
        }
        Assert.Equal(expected, served);
    }

    [Theory]
    [InlineData("missing-cause")]
    [InlineData("future-cause")]
    [InlineData("broken-chain")]
    [InlineData("impossible")]
    [InlineData("forgotten")]
    public void The_check_finds_what_is_wrong(string code)
    {
        var region = RegionTests.Opened(2);
        var (first, second) = (RegionTests.Crash(region), RegionTests.Crash(region));
        var history = region.History.ToList();
        var last = history.FindLastIndex(happened => happened is CommandsSent);
        var sent = (CommandsSent)history[last];
        switch (code)
        {
            case "missing-cause": history[last] = sent with { Causes = [] }; break;
            case "future-cause": history[last] = sent with { Causes = [last + 1] }; break;
            case "broken-chain": history[last] = sent with { Causes = [1] }; break;
            case "impossible": history.Add(new UnitAllocated(first, "amb-2", 1, Stage.Noon, "Twice.", [last + 1, 5])); break;
            case "forgotten": history.Add(new UnitReleased(second, "amb-2", ReleaseReason.Lost, Stage.Noon, [last + 1])); break;
        }
        Assert.Equal(code, Assert.Single(Check(history)).Code);
    }

    private static IEnumerable<ChainProblem> Check(IEnumerable<Event> history) => Report(history).Problems;

    private static ChainReport Check(Stage region) => Report(region.History);

    private static ChainReport Report(IEnumerable<Event> history)
    {
        var check = new ChainCheck("stuttgart");
        var version = 0L;
        foreach (var happened in history)
        {
            version++;
            check.Feed(Feed.Record(version, "region/stuttgart", happened) with { Seq = new Seq(1_000 + version) });
        }
        return check.Finish();
    }

    /// <summary>A town by chance.</summary>
    private sealed class Run
    {
        private const string Closed = "diverted by a hospital that closed";

        private readonly Dice _dice;
        private readonly Witness _witness = new();
        private readonly string[] _units;
        private readonly string[] _hospitals;
        private readonly DateTimeOffset[] _silentUntil;
        private readonly Dictionary<string, int> _happened = [];
        private DateTimeOffset _heartbeatsAt = Stage.Noon;
        private int _seen;

        public Run(Dice dice, int units, int hospitals)
        {
            _dice = dice;
            _units = [.. Enumerable.Range(1, units).Select(i => $"amb-{i}")];
            _hospitals = [.. Enumerable.Range(1, hospitals).Select(i => $"hos-{i}")];
            _silentUntil = new DateTimeOffset[units];
            Do(new ConfigureRegion(Terms.AcknowledgeSeconds, Terms.HeartbeatSeconds, Terms.PositionSeconds));
            foreach (var hospital in _hospitals) Do(new RegisterHospital(hospital, Place(), 1 + dice.Below(8), true));
            foreach (var unit in _units) Do(new RegisterUnit(unit, "ambulance", Place(), [.. Skills.Where(_ => dice.OneIn(2))]));
        }

        public Stage Region { get; } = new(new Region(), "stuttgart");

        public int Reported => _happened.GetValueOrDefault(nameof(IncidentReported));

        public string Summary => string.Join(", ", _happened.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value} {pair.Key}"));

        /// <summary>Whether everything that can happen did, so many times at least.</summary>
        public bool Says(int enough) => new[]
        {
            nameof(IncidentQueued), nameof(UnitAllocated), nameof(HospitalAllocated), nameof(BedAwaited), nameof(HospitalReleased), nameof(UnitReleased), nameof(UnitLost),
            nameof(IncidentCompleted), nameof(IncidentCancelled), nameof(PatientDelivered), "Declined", "NotAcknowledged", "Lost", "OffDuty", Closed,
        }.All(name => _happened.GetValueOrDefault(name) >= enough);

        public void Step()
        {
            Region.Now = Region.Now.AddMilliseconds(_dice.Below(400));
            MeetDeadlines();
            Beat();
            switch (_dice.Below(20))
            {
                case 0 or 1:
                    Do(new ReportIncident(Place(), 1 + _dice.Below(5), [.. Skills.Where(_ => _dice.OneIn(5))], null));
                    break;
                case 2:
                    var hospital = _dice.Of<string>(_hospitals);
                    var known = Region.Ask<HospitalView>(new GetHospital(hospital));
                    Do(new ReportBeds(hospital, Math.Min(known.Beds, _dice.OneIn(8) ? _dice.Below(known.Beds + 1) : known.Free + 2), _dice.OneIn(30) ? !known.Open : true));
                    break;
                case 3 when _dice.OneIn(3):
                    _silentUntil[_dice.Below(_units.Length)] = Region.Now.AddSeconds(_dice.Below(60));
                    break;
                case 4 when _dice.OneIn(4) && Region.Ask<RegionView>(new GetRegion()).Queue is { IsEmpty: false } queue:
                    Do(new CancelIncident(queue[_dice.Below(queue.Length)].Id));
                    break;
                case 5:
                    Do(new MoveUnit(Speaking(), Place()));
                    break;
                default:
                    Advance(Speaking());
                    break;
            }
        }

        /// <summary>All faults end: every unit comes and works on until nobody waits.</summary>
        public void BringHome()
        {
            foreach (var hospital in _hospitals) Do(new ReportBeds(hospital, Region.Ask<HospitalView>(new GetHospital(hospital)).Beds, true));
            for (var round = 0; round < 2_000 && Region.Ask<RegionView>(new GetRegion()).ActiveIncidents > 0; round++)
            {
                foreach (var unit in _units)
                {
                    if (round == 0) Do(new RegisterUnit(unit, "ambulance", Place(), [.. Skills]));
                    var view = Region.Ask<UnitView>(new GetUnit(unit));
                    if (Next(view, brave: true) is { } next) Do(new ReportStatus(unit, next));
                    else Do(new ReportStatus(unit, UnitReport.Available));
                }
                foreach (var hospital in _hospitals) Do(new ReportBeds(hospital, Region.Ask<HospitalView>(new GetHospital(hospital)).Beds));
            }
        }

        private void MeetDeadlines()
        {
            // Sometimes late, as after a change of leaders; or twice.
            while (!_dice.OneIn(4) && Region.Kind.NextDeadline(Region.State) is { } due && due.At <= Region.Now) Do(due.Command);
        }

        private void Beat()
        {
            if (Region.Now < _heartbeatsAt) return;
            _heartbeatsAt = Region.Now.AddSeconds(5);
            for (var i = 0; i < _units.Length; i++)
                if (_silentUntil[i] < Region.Now) Do(new SendHeartbeat(_units[i]));
        }

        private string Speaking()
        {
            while (true)
            {
                var i = _dice.Below(_units.Length);
                if (_silentUntil[i] < Region.Now) return _units[i];
            }
        }

        private void Advance(string unit)
        {
            var view = Region.Ask<UnitView>(new GetUnit(unit));
            var said = _dice.Below(60) switch
            {
                0 or 1 => UnitReport.Declined,
                2 => UnitReport.OffDuty,
                3 => _dice.Of(Enum.GetValues<UnitReport>()),
                4 or 5 or 6 => UnitReport.Available,
                _ => Next(view, _dice.OneIn(2)),
            };
            if (said is { } report) Do(new ReportStatus(unit, report, _dice.OneIn(2) ? view.Incident : null), mayFail: true);
        }

        private UnitReport? Next(UnitView unit, bool brave) => unit.Status switch
        {
            UnitStatus.Dispatched when unit.AcknowledgeBy is not null => brave || _dice.OneIn(2) ? UnitReport.Acknowledged : null,
            UnitStatus.Dispatched => UnitReport.OnScene,
            UnitStatus.OnScene when unit.Hospital is null => brave ? UnitReport.Available : null,
            UnitStatus.OnScene => UnitReport.Transporting,
            UnitStatus.Transporting => unit.Hospital is null ? null : UnitReport.AtHospital,
            UnitStatus.AtHospital => UnitReport.Available,
            UnitStatus.OffDuty => _dice.OneIn(3) ? UnitReport.Available : null,
            _ => null,
        };

        private Position Place() => new(48_700_000 + _dice.Below(200_000), 9_100_000 + _dice.Below(200_000));

        private void Do(Command command, bool mayFail = false)
        {
            if (mayFail) Region.When("dispatcher", command);
            else Region.Accept("dispatcher", command);
            for (; _seen < Region.History.Count; _seen++)
            {
                var happened = Region.History[_seen];
                Count(happened.GetType().Name);
                if (happened is UnitReleased released) Count(released.Reason.ToString());
                if (happened is HospitalReleased { Note: { } note } && note.EndsWith("has closed.", StringComparison.Ordinal)) Count(Closed);
                _witness.See(happened, Region.Now);
            }
            _witness.LookAround(Region.Now);
        }

        private void Count(string what) => _happened[what] = _happened.GetValueOrDefault(what) + 1;
    }

    /// <summary>The rules in their plainest form. It keeps everything in plain tables and looks through all of them.</summary>
    private sealed class Witness
    {
        private sealed class Car
        {
            public required string Name;
            public Position Place;
            public DateTimeOffset PlacedAt, SeenAt;
            public string[] Skills = [];
            public bool OffDuty, Lost;
            public string? On;
            public int Order;
        }

        private sealed class House
        {
            public Position Place;
            public int Free;
            public bool Open;
            public HashSet<string> Promised = [];
        }

        private sealed class Crash
        {
            public required string Id;
            public int Number, Severity;
            public Position Place;
            public string[] Needs = [];
            public string? Car, House;
            public bool Queued, Delivered, AwaitsBed;
            public HashSet<string> DeclinedBy = [];
        }

        private readonly Dictionary<string, Car> _cars = [];
        private readonly Dictionary<string, House> _houses = [];
        private readonly Dictionary<string, Crash> _crashes = [];
        private int _reported;

        public void See(Event happened, DateTimeOffset now)
        {
            switch (happened)
            {
                case UnitRegistered e:
                    if (!_cars.ContainsKey(e.Unit)) _cars.Add(e.Unit, new Car { Name = e.Unit, Order = _cars.Count });
                    var car = Heard(e.Unit, now);
                    (car.Place, car.PlacedAt, car.Skills, car.OffDuty) = (e.Place, now, [.. e.Skills], car.On is null ? false : car.OffDuty);
                    if (car.On is null) Forgive(e.Unit);
                    break;
                case UnitMoved e: (Heard(e.Unit, now).Place, _cars[e.Unit].PlacedAt) = (e.Place, now); break;
                case UnitSeen e: Heard(e.Unit, now); break;
                case UnitLost e: _cars[e.Unit].Lost = true; break;
                case UnitStatusChanged e:
                    Assert.Null(_cars[e.Unit].On);
                    Heard(e.Unit, now).OffDuty = e.Status == UnitStatus.OffDuty;
                    if (e.Status == UnitStatus.Available) Forgive(e.Unit);
                    break;
                case HospitalRegistered e: _houses[e.Hospital] = new House { Place = e.Place, Free = e.Beds, Open = e.Open }; break;
                case HospitalChanged e: (_houses[e.Hospital].Free, _houses[e.Hospital].Open) = (e.Free, e.Open); break;
                case IncidentReported e: _crashes.Add(e.Incident, new Crash { Id = e.Incident, Number = _reported++, Severity = e.Severity, Place = e.Place, Needs = [.. e.Needs] }); break;
                case IncidentQueued e:
                    Assert.False(string.IsNullOrWhiteSpace(e.Reason));
                    Assert.Null(_crashes[e.Incident].Car);
                    _crashes[e.Incident].Queued = true;
                    break;
                case UnitAllocated e: Allocate(_crashes[e.Incident], _cars[e.Unit], now); break;
                case HospitalAllocated e: Reserve(_crashes[e.Incident], e.Hospital); break;
                case BedAwaited e:
                    Assert.DoesNotContain(_houses.Values, HasBed);
                    _crashes[e.Incident].AwaitsBed = true;
                    break;
                case HospitalReleased e:
                    Assert.True(_houses[e.Hospital].Promised.Remove(e.Incident));
                    _crashes[e.Incident].House = null;
                    break;
                case UnitAcknowledged e: Heard(e.Unit, now); break;
                case UnitArrived e: Heard(e.Unit, now); break;
                case TransportStarted e:
                    Heard(e.Unit, now);
                    Assert.Equal(_crashes[e.Incident].House, e.Hospital);
                    break;
                case PatientDelivered e:
                    Heard(e.Unit, now);
                    Assert.True(_houses[e.Hospital].Promised.Remove(e.Incident));
                    _houses[e.Hospital].Free--;
                    _crashes[e.Incident].Delivered = true;
                    break;
                case UnitReleased e: Release(_crashes[e.Incident], e, now); break;
                case IncidentCompleted e:
                    Assert.Equal(e.Incident, _cars[e.Unit].On);
                    Heard(e.Unit, now).On = null;
                    Forgive(e.Unit);
                    _crashes.Remove(e.Incident);
                    break;
                case IncidentCancelled e:
                    Assert.Null(_crashes[e.Incident].Car);
                    _crashes.Remove(e.Incident);
                    break;
            }
        }

        /// <summary>What must be true between any two commands.</summary>
        public void LookAround(DateTimeOffset now)
        {
            foreach (var crash in _crashes.Values)
            {
                Assert.True(crash.Queued == (crash.Car is null), $"{crash.Id} is neither queued nor served.");
                if (crash.Queued) Assert.DoesNotContain(_cars.Values, car => CanServe(car, crash, now));
            }
            if (_crashes.Values.Any(crash => crash is { Car: not null, House: null })) Assert.DoesNotContain(_houses.Values, HasBed);
            foreach (var house in _houses.Values) Assert.True(house.Promised.Count <= (house.Open ? house.Free : 0));
        }

        private void Allocate(Crash crash, Car car, DateTimeOffset now)
        {
            Assert.Null(crash.Car);
            Assert.True(CanServe(car, crash, now), $"{car.Name} cannot serve {crash.Id}.");
            if (crash.Queued)
                Assert.DoesNotContain(_crashes.Values, other => other.Queued && (other.Severity, other.Number).CompareTo((crash.Severity, crash.Number)) < 0 && CanServe(car, other, now));
            else
                Assert.DoesNotContain(_cars.Values, other => CanServe(other, crash, now) && (Far(other.Place, crash), other.Order).CompareTo((Far(car.Place, crash), car.Order)) < 0);
            (crash.Car, crash.Queued, car.On) = (car.Name, false, crash.Id);
        }

        private void Reserve(Crash crash, string name)
        {
            var house = _houses[name];
            Assert.Null(crash.House);
            Assert.True(HasBed(house));
            Assert.DoesNotContain(_houses.Values, other => HasBed(other) && Far(other.Place, crash) < Far(house.Place, crash));
            // Who does not wait for a bed comes after all who do.
            Assert.DoesNotContain(_crashes.Values, other => other.AwaitsBed && (!crash.AwaitsBed || (other.Severity, other.Number).CompareTo((crash.Severity, crash.Number)) < 0));
            (crash.House, crash.AwaitsBed) = (name, false);
            Assert.True(house.Promised.Add(crash.Id));
        }

        private void Release(Crash crash, UnitReleased e, DateTimeOffset now)
        {
            var car = _cars[e.Unit];
            Assert.Equal((crash.Id, e.Unit), (car.On, crash.Car));
            Assert.False(crash.Delivered);
            (car.On, crash.Car, crash.AwaitsBed) = (null, null, false);
            if (e.Reason is ReleaseReason.NotAcknowledged or ReleaseReason.OffDuty) car.OffDuty = true;
            if (e.Reason is ReleaseReason.Declined or ReleaseReason.OffDuty) Heard(e.Unit, now);
            if (e.Reason == ReleaseReason.Declined) crash.DeclinedBy.Add(e.Unit);
        }

        private Car Heard(string unit, DateTimeOffset now)
        {
            (_cars[unit].SeenAt, _cars[unit].Lost) = (now, false);
            return _cars[unit];
        }

        private void Forgive(string unit)
        {
            foreach (var crash in _crashes.Values) crash.DeclinedBy.Remove(unit);
        }

        private static bool CanServe(Car car, Crash crash, DateTimeOffset now) =>
            car is { On: null, OffDuty: false, Lost: false } && (now - car.SeenAt).TotalSeconds < Terms.HeartbeatSeconds && (now - car.PlacedAt).TotalSeconds <= Terms.PositionSeconds
            && crash.Needs.All(car.Skills.Contains) && !crash.DeclinedBy.Contains(car.Name);

        private static bool HasBed(House house) => house.Open && house.Promised.Count < house.Free;

        private static long Far(Position place, Crash crash) => place.SquaredCmTo(crash.Place);
    }
}
