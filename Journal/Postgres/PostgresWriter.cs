using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Rialto.Journal.Postgres;

/// <summary>
/// Carries out the writes that a promise rests on. PostgreSQL keeps a commit that waits for a standby from everybody's eyes; but if that wait is
/// cancelled, the commit stands, is seen, is on this server alone, and is reported as a success with a warning beside it. So these writes are
/// never cancelled: who has waited too long leaves the connection alone with its write, and counts its outcome as unknown. And each success is
/// looked at for such a warning, because others may cancel.
/// </summary>
/// <param name="connections">The journal's connections.</param>
/// <param name="sql">The statements.</param>
/// <param name="settings">The journal's settings.</param>
internal sealed class PostgresWriter(PostgresConnections connections, PostgresSql sql, PostgresJournalSettings settings)
{
    private const string WhoWaits = "select exists (select from pg_stat_activity where wait_event = 'SyncRep')";

    private static readonly TimeSpan ExplainWithin = TimeSpan.FromSeconds(1);

    // Only within its statement's transaction: a pooler may give the next one to somebody else.
    private readonly string _limitWaiting = $"select set_config('lock_timeout', '{((long)settings.LockTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)}', true)";
    private readonly SemaphoreSlim _vouching = new(1, 1);
    private long _vouchedFor;
    private long _wentOnAt;
    private int _isFailing;

