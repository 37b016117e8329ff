using Rialto.Simulation;

Options options;
try
{
    options = Options.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
return options switch
{
    { Trace: true } => SingleRun.Print(RunPlan.For(options.First, options.Nodes, options.Faults, options.Bug, keepTrace: true)),
    { Table: true } => MessageTable.Print(),
    { Hash: true } => SingleRun.PrintHash(RunPlan.For(options.First, options.Nodes, options.Faults, options.Bug)),
    _ => ManyRuns.Print(options),
};
