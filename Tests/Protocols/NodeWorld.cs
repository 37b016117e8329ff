using System.Text;
using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Tests.Protocols;

/// <summary>SplitMix64 (G. Steele, D. Lea, C. Flood, 2014): a seed means the same for ever.</summary>
internal sealed class Chance(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    public int Below(int limit) => (int)(Next() % (ulong)limit);

    public int Between(int low, int high) => low + Below(high - low + 1);

    public bool Percent(int percent) => Below(100) < percent;
}

/// <summary>What can go wrong between nodes, and how often.</summary>
internal sealed record Weather(int DelayMinMs = 5, int DelayMaxMs = 5, int LossPercent = 0, int DoublePercent = 0, int StorageFailPercent = 0, int StorageMaxMs = 5);

/// <summary>
/// A world of nodes under virtual time: a network, and a store with a compare-and-set of the epoch and with leases. It carries inputs and
/// outputs as an engine does, watches what must never happen, and writes down what happened.
/// </summary>
internal sealed class NodeWorld(Chance chance, NodeSettings settings)
{
    public sealed class Member(Rank rank)
    {
        public readonly Rank Rank = rank;
        public Node? Node;
        public int Life;
        public bool IsPaused;
        public Epoch Writes;
        public bool HasJoined;
        public long NextTickMs = long.MaxValue;
        public readonly Queue<NodeInput> Missed = new();
    }

    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private readonly SortedDictionary<Rank, Member> _members = [];
    private readonly HashSet<(Rank From, Rank To)> _cuts = [];
    private readonly List<NodeOutput> _outputs = [];
    private readonly Dictionary<Epoch, (Rank Rank, int Life)> _granted = [];
    private readonly Dictionary<Epoch, (Rank Rank, int Life)> _led = [];
    private readonly List<(string Kind, Rank From, Rank To)> _drops = [];
    private readonly Dictionary<(Rank By, Rank Of), long> _heardAt = [];
    private long _order;
    private long _renewedAtMs;

    public StringBuilder? Transcript { get; set; }

    public Weather Weather { get; set; } = new();

    public bool IsStorageDown { get; set; }

    /// <summary>Nodes that cannot reach storage, though others can.</summary>
    public HashSet<Rank> WithoutStorage { get; } = [];

    public int ClaimAnswersToLose { get; set; }

    /// <summary>Whether nodes are processes, which close their connections when they end and can be knocked at; and how often in a hundred a knock is refused though the node lives.</summary>
    public (bool Look, int WrongPercent) Knocking { get; set; }

    /// <summary>Whether a node that is put out ends.</summary>
    public bool EvictionEnds { get; set; }

    /// <summary>Who was put out, by whom, and when.</summary>
    public List<(Rank Peer, Rank By, long AtMs)> Evictions { get; } = [];

    public long Now { get; private set; }

    public Epoch Epoch { get; private set; }

    public Rank? Holder { get; private set; }

    public long Committed { get; private set; }

    public int RefusedWrites { get; private set; }

    public long Messages { get; private set; }

    public ulong TraceHash { get; private set; } = 14695981039346656037UL;

    public List<ElectionRecord> Elections { get; } = [];

    public IEnumerable<Member> Members => _members.Values;

    public Member this[int rank] => _members[new Rank(rank)];

    public void Add(int rank) => _members.Add(new Rank(rank), new Member(new Rank(rank)));

    public void Start(int rank)
    {
        var member = this[rank];
        member.Node = new Node(member.Rank, settings);
        member.Life++;
        member.HasJoined = true;
        member.IsPaused = false;
        Feed(member, new NodeInput.Start([.. _members.Keys], Epoch, Holder));
    }

    public void Crash(int rank)
    {
        var member = this[rank];
        var lived = member.Node is not null;
        (member.Node, member.IsPaused, member.Writes) = (null, false, Epoch.None);
        member.Missed.Clear();
        if (!lived || !Knocking.Look) return;
        foreach (var other in _members.Values)
            if (other != member) LoseConnection(other.Rank.Value, rank);
    }

    /// <summary>A connection between two nodes ends, and the one hears of it; if nothing is cut between them.</summary>
    public void LoseConnection(int at, int with)
    {
        var (member, life) = (this[at], this[at].Life);
        var peer = new Rank(with);
        At(Now + chance.Between(0, 5), () => { if (member.Life == life && !_cuts.Contains((peer, member.Rank))) Feed(member, new NodeInput.ConnectionLost(peer)); });
    }

    public void Pause(int rank) => this[rank].IsPaused = true;

