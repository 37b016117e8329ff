using Rialto.Cli;

return await RialtoCommand.RunAsync(args, Terminal.OfProcess());
