using System.Globalization;

namespace Rialto.Simulation;

/// <summary>What the command line asks for.</summary>
internal sealed record Options
{
    public const string Usage = """
        Runs the whole cluster in virtual time, with faults, and holds the promises against what it leaves behind.

          --seeds 1..1000     which runs; each seed is another one (default 1..100)
          --seed 42           one run
          --minutes 5         as many seeds, from the first on, as fit
          --faults all        all, none, or any of network,nodes,disk
          --nodes 5           how many nodes
          --trace             with --seed: prints the run, and writes a chart of it (trace-42.html)
          --hash              with --seed: prints what happened as one number
          --bug no-fencing    makes a bug on purpose; --bug list names them
          --table             messages per second at rest and under load, for 5, 20 and 100 nodes
        """;

    public ulong First { get; init; } = 1;

    public ulong Last { get; init; } = 100;

    public double? Minutes { get; init; }

    public FaultKinds Faults { get; init; } = FaultKinds.All;

    public int Nodes { get; init; } = 5;

    public bool Trace { get; init; }

    public bool Table { get; init; }

    public bool Hash { get; init; }

    public Bug Bug { get; init; }

    /// <summary>Reads a command line.</summary>
    /// <exception cref="FormatException">It cannot be read; the message says what to write instead.</exception>
    public static Options Parse(IReadOnlyList<string> arguments)
    {
        var options = new Options();
        for (var i = 0; i < arguments.Count; i++)
        {
            options = arguments[i] switch
            {
                "--trace" => options with { Trace = true },
                "--table" => options with { Table = true },
                "--hash" => options with { Hash = true },
                "--seeds" => options.WithSeeds(Value()),
                "--seed" => options.WithSeeds(Value()),
                "--minutes" => options with { Minutes = double.TryParse(Value(), CultureInfo.InvariantCulture, out var minutes) && minutes > 0 ? minutes : throw Wrong("a number above 0"), Last = ulong.MaxValue },
                "--faults" => options with { Faults = FaultsOf(Value()) },
                "--nodes" => options with { Nodes = int.TryParse(Value(), CultureInfo.InvariantCulture, out var nodes) && nodes is >= 1 and <= 1_000 ? nodes : throw Wrong("1 to 1000") },
                "--bug" => options with { Bug = Bugs.All.Cast<Bug?>().FirstOrDefault(bug => Bugs.NameOf(bug!.Value) == Value()) ?? throw Wrong(string.Join(", ", Bugs.All.Select(Bugs.NameOf))) },
                var other => throw new FormatException($"'{other}' is not known.\n\n{Usage}"),
            };
            if (arguments[i] is not ("--trace" or "--table" or "--hash")) i++;

            string Value() => i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"{arguments[i]} needs a value.");

            FormatException Wrong(string allowed) => new($"{arguments[i]} is '{Value()}'; write {allowed}.");
        }
        return options;
    }

    private Options WithSeeds(string text)
    {
        var parts = text.Split("..");
        return parts.Length <= 2 && ulong.TryParse(parts[0], CultureInfo.InvariantCulture, out var first) && ulong.TryParse(parts[^1], CultureInfo.InvariantCulture, out var last) && first <= last
            ? this with { First = first, Last = Minutes is null ? last : ulong.MaxValue }
            : throw new FormatException($"'{text}' names no seeds; write 42 or 1..1000.");
    }

    private static FaultKinds FaultsOf(string text) => text.Split(',').Aggregate(FaultKinds.None, (kinds, name) => kinds | name switch
    {
        "all" => FaultKinds.All,
        "none" => FaultKinds.None,
        "network" => FaultKinds.Network,
        "nodes" => FaultKinds.Nodes,
        "disk" => FaultKinds.Disk,
        _ => throw new FormatException($"'{name}' is no kind of fault; write all, none, or any of network,nodes,disk."),
    });
}
