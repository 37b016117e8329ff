using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>Two processes and one journal: only the one that claimed it last may write.</summary>
public class TwoProcessTests
{
    [PostgresFact]
    public async Task The_older_of_two_processes_on_one_journal_is_fenced_and_nothing_is_written_twice()
    {
        var database = LocalPostgres.Shared.CreateDatabase();
        string[] options = ["--sample", "false", "--journal", "postgres", "--postgres", database];
        await using (var older = await RialtoProcess.StartAsync(options))
        {
            var ann = older.As("ann");
            (await ann.PostAsync("/api/ledgers", new { asset = "USD", scale = 2 })).Ok(201);
            foreach (var account in new[] { "ann", "bob" }) (await ann.PostAsync("/api/ledgers/USD/accounts", new { account, initial = 100 })).Ok(201);
            var acknowledged = await ann.PostAsync("/api/ledgers/USD/transfers", new { debit = "ann", credit = "bob", amount = 10 }, "before");
            acknowledged.Ok(201);

            await using var newer = await RialtoProcess.StartAsync(options);
            Assert.True(Epoch(await ClusterAsync(newer)) > Epoch(await ClusterAsync(older)));

            // The older one finds out when it writes or renews its lease, and the journal refuses.
            var events = await EventsAsync(newer);
            (await ann.PostAsync("/api/ledgers/USD/transfers", new { debit = "ann", credit = "bob", amount = 20 }, "during")).Refused(503, "deposed");
            (await ann.PostAsync("/api/auctions", new { item = "Fan" })).Refused(503, "deposed");
            Assert.Equal(events, await EventsAsync(newer));
            Assert.True((await ClusterAsync(older)).Number("refusedWrites") >= 1);
            Assert.Equal(0, (await ClusterAsync(newer)).Number("refusedWrites"));
            Assert.Equal(503, (await older.As(null).GetAsync("/health/ready")).Status);
            Assert.Equal(200, (await older.As(null).GetAsync("/health/live")).Status);

            // The newer one knows what was acknowledged, and takes what was refused.
            var again = await newer.As("ann").PostAsync("/api/ledgers/USD/transfers", new { debit = "ann", credit = "bob", amount = 10 }, "before");
            Assert.True(again.IsReplayed);
            Assert.Equal(acknowledged.Text, again.Text);
            var taken = await newer.As("ann").PostAsync("/api/ledgers/USD/transfers", new { debit = "ann", credit = "bob", amount = 20 }, "during");
            taken.Ok(201);
            Assert.False(taken.IsReplayed);
            Assert.Equal(70, (await newer.As("ann").GetAsync("/api/ledgers/USD/accounts/ann")).Ok().Amount("balance"));
            Assert.Equal(200, (await newer.As(null).GetAsync("/health/ready")).Status);
            Assert.True((await newer.As(null).GetAsync("/api/journal/verify")).Ok().GetProperty("ok").GetBoolean());
            Assert.Equal(0, await older.TerminateAsync());
        }
        LocalPostgres.Shared.DropDatabase(database);
    }

    private static async Task<System.Text.Json.JsonElement> ClusterAsync(RialtoProcess server) => (await server.As(null).GetAsync("/api/cluster")).Ok();

    private static long Epoch(System.Text.Json.JsonElement cluster) => cluster.Number("epoch");

    private static async Task<long> EventsAsync(RialtoProcess server) => (await server.As(null).GetAsync("/api/journal/verify")).Ok().Number("events");
}
