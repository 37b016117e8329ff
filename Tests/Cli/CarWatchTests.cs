using Rialto.Tests.Support;
using ExitCode = Rialto.Cli.ExitCode;

namespace Rialto.Tests.Cli;

/// <summary>A watch on the gap between cities, for as long as somebody looks.</summary>
public sealed class CarWatchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rialto-cars-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Whoever_watches_is_told_when_the_gap_opens_and_takes_the_watch_away()
    {
        await using var server = await RialtoProcess.StartAsync();
        var watch = Task.Run(() => Transcript.RunAsync(["cars", "watch", "Toyota", "Corolla", "Toronto", "Montreal", "--threshold", "3000", "--count", "1", "--as", "ann", "--server", server.Address]));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!(await server.As("ann").GetAsync("/api/listings/watches")).Ok().Items().Any())
        {
            Assert.False(patience.IsCancellationRequested, "No watch was set.");
            await Task.Delay(20);
        }
        var file = Path.Combine(_folder, "cheap.csv");
        await File.WriteAllTextAsync(file, "year,make,model,price,mileage,location\n2019,Toyota,Corolla,1000,50000,\"Toronto, ON\"\n");
        var import = await Transcript.RunAsync(["cars", "import", file, "--country", "CA", "--city", "Toronto", "--as", "gallery", "--server", server.Address]);
        Assert.True(import.ExitCode == ExitCode.Done, import.Errors);
        var (exitCode, output, errors) = await watch;
        Assert.True(exitCode == ExitCode.Done, errors);
        Assert.EndsWith("Toronto is better than Montreal by 5000.00 CAD\n", output, StringComparison.Ordinal);
        var left = (await server.As("ann").GetAsync("/api/listings/watches")).Ok().Items();
        Assert.DoesNotContain(left, one => one.Word("status") != "removed");
    }
}
