using Rialto.Journal;
using Rialto.Tests.Support;

namespace Rialto.Tests.Journals;

/// <summary>What every home of the journal must keep to.</summary>
public abstract class JournalContract : IAsyncLifetime
{
    private protected IJournal Journal { get; private set; } = null!;

    protected abstract Task<IJournal> OpenAsync();

    public async Task InitializeAsync()
    {
        Journal = await OpenAsync();
    }

    public virtual async Task DisposeAsync()
    {
        if (Journal is not null) await Journal.DisposeAsync();
    }

    [ContractFact]
    public async Task A_lease_is_renewed_by_the_holder_of_the_newest_epoch_alone()
    {
        await Journal.ClaimEpochAsync(Epoch.None, new Rank(1), 0);
        Assert.Equal(new LeaseResult(true, new Epoch(1)), await Journal.RenewLeaseAsync(new Epoch(1)));
        await Journal.ClaimEpochAsync(new Epoch(1), new Rank(2), 0);
        Assert.Equal(new LeaseResult(false, new Epoch(2)), await Journal.RenewLeaseAsync(new Epoch(1)));
        Assert.Equal(new LeaseResult(true, new Epoch(2)), await Journal.RenewLeaseAsync(new Epoch(2)));
        Assert.True((await Journal.ReadEndAsync()).LeaseAgeMs is null or >= 0);
    }

    [ContractFact]
    public async Task An_empty_journal_ends_before_its_first_place()
    {
        var end = await Journal.ReadEndAsync();
        Assert.Equal((Epoch.None, null, Seq.None, Hash256.Zero), (end.Epoch, end.Leader, end.Seq, end.Hash));
        Assert.Empty(end.Ordinals);
        Assert.Empty(await Journal.ReadAsync(Seq.None, 10));
        Assert.Empty(await Journal.ReadStreamAsync(StreamId.Parse("auction/1"), 0, 10));
        Assert.Empty(await Journal.ReadCategoryAsync("auction", 0, 10));
        Assert.Empty(await Journal.ReadClaimsAsync());
        Assert.Equal([0L], await Journal.ReadVersionsAsync([StreamId.Parse("auction/1")]));
    }

    [ContractFact]
    public async Task What_was_appended_is_read_back_with_all_that_it_holds()
    {
        var writer = await JournalWriter.Lead(Journal);
        await writer.Append("auction/1", "ledger/a", "auction/2", "auction/1");
        await writer.Append("auction/1");
        await writer.Append(writer.Next(("auction/3", ""), ("auction/3", "{}"), ("auction/3", new string('x', 100_000))));
        Same.Records(writer.Acknowledged, await Journal.ReadAsync(Seq.None, 100));
        Same.Records(writer.Acknowledged.Skip(2).Take(3), await Journal.ReadAsync(new Seq(2), 3));
        Same.Records(writer.Acknowledged.Where(record => record.Stream.Text == "auction/1").Skip(1), await Journal.ReadStreamAsync(StreamId.Parse("auction/1"), 1, 100));
        Same.Records(writer.Acknowledged.Where(record => record.Stream.Category == "auction").Skip(1).Take(2), await Journal.ReadCategoryAsync("auction", 1, 2));
        Assert.Empty(await Journal.ReadAsync(new Seq(8), 10));
        Assert.Empty(await Journal.ReadAsync(new Seq(1000), 10));
    }

    [ContractFact]
    public async Task Its_end_tells_place_hash_leader_and_every_categorys_ordinal()
    {
        var writer = await JournalWriter.Lead(Journal, rank: 3);
        await writer.Append("auction/1", "ledger/a", "auction/2");
        var end = await Journal.ReadEndAsync();
        Assert.Equal((new Epoch(1), new Rank(3), new Seq(3), writer.Acknowledged[^1].Hash), (end.Epoch, end.Leader, end.Seq, end.Hash));
        Assert.Equal([("auction", 2L), ("ledger", 1L)], end.Ordinals.OrderBy(ordinal => ordinal.Key).Select(ordinal => (ordinal.Key, ordinal.Value)));
    }

