#!/usr/bin/env bash
# Guess: Among items of one priority, a prioritized channel hands out the oldest first, as a channel does.
# Version: .NET 10.0.12.
# Behaviour: Channel.CreateUnboundedPrioritized hands out eight equal items as 0,7,6,5,4,3,2,1: the second oldest comes last.
# Seen: the program below prints it; this script ends with 0 while it is so, and with another code when it is so no more.
# Why it matters: A queue of callers with priorities starves the oldest of each class, and does not keep a client's own order.
# Guard: not used: Rialto has no prioritized channel.
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
using System.Threading.Channels;

var channel = Channel.CreateUnboundedPrioritized<(int Priority, int Number)>(new()
{
    Comparer = Comparer<(int Priority, int Number)>.Create((a, b) => a.Priority.CompareTo(b.Priority)),
});
for (var number = 0; number < 8; number++) channel.Writer.TryWrite((0, number));
var order = new List<int>();
while (channel.Reader.TryRead(out var item)) order.Add(item.Number);
Console.WriteLine($"{Environment.Version}: {string.Join(",", order)}");
return order.SequenceEqual([0, 7, 6, 5, 4, 3, 2, 1]) ? 0 : 1;
PROGRAM
dotnet run
