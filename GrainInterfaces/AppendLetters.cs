using Orleans.Serialization.Cloning;
using Rialto.GrainInterfaces.Wire;
using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.GrainInterfaces;

/// <summary>What a node's outbox sends to the coordinator.</summary>
/// <param name="Requests">In the order in which they are to stand. Nobody changes them while they are on their way.</param>
public sealed record AppendBatch(IReadOnlyList<AppendRequest> Requests);

/// <summary>What became of a batch.</summary>
/// <param name="Outcomes">One for each request, in their order.</param>
public sealed record AppendAnswer(AppendOutcome[] Outcomes);

/// <summary>How an <see cref="AppendBatch"/> is carried.</summary>
[RegisterSerializer]
public sealed class AppendBatchCodec : LetterCodec<AppendBatch>
{
    /// <inheritdoc/>
    protected override void Write(WireWriter wire, AppendBatch letter)
    {
        wire.Int32(letter.Requests.Count);
        foreach (var request in letter.Requests)
        {
            wire.Command(request.Command);
            wire.Int64(unchecked((long)request.Fingerprint));
            wire.Rank(request.Origin);
            wire.Int32(request.Streams.Length);
            foreach (var append in request.Streams) Write(wire, append);
            wire.Seqs(request.Causes);
            wire.Commands(request.CausesByCommand);
            wire.Int64(request.NotAfterUnixMs);
            wire.Clock(request.Clock);
        }
    }

    /// <inheritdoc/>
    protected override AppendBatch Read(WireReader wire)
    {
        var requests = new AppendRequest[wire.Count()];
        for (var i = 0; i < requests.Length; i++)
        {
            requests[i] = new AppendRequest
            {
                Command = wire.Command(),
                Fingerprint = unchecked((ulong)wire.Int64()),
                Origin = wire.Rank() ?? default,
                Streams = wire.Many(ReadStream),
                Causes = wire.Seqs(),
                CausesByCommand = wire.Commands(),
                NotAfterUnixMs = wire.Int64(),
                Clock = wire.Clock(),
            };
        }
        return new AppendBatch(requests);
    }

    private static void Write(WireWriter wire, StreamAppend append)
    {
        wire.Text(append.Stream.Text);
        wire.Int64(append.ExpectedVersion);
        wire.Int32(append.Events.Length);
        foreach (var @event in append.Events)
        {
            wire.Text(@event.Type);
            wire.Bytes(@event.Data.Span);
        }
    }

    private static StreamAppend ReadStream(WireReader wire) =>
        new(StreamId.Parse(wire.Text()), wire.Int64(), wire.Many(static from => new NewEvent(string.Intern(from.Text()), from.Bytes())));
}

/// <summary>How an <see cref="AppendAnswer"/> is carried.</summary>
[RegisterSerializer]
public sealed class AppendAnswerCodec : LetterCodec<AppendAnswer>
{
    /// <inheritdoc/>
    protected override void Write(WireWriter wire, AppendAnswer letter)
    {
        wire.Int32(letter.Outcomes.Length);
        foreach (var outcome in letter.Outcomes)
        {
            wire.Byte((byte)outcome.Status);
            wire.Int64(outcome.First.Value);
            wire.Int64(outcome.Last.Value);
            wire.Int64(outcome.Epoch.Value);
        }
    }

    /// <inheritdoc/>
    protected override AppendAnswer Read(WireReader wire)
    {
        var outcomes = new AppendOutcome[wire.Count()];
        for (var i = 0; i < outcomes.Length; i++)
            outcomes[i] = new AppendOutcome((AppendStatus)wire.Byte(), new Seq(wire.Int64()), new Seq(wire.Int64()), new Epoch(wire.Int64()));
        return new AppendAnswer(outcomes);
    }
}

/// <summary>Within a process an <see cref="AppendBatch"/> is handed over as it is.</summary>
[RegisterCopier]
public sealed class AppendBatchCopier : ShallowCopier<AppendBatch>;

/// <summary>Within a process an <see cref="AppendAnswer"/> is handed over as it is.</summary>
[RegisterCopier]
public sealed class AppendAnswerCopier : ShallowCopier<AppendAnswer>;
