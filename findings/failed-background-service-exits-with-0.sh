#!/usr/bin/env bash
# Guess: A host that ends because a background service threw makes the process end with an error code.
# Version: .NET 10.0.12, Microsoft.Extensions.Hosting of that version.
# Behaviour: The exception stops the host, RunAsync returns as after an orderly end, and the exit code is 0.
# Seen: the program below prints it; this script ends with 0 while it is so, and with another code when it is so no more.
# Why it matters: A supervisor that restarts on failure does not restart a silo whose service died.
# Guard: Rialto has no background service today. A supervisor should restart always, and not on failure only.
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
var builder = Host.CreateApplicationBuilder();
builder.Logging.ClearProviders();
builder.Services.AddHostedService<Failing>();
var threw = false;
try { await builder.Build().RunAsync(); } catch (InvalidOperationException) { threw = true; }
Console.WriteLine($"{Environment.Version}: RunAsync threw {threw}; exit code {Environment.ExitCode}");
return !threw && Environment.ExitCode == 0 ? 0 : 1;

sealed class Failing : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        await Task.Yield();
        throw new InvalidOperationException("The service died.");
    }
}
PROGRAM
dotnet run
