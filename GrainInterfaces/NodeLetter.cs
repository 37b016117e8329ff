using System.Collections.Immutable;
using Orleans.Serialization.Cloning;
using Rialto.GrainInterfaces.Wire;
using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.GrainInterfaces;

/// <summary>A message of the node protocols on its way.</summary>
/// <param name="From">The sender's rank.</param>
/// <param name="Life">The sender's generation: what it said in a life before is not heard any more.</param>
/// <param name="Message">What it says.</param>
public sealed record NodeLetter(Rank From, int Life, NodeMessage Message);

/// <summary>How a <see cref="NodeLetter"/> is carried: what every message has, its kind, and what this kind has.</summary>
[RegisterSerializer]
public sealed class NodeLetterCodec : LetterCodec<NodeLetter>
{
    private enum Kind : byte
    {
        Heartbeat = 1,
        Findings = 2,
        Election = 3,
        Answer = 4,
        Coordinator = 5,
        Behind = 6,
        HandoverRequest = 7,
        HandoverReady = 8,
        Resigned = 9,
        Leaving = 10,
    }

    /// <inheritdoc/>
    protected override void Write(WireWriter wire, NodeLetter letter)
    {
        wire.Rank(letter.From);
        wire.Int32(letter.Life);
        wire.Int64(letter.Message.Epoch.Value);
        wire.Rank(letter.Message.Leader);
        switch (letter.Message)
        {
            case NodeMessage.Heartbeat beat:
                wire.Byte((byte)Kind.Heartbeat);
                wire.Int64(beat.At.Value);
                wire.Int64(beat.FindingsVersion);
                wire.Rank(beat.Watched);
                wire.Int64(beat.WatchedSilentMs);
                wire.MaybeInt64(beat.LeaderSilentMs);
                // At the end, and only where it says something: an older process passes over it, and writes none.
                if (beat.Asks) wire.Bool(true);
                break;
            case NodeMessage.Findings findings:
                wire.Byte((byte)Kind.Findings);
                wire.Int64(findings.Version);
                wire.Int32(findings.NotWell.Length);
                foreach (var finding in findings.NotWell) Write(wire, finding);
                break;
            case NodeMessage.Election election:
                wire.Byte((byte)Kind.Election);
                wire.Rank(election.StartedBy);
                wire.Byte((byte)election.Reason);
                break;
            case NodeMessage.Answer: wire.Byte((byte)Kind.Answer); break;
            case NodeMessage.Coordinator coordinator:
                wire.Byte((byte)Kind.Coordinator);
                Write(wire, coordinator.Record);
                break;
            case NodeMessage.Behind: wire.Byte((byte)Kind.Behind); break;
            case NodeMessage.HandoverRequest request:
                wire.Byte((byte)Kind.HandoverRequest);
                wire.Byte((byte)request.Reason);
                break;
            case NodeMessage.HandoverReady ready:
                wire.Byte((byte)Kind.HandoverReady);
                wire.MaybeInt64(ready.Last?.Value);
                break;
            case NodeMessage.Resigned resigned:
                wire.Byte((byte)Kind.Resigned);
                wire.Rank(resigned.Successor);
                wire.Bool(resigned.IsLeaving);
                break;
            case NodeMessage.Leaving: wire.Byte((byte)Kind.Leaving); break;
            default: throw new System.Diagnostics.UnreachableException($"{letter.Message.GetType().Name} has no form between processes.");
        }
    }

    /// <inheritdoc/>
    protected override NodeLetter Read(WireReader wire)
    {
        var (from, life, epoch, leader) = (wire.Rank() ?? default, wire.Int32(), new Epoch(wire.Int64()), wire.Rank());
        return new NodeLetter(from, life, (Kind)wire.Byte() switch
        {
            Kind.Heartbeat => new NodeMessage.Heartbeat(epoch, leader, new Seq(wire.Int64()), wire.Int64(), wire.Rank(), wire.Int64(), wire.MaybeInt64(), !wire.IsAtEnd && wire.Bool()),
            Kind.Findings => new NodeMessage.Findings(epoch, leader, wire.Int64(), ReadFindings(wire)),
            Kind.Election => new NodeMessage.Election(epoch, leader, wire.Rank() ?? default, (ElectionReason)wire.Byte()),
            Kind.Answer => new NodeMessage.Answer(epoch, leader),
            Kind.Coordinator => new NodeMessage.Coordinator(epoch, leader, ReadRecord(wire)),
            Kind.Behind => new NodeMessage.Behind(epoch, leader),
            Kind.HandoverRequest => new NodeMessage.HandoverRequest(epoch, leader, (ElectionReason)wire.Byte()),
            Kind.HandoverReady => new NodeMessage.HandoverReady(epoch, leader, wire.MaybeInt64() is { } last ? new Seq(last) : null),
            Kind.Resigned => new NodeMessage.Resigned(epoch, leader, wire.Rank(), wire.Bool()),
            Kind.Leaving => new NodeMessage.Leaving(epoch, leader),
            var other => throw new FormatException($"A node sent a message of kind {other}, which this program does not know. Do all nodes run the same version?"),
        });
    }

    private static void Write(WireWriter wire, Finding finding)
    {
        wire.Rank(finding.Peer);
        wire.Byte((byte)finding.Phase);
        wire.Int64(finding.Evidence.SilentMs);
        wire.Rank(finding.Evidence.HeardBy);
        wire.Rank(finding.Evidence.FoundBy);
    }

    private static ImmutableArray<Finding> ReadFindings(WireReader wire)
    {
        var findings = ImmutableArray.CreateBuilder<Finding>();
        for (var left = wire.Count(); left > 0; left--)
            findings.Add(new Finding(wire.Rank() ?? default, (PeerPhase)wire.Byte(), new Evidence(wire.Int64(), wire.Rank(), wire.Rank() ?? default)));
        return findings.ToImmutable();
    }

    private static void Write(WireWriter wire, ElectionRecord record)
    {
        wire.Int64(record.Epoch.Value);
        wire.Rank(record.Winner);
        wire.Rank(record.StartedBy);
        wire.Byte((byte)record.Reason);
        wire.Int32(record.Answered.Length);
        foreach (var rank in record.Answered) wire.Rank(rank);
        wire.Int64(record.DurationMs);
    }

    private static ElectionRecord ReadRecord(WireReader wire)
    {
        var (epoch, winner, startedBy, reason) = (new Epoch(wire.Int64()), wire.Rank() ?? default, wire.Rank() ?? default, (ElectionReason)wire.Byte());
        var answered = ImmutableArray.CreateBuilder<Rank>();
        for (var left = wire.Count(); left > 0; left--) answered.Add(wire.Rank() ?? default);
        return new ElectionRecord(epoch, winner, startedBy, reason, answered.ToImmutable(), wire.Int64());
    }
}

/// <summary>Within a process a <see cref="NodeLetter"/> is handed over as it is.</summary>
[RegisterCopier]
public sealed class NodeLetterCopier : ShallowCopier<NodeLetter>;
