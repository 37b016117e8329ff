namespace Rialto.Runtime;

/// <summary>A command that an entity is busy with, for whoever brings the same command meanwhile.</summary>
/// <param name="fingerprint">What the command is, if its sender may send it again.</param>
internal sealed class CommandTry(ulong fingerprint) : TaskCompletionSource<CommandReply>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Tells the command from another under the same id.</summary>
    public ulong Fingerprint { get; } = fingerprint;

    /// <summary>It ended in a bug: everybody who waits is told, and it is no news to anybody else if nobody does.</summary>
    public void Fail(Exception why)
    {
        TrySetException(why);
        _ = Task.Exception;
    }
}
