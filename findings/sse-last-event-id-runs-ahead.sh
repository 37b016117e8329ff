#!/usr/bin/env bash
# Guess: A reader of an event stream that is cut can go on from the parser's LastEventId: it is the id of the last event that was handed
# out.
# Version: System.Net.ServerSentEvents in .NET 10.0.12.
# Behaviour: LastEventId changes when the line "id:" is read. The stream is cut before the blank line that ends the event. The event is not
# handed out, but LastEventId names it already.
# Seen: the program below prints it; this script ends with 0 while it is so, and with another code when it is so no more.
# Why it matters: A consumer of Rialto's event stream that resumes from LastEventId loses one event, and nothing tells it.
# Guard: not used in the product: no code of Rialto reads LastEventId of this parser. A reader in .NET keeps the EventId of the last item
# that it handled.
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
using System.Net.ServerSentEvents;
using System.Text;

var cut = "id: 1\ndata: first\n\nid: 2\ndata: second\n";   // the connection ended before the blank line
var parser = SseParser.Create(new MemoryStream(Encoding.UTF8.GetBytes(cut)));
var handed = parser.Enumerate().Select(item => item.EventId).ToList();
Console.WriteLine($"{Environment.Version}: handed out {string.Join(",", handed)}; LastEventId {parser.LastEventId}");
return handed is ["1"] && parser.LastEventId == "2" ? 0 : 1;
PROGRAM
dotnet run
