#!/usr/bin/env bash
# Guess: A DateTimeOffset parameter of a minimal API takes what JSON takes: a full date with its offset.
# Version: ASP.NET Core 10.0.12.
# Behaviour: ?at=1.2.3 is 2 January 2003, and ?at=10:00 is ten o'clock of today in UTC. JSON refuses both.
# Seen: the program below prints it; this script ends with 0 while it is so, and with another code when it is so no more.
# Why it matters: A question "as it was at" with a mistyped time is answered for another day.
# Guard: no test of its own yet; a test of every route with a time in its query should try "1.2.3" and "10:00".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > finding.csproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk.Web">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup></ItemGroup>
</Project>
PROJECT
cat > Program.cs <<'PROGRAM'
using System.Text.Json;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls("http://127.0.0.1:0");
var app = builder.Build();
app.MapGet("/", (DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm"));
await app.StartAsync();
using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
var version = await http.GetStringAsync("/?at=1.2.3");
var clock = await http.GetStringAsync("/?at=10:00");
var refused = false;
try { JsonSerializer.Deserialize<DateTimeOffset>("\"10:00\""); } catch (JsonException) { refused = true; }
Console.WriteLine($"{Environment.Version}: 1.2.3 is {version}; 10:00 is {clock}; JSON refuses 10:00: {refused}");
await app.StopAsync();
return version.StartsWith("2003-01-02") && clock.EndsWith("10:00") && refused ? 0 : 1;
PROGRAM
dotnet run
