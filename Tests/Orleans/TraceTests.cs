using System.Diagnostics;
using Rialto.Markets.Ledgers;
using Rialto.Tests.Support;

namespace Rialto.Tests.OnOrleans;

/// <summary>A trace goes on where a command goes.</summary>
[Collection(SpanListener.Alone)]
public class TraceTests
{
    [Fact]
    public async Task A_command_is_within_what_its_sender_does_though_its_entity_lives_on_a_silo()
    {
        await using var market = await OrleansMarket.StartAsync(nodes: 2);
        using var spans = new SpanListener();
        using var around = new Activity("a request").Start();
        var paid = await market.Payers.DoAsync(0, new Transfer(new TransferOrder("ann", "bob", 1)), "traced");
        var span = Assert.Single(spans.Named("ledger Transfer"), span => span.GetTagItem("rialto.outcome") is "accepted");
        Assert.Equal((around.TraceId, around.SpanId, paid.Receipt.Seq.Value), (span.TraceId, span.ParentSpanId, span.GetTagItem("rialto.seq")));
    }
}
