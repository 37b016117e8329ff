using System.Collections.Frozen;
using System.Net;

namespace Rialto.Api.Http;

/// <summary>The names and addresses that this server answers for: loopback's own, those that it listens on, and those that it was told.</summary>
internal sealed class HostList
{
    private readonly FrozenSet<string> _names;
    private readonly string[] _suffixes;
    private readonly bool _anyAddress;

    // The same few hosts come again and again: the last one that passed need not be looked at once more.
    private volatile string? _last;

    /// <param name="configured">Names and addresses, without ports; <c>*.example.com</c> for all names under one.</param>
    /// <param name="listensOn">The addresses that it listens on. An address that stands for all of them lets any address pass: nobody can point an address elsewhere, only a name.</param>
    public HostList(IEnumerable<string> configured, IEnumerable<IPAddress> listensOn)
    {
        var (hosts, addresses) = (configured.ToList(), listensOn.ToList());
        _suffixes = [.. hosts.Where(host => host.StartsWith("*.", StringComparison.Ordinal)).Select(host => host[1..])];
        _names = hosts.Concat(addresses.Select(address => address.ToString())).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _anyAddress = addresses.Exists(address => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
    }

    /// <summary>Whether a request for this host is for this server. None at all is no browser's.</summary>
    public bool Has(HostString host)
    {
        if (!host.HasValue || host.Value == _last) return true;
        if (!IsKnown(host.Host.Trim('[', ']'))) return false;
        _last = host.Value;
        return true;
    }

    private bool IsKnown(string name) =>
        name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(name, out var address) && (_anyAddress || IPAddress.IsLoopback(address)))
        || _names.Contains(name)
        || _suffixes.Any(suffix => name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
}