    [ContractFact]
    public async Task Versions_are_told_for_many_streams_in_the_order_asked()
    {
        var writer = await JournalWriter.Lead(Journal);
        await writer.Append("auction/1", "auction/2", "auction/1");
        var asked = new[] { "auction/2", "auction/9", "auction/1", "auction/2" }.Select(StreamId.Parse).ToArray();
        Assert.Equal([1L, 0L, 2L, 1L], await Journal.ReadVersionsAsync(asked));
        Assert.Empty(await Journal.ReadVersionsAsync([]));
    }

    [ContractFact]
    public async Task A_claim_is_granted_only_to_who_saw_the_newest_epoch()
    {
        Assert.Equal(new ClaimResult(true, new Epoch(1)), await Journal.ClaimEpochAsync(Epoch.None, new Rank(1), 11));
        Assert.Equal(new ClaimResult(false, new Epoch(1)), await Journal.ClaimEpochAsync(Epoch.None, new Rank(2), 12));
        Assert.Equal(new ClaimResult(false, new Epoch(1)), await Journal.ClaimEpochAsync(new Epoch(5), new Rank(2), 13));
        Assert.Equal(new ClaimResult(true, new Epoch(2)), await Journal.ClaimEpochAsync(new Epoch(1), new Rank(2), 14));
        Assert.Equal([new EpochClaim(new Epoch(1), new Rank(1), Seq.None, 11), new EpochClaim(new Epoch(2), new Rank(2), Seq.None, 14)], await Journal.ReadClaimsAsync());
    }

    [ContractFact]
    public async Task The_newest_epoch_is_told_alone_as_it_is_with_the_end()
    {
        Assert.Equal(Epoch.None, await Journal.ReadEpochAsync());
        var writer = await JournalWriter.Lead(Journal);
        await writer.Append("auction/1");
        await writer.TakeOver(rank: 2);
        Assert.Equal(new Epoch(2), await Journal.ReadEpochAsync());
        Assert.Equal((await Journal.ReadEndAsync()).Epoch, await Journal.ReadEpochAsync());
    }

    [ContractFact]
    public async Task Of_many_claims_at_once_one_is_granted()
    {
        var claims = await Task.WhenAll(Enumerable.Range(1, 8).Select(rank => Journal.ClaimEpochAsync(Epoch.None, new Rank(rank), rank).AsTask()));
        Assert.Single(claims, claim => claim.Granted);
        Assert.All(claims, claim => Assert.Equal(new Epoch(1), claim.Current));
        Assert.Single(await Journal.ReadClaimsAsync());
    }

    [ContractFact]
    public async Task A_claim_remembers_where_the_journal_ended()
    {
        var writer = await JournalWriter.Lead(Journal);
        await writer.Append("auction/1", "auction/1");
        await writer.TakeOver(rank: 2);
        await writer.Append("auction/1");
        Assert.Equal([Seq.None, new Seq(2)], (await Journal.ReadClaimsAsync()).Select(claim => claim.After));
    }

    [ContractFact]
    public async Task A_deposed_leader_is_fenced_and_its_attempt_counted()
    {
        var old = await JournalWriter.Lead(Journal);
        await old.Append("auction/1");
        var lost = old.Next("auction/1");
        var @new = await JournalWriter.Lead(Journal, rank: 2);
        Assert.Equal(new AppendResult(false, new Epoch(2)), await Journal.AppendAsync(old.Epoch, lost));
        Assert.Equal(1, Journal.RefusedWrites);
        await @new.Append("auction/1");
        Same.Records(@new.Acknowledged, await Journal.ReadAsync(Seq.None, 10));
    }

    [ContractFact]
    public async Task An_epoch_that_nobody_claimed_cannot_write()
    {
        var writer = await JournalWriter.Lead(Journal);
        var batch = writer.Next("auction/1").Select(record => record with { Epoch = new Epoch(7) }).ToList();
        Assert.Equal(new AppendResult(false, new Epoch(1)), await Journal.AppendAsync(new Epoch(7), batch));
        Assert.Equal(1, Journal.RefusedWrites);
    }

