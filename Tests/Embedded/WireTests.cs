using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Tests.Embedded;

/// <summary>A wire between the nodes that does not keep what it is given.</summary>
public class WireTests
{
    [Fact]
    public async Task Multicasts_that_are_lost_doubled_and_reordered_reach_every_replica_once_and_in_order()
    {
        var wire = new BadWire();
        await using var market = await FaultyCluster.StartAsync(wire: wire);
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(300);
        await market.AssertSoundAsync();
        Assert.True(wire.Lost > 10 && wire.Doubled > 10 && wire.Late > 10, $"{wire.Lost} lost, {wire.Doubled} doubled, {wire.Late} late");
        Assert.True(wire.AskedAgain > 0, "nobody asked the leader for what was missing");
    }

    [Fact]
    public async Task Questions_and_answers_that_are_doubled_take_effect_once()
    {
        await using var market = await FaultyCluster.StartAsync(wire: new DoublingWire());
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(300);
        await market.AssertSoundAsync();
    }

    private sealed class DoublingWire : IWire
    {
        public void Carry(Rank from, Rank to, object message, Action deliver)
        {
            deliver();
            deliver();
        }
    }

    /// <summary>Of every seven batches one is lost, one doubled, and one comes after the next.</summary>
    private sealed class BadWire : IWire
    {
        private readonly Lock _gate = new();
        private Action? _late;
        private int _batches;

        public int Lost { get; private set; }

        public int Doubled { get; private set; }

        public int Late { get; private set; }

        public int AskedAgain { get; private set; }

        public void Carry(Rank from, Rank to, object message, Action deliver)
        {
            if (message is NodeSignal.Missing)
                lock (_gate) AskedAgain++;
            if (message is NodeSignal.Committed) Spoil(deliver);
            else deliver();
        }

        private void Spoil(Action deliver)
        {
            Action? late;
            lock (_gate)
            {
                (late, _late) = (_late, null);
                switch (_batches++ % 7)
                {
                    case 1:
                        Lost++;
                        return;
                    case 3:
                        Doubled++;
                        late = deliver;
                        break;
                    case 5:
                        Late++;
                        _late = deliver;
                        return;
                }
            }
            deliver();
            late?.Invoke();
        }
    }
}