    public void Resume(int rank)
    {
        var member = this[rank];
        member.IsPaused = false;
        while (member.Missed.TryDequeue(out var input)) Feed(member, input);
        WantTick(member, Now);
    }

    public void Cut(int from, int to) => _cuts.Add((new Rank(from), new Rank(to)));

    public void Isolate(int rank)
    {
        foreach (var other in _members.Keys)
        {
            _cuts.Add((other, new Rank(rank)));
            _cuts.Add((new Rank(rank), other));
        }
    }

    public void Heal() => _cuts.Clear();

    public void DropNext(string kind, int from, int to) => _drops.Add((kind, new Rank(from), new Rank(to)));

    public void Feed(int rank, NodeInput input) => Feed(this[rank], input);

    public void RunUntil(long untilMs)
    {
        while (_events.TryPeek(out var happens, out var when) && when.At <= untilMs)
        {
            _events.Dequeue();
            Now = when.At;
            happens();
        }
        Now = untilMs;
    }

    /// <summary>A leader writes, as its sequencer would; the store has the last word.</summary>
    public void Write(int rank)
    {
        var member = this[rank];
        if (member.Node is null || member.IsPaused || member.Writes == Epoch.None || IsStorageDown || WithoutStorage.Contains(member.Rank)) return;
        if (member.Writes == Epoch)
        {
            if (_granted[Epoch] != (member.Rank, member.Life)) throw new InvalidOperationException($"{member.Rank} writes in epoch {Epoch}, which was granted to {_granted[Epoch]}.");
            Committed++;
            Note($"{rank} writes in e{Epoch}: seq {Committed}");
            return;
        }
        RefusedWrites++;
        Note($"{rank} writes in e{member.Writes}: refused, e{Epoch} is the newest");
        Feed(member, new NodeInput.Fenced(Epoch));
    }

    private void At(long atMs, Action happens) => _events.Enqueue(happens, (atMs, _order++));

    private void Feed(Member member, NodeInput input)
    {
        if (member.Node is not { } node) return;
        if (member.IsPaused)
        {
            member.Missed.Enqueue(input);
            return;
        }
        var roleBefore = node.Role;
        _outputs.Clear();
        node.Step(input, Now, _outputs);
        var outputs = _outputs.ToArray();
        Tell(member, input, roleBefore, outputs);
        foreach (var output in outputs) CarryOut(member, output);
        WantTick(member, Math.Max(Now + 1, node.DueAtMs));
    }

    private void WantTick(Member member, long atMs)
    {
        if (atMs == long.MaxValue || member.NextTickMs <= atMs && member.NextTickMs > Now) return;
        member.NextTickMs = atMs;
        At(atMs, () =>
        {
            if (member.NextTickMs != atMs) return;
            member.NextTickMs = long.MaxValue;
            if (member.Node is not { } node || member.IsPaused) return;
            if (node.DueAtMs > Now) WantTick(member, node.DueAtMs);
            else Feed(member, new NodeInput.Tick(new Seq(Committed)));
        });
    }

    private void CarryOut(Member member, NodeOutput output)
    {
        var life = member.Life;
        switch (output)
        {
            case NodeOutput.Send send: Deliver(member.Rank, send); break;
            case NodeOutput.ClaimEpoch claim: Ask(member, () => Claim(member.Rank, life, claim.Seen), isClaim: true); break;
            case NodeOutput.ReadStorage: Ask(member, () => new NodeInput.StorageRead(Epoch, Holder, Now - _renewedAtMs)); break;
            case NodeOutput.RenewLease renew: Ask(member, () => Renew(renew.Epoch)); break;
            case NodeOutput.Lead lead:
                if (!_led.TryAdd(lead.Epoch, (member.Rank, life))) throw new InvalidOperationException($"{member.Rank} leads in epoch {lead.Epoch}, in which {_led[lead.Epoch]} has led.");
                if (_granted[lead.Epoch] != (member.Rank, life)) throw new InvalidOperationException($"{member.Rank} leads in epoch {lead.Epoch}, which was granted to {_granted[lead.Epoch]}.");
                if (member.Writes != Epoch.None) throw new InvalidOperationException($"{member.Rank} leads in {lead.Epoch} while it leads in {member.Writes}.");
                member.Writes = lead.Epoch;
                break;
            case NodeOutput.StepDown down:
                if (member.Writes != down.Epoch) throw new InvalidOperationException($"{member.Rank} steps down from {down.Epoch}, and led in {member.Writes}.");
                member.Writes = Epoch.None;
                break;
            case NodeOutput.DrainAndResign:
                At(Now + 10, () => { if (member.Life == life) Feed(member, new NodeInput.Drained(new Seq(Committed))); });
                break;
            case NodeOutput.Knock knock when Knocking.Look:
                if (_cuts.Contains((member.Rank, knock.Peer)) || _cuts.Contains((knock.Peer, member.Rank))) break;
                if (_members[knock.Peer].Node is null || chance.Percent(Knocking.WrongPercent))
                    At(Now + chance.Between(0, 20), () => { if (member.Life == life) Feed(member, new NodeInput.NobodyListens(knock.Peer)); });
                break;
            case NodeOutput.Evict evict: Evict(member, evict.Peer); break;
            case NodeOutput.RecordElection { Record: var record } when record.Winner == member.Rank: Elections.Add(record); break;
        }
    }

