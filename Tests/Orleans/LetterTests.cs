using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Rialto.GrainInterfaces;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Tests.OnOrleans;

/// <summary>What goes between processes arrives as it was sent, and is the same object where it does not leave the process.</summary>
public class LetterTests
{
    private static readonly ServiceProvider Services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public static TheoryData<NodeMessage> Messages =>
    [
        new NodeMessage.Heartbeat(new Epoch(7), new Rank(3), new Seq(41), -1, new Rank(2), 12, null),
        new NodeMessage.Heartbeat(new Epoch(7), null, new Seq(41), 5, null, 0, 99),
        new NodeMessage.Heartbeat(new Epoch(7), null, new Seq(41), 5, null, 0, 99, Asks: true),
        new NodeMessage.Election(new Epoch(7), new Rank(3), new Rank(1), ElectionReason.Forced),
        new NodeMessage.Answer(new Epoch(7), new Rank(3)),
        new NodeMessage.Behind(new Epoch(8), new Rank(2)),
        new NodeMessage.HandoverRequest(new Epoch(7), new Rank(2), ElectionReason.Handover),
        new NodeMessage.HandoverReady(new Epoch(7), null, new Seq(12)),
        new NodeMessage.HandoverReady(new Epoch(7), null, null),
        new NodeMessage.Resigned(new Epoch(7), null, new Rank(3), true),
        new NodeMessage.Leaving(new Epoch(7), new Rank(3)),
    ];

    [Theory, MemberData(nameof(Messages))]
    public void A_message_between_nodes_arrives_as_it_was_sent(NodeMessage message) =>
        Assert.Equal(new NodeLetter(new Rank(2), 77, message), Carry(new NodeLetter(new Rank(2), 77, message)));

    [Fact]
    public void Findings_and_the_record_of_an_election_arrive_whole()
    {
        var finding = new Finding(new Rank(1), PeerPhase.Failed, new Evidence(1_200, null, new Rank(3)));
        var findings = (NodeMessage.Findings)Carry(new NodeLetter(new Rank(3), 1, new NodeMessage.Findings(new Epoch(7), new Rank(3), 4, [finding]))).Message;
        Assert.Equal((4L, finding), (findings.Version, Assert.Single(findings.NotWell)));
        var record = new ElectionRecord(new Epoch(8), new Rank(3), new Rank(1), ElectionReason.LeaderFailed, [new Rank(2), new Rank(3)], 45);
        var announced = (NodeMessage.Coordinator)Carry(new NodeLetter(new Rank(3), 1, new NodeMessage.Coordinator(new Epoch(8), new Rank(3), record))).Message;
        Assert.Equal(record with { Answered = default }, announced.Record with { Answered = default });
        Assert.Equal<Rank>([.. record.Answered], [.. announced.Record.Answered]);
    }

    [Fact]
    public void Commands_replies_and_refusals_arrive_as_they_were_sent()
    {
        var command = new EntityCommand(new Transfer(new TransferOrder("ann", "bob", 5)), "ann", CommandId.From("a"), ulong.MaxValue, null);
        Assert.Equal(command with { Command = null! }, Carry(command) with { Command = null! });
        Assert.Equal(MarketCodec.Encode(command.Command), MarketCodec.Encode(Carry(command).Command));
        var refusal = new Refusal(RefusalKind.Conflict, "insufficient-funds", "Ann has 3.50.").With("available", 3.50m).With("account", "ann");
        var reply = Carry(new EntityReply(new Seq(9), new Epoch(2), 4, null, refusal, true));
        Assert.Equal<RefusalField>([.. refusal.Fields], [.. reply.Refusal!.Fields]);
        Assert.Equal((refusal.Code, refusal.Detail, new Seq(9), true), (reply.Refusal.Code, reply.Refusal.Detail, reply.Seq, reply.Replayed));
    }

