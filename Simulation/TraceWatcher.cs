using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Simulation;

/// <summary>Notes for the trace what has changed in what nodes believe. It looks only, so that a run that is watched is the same run.</summary>
internal sealed class TraceWatcher(Trace trace, int nodes, Func<SimulatedProcess?> process)
{
    private readonly (Rank? Leader, Epoch Epoch, bool Leads)[] _known = new (Rank?, Epoch, bool)[nodes + 1];
    private readonly Dictionary<(Rank By, Rank Peer), PeerPhase> _phases = [];
    private SimulatedProcess? _last;

    public void Look()
    {
        if (process() is not { HasStarted: true, IsOver: false } now) return;
        if (now != _last)
        {
            _last = now;
            Array.Clear(_known);
            _phases.Clear();
        }
        foreach (var rank in now.Cluster.Members) Look(now.Cluster.NodeOf(rank));
    }

    private void Look(Embedded.VirtualNode node)
    {
        var (outlook, leads) = (node.Outlook, node.Sequencer is { IsFenced: false });
        var before = _known[node.Rank.Value];
        if (leads && !before.Leads) trace.Say(TraceKind.Election, node.Rank, $"LEADS in epoch {outlook.Epoch}");
        if (!leads && before.Leads) trace.Say(TraceKind.Election, node.Rank, "leads no more");
        if (outlook.Leader != before.Leader && outlook.Leader != node.Rank) trace.Say(TraceKind.Election, node.Rank, outlook.Leader is { } leader ? $"follows {leader} in epoch {outlook.Epoch}" : "knows of no leader");
        _known[node.Rank.Value] = (outlook.Leader, outlook.Epoch, leads);
        foreach (var peer in outlook.Peers)
        {
            if (_phases.GetValueOrDefault((node.Rank, peer.Peer)) == peer.Phase) continue;
            _phases[(node.Rank, peer.Peer)] = peer.Phase;
            trace.Say(TraceKind.Detection, node.Rank, peer.Phase switch
            {
                PeerPhase.Alive => $"{peer.Peer} is well again",
                PeerPhase.Suspected => $"suspects {peer.Peer}: silent for {peer.Evidence.SilentMs} ms",
                PeerPhase.Failed => $"takes {peer.Peer} for FAILED: silent for {peer.Evidence.SilentMs} ms",
                _ => $"{peer.Peer} has left",
            });
        }
    }
}