    /// <summary>Nobody is put out by a node that has heard fewer than half of the members within the time for which silence is borne.</summary>
    private void Evict(Member by, Rank peer)
    {
        var others = by.Node!.View(Now).Where(view => view.Phase != PeerPhase.Left).ToList();
        var ours = 1 + others.Count(view => _heardAt.TryGetValue((by.Rank, view.Peer), out var at) && Now - at <= settings.FailedAfterMs);
        if (2 * ours < others.Count + 1) throw new InvalidOperationException($"{by.Rank} has {peer} put out, and hears {ours} of {others.Count + 1}, itself among them.");
        if (by.Writes == Epoch.None) throw new InvalidOperationException($"{by.Rank} has {peer} put out, and does not lead.");
        Evictions.Add((peer, by.Rank, Now));
        if (EvictionEnds) At(Now + chance.Between(1, 50), () => Crash(peer.Value));
    }

    private void Deliver(Rank from, NodeOutput.Send send)
    {
        Messages++;
        var drop = _drops.FindIndex(d => d.Kind == send.Message.GetType().Name && d.From == from && d.To == send.To);
        if (drop >= 0) _drops.RemoveAt(drop);
        if (drop >= 0 || _cuts.Contains((from, send.To)) || chance.Percent(Weather.LossPercent)) return;
        for (var copies = chance.Percent(Weather.DoublePercent) ? 2 : 1; copies > 0; copies--)
            At(Now + chance.Between(Weather.DelayMinMs, Weather.DelayMaxMs), () =>
            {
                var to = _members[send.To];
                if (_cuts.Contains((from, send.To))) return;
                _heardAt[(send.To, from)] = Now;
                Feed(to, new NodeInput.Received(from, send.Message));
            });
    }

    private void Ask(Member member, Func<NodeInput?> ask, bool isClaim = false)
    {
        var life = member.Life;
        var isUnreachable = IsStorageDown || WithoutStorage.Contains(member.Rank);
        var fails = isUnreachable || chance.Percent(Weather.StorageFailPercent);
        var half = chance.Between(1, Weather.StorageMaxMs);
        // A failure before or after the write: its effect may have come about.
        var takesEffect = !fails || (!isUnreachable && chance.Percent(50));
        At(Now + half, () =>
        {
            var answer = takesEffect ? ask() : null;
            if (fails) answer = isClaim && chance.Percent(50) ? new NodeInput.ClaimFailed() : null;
            if (isClaim && ClaimAnswersToLose > 0)
            {
                ClaimAnswersToLose--;
                answer = null;
            }
            if (answer is not null) At(Now + chance.Between(1, Weather.StorageMaxMs), () => { if (member.Life == life) Feed(member, answer); });
        });
    }

    private NodeInput Claim(Rank claimant, int life, Epoch seen)
    {
        if (seen != Epoch) return new NodeInput.ClaimRefused(Epoch, Holder);
        (Epoch, Holder, _renewedAtMs) = (seen.Next, claimant, Now);
        _granted.Add(Epoch, (claimant, life));
        return new NodeInput.ClaimGranted(Epoch);
    }

    private NodeInput? Renew(Epoch epoch)
    {
        if (epoch != Epoch) return new NodeInput.Fenced(Epoch, Holder);
        _renewedAtMs = Now;
        return new NodeInput.LeaseRenewed(epoch);
    }

    private bool IsShown(NodeOutput output) => output is not NodeOutput.Knock || Knocking.Look;

