using Orleans.Serialization;
using Rialto.GrainInterfaces;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Grains.Nodes;

/// <summary>
/// Walks once through all that a leader does, on a market that nobody sees and that is forgotten: code that runs for the first time takes
/// long, and a node's first time should not be when all wait for it.
/// </summary>
internal sealed class Warmup : INodeLinks
{
    private const int Payments = 300;
    private static readonly Rank Self = new(1);

    private readonly Serializer _serializer;
    private readonly NodeHost _host;
    private readonly MemoryJournal _journal = new();

    private Warmup(Serializer serializer, TimeProvider time, RuntimeSettings settings)
    {
        _serializer = serializer;
        _host = new NodeHost(Self, this, _journal, new MemoryCheckpoints(), time, settings, null);
    }

    public static async Task RunAsync(Serializer serializer, TimeProvider time, RuntimeSettings settings)
    {
        Telemetry.LeaveOut();
        var market = new Warmup(serializer, time, settings);
        await market.PayAsync();
        market.Talk();
        await market._host.StopAsync();
    }

    public async Task<AppendOutcome[]> SubmitAsync(IReadOnlyList<AppendRequest> requests) =>
        Carry(new AppendAnswer(await _host.Sequencer!.SubmitAsync(Carry(new AppendBatch(requests)).Requests))).Outcomes;

    public async ValueTask<CommandReply> ExecuteAsync(CommandRequest request)
    {
        var command = Carry(new EntityCommand(request.Command, request.Actor, request.Id, request.Fingerprint, null));
        var reply = await _host.Entities.ExecuteAsync(request with { Command = command.Command });
        Carry(new EntityReply(reply.Receipt.Seq, reply.Receipt.Epoch, reply.Receipt.Version, reply.View, reply.Refusal, reply.Replayed));
        return reply;
    }

    public ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at) => _host.Entities.QueryAsync(entity, query, at);

    public void Send(Rank to, NodeSignal signal) => _host.Receive(to, SignalCodec.Decode(SignalCodec.Encode(signal)));

    private async Task PayAsync()
    {
        await _host.StartAsync([]);
        var claim = await _journal.ClaimEpochAsync(Epoch.None, Self, 0);
        _host.Lead(claim.Current, await _journal.ReadEndAsync(), [Self]);
        var ledger = StreamId.Of("ledger", "warm");
        await DoAsync(ledger, new CreateLedger(2), "create");
        await DoAsync(ledger, new OpenAccount("a", Payments), "a");
        await DoAsync(ledger, new OpenAccount("b"), "b");
        for (var i = 0; i < Payments; i++) await DoAsync(ledger, new Transfer(new TransferOrder("a", "b", 1)), $"pay {i}");
    }

    private async ValueTask DoAsync(StreamId ledger, Command command, string id)
    {
        var reply = await ExecuteAsync(new CommandRequest(ledger, command, "a", CommandId.From(id)));
        // A no would warm nothing but the way to a no.
        if (reply.Refusal is { Kind: not RefusalKind.Unavailable } refusal) throw new InvalidOperationException($"The walk was refused {command.GetType().Name}: {refusal.Code}.");
    }

    /// <summary>Two nodes of an imagined cluster elect, so that every message is written and read once.</summary>
    private void Talk()
    {
        Node[] nodes = [new(new Rank(1), new NodeSettings()), new(new Rank(2), new NodeSettings())];
        var outputs = new List<NodeOutput>();
        var epoch = Epoch.None;
        var inputs = new Queue<(Node To, NodeInput Input)>(nodes.Select(node => (node, (NodeInput)new NodeInput.Start([new Rank(1), new Rank(2)], epoch, null))));
        for (var nowMs = 0; nowMs < 5_000; nowMs += 50)
        {
            foreach (var node in nodes) inputs.Enqueue((node, new NodeInput.Tick(Seq.None)));
            while (inputs.TryDequeue(out var next))
            {
                outputs.Clear();
                next.To.Step(next.Input, nowMs, outputs);
                foreach (var output in outputs)
                    if (output is NodeOutput.Send send) inputs.Enqueue((nodes[send.To.Value - 1], new NodeInput.Received(next.To.Rank, Carry(new NodeLetter(next.To.Rank, 1, send.Message)).Message)));
                    else if (output is NodeOutput.ClaimEpoch) inputs.Enqueue((next.To, new NodeInput.ClaimGranted(epoch = epoch.Next)));
                    else if (output is NodeOutput.ReadStorage) inputs.Enqueue((next.To, new NodeInput.StorageRead(epoch, null, null)));
            }
        }
    }

    private T Carry<T>(T letter) where T : class => _serializer.Deserialize<T>(_serializer.SerializeToArray(letter))!;
}
