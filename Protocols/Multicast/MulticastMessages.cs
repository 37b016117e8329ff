using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>Consecutive committed events on their way to every node.</summary>
/// <typeparam name="T">What carries the events; this protocol does not look into it.</typeparam>
/// <param name="Epoch">The epoch of the leader that sends them. The events themselves may be of an earlier one.</param>
/// <param name="First">The place of the first event.</param>
/// <param name="Last">The place of the last event.</param>
/// <param name="Content">The events.</param>
public sealed record SequencedSpan<T>(Epoch Epoch, Seq First, Seq Last, T Content);

/// <summary>A node misses events.</summary>
/// <param name="Epoch">The newest epoch that it knows.</param>
/// <param name="First">The first place that it misses.</param>
/// <param name="Last">The last place that it knows to miss.</param>
public readonly record struct Nack(Epoch Epoch, Seq First, Seq Last);

/// <summary>What a leader does about its multicast.</summary>
/// <typeparam name="T">What carries the events.</typeparam>
public abstract record MulticastOrder<T>
{
    private MulticastOrder() { }

    /// <summary>Send a batch; it may be lost.</summary>
    /// <param name="To">The receiver.</param>
    /// <param name="Span">The batch.</param>
    public sealed record Send(Rank To, SequencedSpan<T> Span) : MulticastOrder<T>;

    /// <summary>Tell a node to read the journal: what it misses is not kept any more.</summary>
    /// <param name="To">The receiver.</param>
    /// <param name="UpTo">The last committed place.</param>
    public sealed record UseJournal(Rank To, Seq UpTo) : MulticastOrder<T>;
}

/// <summary>What a node does about the multicast that it receives.</summary>
/// <typeparam name="T">What carries the events.</typeparam>
public abstract record DeliveryOrder<T>
{
    private DeliveryOrder() { }

    /// <summary>Apply a batch. Its first event is the next one, or an earlier one that was applied already and is skipped.</summary>
    /// <param name="Span">The batch.</param>
    public sealed record Deliver(SequencedSpan<T> Span) : DeliveryOrder<T>;

    /// <summary>Ask the leader for what is missing.</summary>
    /// <param name="To">The leader.</param>
    /// <param name="Nack">What is missing.</param>
    public sealed record Ask(Rank To, Nack Nack) : DeliveryOrder<T>;

    /// <summary>Read the journal on after a place, apply it, and say <see cref="MulticastReceiver{T}.CaughtUp"/>, however often it must be tried.</summary>
    /// <param name="After">The place before the first missing one.</param>
    public sealed record ReadJournal(Seq After) : DeliveryOrder<T>;
}
