using System.Net;
using System.Net.Sockets;

namespace Rialto.Api.Http;

/// <summary>
/// The places for event streams, shared out so that nobody takes them all: one caller (an address and the actor that it names) has a quarter of
/// them at most, one address half, and the last tenth is kept for callers who have few. Addresses of IPv6 are told apart by their
/// network, because whoever has one address there has all of it.
/// </summary>
internal sealed class StreamPlaces(int maximum)
{
    /// <summary>So many are few: a place that is kept goes to whoever has less.</summary>
    private const int Few = 10;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _byAddress = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Address, string Actor), int> _byCaller = [];
    private readonly int _perCaller = Share(maximum, 4);
    private readonly int _perAddress = Share(maximum, 2);
    private readonly int _open = maximum - (maximum / 10);
    private int _taken;

    /// <summary>Takes a place for a caller, until it is disposed of; or says why there is none.</summary>
    public Problem? TryTake(IPAddress? address, string? actor, out IDisposable? place)
    {
        var caller = (Address: NetworkOf(address), Actor: actor ?? "");
        lock (_gate)
        {
            var (mine, here) = (_byCaller.GetValueOrDefault(caller), _byAddress.GetValueOrDefault(caller.Address));
            place = null;
            if (_taken >= maximum || (_taken >= _open && mine >= Few)) return Problems.TooManyStreams;
            if (mine >= _perCaller || here >= _perAddress) return Problems.TooManyOwnStreams;
            (_byCaller[caller], _byAddress[caller.Address]) = (mine + 1, here + 1);
            _taken++;
        }
        HttpMetrics.StreamOpened();
        place = new Place(this, caller);
        return null;
    }

    private static int Share(int maximum, int part) => Math.Min(maximum, Math.Max(Few, maximum / part));

    private void Free((string Address, string Actor) caller)
    {
        lock (_gate)
        {
            _taken--;
            if (--_byCaller[caller] == 0) _byCaller.Remove(caller);
            if (--_byAddress[caller.Address] == 0) _byAddress.Remove(caller.Address);
        }
        HttpMetrics.StreamClosed();
    }

    private static string NetworkOf(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    private sealed class Place(StreamPlaces places, (string Address, string Actor) caller) : IDisposable
    {
        private bool _isFree;

        public void Dispose()
        {
            if (_isFree) return;
            _isFree = true;
            places.Free(caller);
        }
    }
}
