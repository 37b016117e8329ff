using Rialto.Runtime;

namespace Rialto.Api.Engines;

/// <summary>An engine that was started, and what ends it.</summary>
/// <param name="Engine">The market.</param>
/// <param name="EndAsync">Takes no more commands, commits what was taken, and ends. The journal stays open.</param>
/// <param name="Where">For people: how many nodes, and where.</param>
internal sealed record RunningEngine(IEngine Engine, Func<ValueTask> EndAsync, string Where);
