using Rialto.Tests.Support;
using ExitCode = Rialto.Cli.ExitCode;
using Reply = Rialto.Cli.Reply;

namespace Rialto.Tests.Cli;

/// <summary>Car, ambulance and hospital as the mobility system had them: each a client of its own, which meet in a region.</summary>
public sealed class DispatchClientTests : IDisposable
{
    private const int PatienceMs = 120_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("rialto-dispatch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_car_an_ambulance_and_a_hospital_bring_an_incident_to_its_end()
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false");
        var hospital = PlayAsync(server, "hospital", "hos-1", "--at", "48.79,9.19", "--beds", "2", "--once");
        await IsThereAsync(server, region => region.Items("hospitals").Any());
        var ambulance = PlayAsync(server, "ambulance", "amb-1", "--at", "48.77,9.16", "--skills", "als", "--speed-up", "1000000", "--once");
        await IsThereAsync(server, region => region.Items("units").Any());
        var car = await PlayAsync(server, "car", "car-1", "--at", "48.78,9.17", "--crash-after", "0s", "--severity", "1", "--needs", "als", "--once");

        Assert.Equal((ExitCode.Done, ""), (car.ExitCode, car.Errors));
        var incident = (await server.As("car-1").GetAsync("/api/dispatch/town/incidents")).Ok().Items().Single();
        var id = incident.Word("id");
        Assert.Equal(("completed", "amb-1", "hos-1"), (incident.Word("status"), incident.Word("unit"), incident.Word("hospital")));
        string[] steps =
        [
            "Severity 1, reported by car-1, needs als.", "The only unit that can go, 1,331 m away.", "The only open hospital with a free bed, 1,837 m from the incident.", "amb-1 is on it.", "amb-1 and hos-1 are told.",
            "amb-1 goes.", "amb-1 is on scene.", "amb-1 takes the patient to hos-1.", "amb-1 is at hos-1; the bed is taken.", "amb-1 is done; the patient is at hos-1.",
        ];
        var told = steps.Select(step => $"  {id}  {step}").ToArray();
        Assert.Equal(["car-1 sets out from 48.780000,9.170000.", $"car-1 has crashed at 48.780000,9.170000: incident {id}.", .. told, "car-1 has been helped."], Lines(car.Output));

        var rescued = await ambulance;
        Assert.Equal((ExitCode.Done, ""), (rescued.ExitCode, rescued.Errors));
        Assert.Equal(
            ["amb-1 is on duty at 48.770000,9.160000.", .. told[..6], "amb-1 drives 1.3 km to the incident at 48.780000,9.170000.", .. told[6..8], "amb-1 drives 1.8 km to hos-1 at 48.790000,9.190000.", .. told[8..], "amb-1 goes off duty."],
            Lines(rescued.Output));
        var received = await hospital;
        Assert.Equal((ExitCode.Done, ""), (received.ExitCode, received.Errors));
        Assert.Equal(
            ["hos-1 is open at 48.790000,9.190000: 2 of 2 beds are free.", $"hos-1 keeps a bed for incident {id}.", $"hos-1 has received the patient of incident {id} from amb-1: 1 of 2 beds are free.", "hos-1 closes."],
            Lines(received.Output));
        var verified = await Transcript.RunAsync(["dispatch", "verify", "--region", "town", "--server", server.Address]);
        Assert.Equal(ExitCode.Done, verified.ExitCode);
    }

    [Fact]
    public async Task A_server_that_dies_and_comes_back_is_missed_and_costs_nothing()
    {
        await using var server = await RialtoProcess.StartInAsync(_folder, "--sample", "false");
        using var closing = new CancellationTokenSource();
        // Both know that they have begun: who waits for that answer when the server dies gives up after a few seconds, and it may take longer to come back.
        var (isOpen, isOnDuty) = (new TaskCompletionSource(), new TaskCompletionSource());
        var hospital = PlayAsync(server, closing.Token, text => Hears(text, "is open", isOpen), "hospital", "hos-1", "--at", "48.79,9.19", "--stay", "10ms");
        await isOpen.Task.WaitAsync(TimeSpan.FromMilliseconds(PatienceMs));
        var ambulance = PlayAsync(
            server, CancellationToken.None, text => Hears(text, "is on duty", isOnDuty), "ambulance", "amb-1", "--at", "48.77,9.16", "--speed-up", "1000000", "--heartbeat", "200ms", "--once");
        await isOnDuty.Task.WaitAsync(TimeSpan.FromMilliseconds(PatienceMs));

        server.KillHard();
        await server.RestartAsync();
        var car = await PlayAsync(server, "car", "car-1", "--at", "48.78,9.17", "--crash-after", "0s", "--once");
        Assert.Equal(ExitCode.Done, car.ExitCode);
        Assert.EndsWith("car-1 has been helped.\n", car.Output, StringComparison.Ordinal);
        var rescued = await ambulance;
        Assert.Equal(ExitCode.Done, rescued.ExitCode);
        Assert.EndsWith("amb-1 goes off duty.\n", rescued.Output, StringComparison.Ordinal);

        // The patient goes home, and the bed is free again.
        await IsThereAsync(server, region => region.Items("hospitals").Single().Number("free") == 4 && region.Number("finishedIncidents") == 1);
        await closing.CancelAsync();
        var received = await hospital;
        Assert.Equal(ExitCode.Cancelled, received.ExitCode);
        Assert.Contains("hos-1 sends a patient home: 4 of 4 beds are free.\n", received.Output);
        Assert.Contains("The connection is back; going on after event", received.Errors);
    }

