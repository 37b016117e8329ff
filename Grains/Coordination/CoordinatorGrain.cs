using Orleans.Concurrency;
using Rialto.GrainInterfaces;
using Rialto.Grains.Engine;
using Rialto.Grains.Nodes;
using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Grains.Coordination;

/// <summary>
/// The coordinator of one epoch, on the silo of its leader. Placement alone proves nothing (a silo that somebody still has in a cache makes
/// an activation of its own), so every call looks whether this silo leads in this epoch; and whatever it believes, the journal has the
/// last word.
/// </summary>
[Reentrant, CoordinatorPlacement, GrainType("coordinator")]
public sealed class CoordinatorGrain(SiloNode node) : Grain, ICoordinatorGrain
{
    private Epoch Epoch => new(this.GetPrimaryKeyLong());

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (await node.SequencerOfAsync(Epoch) is null) DeactivateOnIdle();
    }

    /// <inheritdoc/>
    public async Task<AppendAnswer> AppendAsync(AppendBatch batch)
    {
        // One that is cut off still hears itself.
        if (node.Faults.IsPaused || (node.Faults.IsIsolated && batch.Requests[0].Origin != node.Rank)) await node.Faults.ReachableAsync();
        // The sequencer works on the thread that it is called on, and it is not to stay on this grain's scheduler, which ends with the grain.
        if (await node.SequencerOfAsync(Epoch) is { } sequencer) return new AppendAnswer(await Task.Run(() => sequencer.SubmitAsync(batch.Requests)));
        DeactivateOnIdle();
        var outcomes = new AppendOutcome[batch.Requests.Count];
        Array.Fill(outcomes, new AppendOutcome(AppendStatus.Fenced));
        return new AppendAnswer(outcomes);
    }

    /// <inheritdoc/>
    public Task<ClusterReport?> ViewAsync() => Task.FromResult(node.Leads(Epoch) ? node.View().ToReport() : null);

    /// <inheritdoc/>
    public Task<bool> ElectAsync()
    {
        var leads = node.Leads(Epoch);
        if (leads) node.Elect();
        return Task.FromResult(leads);
    }

    /// <inheritdoc/>
    public async Task<ReconcileAnswer?> ReconcileAsync() => node.Leads(Epoch) && await node.Host.ReconcileAsync() is { } report ? report.ToAnswer() : null;
}
