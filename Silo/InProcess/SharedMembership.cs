using System.Globalization;

namespace Rialto.Silo.InProcess;

/// <summary>The membership of silos that share a process: it lasts as long as the process does, and no silo keeps it for the others.</summary>
internal sealed class SharedMembership : IMembershipTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<SiloAddress, (MembershipEntry Entry, string Etag)> _rows = [];
    private int _version;

    private TableVersion Version => new(_version, Text(_version));

    public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.CompletedTask;

    public Task DeleteMembershipTableEntries(string clusterId)
    {
        lock (_gate) _rows.Clear();
        return Task.CompletedTask;
    }

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate)
    {
        lock (_gate)
            foreach (var (silo, row) in _rows.ToList())
                if (row.Entry.Status == SiloStatus.Dead && row.Entry.IAmAliveTime < beforeDate.UtcDateTime) _rows.Remove(silo);
        return Task.CompletedTask;
    }

    public Task<MembershipTableData> ReadRow(SiloAddress key)
    {
        lock (_gate) return Task.FromResult(Show(_rows.Where(row => row.Key.Equals(key))));
    }

    public Task<MembershipTableData> ReadAll()
    {
        lock (_gate) return Task.FromResult(Show(_rows));
    }

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => Task.FromResult(Write(entry, null, tableVersion));

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => Task.FromResult(Write(entry, etag, tableVersion));

    public Task UpdateIAmAlive(MembershipEntry entry)
    {
        lock (_gate)
            if (_rows.TryGetValue(entry.SiloAddress, out var row)) row.Entry.IAmAliveTime = entry.IAmAliveTime;
        return Task.CompletedTask;
    }

    /// <summary>Writes if nobody else has written since the writer read, be it this row or the table.</summary>
    private bool Write(MembershipEntry entry, string? etag, TableVersion version)
    {
        lock (_gate)
        {
            if (version.VersionEtag != Version.VersionEtag || _rows.GetValueOrDefault(entry.SiloAddress).Etag != etag) return false;
            _version = version.Version;
            _rows[entry.SiloAddress] = (Copy(entry), Text(_version));
            return true;
        }
    }

    private MembershipTableData Show(IEnumerable<KeyValuePair<SiloAddress, (MembershipEntry Entry, string Etag)>> rows) =>
        new([.. rows.Select(row => Tuple.Create(Copy(row.Value.Entry), row.Value.Etag))], Version);

    /// <summary>Readers change what they are given.</summary>
    private static MembershipEntry Copy(MembershipEntry entry) => new()
    {
        SiloAddress = entry.SiloAddress,
        Status = entry.Status,
        SuspectTimes = entry.SuspectTimes is { } votes ? [.. votes] : null,
        ProxyPort = entry.ProxyPort,
        HostName = entry.HostName,
        SiloName = entry.SiloName,
        RoleName = entry.RoleName,
        UpdateZone = entry.UpdateZone,
        FaultZone = entry.FaultZone,
        StartTime = entry.StartTime,
        IAmAliveTime = entry.IAmAliveTime,
    };

    private static string Text(int version) => version.ToString(CultureInfo.InvariantCulture);
}
