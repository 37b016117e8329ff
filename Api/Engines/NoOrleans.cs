using Rialto.Api.Options;
using Rialto.Journal;

namespace Rialto.Api.Engines;

/// <summary>This program was built without Orleans, because the package source could not supply it.</summary>
internal static class OrleansEngines
{
    public static bool AreBuilt => false;

    public static Task<RunningEngine> StartAsync(ServerOptions options, IJournal journal, ICheckpoints checkpoints, TimeProvider time) =>
        throw new System.Diagnostics.UnreachableException("The options do not let anybody ask for Orleans here.");
}
