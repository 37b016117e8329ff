using Npgsql;

namespace Rialto.Journal.Postgres;

/// <summary>
/// Who may write. The row <c>leadership</c> says so: an append is one statement in one round trip, which moves that row's end on if epoch and end
/// are as the writer believes, and inserts the batch if it did. PostgreSQL runs such updates one after the other, so a deposed leader finds the
/// row changed and writes nothing.
/// <para>
/// An append that nobody waits for any more may still be running on the server, or wait there unread. Therefore every append is also conditional
/// on <c>attempt</c>, and before this journal tells the end or writes again after such a loss, it raises <c>attempt</c>: what was under way
/// has then either happened or never will. (A claim that is lost so is waited for if it runs; one that comes later wastes an epoch.) What
/// settles a loss is itself a write that the standbys confirm, and with it all that was there before.
/// </para>
/// </summary>
/// <param name="writer">Carries the writes out.</param>
/// <param name="reader">Reads.</param>
/// <param name="sql">The statements.</param>
/// <param name="name">Where it is, for people.</param>
internal sealed class PostgresFence(PostgresWriter writer, PostgresReader reader, PostgresSql sql, string name) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _settling = new(1, 1);
    private Attempt _attempt = new(Epoch.None, 0);
    private volatile Loss? _loss;

    /// <summary>Writes a batch if its epoch and its place are the ones to be written now; answers whether it did.</summary>
    public async ValueTask<bool> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation)
    {
        var written = await writer.WriteAsync($"an append of epoch {epoch}", async connection =>
        {
            await using var command = new NpgsqlCommand(sql.Append, connection);
            var attempt = _attempt;
            command.Parameters.With(epoch.Value).With(batch[0].Seq.Value - 1).With(attempt.Epoch == epoch ? attempt.Number : 0)
                .With(batch[^1].Seq.Value).With(batch[^1].Hash.ToArray());
            BatchColumns.AddTo(command.Parameters, batch);
            return await NonQueryAsync(command.ExecuteNonQueryAsync(CancellationToken.None));
        }, () => Lose(new Loss(epoch, IsAppend: true)), cancellation);
        return written == batch.Count;
    }

    /// <summary>Claims the epoch after the one that was seen; answers whether it was granted.</summary>
    public async ValueTask<bool> ClaimAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation)
    {
        var written = await writer.WriteAsync($"a claim of epoch {seen.Next}", async connection =>
        {
            await using var batch = writer.Limited(connection, sql.Claim, parameters => parameters.With(seen.Value).With(claimant.Value).With(atUnixMs));
            return await NonQueryAsync(batch.ExecuteNonQueryAsync(CancellationToken.None));
        }, () => Lose(new Loss(seen, IsAppend: false)), cancellation);
        return written == 1;
    }

    /// <summary>Notes that the holder of an epoch can write; answers whether the epoch still is the newest.</summary>
    public async ValueTask<bool> RenewAsync(Epoch epoch, CancellationToken cancellation)
    {
        var renewed = await writer.WriteAsync($"a renewal of epoch {epoch}'s lease", async connection =>
        {
            await using var batch = writer.Limited(connection, sql.Renew, parameters => parameters.With(epoch.Value));
            return await NonQueryAsync(batch.ExecuteNonQueryAsync(CancellationToken.None));
        }, () => Lose(new Loss(epoch, IsAppend: false)), cancellation);
        return renewed == 1;
    }

    /// <summary>Makes sure that no write of ours is still under way, if one was lost, and that what is there is confirmed.</summary>
    /// <exception cref="JournalException">That is not known now.</exception>
    public async ValueTask SettleAsync(CancellationToken cancellation)
    {
        if (_loss is null) return;
        await _settling.WaitAsync(cancellation);
        try
        {
            if (_loss is not { } loss) return;
            // In a newer epoch the lost append is fenced like any other; the newer leader's attempt is not ours to raise.
            var now = await LockAsync(sql.WaitForRow, static _ => { }, cancellation);
            if (loss.IsAppend && now?.Epoch == loss.Epoch) now = await LockAsync(sql.RaiseAttempt, parameters => parameters.With(loss.Epoch.Value), cancellation);
            if (now is not null) _attempt = now;
            Settled(loss);
        }
        finally
        {
            _settling.Release();
        }
    }

    /// <summary>The newest epoch.</summary>
    public async ValueTask<Epoch> ReadEpochAsync(CancellationToken cancellation) => (await ReadAttemptAsync(cancellation)).Epoch;

    /// <summary>The newest epoch, after a write that was refused: the next one knows what stands in the row.</summary>
    public async ValueTask<Epoch> LearnEpochAsync(CancellationToken cancellation) => (_attempt = await ReadAttemptAsync(cancellation)).Epoch;

    public void Dispose() => _settling.Dispose();

    private async ValueTask<Attempt> ReadAttemptAsync(CancellationToken cancellation)
    {
        var rows = await reader.QueryAsync(sql.NewestAttempt, static _ => { }, ReadAttempt, cancellation);
        return rows.Count > 0 ? rows[0] : throw new JournalDamagedException($"The journal in PostgreSQL at {name} has lost its row of leadership.");
    }

    /// <summary>A statement that takes the row of leadership, and answers it; null if it took none.</summary>
    private Task<Attempt?> LockAsync(string statement, Action<NpgsqlParameterCollection> prepare, CancellationToken cancellation) =>
        writer.WriteAsync("a barrier after a write of unknown outcome", async connection =>
        {
            await using var batch = writer.Limited(connection, statement, prepare);
            await using var rows = await batch.ExecuteReaderAsync(CancellationToken.None);
            await rows.NextResultAsync(CancellationToken.None);
            var row = await rows.ReadAsync(CancellationToken.None) ? ReadAttempt(rows) : null;
            // The commit, and what is said of it, comes after the last row.
            await rows.NextResultAsync(CancellationToken.None);
            return row;
        }, static () => { }, cancellation);

    /// <summary>How many rows were inserted; none also if one met a place that was taken.</summary>
    private static async Task<int> NonQueryAsync(Task<int> running)
    {
        try
        {
            return await running;
        }
        catch (PostgresException e) when (PostgresFaults.IsTaken(e))
        {
            return 0;
        }
    }

    /// <summary>A lost append weighs more: it is what must not happen behind the reader's back.</summary>
    private void Lose(Loss lost)
    {
        lock (_lock)
            if (lost.IsAppend || _loss is not { IsAppend: true }) _loss = lost;
    }

    /// <summary>One that was lost meanwhile is not settled by this.</summary>
    private void Settled(Loss loss)
    {
        lock (_lock)
            if (ReferenceEquals(_loss, loss)) _loss = null;
    }

    private static Attempt ReadAttempt(NpgsqlDataReader reader) => new(new Epoch(reader.GetInt64(0)), reader.GetInt64(1));

    /// <summary>What <c>attempt</c> was last seen to be in an epoch; a new epoch begins at 0.</summary>
    private sealed record Attempt(Epoch Epoch, long Number);

    /// <summary>A write whose outcome is unknown, and the epoch that it was conditional on.</summary>
    private sealed record Loss(Epoch Epoch, bool IsAppend);
}