    [Fact]
    public async Task An_ambulance_whose_hospital_closes_on_the_way_waits_to_be_told_of_a_bed()
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false");
        var desk = server.As("hos-1");
        (await desk.PostAsync("/api/dispatch/town/hospitals", new { hospital = "hos-1", lat = 48.79, lon = 9.19, beds = 1 })).Ok(201);
        var (isOnDuty, isAboard, isTold) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        var ambulance = PlayAsync(
            server, CancellationToken.None,
            text =>
            {
                Hears(text, "is on duty", isOnDuty);
                Hears(text, "takes the patient to hos-1", isAboard);
                Hears(text, "No open hospital has a free bed.", isTold);
            },
            "ambulance", "amb-1", "--at", "48.78,9.17", "--speed-up", "20", "--once");
        await ComesAsync(isOnDuty);
        (await server.As("car-1").PostAsync("/api/dispatch/town/incidents", new { lat = 48.78, lon = 9.17, severity = 1 })).Ok(201);
        await ComesAsync(isAboard);
        (await desk.PostAsync("/api/dispatch/town/hospitals/hos-1/beds", new { open = false })).Ok();
        await ComesAsync(isTold);
        (await desk.PostAsync("/api/dispatch/town/hospitals/hos-1/beds", new { open = true })).Ok();
        var rescued = await ambulance;
        Assert.Equal((ExitCode.Done, ""), (rescued.ExitCode, rescued.Errors));
        Assert.EndsWith("amb-1 goes off duty.\n", rescued.Output, StringComparison.Ordinal);

        // Or it has ended instead, and says why.
        async Task ComesAsync(TaskCompletionSource said)
        {
            if (await Task.WhenAny(said.Task, ambulance).WaitAsync(TimeSpan.FromMilliseconds(PatienceMs)) != said.Task) Assert.Fail((await ambulance).ToString());
        }
    }

    [Fact]
    public async Task Whoever_ends_an_ambulance_takes_it_off_duty()
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false");
        using var ending = new CancellationTokenSource();
        var ambulance = PlayAsync(server, ending.Token, "ambulance", "amb-1");
        await IsThereAsync(server, region => region.Items("units").Any());
        await ending.CancelAsync();
        var ended = await ambulance;
        Assert.Equal(ExitCode.Cancelled, ended.ExitCode);
        Assert.Equal("off-duty", (await server.As("x").GetAsync("/api/dispatch/town/units/amb-1")).Ok().Word("status"));
    }

    [Fact]
    public async Task What_a_client_says_is_one_document_on_each_line_for_programs()
    {
        await using var server = await RialtoProcess.StartAsync();
        var (exitCode, output, _) = await Transcript.RunAsync(["dispatch", "car", "car-1", "--crash-after", "0s", "--for", "10ms", "--json", "--server", server.Address]);
        Assert.Equal(ExitCode.Done, exitCode);
        var said = Lines(output).Select(line => Reply.Of(line).Json).ToList();
        Assert.Equal("car-1", said[0].Word("client"));
        Assert.Equal("region.commands-sent", said[^1].Word("type"));
        Assert.All(said[2..], step => Assert.Equal(said[2].Word("incident"), step.Word("incident")));
    }

    private static Task<(int ExitCode, string Output, string Errors)> PlayAsync(RialtoProcess server, params string[] client) => PlayAsync(server, CancellationToken.None, client);

    private static Task<(int ExitCode, string Output, string Errors)> PlayAsync(RialtoProcess server, CancellationToken ending, params string[] client) => PlayAsync(server, ending, null, client);

    private static Task<(int ExitCode, string Output, string Errors)> PlayAsync(RialtoProcess server, CancellationToken ending, Action<string>? saying, params string[] client) =>
        Task.Run(() => Transcript.RunAsync(["dispatch", .. client, "--region", "town", "--server", server.Address], ending: ending, saying: saying), CancellationToken.None);

    private static void Hears(string text, string wanted, TaskCompletionSource heard)
    {
        if (text.Contains(wanted, StringComparison.Ordinal)) heard.TrySetResult();
    }

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Waits until the region is as it must be for a client to be there.</summary>
    private static async Task IsThereAsync(RialtoProcess server, Func<System.Text.Json.JsonElement, bool> isThere)
    {
        using var patience = new CancellationTokenSource(PatienceMs);
        while (true)
        {
            var region = await Transcript.RunAsync(["dispatch", "status", "--region", "town", "--json", "--server", server.Address]);
            if (region.ExitCode == ExitCode.Done && isThere(Reply.Of(region.Output).Json)) return;
            Assert.False(patience.IsCancellationRequested, $"It did not come about: {region.Output}{region.Errors}");
            await Task.Delay(20);
        }
    }
}
