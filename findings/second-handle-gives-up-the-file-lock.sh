#!/usr/bin/env bash
# Guess: FileStream.Lock holds until Unlock, or until that stream is closed.
# Version: .NET 10.0.12. Linux.
# Behaviour: Opening the same file a second time in that process and closing it gives up the lock: another process gets it at once. The
# first stream is not told.
# Seen: the program below prints it; this script ends with 0 while it is so, and with another code when it is so no more.
# Why it matters: A process that guards its data folder so is guarded no longer after anything reads the lock file.
# Guard: not used: the lock file of a data folder is opened with FileShare.None and kept open (Journal/Files/FolderLock.cs).
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
using System.Diagnostics;

if (args is ["try", var name])
{
    using var other = new FileStream(name, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
    try { other.Lock(0, 1); return 0; } catch (IOException) { return 1; }
}
int Another(string file)
{
    using var process = Process.Start(Environment.ProcessPath!, ["try", file]);
    process.WaitForExit();
    return process.ExitCode;
}
var file = Path.GetFullPath("lock");
File.WriteAllText(file, "x");
using var held = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
held.Lock(0, 1);
var before = Another(file);
new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite).Dispose();
var after = Another(file);
Console.WriteLine($"{Environment.Version}: another process gets the lock: before {before == 0}, after a second handle was closed {after == 0}");
return before == 1 && after == 0 ? 0 : 1;
PROGRAM
dotnet run