    [ContractFact]
    public async Task A_batch_that_does_not_begin_at_the_end_is_refused_whole()
    {
        var writer = await JournalWriter.Lead(Journal);
        var batch = writer.Next("auction/1", "auction/2");
        await writer.Append(batch);
        Assert.Equal(new AppendResult(false, new Epoch(1)), await Journal.AppendAsync(writer.Epoch, batch));
        writer.Note(writer.Next("auction/1"));
        Assert.Equal(new AppendResult(false, new Epoch(1)), await Journal.AppendAsync(writer.Epoch, writer.Next("auction/1")));
        Assert.Equal(2, Journal.RefusedWrites);
        Same.Records(batch, await Journal.ReadAsync(Seq.None, 10));
    }

    [ContractFact]
    public async Task A_version_that_is_taken_refuses_the_whole_batch()
    {
        var writer = await JournalWriter.Lead(Journal);
        await writer.Append("auction/1");
        var batch = writer.Next("auction/2", "auction/1");
        batch[1] = batch[1] with { Version = 1 };
        Assert.Equal(new AppendResult(false, new Epoch(1)), await Journal.AppendAsync(writer.Epoch, batch));
        Assert.Equal(1, Journal.RefusedWrites);
        Same.Records(writer.Acknowledged, await Journal.ReadAsync(Seq.None, 10));
        await writer.Append("auction/2", "auction/1");
    }

    [ContractFact]
    public async Task A_batch_that_is_none_is_an_error_of_its_writer()
    {
        var writer = await JournalWriter.Lead(Journal);
        var batch = writer.Next("auction/1", "auction/2");
        await Assert.ThrowsAsync<ArgumentException>(async () => await Journal.AppendAsync(writer.Epoch, []));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Journal.AppendAsync(writer.Epoch, [batch[0], batch[0]]));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Journal.AppendAsync(writer.Epoch, [batch[0], batch[1] with { Epoch = new Epoch(9) }]));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Journal.ReadAsync(Seq.None, 0));
        await writer.Append(batch);
    }

    [ContractFact]
    public async Task Readers_beside_a_writer_see_whole_batches_only()
    {
        var writer = await JournalWriter.Lead(Journal);
        var stopped = false;
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            var last = 0;
            while (!Volatile.Read(ref stopped))
            {
                var end = await Journal.ReadEndAsync();
                var page = await Journal.ReadAsync(Seq.None, 1000);
                Assert.Equal(0, page.Count % 5);
                Assert.True(page.Count >= end.Seq.Value && page.Count >= last);
                last = page.Count;
                await Task.Yield();
            }
        })).ToArray();
        for (var i = 0; i < 40; i++) await writer.Append("auction/1", "auction/2", "ledger/1", "auction/1", "ledger/2");
        Volatile.Write(ref stopped, true);
        await Task.WhenAll(readers);
        Same.Records(writer.Acknowledged, await Journal.ReadAsync(Seq.None, 1000));
    }

    [ContractFact]
    public async Task Long_streams_and_categories_are_read_in_pages()
    {
        var writer = await JournalWriter.Lead(Journal);
        for (var i = 0; i < 20; i++)
            await writer.Append([.. Enumerable.Range(0, 50).Select(n => n % 3 == 0 ? "auction/hot" : n % 3 == 1 ? $"auction/{i}" : $"ledger/{n}")]);
        var stream = StreamId.Parse("auction/hot");
        var ofStream = new List<JournalRecord>();
        while (await Journal.ReadStreamAsync(stream, ofStream.Count, 37) is { Count: > 0 } page) ofStream.AddRange(page);
        Same.Records(writer.Acknowledged.Where(record => record.Stream == stream), ofStream);
        var ofCategory = new List<JournalRecord>();
        while (await Journal.ReadCategoryAsync("ledger", ofCategory.Count, 41) is { Count: > 0 } page) ofCategory.AddRange(page);
        Same.Records(writer.Acknowledged.Where(record => record.Stream.Category == "ledger"), ofCategory);
    }
}
