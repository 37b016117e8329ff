using System.Diagnostics;
using Rialto.Runtime;

namespace Rialto.Grains.Entities;

/// <summary>What a command's span belongs to, on its way to the silo where its entity lives. Nothing is written or looked for while nobody listens.</summary>
internal static class TraceParent
{
    private const string Key = "traceparent";

    public static void Write()
    {
        if (Traces.AreHeard && Activity.Current?.Id is { } around) RequestContext.Set(Key, around);
    }

    public static ActivityContext Read() =>
        Traces.AreHeard && RequestContext.Get(Key) is string around && ActivityContext.TryParse(around, traceState: null, isRemote: true, out var parent) ? parent : default;
}
