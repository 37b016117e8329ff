using Rialto.GrainInterfaces.Wire;
using Rialto.Journal;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Grains.Nodes;

/// <summary>What hosts say to each other, as bytes. A record goes with its hash, so that a replica can check the chain that the journal keeps.</summary>
internal static class SignalCodec
{
    private const byte Committed = 1;
    private const byte Missing = 2;
    private const byte ReadJournal = 3;
    private const byte DigestWanted = 6;
    private const byte DigestTaken = 7;
    private const byte RebuildWanted = 8;
    private const byte Rebuilt = 9;
    // 4 and 5 were a snapshot in one piece.
    private const byte SnapshotWanted = 10;
    private const byte SnapshotPart = 11;

    public static byte[] Encode(NodeSignal signal)
    {
        var wire = WireWriter.Rent();
        Write(wire, signal);
        var bytes = wire.Written.ToArray();
        WireWriter.Return(wire);
        return bytes;
    }

    /// <exception cref="FormatException">Nobody of this version wrote these bytes.</exception>
    public static NodeSignal Decode(byte[] bytes)
    {
        var wire = new WireReader(bytes);
        return wire.Byte() switch
        {
            Committed => new NodeSignal.Committed(ReadSpan(wire)),
            Missing => new NodeSignal.Missing(new Nack(new Epoch(wire.Int64()), new Seq(wire.Int64()), new Seq(wire.Int64()))),
            ReadJournal => new NodeSignal.ReadJournal(new Seq(wire.Int64())),
            SnapshotWanted => new NodeSignal.SnapshotWanted(wire.Int64(), wire.Int32()),
            SnapshotPart => new NodeSignal.SnapshotPart(wire.Int64(), wire.Int32(), wire.Int32(), wire.Bytes()),
            DigestWanted => new NodeSignal.DigestWanted(wire.Int64(), new Seq(wire.Int64())),
            DigestTaken => new NodeSignal.DigestTaken(wire.Int64(), new Seq(wire.Int64()), wire.Bool() ? Hash256.Read(wire.Bytes().Span) : null),
            RebuildWanted => new NodeSignal.RebuildWanted(wire.Int64()),
            Rebuilt => new NodeSignal.Rebuilt(wire.Int64(), wire.Differences()),
            var other => throw new FormatException($"A node sent a signal of kind {other}, which this program does not know. Do all nodes run the same version?"),
        };
    }

    private static void Write(WireWriter wire, NodeSignal signal)
    {
        switch (signal)
        {
            case NodeSignal.Committed committed:
                wire.Byte(Committed);
                wire.Int64(committed.Span.Epoch.Value);
                wire.Int32(committed.Span.Content.Events.Count);
                foreach (var @event in committed.Span.Content.Events) wire.Record(@event.Record);
                break;
            case NodeSignal.Missing missing:
                wire.Byte(Missing);
                wire.Int64(missing.Nack.Epoch.Value);
                wire.Int64(missing.Nack.First.Value);
                wire.Int64(missing.Nack.Last.Value);
                break;
            case NodeSignal.ReadJournal read:
                wire.Byte(ReadJournal);
                wire.Int64(read.UpTo.Value);
                break;
            case NodeSignal.SnapshotWanted wanted:
                wire.Byte(SnapshotWanted);
                wire.Int64(wanted.Snapshot);
                wire.Int32(wanted.Part);
                break;
            case NodeSignal.SnapshotPart part:
                wire.Byte(SnapshotPart);
                wire.Int64(part.Snapshot);
                wire.Int32(part.Part);
                wire.Int32(part.Parts);
                wire.Bytes(part.Bytes.Span);
                break;
            case NodeSignal.DigestWanted wanted:
                wire.Byte(DigestWanted);
                wire.Int64(wanted.Round);
                wire.Int64(wanted.At.Value);
                break;
            case NodeSignal.DigestTaken taken:
                wire.Byte(DigestTaken);
                wire.Int64(taken.Round);
                wire.Int64(taken.At.Value);
                wire.Bool(taken.Digest is not null);
                if (taken.Digest is { } digest) wire.Bytes(digest.ToArray());
                break;
            case NodeSignal.RebuildWanted wanted:
                wire.Byte(RebuildWanted);
                wire.Int64(wanted.Round);
                break;
            case NodeSignal.Rebuilt rebuilt:
                wire.Byte(Rebuilt);
                wire.Int64(rebuilt.Round);
                wire.Differences(rebuilt.Differences);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"{signal.GetType().Name} has no form between processes.");
        }
    }

    private static SequencedSpan<CommittedBatch> ReadSpan(WireReader wire)
    {
        var epoch = new Epoch(wire.Int64());
        var events = new CommittedEvent[wire.Count()];
        for (var i = 0; i < events.Length; i++) events[i] = new CommittedEvent(wire.Record());
        var batch = new CommittedBatch(events);
        return new SequencedSpan<CommittedBatch>(epoch, batch.First, batch.Last, batch);
    }
}
