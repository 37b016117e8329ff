using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Simulation.Workloads;

/// <summary>
/// What clients want of one market. A new market joins the simulation with one such class, and a line in <see cref="All"/>; what it must keep
/// to is checked for every market alike, by replaying its rules.
/// </summary>
internal interface IWorkload
{
    /// <summary>The workloads of all markets. Their state belongs to one run.</summary>
    static IReadOnlyList<IWorkload> All() => [new LedgerWorkload(), new AuctionWorkload(), new OrdersWorkload(), new ListingWorkload(), new DispatchWorkload()];

    /// <summary>Makes what the others need, once, before faults begin.</summary>
    Task PrepareAsync(Actor founder, IReadOnlyList<string> names);

    /// <summary>One thing that an actor now wants, and all that it takes.</summary>
    Task ActAsync(Actor actor);

    /// <summary>What an independent look at the journal finds wrong in this market: beyond what its own audit knows.</summary>
    IEnumerable<string> Recount(IReadOnlyList<(JournalRecord Record, Event Happened)> journal) => [];
}
