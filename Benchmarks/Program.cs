using System.Runtime.InteropServices;
using Rialto.Benchmarks;

// Every benchmark prints the raw ceiling that it measured in the same run beside our figure: on shared machines only ratios last.
var seconds = Value("--seconds") is { } text ? double.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : 4;
var time = TimeSpan.FromSeconds(seconds);
// The hosts that are measured would take the signal as theirs, and stop under the measurement.
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(143));
switch (args.Contains("--help") ? null : args.FirstOrDefault())
{
    case "journal":
        await JournalBenchmark.RunAsync(time);
        return 0;
    case "pipeline":
        await PipelineBenchmark.RunAsync(time);
        return 0;
    case "http":
        await HttpBenchmark.RunAsync(time);
        return 0;
    case "book":
        BookBenchmark.Run(time);
        return 0;
    case "failover":
        await FailoverBenchmark.RunAsync(Faults(50));
        return 0;
    case "orleans":
        await OrleansBenchmark.RunAsync(time);
        return 0;
    case "engines":
        await EnginesBenchmark.RunAsync(time, Value("--earlier"));
        return 0;
    case "silo-failover":
        return await SiloFailoverBenchmark.RunAsync(Faults(20), Value("--only"));
    case "listings":
        ListingBenchmark.Run(time);
        return 0;
    default:
        Console.Error.WriteLine("Say which: journal, pipeline, http, book, listings, failover, orleans, engines or silo-failover. --faults 50 sets how many, and --only killed, terminated or frozen which of silo-failover; --earlier FOLDER names an earlier version, built in Release, to be measured beside this one by engines; --seconds 4 sets how long each row is measured.");
        return 2;
}

string? Value(string option) => args.SkipWhile(arg => arg != option).Skip(1).FirstOrDefault();

int Faults(int usual) => Value("--faults") is { } count ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : usual;
