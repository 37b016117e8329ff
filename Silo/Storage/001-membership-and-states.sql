-- What Orleans keeps in PostgreSQL for Rialto: who is in the cluster, and checkpoints of entities. Orleans asks for its statements by name
-- and fills in their parameters by name; the tables behind them are ours.

create table cluster (
    id text primary key,
    version int not null default 0
);

create table silo (
    cluster text not null references cluster (id) on delete cascade,
    address text not null,
    port int not null,
    generation int not null,
    name text not null,
    host text not null,
    status int not null,
    gateway_port int not null,
    suspected text,
    started_at timestamptz not null,
    alive_at timestamptz not null,
    primary key (cluster, address, port, generation)
);

create table grain_state (
    service text not null,
    kind text not null,
    n0 bigint not null,
    n1 bigint not null,
    key text not null,
    version int not null,
    payload bytea,
    written_at timestamptz not null default now(),
    primary key (service, kind, n0, n1, key)
);

create table orleansquery (
    querykey text primary key,
    querytext text not null
);

comment on table cluster is 'one row for each cluster; its version is part of every condition under which its silos are changed';
comment on column silo.status is '1 created, 2 joining, 3 active, 4 shutting down, 5 stopping, 6 dead';
comment on table grain_state is 'checkpoints: all rows may be deleted at any time, which costs time and nothing else';

insert into orleansquery (querykey, querytext) values

('InsertMembershipVersionKey', $sql$
    with added as (insert into cluster (id) values (@DeploymentId) on conflict do nothing returning id)
    select exists (select from added)
$sql$),

-- A change of a silo counts only together with the next version of its cluster, and that only if nobody else has taken it.
('InsertMembershipKey', $sql$
    with next as (
        update cluster set version = version + 1
        where id = @DeploymentId and version = @Version and not exists (
            select from silo where silo.cluster = @DeploymentId and address = @Address and port = @Port and generation = @Generation)
        returning id
    ), added as (
        insert into silo (cluster, address, port, generation, name, host, status, gateway_port, started_at, alive_at)
        select id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime from next
        returning cluster
    )
    select exists (select from added)
$sql$),

('UpdateMembershipKey', $sql$
    with next as (
        update cluster set version = version + 1
        where id = @DeploymentId and version = @Version and exists (
            select from silo where silo.cluster = @DeploymentId and address = @Address and port = @Port and generation = @Generation)
        returning id
    ), changed as (
        update silo set status = @Status, suspected = @SuspectTimes, alive_at = @IAmAliveTime
        from next where silo.cluster = next.id and address = @Address and port = @Port and generation = @Generation
        returning silo.cluster
    )
    select exists (select from changed)
$sql$),

('UpdateIAmAlivetimeKey', $sql$
    update silo set alive_at = @IAmAliveTime
    where cluster = @DeploymentId and address = @Address and port = @Port and generation = @Generation
$sql$),

-- The cluster's version comes even if there is no silo.
('MembershipReadRowKey', $sql$
    select id as deploymentid, address, port, generation, name as siloname, host as hostname, status, gateway_port as proxyport,
           suspected as suspecttimes, started_at as starttime, alive_at as iamalivetime, version
    from cluster left join silo on silo.cluster = id and address = @Address and port = @Port and generation = @Generation
    where id = @DeploymentId
$sql$),

('MembershipReadAllKey', $sql$
    select id as deploymentid, address, port, generation, name as siloname, host as hostname, status, gateway_port as proxyport,
           suspected as suspecttimes, started_at as starttime, alive_at as iamalivetime, version
    from cluster left join silo on silo.cluster = id
    where id = @DeploymentId
$sql$),

('GatewaysQueryKey', $sql$
    select address, gateway_port as proxyport, generation from silo
    where cluster = @DeploymentId and status = @Status and gateway_port > 0
$sql$),

('DeleteMembershipTableEntriesKey', $sql$
    delete from cluster where id = @DeploymentId
$sql$),

('CleanupDefunctSiloEntriesKey', $sql$
    delete from silo where cluster = @DeploymentId and alive_at < @IAmAliveTime and status <> 3
$sql$),

('ReadFromStorageKey', $sql$
    select payload as payloadbinary, version from grain_state
    where service = @ServiceId and kind = @GrainTypeString and n0 = @GrainIdN0 and n1 = @GrainIdN1 and key = coalesce(@GrainIdExtensionString, '')
$sql$),

-- Answers with the new version; with the one that was expected, or none, if another writer was there.
('WriteToStorageKey', $sql$
    with added as (
        insert into grain_state (service, kind, n0, n1, key, version, payload)
        select @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, coalesce(@GrainIdExtensionString, ''), 1, @PayloadBinary
        where @GrainStateVersion::int is null
        on conflict do nothing
        returning version
    ), replaced as (
        update grain_state set version = version + 1, payload = @PayloadBinary, written_at = now()
        where service = @ServiceId and kind = @GrainTypeString and n0 = @GrainIdN0 and n1 = @GrainIdN1 and key = coalesce(@GrainIdExtensionString, '')
            and version = @GrainStateVersion::int
        returning version
    )
    select coalesce((select version from added), (select version from replaced), @GrainStateVersion::int) as newgrainstateversion
$sql$),

('ClearStorageKey', $sql$
    update grain_state set version = version + 1, payload = null, written_at = now()
    where service = @ServiceId and kind = @GrainTypeString and n0 = @GrainIdN0 and n1 = @GrainIdN1 and key = coalesce(@GrainIdExtensionString, '')
        and version = @GrainStateVersion::int
    returning version as newgrainstateversion
$sql$),

('DeleteStorageKey', $sql$
    delete from grain_state
    where service = @ServiceId and kind = @GrainTypeString and n0 = @GrainIdN0 and n1 = @GrainIdN1 and key = coalesce(@GrainIdExtensionString, '')
        and version = @GrainStateVersion::int
    returning version + 1 as newgrainstateversion
$sql$);