    /// <summary>Carries out one write.</summary>
    /// <param name="what">What it is, for people, such as <c>an append of epoch 3</c>.</param>
    /// <param name="run">Runs it on a connection; without a token, because nothing may cancel it.</param>
    /// <param name="lost">Called before the exception if the write may have happened, or may yet.</param>
    /// <param name="cancellation">Stops waiting; the write goes on.</param>
    /// <exception cref="JournalNotReplicatedException">It waits for a standby, or was not confirmed by one.</exception>
    /// <exception cref="JournalRefusedException">The server does not take what is in it.</exception>
    /// <exception cref="JournalException">It failed, or did not end in time.</exception>
    public async Task<T> WriteAsync<T>(string what, Func<NpgsqlConnection, Task<T>> run, Action lost, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var (turn, begun) = (new Turn(), Stopwatch.GetTimestamp());
        var work = RunAsync(run, turn);
        try
        {
            var result = await work.WaitAsync(settings.WriteTimeout, cancellation);
            GoesOn();
            return result;
        }
        catch (Exception e)
        {
            var isLeft = !work.IsCompleted;
            // What it comes to later is seen by its connection alone.
            if (isLeft) _ = work.ContinueWith(static left => left.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            var isCertain = isLeft ? turn.GiveUp() : PostgresFaults.IsCertain(e) || !turn.IsSent;
            if (!isCertain)
            {
                lost();
                connections.LeaveFreeOnes();
            }
            if (await MeantAsync(what, e, isLeft, isCertain) is not { } meant) throw;
            if (meant is not JournalRefusedException) Fails(meant, begun);
            throw meant;
        }
    }

    /// <summary>
    /// Makes sure, before anything is read on a new connection to a server that waits for standbys, that what can be seen there is on them: a
    /// server that was restarted shows what waited for a standby before.
    /// </summary>
    /// <exception cref="JournalException">That is not so now, or not known.</exception>
    public async ValueTask VouchAsync(CancellationToken cancellation)
    {
        if (connections.MadeForReading == Interlocked.Read(ref _vouchedFor)) return;
        await _vouching.WaitAsync(cancellation);
        try
        {
            var made = connections.MadeForReading;
            if (made == Interlocked.Read(ref _vouchedFor)) return;
            await WriteAsync("a barrier before reading", async connection =>
            {
                // WAL is one line: when this is confirmed, so is all that anybody could see before it. One of these at a time can wait for a standby.
                await using var barrier = Limited(connection, sql.WaitForRow, static _ => { });
                return await barrier.ExecuteNonQueryAsync(CancellationToken.None);
            }, static () => { }, cancellation);
            Interlocked.Exchange(ref _vouchedFor, made);
        }
        finally
        {
            _vouching.Release();
        }
    }

    /// <summary>A statement that fails if it has to wait too long for somebody else's write.</summary>
    public NpgsqlBatch Limited(NpgsqlConnection connection, string statement, Action<NpgsqlParameterCollection> prepare)
    {
        var limited = new NpgsqlBatchCommand(statement);
        prepare(limited.Parameters);
        return new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(_limitWaiting), limited } };
    }

    private async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> run, Turn turn)
    {
        await using var connection = await connections.ForWritingAsync();
        if (!turn.Begin()) return default!;
        PostgresNotice? doubt = null;
        connection.Notice += (_, told) =>
        {
            if (PostgresFaults.IsDoubt(told.Notice)) doubt = told.Notice;
        };
        var result = await run(connection);
        return doubt is null ? result : throw new NotConfirmedException(doubt.MessageText);
    }

    /// <summary>What an exception means to the caller; null if it is none of storage's.</summary>
    private async Task<JournalException?> MeantAsync(string what, Exception e, bool isLeft, bool isCertain) => e switch
    {
        JournalException => new JournalException(e.Message, e),
        TimeoutException when isLeft && isCertain => new JournalException($"PostgreSQL at {connections.Name} cannot be reached: no connection within {settings.WriteTimeout.TotalSeconds:0.#} s, so {what} was not sent.", e),
        TimeoutException when isLeft => await ExplainAsync(what, $"no answer within {settings.WriteTimeout.TotalSeconds:0.#} s", e),
        NotConfirmedException => NotReplicated(what, e.Message, e),
        _ when PostgresFaults.IsRefusal(e) => new JournalRefusedException($"PostgreSQL at {connections.Name} does not take {what}: {e.Message}", e),
        _ when PostgresFaults.IsLocked(e) => await ExplainAsync(what, "another write has not ended", e),
        _ when PostgresFaults.IsStorage(e) => new JournalException($"PostgreSQL at {connections.Name} failed in {what}, {(isCertain ? "which was not written" : "whose outcome is unknown")}: {e.Message}", e),
        _ => null,
    };

    /// <summary>Told once, however often it is tried. A write that began before the last success tells of what is over.</summary>
    private void Fails(JournalException why, long begun)
    {
        if (begun < Interlocked.Read(ref _wentOnAt)) return;
        if (Interlocked.Exchange(ref _isFailing, 1) == 0) settings.Tell?.Invoke(why.Message);
    }

    private void GoesOn()
    {
        Interlocked.Exchange(ref _wentOnAt, Stopwatch.GetTimestamp());
        if (Volatile.Read(ref _isFailing) == 1 && Interlocked.Exchange(ref _isFailing, 0) == 1) settings.Tell?.Invoke($"PostgreSQL at {connections.Name} takes writes again.");
    }

    /// <summary>Asks the server whether standbys are what is waited for.</summary>
    private async Task<JournalException> ExplainAsync(string what, string seen, Exception cause)
    {
        try
        {
            using var limit = new CancellationTokenSource(ExplainWithin);
            await using var connection = await connections.ForReadingAsync(limit.Token);
            await using var command = new NpgsqlCommand(WhoWaits, connection);
            if (await command.ExecuteScalarAsync(limit.Token) is true) return NotReplicated(what, seen, cause);
        }
        catch (Exception e) when (PostgresFaults.IsStorage(e) || e is JournalException or OperationCanceledException)
        {
            // Then there is nothing to add.
        }
        return new JournalException($"PostgreSQL at {connections.Name} did not carry out {what}: {seen}. Its outcome is unknown until the journal's end can be read.", cause);
    }

    private JournalNotReplicatedException NotReplicated(string what, string seen, Exception cause) =>
        new($"PostgreSQL at {connections.Name} has no confirmation from the standbys that synchronous_standby_names asks for of {what} ({seen}): nothing is acknowledged until a standby is back.", cause);

    /// <summary>Which of two comes first: the write is sent, or nobody waits for it any more and it never is.</summary>
    private sealed class Turn
    {
        private int _taken;

        public bool IsSent { get; private set; }

        public bool Begin() => IsSent = Interlocked.Exchange(ref _taken, 1) == 0;

        public bool GiveUp() => Interlocked.Exchange(ref _taken, 1) == 0;
    }

    /// <summary>The server told of success, and of a standby that has not confirmed it.</summary>
    private sealed class NotConfirmedException(string message) : Exception(message);
}
