namespace Rialto.Journal.Postgres;

/// <summary>The statements of a journal, with the schema's name in its places.</summary>
/// <param name="schema">The schema.</param>
internal sealed class PostgresSql(string schema)
{
    private const string Columns = "seq, epoch, stream, version, ordinal, type, data, command_id, fingerprint, origin, causes, clock, at_ms, hash";

    // The arrays are unnested side by side in the list of what is selected: in a from clause each would be kept in a store of its own first.
    public string Append { get; } = $"""
        with moved as (
            update {schema}.leadership set last_seq = $4, last_hash = $5, leased_at = clock_timestamp()
            where epoch = $1 and last_seq = $2 and attempt = $3
            returning epoch)
        insert into {schema}.events
            (seq, epoch, stream, version, category, ordinal, type, data, command_id, fingerprint, origin, causes, clock, at_ms, hash)
        select unnest($6), moved.epoch, unnest($7), unnest($8), unnest($9), unnest($10), unnest($11), unnest($12), unnest($13), unnest($14),
               unnest($15), unnest($16), unnest($17), unnest($18), unnest($19)
        from moved
        """;

    public string Claim { get; } = $"""
        with moved as (
            update {schema}.leadership set epoch = epoch + 1, leader = $2, attempt = 0, leased_at = clock_timestamp() where epoch = $1
            returning epoch, last_seq)
        insert into {schema}.claims (epoch, leader, after_seq, at_ms) select epoch, $2, last_seq, $3 from moved
        """;

    public string Renew { get; } = $"update {schema}.leadership set leased_at = clock_timestamp() where epoch = $1";

    public string NewestAttempt { get; } = $"select epoch, attempt from {schema}.leadership";

    // Returns when whoever is writing now is done. Locking a row is a write, and its commit waits for the standbys as any other.
    public string WaitForRow { get; } = $"select epoch, attempt from {schema}.leadership for update";

    // What has not begun by now finds the row changed.
    public string RaiseAttempt { get; } = $"update {schema}.leadership set attempt = attempt + 1 where epoch = $1 returning epoch, attempt";

    // The greatest ordinal of each category, one step through the index for each: their number is small, the events' is not. That there
    // is one row of leadership is said for the planner: it expects a thousand in a table that it has not looked at yet, and would have
    // the query compiled, which takes a hundred times as long as the query.
    public string End { get; } = $"""
        with recursive categories as (
            (select category from {schema}.events order by category limit 1)
            union all
            select (select next.category from {schema}.events next where next.category > categories.category order by next.category limit 1)
            from categories where categories.category is not null)
        select leadership.epoch, leadership.leader, leadership.last_seq, leadership.last_hash, categories.category,
               (select max(ordinal) from {schema}.events newest where newest.category = categories.category),
               greatest(0, extract(epoch from clock_timestamp() - leadership.leased_at) * 1000)::bigint
        from (select * from {schema}.leadership limit 1) as leadership left join categories on categories.category is not null
        """;

    public string Read { get; } = $"select {Columns} from {schema}.events where seq > $1 order by seq limit $2";

    public string ReadStream { get; } = $"select {Columns} from {schema}.events where stream = $1 and version > $2 order by version limit $3";

    public string ReadCategory { get; } = $"select {Columns} from {schema}.events where category = $1 and ordinal > $2 order by ordinal limit $3";

    public string Versions { get; } = $"""
        select coalesce((select max(version) from {schema}.events where events.stream = asked.stream), 0)
        from unnest($1) with ordinality as asked (stream, place) order by asked.place
        """;

    public string Claims { get; } = $"select epoch, leader, after_seq, at_ms from {schema}.claims order by epoch";

    public string LoadCheckpoint { get; } = $"select version, schema, state from {schema}.checkpoints where stream = $1";

    public string SaveCheckpoint { get; } = $"""
        insert into {schema}.checkpoints as kept (stream, version, schema, state) values ($1, $2, $3, $4)
        on conflict (stream) do update set version = excluded.version, schema = excluded.schema, state = excluded.state
        where kept.version <= excluded.version
        """;
}
