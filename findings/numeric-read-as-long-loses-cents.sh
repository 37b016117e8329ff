#!/usr/bin/env bash
# Guess: Reading numeric 1.5 as a long fails, as reading a double as an int does.
# Version: Npgsql 10.0.3, .NET 10.0.12, PostgreSQL 15.18 from Debian.
# Behaviour: GetInt64 of numeric 1.5 is 1, and of an average of 1 and 2 as well. Reading it as BigInteger throws, and so does reading a
# double precision as an int.
# Seen: the program below prints it; this script ends with 0 while it is so, and with another code when it is so no more.
# Why it matters: A sum of money that is read as a whole number loses what stands behind the point.
# Guard: not used: the tables of the journal have no numeric column (Journal/Postgres/PostgresSchema.cs).
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
using System.Numerics;
using Npgsql;

await using var source = NpgsqlDataSource.Create(Environment.GetEnvironmentVariable("DATABASE")!);
async Task<T> Read<T>(string sql)
{
    await using var command = source.CreateCommand(sql);
    await using var reader = await command.ExecuteReaderAsync();
    await reader.ReadAsync();
    return reader.GetFieldValue<T>(0);
}
var one = await Read<long>("select 1.5::numeric");
var average = await Read<long>("select avg(x) from (values (1::bigint), (2)) v(x)");
var refused = 0;
try { await Read<BigInteger>("select 1.5::numeric"); } catch (InvalidCastException) { refused++; }
try { await Read<int>("select 1.5::float8"); } catch (InvalidCastException) { refused++; }
Console.WriteLine($"1.5 as long is {one}; the average as long is {average}; refused for BigInteger and for a double: {refused} of 2");
return one == 1 && average == 1 && refused == 2 ? 0 : 1;
PROGRAM
dotnet run
