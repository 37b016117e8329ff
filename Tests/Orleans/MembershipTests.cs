using System.Collections.Immutable;
using System.Net;
using Rialto.Grains.Nodes;
using Rialto.Journal;

namespace Rialto.Tests.OnOrleans;

public class MembershipTests
{
    private static readonly SiloAddress First = Address(11_111, life: 1), Second = Address(11_112, life: 1), SecondAgain = Address(11_112, life: 2);
    private readonly Membership _membership = new(new Rank(1), First);
    private long _version;

    [Fact]
    public void An_active_silo_is_a_member_once_it_has_said_that_it_takes_part()
    {
        Orleans((1, First, SiloStatus.Active), (2, Second, SiloStatus.Active));
        Assert.Equal([1], Members);
        Assert.True(_membership.Heard(new Rank(2), life: 1, out _));
        Assert.Equal([1, 2], Members);
        Assert.False(_membership.Heard(new Rank(2), life: 1, out _));
    }

    [Fact]
    public void What_a_silo_says_before_Orleans_has_told_of_it_counts_as_soon_as_Orleans_does()
    {
        Orleans((1, First, SiloStatus.Active), (2, Second, SiloStatus.Joining));
        Assert.False(_membership.Heard(new Rank(2), life: 1, out _));
        Assert.Equal([1], Members);
        Assert.True(Orleans((1, First, SiloStatus.Active), (2, Second, SiloStatus.Active)));
        Assert.Equal([1, 2], Members);
    }

    [Fact]
    public void What_was_said_in_a_life_that_is_over_makes_no_member_of_the_next_one()
    {
        Orleans((1, First, SiloStatus.Active));
        Assert.False(_membership.Heard(new Rank(2), life: 1, out _));
        Orleans((1, First, SiloStatus.Active), (2, Second, SiloStatus.Dead), (2, SecondAgain, SiloStatus.Active));
        Assert.Equal([1], Members);
        Assert.True(_membership.Heard(new Rank(2), life: 2, out _));
        Assert.Equal([1, 2], Members);
    }

    [Fact]
    public void A_late_word_of_an_older_life_does_not_undo_what_the_younger_one_said()
    {
        Orleans((1, First, SiloStatus.Active));
        _membership.Heard(new Rank(2), life: 2, out _);
        _membership.Heard(new Rank(2), life: 1, out _);
        Orleans((1, First, SiloStatus.Active), (2, SecondAgain, SiloStatus.Active));
        Assert.Equal([1, 2], Members);
    }

    private int[] Members => [.. _membership.Members.Select(rank => rank.Value)];

    private bool Orleans(params (int Rank, SiloAddress Silo, SiloStatus Status)[] told) => _membership.Update(new ClusterMembershipSnapshot(
        told.ToImmutableDictionary(silo => silo.Silo, silo => new ClusterMember(silo.Silo, silo.Status, SiloNames.Of(new Rank(silo.Rank)))), new MembershipVersion(++_version)), out _);

    private static SiloAddress Address(int port, int life) => SiloAddress.New(IPAddress.Loopback, port, life);
}
