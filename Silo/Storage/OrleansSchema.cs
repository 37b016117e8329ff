using System.Reflection;
using Npgsql;
using Rialto.Journal;

namespace Rialto.Silo.Storage;

/// <summary>
/// The tables that Orleans uses in PostgreSQL, as steps that are applied in order and never changed afterwards: to change a table, add a
/// step. They lie in a schema of their own, and an advisory lock lets silos that start together apply them one after the other.
/// </summary>
public static class OrleansSchema
{
    private const string Schema = "rialto_orleans";

    /// <summary>Any number, the same in all versions.</summary>
    private const long Lock = 7_220_153_908_645_017_331;

    /// <summary>Brings the schema to what this program knows.</summary>
    /// <returns>The connection string with which Orleans finds its tables.</returns>
    /// <exception cref="JournalException">The database cannot be reached, or its schema is newer than this program.</exception>
    public static async Task<string> ApplyAsync(string postgres, CancellationToken cancellation = default)
    {
        var settings = new NpgsqlConnectionStringBuilder(postgres) { SearchPath = Schema, ApplicationName = "rialto membership" };
        try
        {
            await using var source = NpgsqlDataSource.Create(settings);
            await using var connection = await source.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await ExecuteAsync(connection, $"select pg_advisory_xact_lock({Lock})", cancellation);
            await ExecuteAsync(connection, $"""
                create schema if not exists {Schema};
                create table if not exists {Schema}.schema_steps (step int primary key, applied_at timestamptz not null default now());
                """, cancellation);
            await ApplyStepsAsync(connection, cancellation);
            await transaction.CommitAsync(cancellation);
            return settings.ConnectionString;
        }
        catch (NpgsqlException e)
        {
            throw new JournalException($"The tables of the cluster cannot be made in {settings.Database} on {settings.Host}: {e.Message}", e);
        }
    }

    private static async Task ApplyStepsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var steps = Steps();
        await using var newest = new NpgsqlCommand($"select coalesce(max(step), 0) from {Schema}.schema_steps", connection);
        var applied = (int)(await newest.ExecuteScalarAsync(cancellation))!;
        if (applied > steps.Length) throw new JournalException($"The schema {Schema} in {connection.Database} is at step {applied}, and this program knows {steps.Length}: use a newer program.");
        for (var step = applied; step < steps.Length; step++)
        {
            await ExecuteAsync(connection, steps[step], cancellation);
            await ExecuteAsync(connection, $"insert into {Schema}.schema_steps (step) values ({step + 1})", cancellation);
        }
    }

    /// <summary>The embedded files, in the order of their names.</summary>
    private static string[] Steps()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read)];

        string Read(string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
