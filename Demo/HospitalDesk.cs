using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rialto.Demo;

/// <summary>Reports for the region's hospitals: patients go home and beds come free; now and then one closes for a moment, and opens again.</summary>
internal sealed class HospitalDesk(BotCaller market, DemoRegion region) : Bot(market, TimeSpan.FromSeconds(5))
{
    protected override Task PrepareAsync() => DemoRegion.WaitAsync(Market);

    protected override async Task TakeTurnAsync()
    {
        if (await Market.ReadAsync(DemoRegion.Path) is not { } shown) return;
        var hospitals = shown.Each("hospitals").Where(hospital => region.IsBots(hospital.Text("hospital")!)).ToList();
        var closed = hospitals.Where(hospital => !hospital.Says("open")).ToList();
        if (closed.Count > 0 && Chance.Next(3) == 0) await ReportAsync(closed[0], new JsonObject { ["open"] = true });
        else if (closed.Count == 0 && hospitals.Count > 2 && Chance.Next(20) == 0) await ReportAsync(hospitals[Chance.Next(hospitals.Count)], new JsonObject { ["open"] = false });

        // Somebody goes home from the fullest one.
        var occupied = hospitals.Where(hospital => hospital.Amount("free") < hospital.Amount("beds")).OrderBy(hospital => hospital.Amount("free") / hospital.Amount("beds")).ToList();
        if (occupied.Count > 0) await ReportAsync(occupied[0], new JsonObject { ["free"] = (int)occupied[0].Amount("free")!.Value + 1 });
    }

    private Task ReportAsync(JsonElement hospital, JsonObject report) => Market.PostAsync($"{DemoRegion.Path}/hospitals/{hospital.Text("hospital")}/beds", report);
}
