using System.Net;
using Rialto.Api.Http;

namespace Rialto.Tests.Api;

/// <summary>How places for event streams are shared out.</summary>
public class StreamPlaceTests
{
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.1");

    private readonly StreamPlaces _places = new(100);
    private readonly List<IDisposable> _taken = [];

    [Fact]
    public void A_caller_has_a_quarter_and_an_address_half()
    {
        Assert.Equal(25, TakeAll(Here, "ann"));
        Assert.Equal(25, TakeAll(Here, "bob"));
        Assert.Equal(0, TakeAll(Here, "cleo"));
        Assert.Equal(429, Refusal(Here, "cleo"));
        Assert.Equal(25, TakeAll(IPAddress.Parse("192.0.2.2"), "ann"));
    }

    [Fact]
    public void The_last_tenth_is_kept_for_callers_who_have_few()
    {
        for (var i = 1; i <= 4; i++) TakeAll(IPAddress.Parse($"192.0.2.{i}"), "ann");
        Assert.Equal(90, _taken.Count);
        Assert.Equal(503, Refusal(IPAddress.Parse("192.0.2.4"), "ann"));
        Assert.Equal(10, TakeAll(IPAddress.Parse("192.0.2.5"), null));
        Assert.Equal(503, Refusal(IPAddress.Parse("192.0.2.6"), null));
    }

    [Fact]
    public void A_place_that_is_free_again_can_be_taken_and_is_given_back_once()
    {
        TakeAll(Here, "ann");
        _taken[0].Dispose();
        _taken[0].Dispose();
        Assert.Equal(1, TakeAll(Here, "ann"));
    }

    [Fact]
    public void All_addresses_of_one_ipv6_network_are_one_and_an_ipv4_address_is_the_same_in_either_form()
    {
        TakeAll(IPAddress.Parse("2001:db8::1"), "ann");
        Assert.Equal(429, Refusal(IPAddress.Parse("2001:db8::2"), "ann"));
        Assert.Null(Refusal(IPAddress.Parse("2001:db8:0:1::1"), "ann"));
        TakeAll(Here, "ann");
        Assert.Equal(429, Refusal(Here.MapToIPv6(), "ann"));
    }

    private int TakeAll(IPAddress address, string? actor)
    {
        var before = _taken.Count;
        while (_places.TryTake(address, actor, out var place) is null) _taken.Add(place!);
        return _taken.Count - before;
    }

    private int? Refusal(IPAddress address, string? actor) => _places.TryTake(address, actor, out _)?.Status;
}
