#!/usr/bin/env bash
# Guess: A decimal parameter of a minimal API refuses "1,5", or takes it for one and a half.
# Version: ASP.NET Core 10.0.12.
# Behaviour: ?amount=1,5 is 15, because commas may stand anywhere as group marks; ?amount=5- is minus 5. Both are answered 200. "1e3" is
# refused.
# Seen: the program below prints it; this script ends with 0 while it is so, and with another code when it is so no more.
# Why it matters: A price with a decimal comma becomes ten times as much, and nobody is told.
# Guard: no test of its own yet; a test of every route with a number in its query should try "1,5" and "5-".
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
using System.Globalization;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls("http://127.0.0.1:0");
var app = builder.Build();
app.MapGet("/", (decimal amount) => amount.ToString(CultureInfo.InvariantCulture));
await app.StartAsync();
using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
var comma = await http.GetStringAsync("/?amount=1,5");
var minus = await http.GetStringAsync("/?amount=5-");
var exponent = (await http.GetAsync("/?amount=1e3")).StatusCode;
Console.WriteLine($"{Environment.Version}: 1,5 is {comma}; 5- is {minus}; 1e3 is {exponent}");
await app.StopAsync();
return comma == "15" && minus == "-5" && exponent == System.Net.HttpStatusCode.BadRequest ? 0 : 1;
PROGRAM
dotnet run
