using Rialto.Api.Orders;
using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>What a front door learns of the accounts that an order is for, before the book is asked.</summary>
public sealed class OrderAccountTests
{
    [Fact]
    public async Task A_ledger_that_gives_no_answer_is_not_taken_for_one_without_the_account()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(new EmbeddedSettings { Nodes = 1 }, new MemoryJournal(), new MemoryCheckpoints(), TimeProvider.System);
        var ledger = StreamId.Of("ledger", "EUR");
        await AcceptAsync(new CreateLedger(2));
        await AcceptAsync(new OpenAccount("ann"));
        var engine = new HinderedEngine(cluster) { Answers = false };
        var books = new BookEndpoints();
        // Told that there is none, ann would open one; and sent again with the same key, hers would be another order.
        Assert.Equal((503, "no-leader"), (await books.HasAccountAsync(engine, "EUR", "ann")).Problem is { } problem ? (problem.Status, problem.Code) : default);
        engine.Answers = true;
        Assert.Equal((true, null), await books.HasAccountAsync(engine, "EUR", "ann"));
        Assert.Equal((false, null), await books.HasAccountAsync(engine, "EUR", "bob"));
        engine.Answers = false;
        Assert.Equal((true, null), await books.HasAccountAsync(engine, "EUR", "ann"));

        async Task AcceptAsync(LedgerCommand command)
        {
            var reply = await cluster.ExecuteAsync(new CommandRequest(ledger, command, "bank", CommandId.From("test", command.ToString())));
            Assert.Null(reply.Refusal);
        }
    }
}
