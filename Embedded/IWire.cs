using Rialto.Journal;

namespace Rialto.Embedded;

/// <summary>
/// Carries everything that one virtual node says to another. Without one, things arrive at once; a simulation supplies one that loses,
/// delays, doubles and reorders. What a node says to itself is not carried.
/// </summary>
public interface IWire
{
    /// <summary>Carries something one way. Never waits.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="to">The receiver.</param>
    /// <param name="message">What is carried, to be looked at only.</param>
    /// <param name="deliver">Delivers it: called when it arrives; never if it is lost, more than once if it is doubled.</param>
    void Carry(Rank from, Rank to, object message, Action deliver);
}
