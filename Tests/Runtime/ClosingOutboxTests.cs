using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Tests.Runtime;

public class ClosingOutboxTests
{
    [Fact]
    public async Task A_command_that_finds_its_outbox_just_closed_is_not_taken_for_durable()
    {
        var journal = new MemoryJournal();
        var time = new Hook();
        var settings = new RuntimeSettings();
        var outbox = new Outbox(new Nowhere(), () => VectorClock.Zero, time, settings);
        // The outbox's clock is asked between the look whether there is room and the handing over: that is where it closes.
        time.OnTimestamp = () => _ = outbox.StopAsync();
        var services = new EntityServices(
            new Rank(1), new EntityHistory(journal, new MemoryCheckpoints(), settings), outbox, TimeProvider.System, settings, new NoFunds(), Sealing: null);
        var reply = await new EntityDirectory(services).ExecuteAsync(
            new CommandRequest(EmbeddedMarket.Usd, new CreateLedger(2), "ann", CommandId.From("create"))).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("no-leader", reply.Refusal?.Code);
        Assert.Null(reply.View);
    }

    private sealed class Hook : TimeProvider
    {
        public Action? OnTimestamp { get; set; }

        public override long GetTimestamp()
        {
            OnTimestamp?.Invoke();
            return base.GetTimestamp();
        }
    }

    private sealed class Nowhere : ILeaderLink
    {
        public Task<AppendOutcome[]> SubmitAsync(IReadOnlyList<AppendRequest> requests) => throw new InvalidOperationException("Nothing is to be sent.");
    }

    private sealed class NoFunds : IFunds
    {
        public ValueTask<(Hold? Hold, Refusal? Refusal)> HoldAsync(FundsNeed need, StreamId purpose, CommandRequest request) =>
            throw new InvalidOperationException("Nothing is to be held.");
    }
}
