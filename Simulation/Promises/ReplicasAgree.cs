using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Simulation.Promises;

/// <summary>
/// Whenever a replica was looked at, the digest of its entities was that of the journal replayed to the same place; and at the end all of
/// them were, read models included.
/// </summary>
internal sealed class ReplicasAgree : Promise
{
    public override int Number => 8;

    public override string Sentence => "Replicas at the same seq have the same digest.";

    public override IEnumerable<string> Broken(Aftermath run)
    {
        var broken = new List<string>();
        var samples = run.Log.Samples.ToLookup(sample => sample.At);
        var digests = new Dictionary<StreamId, ulong>();
        var stale = new HashSet<StreamId>();
        var sum = 0UL;
        var states = new Dictionary<StreamId, (Markets.EntityKind Kind, object State)>();
        run.Replay((record, kind, state) =>
        {
            states[record.Stream] = (kind, state);
            stale.Add(record.Stream);
            if (!samples.Contains(record.Seq)) return;
            foreach (var stream in stale)
            {
                var digest = Digest.Of(stream, states[stream].Kind, states[stream].State);
                sum += digest - digests.GetValueOrDefault(stream);
                digests[stream] = digest;
            }
            stale.Clear();
            broken.AddRange(samples[record.Seq].Where(sample => sample.Digest != sum).Select(sample => $"the replica of node {sample.Node} at {sample.At} is not what the journal says"));
        });
        var right = new ReplicaState();
        foreach (var (record, happened) in run.Journal) right.Apply(new CommittedEvent(record, happened));
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        right.SaveEntities(writer, VectorClock.Zero);
        right.SaveModels(writer);
        writer.Flush();
        foreach (var (rank, replica) in run.Replicas)
            if (replica.Applied != right.Applied) broken.Add($"the replica of node {rank} ends at {replica.Applied}, and the journal at {right.Applied}");
            else if (!replica.Save(VectorClock.Zero).SelectMany(part => part.ToArray()).SequenceEqual(bytes.ToArray())) broken.Add($"the replica of node {rank} at {replica.Applied}, with its read models, is not what the journal says");
        return broken;
    }
}
