using System.Collections;
using Rialto.Journal;
using Rialto.Journal.Postgres;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>A journal in PostgreSQL where nobody names a server: the usual variables are looked at, and else a server is started for this process.</summary>
public class PrivatePostgresTests
{
    [Fact]
    public void The_usual_variables_name_a_server()
    {
        Assert.Null(PrivatePostgres.NamedBy(new Hashtable { ["PGPORT"] = "5433", ["PGUSER"] = "ann" }));
        Assert.Equal("Host=db;Database=market;Port=5433", PrivatePostgres.NamedBy(new Hashtable { ["PGHOST"] = "db", ["PGPORT"] = "5433", ["PGDATABASE"] = "market" }));
        Assert.Equal("Host=localhost;Database=market", PrivatePostgres.NamedBy(new Hashtable { ["PGDATABASE"] = "market" }));
    }

    [PostgresFact]
    public async Task A_server_of_ones_own_is_started_keeps_what_was_written_and_ends_with_its_process()
    {
        if (!PrivatePostgres.CanStart) return;
        // The user that PostgreSQL runs as must be able to enter it.
        var folder = Path.Combine(Path.GetTempPath(), $"rialto-private-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        try
        {
            await using (var server = await RialtoProcess.StartInAsync(folder, "--sample", "false", "--journal", "postgres"))
            {
                (await server.As("ann").PostAsync("/api/ledgers", new { asset = "USD", scale = 2 })).Ok(201);
                Assert.Throws<JournalInUseException>(() => PrivatePostgres.Start(Path.Combine(server.DataFolder, "postgres")));
                // Killed, it leaves its server behind; the next start takes that over.
                server.KillHard();
                await server.RestartAsync();
                (await server.As("ann").PostAsync("/api/ledgers/USD/accounts", new { account = "ann", initial = 1 })).Ok(201);
                Assert.Equal(0, await server.TerminateAsync());
                Assert.False(File.Exists(Path.Combine(server.DataFolder, "postgres", "data", "postmaster.pid")), "The server still runs.");
                await server.RestartAsync();
                Assert.Equal(1, (await server.As("ann").GetAsync("/api/ledgers/USD/accounts/ann")).Ok().Amount("balance"));
                Assert.Equal(0, await server.TerminateAsync());
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
