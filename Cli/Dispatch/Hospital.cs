using Rialto.Markets.Dispatch;

namespace Rialto.Cli.Dispatch;

/// <summary>A hospital: says how many beds it has, receives patients, and reports a bed as free again when a patient has gone home.</summary>
internal sealed class Hospital(Client client, Position place, int beds, TimeSpan stay)
{
    private readonly Lock _gate = new();
    private int _patients;

    /// <summary>Runs until it is ended, or until it has received its first patient.</summary>
    public Task RunAsync(bool once) => client.ServeAsync(
        () => client.PostAsync(
            $"/api/dispatch/{client.Region}/hospitals", client.Run.Ending, ("hospital", client.Name), ("lat", place.Lat()), ("lon", place.Lon()), ("beds", beds), ("open", true)),
        opened =>
        {
            // Patients that a hospital of this name had before are still in their beds.
            _patients = beds - (int)opened.Number("free");
            client.Say($"is open at {place.Words()}: {Free}{(opened.Number("reserved") is > 0 and var kept ? $", {kept} of them kept for patients on their way" : "")}.");
            return Watching.UntilTimeIsUpAsync(client.Run, leaving => ReceiveAsync(opened.Number("seq"), once, leaving));
        },
        async patience =>
        {
            await client.PostAsync($"/api/dispatch/{client.Region}/hospitals/{client.Name}/beds", patience, ("open", false));
            client.Say("closes.");
        });

    private string Free => $"{beds - _patients} of {beds} beds are free";

    private async Task ReceiveAsync(long after, bool once, CancellationToken leaving)
    {
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(leaving);
        var stays = Enumerable.Range(0, _patients).Select(_ => StayAsync(closing.Token)).ToList();
        try
        {
            await foreach (var happened in client.FollowAsync(after, leaving).Where(happened => happened.Data.Word("hospital") == client.Name))
            {
                var incident = happened.Data.Word("incident");
                if (happened.Type == "region.hospital-allocated") client.Say($"keeps a bed for incident {incident}.");
                if (happened.Type == "region.hospital-released") client.Say($"need not keep the bed for incident {incident}.");
                if (happened.Type != "region.patient-delivered") continue;
                lock (_gate)
                {
                    _patients++;
                    client.Say($"has received the patient of incident {incident} from {happened.Data.Word("unit")}: {Free}.");
                }
                if (once) return;
                stays.Add(StayAsync(closing.Token));
            }
        }
        finally
        {
            await closing.CancelAsync();
            await Task.WhenAll(stays);
        }
    }

    private async Task StayAsync(CancellationToken closing)
    {
        try
        {
            await Task.Delay(stay, closing);
            int free;
            lock (_gate)
            {
                free = beds - --_patients;
                client.Say($"sends a patient home: {Free}.");
            }
            await client.PostAsync($"/api/dispatch/{client.Region}/hospitals/{client.Name}/beds", closing, ("free", free));
        }
        catch (OperationCanceledException)
        {
            // The patient stays longer than this client.
        }
        catch (Failure lost)
        {
            client.Run.Screen.Note(lost.Message);
        }
    }
}
