#!/usr/bin/env bash
# Guess: An exception in a handler of NpgsqlConnection.Notification comes out of the call that read the notification.
# Version: Npgsql 10.0.3, .NET 10.0.12, PostgreSQL 15.18 from Debian.
# Behaviour: The exception goes nowhere: the statement that read the notification succeeds, and the connection stays open.
# Seen: the program below prints it; this script ends with 0 while it is so, and with another code when it is so no more.
# Why it matters: A follower that does its work in that handler stops without a word.
# Guard: not used: no code of Rialto handles notifications of a connection.
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
await using var listener = await source.OpenConnectionAsync();
var called = false;
listener.Notification += (_, _) => { called = true; throw new InvalidOperationException("The handler failed."); };
await new NpgsqlCommand("listen news", listener).ExecuteNonQueryAsync();
await using (var tell = source.CreateCommand("notify news")) await tell.ExecuteNonQueryAsync();
var heard = await listener.WaitAsync(5000);
var answer = (int)(await new NpgsqlCommand("select 1", listener).ExecuteScalarAsync())!;
Console.WriteLine($"handler called {called}; WaitAsync {heard}; next statement {answer}; connection {listener.State}");
return called && heard && answer == 1 ? 0 : 1;
PROGRAM
dotnet run
