using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Rialto.Tests.Support;

namespace Rialto.Tests.Architecture;

/// <summary>The house's rules, held against the compiled rooms: who may know whom, and what the core may not touch.</summary>
public class RoomTests
{
    private static readonly ImmutableDictionary<string, string[]> Allowed = new Dictionary<string, string[]>
    {
        ["Journal"] = [],
        ["Markets"] = ["Journal"],
        ["Protocols"] = ["Journal"],
        ["Runtime"] = ["Journal", "Markets", "Protocols"],
        ["Embedded"] = ["Journal", "Markets", "Protocols", "Runtime"],
        ["Simulation"] = ["Journal", "Markets", "Protocols", "Runtime", "Embedded"],
        ["GrainInterfaces"] = ["Journal", "Markets", "Protocols"],
        ["Grains"] = ["Journal", "Markets", "Protocols", "Runtime", "GrainInterfaces"],
        ["Silo"] = ["Journal", "Markets", "Protocols", "Runtime", "GrainInterfaces", "Grains"],
        ["Demo"] = [],
        ["Api"] = ["Demo", "Journal", "Markets", "Protocols", "Runtime", "Embedded", "GrainInterfaces", "Grains", "Silo"],
        ["Cli"] = ["Journal", "Markets", "Runtime"],
    }.ToImmutableDictionary();

    /// <summary>What Markets and Protocols may see of the journal: its record types, not its homes.</summary>
    private static readonly string[] RecordTypes =
        ["Seq", "Epoch", "Rank", "StreamId", "CommandId", "Hash256", "VectorClock", "ClockRelation", "JournalRecord", "RecordCodec", "JournalEnd"];

    /// <summary>Time, chance, ids and threads come in as data or through ports; and the deterministic scheduler is never left.</summary>
    private static readonly string[] Banned =
    [
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow",
        "System.TimeProvider.get_System", "System.Environment.get_TickCount", "System.Environment.get_TickCount64", "System.Diagnostics.Stopwatch.",
        "System.Guid.NewGuid", "System.Guid.CreateVersion7", "System.Random.", "System.Security.Cryptography.RandomNumberGenerator.",
        "System.Threading.Tasks.Task.Run", "System.Threading.Tasks.TaskFactory.StartNew", "System.Threading.Thread..ctor", "System.Threading.Thread.Sleep",
        "System.Threading.ThreadPool.", "System.Threading.Timer..ctor", ".ConfigureAwait", "System.Console.", "System.IO.File.", "System.IO.FileStream.", "System.IO.Directory.",
    ];

    public static TheoryData<string> Rooms => [.. Allowed.Keys.Order()];

    public static TheoryData<string> Core => ["Markets", "Protocols", "Runtime"];

    [Theory, MemberData(nameof(Rooms))]
    public void A_room_knows_only_the_rooms_that_it_may_know(string room)
    {
        var known = Assembly.Load(NameOf(room)).GetReferencedAssemblies()
            .Select(name => name.Name!).Where(name => name.StartsWith("Rialto.", StringComparison.Ordinal)).Select(name => name["Rialto.".Length..]);
        Assert.Empty(known.Except(Allowed[room]));
    }

    [Theory]
    [InlineData("Markets")]
    [InlineData("Protocols")]
    public void Of_the_journal_pure_rooms_know_the_record_types_only(string room)
    {
        var seen = Read(room, reader => reader.TypeReferences.Select(reader.GetTypeReference)
            .Where(type => reader.GetString(type.Namespace).StartsWith("Rialto.Journal", StringComparison.Ordinal))
            .Select(type => reader.GetString(type.Name)).ToList());
        Assert.NotEmpty(seen);
        Assert.Empty(seen.Except(RecordTypes));
    }

    [Theory, MemberData(nameof(Core))]
    public void The_core_touches_no_clock_chance_thread_or_file(string room)
    {
        var called = Read(room, reader => reader.MemberReferences.Select(reader.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member => (Type: reader.GetTypeReference((TypeReferenceHandle)member.Parent), Member: reader.GetString(member.Name)))
            .Select(call => $"{reader.GetString(call.Type.Namespace)}.{reader.GetString(call.Type.Name)}.{call.Member}").ToList());
        Assert.NotEmpty(called);
        Assert.DoesNotContain(called, call => Banned.Any(banned => banned.StartsWith('.') ? call.Contains(banned) : call.StartsWith(banned, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Markets")]
    [InlineData("Protocols")]
    public void Pure_rooms_have_no_tasks(string room)
    {
        var types = Read(room, reader => reader.TypeReferences.Select(reader.GetTypeReference)
            .Where(type => reader.GetString(type.Namespace) == "System.Threading.Tasks").Select(type => reader.GetString(type.Name)).ToList());
        Assert.Empty(types);
    }

    [Fact]
    public void Markets_know_no_floating_point()
    {
        var assembly = Assembly.Load("Rialto.Markets");
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var floating = assembly.GetTypes().SelectMany(type => type.GetFields(all)).Where(field => field.FieldType == typeof(double) || field.FieldType == typeof(float));
        Assert.Empty(floating.Select(field => $"{field.DeclaringType}.{field.Name}"));
    }

    [Fact]
    public void Every_room_of_the_house_is_held_to_these_rules()
    {
        var solution = File.ReadAllText(Path.Combine(House.Root, "Orleans.sln"));
        var rooms = Directory.GetDirectories(House.Root).Select(Path.GetFileName).Where(name => File.Exists(Path.Combine(House.Root, name!, $"{name}.csproj")));
        foreach (var room in rooms)
        {
            Assert.Contains($"{room}.csproj", solution);
            Assert.True(room is "Tests" or "Benchmarks" || Allowed.ContainsKey(room!), $"{room} is a room without rules: say in RoomTests whom it may know.");
        }
    }

    [Fact]
    public void Grains_know_no_sql_and_no_http()
    {
        foreach (var room in new[] { "GrainInterfaces", "Grains" })
        {
            var known = Assembly.Load($"Rialto.{room}").GetReferencedAssemblies().Select(name => name.Name!);
            Assert.DoesNotContain(known, name => name == "Npgsql" || name.Contains("AdoNet", StringComparison.Ordinal) || name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
        }
    }

    /// <summary>The command line's file is called as its command is.</summary>
    private static string NameOf(string room) => room == "Cli" ? "rialto" : $"Rialto.{room}";

    private static T Read<T>(string room, Func<MetadataReader, T> read)
    {
        using var file = new PEReader(File.OpenRead(Assembly.Load($"Rialto.{room}").Location));
        return read(file.GetMetadataReader());
    }
}