    [Fact]
    public void A_view_is_handed_on_as_it_was_written_and_read_only_by_who_looks_into_it()
    {
        var view = new AccountView("USD", "ann", 3.50m, 3.50m, 0, 3.50m, 0, 0, 0);
        var arrived = Carry(new EntityReply(new Seq(9), new Epoch(2), 4, view.PlacedAt(new Seq(9)), null, false)).View!;
        Assert.Equal(MarketCodec.Encode(view), MarketCodec.Encode(arrived));
        Assert.Equal((MarketCodec.TypeOf(view), 3.50m, 9L), (MarketCodec.TypeOf(arrived), arrived.As<AccountView>().Balance, arrived.As<AccountView>().Seq));
        Assert.Throws<InvalidCastException>(() => arrived.As<TransferView>());
    }

    [Fact]
    public void What_only_a_newer_process_knows_of_a_view_is_not_lost_on_the_way()
    {
        var newer = new EncodedView("ledger.account", "{\"account\":\"ann\",\"yetUnknown\":1,\"seq\":9}"u8.ToArray());
        var arrived = Carry(new EntityReply(new Seq(9), new Epoch(2), 4, newer, null, false)).View!;
        using var document = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(document)) MarketCodec.Write(json, arrived);
        Assert.Equal(newer.Json.ToArray(), document.ToArray());
    }

    [Fact]
    public void All_that_a_command_says_is_carried()
    {
        static IEnumerable<string> Names(Type type) => type.GetProperties().Select(property => property.Name).Where(name => name is not ("Entity" or "EqualityContract")).Order();
        Assert.Equal(Names(typeof(CommandRequest)), Names(typeof(EntityCommand)));
        var causes = new EntityCauses([new Seq(3)], [CommandId.From("b"), CommandId.From("c")]);
        var arrived = Carry(new EntityCommand(new CreateLedger(2), "ann", CommandId.From("a"), 1, causes)).Causes!;
        Assert.Equal<Seq>([.. causes.Events], [.. arrived.Events]);
        Assert.Equal<CommandId>([.. causes.Commands], [.. arrived.Commands]);
    }

    [Fact]
    public void A_batch_arrives_with_its_clock_its_causes_and_its_events()
    {
        var request = new AppendRequest
        {
            Command = CommandId.From("a"),
            Fingerprint = 3,
            Origin = new Rank(2),
            Streams = [new StreamAppend(StreamId.Of("ledger", "USD"), 4, [new NewEvent("ledger.issued", "{\"é\":1}"u8.ToArray())])],
            Causes = [new Seq(1), new Seq(7)],
            CausesByCommand = [CommandId.From("b")],
            NotAfterUnixMs = 5,
            Clock = VectorClock.Of([(new Rank(1), 3), (new Rank(2), 9)]),
        };
        var arrived = Assert.Single(Carry(new AppendBatch([request])).Requests);
        Assert.Equal((request.Command, request.Fingerprint, request.Origin, request.NotAfterUnixMs, request.Clock), (arrived.Command, arrived.Fingerprint, arrived.Origin, arrived.NotAfterUnixMs, arrived.Clock));
        Assert.Equal<Seq>([.. request.Causes], [.. arrived.Causes]);
        Assert.Equal<CommandId>([.. request.CausesByCommand], [.. arrived.CausesByCommand]);
        var (sent, got) = (request.Streams[0], Assert.Single(arrived.Streams));
        Assert.Equal((sent.Stream, sent.ExpectedVersion, sent.Events[0].Type), (got.Stream, got.ExpectedVersion, got.Events[0].Type));
        Assert.Equal(sent.Events[0].Data.ToArray(), got.Events[0].Data.ToArray());
    }

    [Fact]
    public void A_letter_that_stays_in_its_process_is_handed_over_as_it_is()
    {
        var batch = new AppendBatch([]);
        Assert.Same(batch, Services.GetRequiredService<DeepCopier>().Copy(batch));
        var command = new EntityCommand(new CreateLedger(2), "ann", CommandId.From("a"), 1, null);
        Assert.Same(command, Services.GetRequiredService<DeepCopier>().Copy(command));
    }

    private static T Carry<T>(T letter) where T : class
    {
        var serializer = Services.GetRequiredService<Serializer>();
        return serializer.Deserialize<T>(serializer.SerializeToArray(letter))!;
    }
}