    private void Tell(Member member, NodeInput input, ElectionRole before, NodeOutput[] outputs)
    {
        Mix(Now);
        Mix(member.Rank.Value);
        var lines = outputs.Where(IsShown).Select(output => Say(member.Rank, output)).Where(line => line is not null).ToList();
        foreach (var line in lines)
            foreach (var character in line!) Mix(character);
        var after = member.Node!.Role;
        if (before.GetType() != after.GetType()) lines.Insert(0, $"{member.Rank} {before.GetType().Name} -> {after.GetType().Name}");
        if (Transcript is null || lines.Count == 0) return;
        Transcript.Append($"> {member.Rank} {Say(input)}  ({Now} ms)\n");
        foreach (var line in lines) Transcript.Append($"  {line}\n");
    }

    private void Note(string line) => Transcript?.Append($"  {line}\n");

    private void Mix(long value) => TraceHash = (TraceHash ^ (ulong)value) * 1099511628211UL;

    private static string Say(NodeInput input) => input switch
    {
        NodeInput.Start start => $"Start e{start.Epoch}{(start.Holder is { } holder ? $" held by {holder}" : "")}",
        NodeInput.Received received => $"Received {received.From}: {Say(received.Message)}",
        NodeInput.ClaimGranted granted => $"ClaimGranted e{granted.Epoch}",
        NodeInput.ClaimRefused refused => $"ClaimRefused, e{refused.Current} is held by {refused.Holder}",
        NodeInput.StorageRead read => $"StorageRead e{read.Epoch} held by {(read.Holder is { } holder ? $"{holder}" : "nobody")}, lease {read.LeaseAgeMs} ms old",
        NodeInput.Fenced fenced => $"Fenced, e{fenced.Current} is the newest",
        NodeInput.Drained drained => $"Drained to {drained.Last}",
        NodeInput.PeerFailed failed => $"PeerFailed {failed.Peer}",
        NodeInput.ConnectionLost lost => $"ConnectionLost {lost.Peer}",
        NodeInput.NobodyListens gone => $"NobodyListens {gone.Peer}",
        _ => input.GetType().Name,
    };

    private static string? Say(Rank self, NodeOutput output) => output switch
    {
        NodeOutput.Send { Message: NodeMessage.Heartbeat } or NodeOutput.RenewLease => null,
        NodeOutput.Send send => $"{self}->{send.To} {Say(send.Message)}",
        NodeOutput.ClaimEpoch claim => $"{self} ClaimEpoch, has seen e{claim.Seen}",
        NodeOutput.Lead lead => $"{self} Lead e{lead.Epoch}",
        NodeOutput.StepDown down => $"{self} StepDown e{down.Epoch} {down.Reason}",
        NodeOutput.Follow follow => $"{self} Follow {follow.Leader} e{follow.Epoch}",
        NodeOutput.DrainAndResign drain => $"{self} DrainAndResign e{drain.Epoch}",
        NodeOutput.Suspect suspect => $"{self} Suspect {suspect.Peer}, {Say(suspect.Evidence)}",
        NodeOutput.DeclareFailed failed => $"{self} DeclareFailed {failed.Peer}, {Say(failed.Evidence)}",
        NodeOutput.Knock knock => $"{self} Knock {knock.Peer}",
        NodeOutput.Evict evict => $"{self} Evict {evict.Peer}",
        NodeOutput.Recovered recovered => $"{self} Recovered {recovered.Peer}",
        NodeOutput.Departed departed => $"{self} Departed {departed.Peer}",
        NodeOutput.RecordElection { Record: var r } => $"{self} RecordElection e{r.Epoch} won by {r.Winner}, started by {r.StartedBy}, {r.Reason}, answered [{string.Join(' ', r.Answered)}], {r.DurationMs} ms",
        _ => $"{self} {output.GetType().Name}",
    };

    private static string Say(Evidence evidence) =>
        $"silent for {evidence.SilentMs} ms, last heard by {(evidence.HeardBy is { } rank ? $"{rank}" : "nobody")}, found by {evidence.FoundBy}";

    private static string Say(NodeMessage message)
    {
        var says = message switch
        {
            NodeMessage.Election election => $" started by {election.StartedBy}, {election.Reason}",
            NodeMessage.Findings findings => $" {findings.Version} [{string.Join(' ', findings.NotWell.Select(f => $"{f.Peer}:{f.Phase}"))}]",
            NodeMessage.HandoverReady ready => $" last {(ready.Last is { } last ? $"{last}" : "unknown")}",
            NodeMessage.Resigned resigned => $"{(resigned.Successor is { } next ? $" for {next}" : "")}{(resigned.IsLeaving ? " and leaves" : "")}",
            _ => "",
        };
        return $"{message.GetType().Name} e{message.Epoch}{(message.Leader is { } leader ? $" led by {leader}" : "")}{says}";
    }
}
