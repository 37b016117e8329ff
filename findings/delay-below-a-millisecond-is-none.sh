#!/usr/bin/env bash
# Guess: Task.Delay of 0.9 ms waits for about a millisecond, and WaitAsync gives a task that long.
# Version: .NET 10.0.12.
# Behaviour: Task.Delay(0.9 ms) is complete when it is returned, and WaitAsync(0.9 ms) has failed with a TimeoutException at once: fractions
# are cut off.
# Seen: the program below prints it; this script ends with 0 while it is so, and with another code when it is so no more.
# Why it matters: A loop "until the deadline, wait for what is left" spins through the last millisecond of each wait.
# Guard: no test yet; a wait for a deadline should round up to whole milliseconds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > finding.csproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup></ItemGroup>
</Project>
PROJECT
cat > Program.cs <<'PROGRAM'
var delay = Task.Delay(TimeSpan.FromMilliseconds(0.9));
var wait = new TaskCompletionSource().Task.WaitAsync(TimeSpan.FromMilliseconds(0.9));
Console.WriteLine($"{Environment.Version}: delay complete {delay.IsCompleted}; wait {wait.Status}");
return delay.IsCompleted && wait is { IsFaulted: true, Exception.InnerException: TimeoutException } ? 0 : 1;
PROGRAM
dotnet run
