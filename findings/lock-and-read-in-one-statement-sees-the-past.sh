#!/usr/bin/env bash
# Guess: A statement that takes an advisory lock, or waits for a row, and reads afterwards, reads what the one before it wrote.
# Version: Npgsql 10.0.3, .NET 10.0.12, PostgreSQL 15.18 from Debian.
# Behaviour: The statement takes its snapshot before it waits. It reads 1 as the end, although it got the lock after 2 was committed; the
# next statement of the same transaction reads 2. An UPDATE that waited sees the new version of its row, while a subquery beside it sees the
# old table.
# Seen: the program below prints it; this script ends with 0 while it is so, and with another code when it is so no more.
# Why it matters: A sequence that is made by "lock, then read the end" in one statement gives a number twice.
# Guard: the condition of an append is on the row that its statement updates (Journal/Postgres), and PostgreSQL looks at that row again
# after the wait. No test holds that it stays so.
set -euo pipefail
folder=$(mktemp -d)
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
[ -n "$bin" ] || { echo "Install Debian's postgresql package first." >&2; exit 2; }
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
port=$((20000 + RANDOM % 10000))
mkdir "$folder/pg"; chmod 755 "$folder"
if [ "$(id -u)" = 0 ]; then chown postgres "$folder/pg"; fi
cleanup() { as "$bin/pg_ctl" -D "$folder/pg/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"; }
trap cleanup EXIT
cd "$folder"
as "$bin/initdb" -D "$folder/pg/data" -U rialto --auth=trust --no-sync -E UTF8 --locale=C >/dev/null
as "$bin/pg_ctl" -D "$folder/pg/data" -l "$folder/pg/log" -w -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off" start >/dev/null
export DATABASE="Host=127.0.0.1;Port=$port;Username=rialto;Database=postgres"
cat > finding.csproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="Npgsql" Version="10.0.3" /></ItemGroup>
</Project>
PROJECT
cat > Program.cs <<'PROGRAM'
using Npgsql;

await using var source = NpgsqlDataSource.Create(Environment.GetEnvironmentVariable("DATABASE")!);
await using (var create = source.CreateCommand("create table line (seq int); insert into line values (1); create table fence (seq int); insert into fence values (1)")) await create.ExecuteNonQueryAsync();
await using var first = await source.OpenConnectionAsync();
await using var second = await source.OpenConnectionAsync();
async Task<string> While(string held, string waiting)
{
    await using var transaction = await first.BeginTransactionAsync();
    await new NpgsqlCommand(held, first).ExecuteNonQueryAsync();
    var answer = new NpgsqlCommand(waiting, second).ExecuteScalarAsync();
    await using var look = source.CreateCommand("select exists (select from pg_stat_activity where wait_event_type = 'Lock')");
    while (!(bool)(await look.ExecuteScalarAsync())!) await Task.Delay(20);
    await transaction.CommitAsync();
    return (await answer)!.ToString()!;
}
var locked = await While("select pg_advisory_xact_lock(7); insert into line values (2)", "with held as materialized (select pg_advisory_xact_lock(7)) select max(seq) from line, held");
var next = (await new NpgsqlCommand("select max(seq) from line", second).ExecuteScalarAsync())!.ToString();
var fenced = await While("update fence set seq = 2; insert into line values (3)", "with moved as (update fence set seq = seq + 1 returning seq) select seq || ' ' || (select max(seq) from line) from moved");
Console.WriteLine($"end in the lock's own statement {locked}, in the next {next}; fence and end in the update's statement {fenced}");
return (locked, next, fenced) == ("1", "2", "3 2") ? 0 : 1;
PROGRAM
dotnet run
