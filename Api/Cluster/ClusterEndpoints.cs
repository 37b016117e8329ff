using System.Globalization;
using System.Text.Json;
using Rialto.Api.Http;
using Rialto.Api.Journal;
using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Api.Cluster;

/// <summary>The cluster over HTTP, as the answering node sees it.</summary>
internal static class ClusterEndpoints
{
    private static readonly Problem NoSuchNode = new(404, "node-not-found", "There is no node of this rank here. GET /api/cluster lists those there are.");

    public static void MapCluster(this Routes routes)
    {
        routes.Get("/api/cluster", Get)
            .Says("GetCluster", "Nodes, leader, epoch, and the elections that were held.").Returns<ClusterShape>();
        routes.GetRaw("/api/cluster/stream", ClusterStream.ServeAsync)
            .Says("StreamCluster", "The cluster again and again (server-sent events): event cluster, data as in GET /api/cluster.").Returns("text/event-stream").Asks(EventStream.Names).Refuses("too-many-streams");
        routes.Post("/api/cluster/elections", EmptyBodies.Default.EmptyBody, ElectAsync, EmptyBody.Instance)
            .Says("HoldElection", "Have an election held although nothing is wrong.").Returns<ClusterShape>().Refuses("no-leader").Example("{}");
        routes.Post("/api/cluster/reconcile", EmptyBodies.Default.EmptyBody, ReconcileAsync, EmptyBody.Instance)
            .Says("ReconcileReplicas", "Compare the replicas of all nodes at one place; those that differ are built again from the journal.").Returns<ReconcileShape>().Refuses("no-leader").Example("{}");
        foreach (var change in Enum.GetValues<NodeChange>())
            routes.Post($"/api/cluster/nodes/{{rank}}/{Word(change)}", EmptyBodies.Default.EmptyBody, call => ChangeAsync(call, change), EmptyBody.Instance)
                .Says($"{change}Node", Meaning(change)).Returns<ClusterShape>().Refuses(Codes(change)).Example("{}");
    }

    private static ValueTask<Answer> Get(Call call) => ValueTask.FromResult(Show(call.Engine));

    private static async ValueTask<Answer> ElectAsync(WriteCall<EmptyBody> call) =>
        await call.Door.Engine.ElectAsync() is { } refusal ? refusal : Show(call.Door.Engine);

    private static async ValueTask<Answer> ChangeAsync(WriteCall<EmptyBody> call, NodeChange change)
    {
        if (!int.TryParse(call.Part("rank"), NumberStyles.None, CultureInfo.InvariantCulture, out var rank) || rank < 1) return NoSuchNode;
        return await call.Door.Engine.ChangeNodeAsync(new Rank(rank), change) is { } refusal ? refusal : Show(call.Door.Engine);
    }

    private static async ValueTask<Answer> ReconcileAsync(WriteCall<EmptyBody> call)
    {
        var engine = call.Door.Engine;
        return await engine.ReconcileAsync() is { } report ? Answer.Of(json => Write(json, report), engine.Replica.Applied) : Refusals.NoLeader;
    }

    private static Answer Show(IEngine engine)
    {
        var cluster = engine.ViewCluster();
        return Answer.Of(json => Write(json, cluster), engine.Replica.Applied);
    }

    private static string Word(NodeChange change) => change.ToString().ToLowerInvariant();

    private static string Meaning(NodeChange change) => change switch
    {
        NodeChange.Crash => "Crash a node of this process: it loses all that it has in memory.",
        NodeChange.Restart => "Have a crashed node begin anew, from the journal.",
        NodeChange.Pause => "Freeze a node where it is.",
        NodeChange.Resume => "Have a frozen node go on where it was.",
        NodeChange.Isolate => "Cut a node off: no message reaches it or leaves it.",
        NodeChange.Heal => "Let a node's messages come and go again.",
        _ => throw new System.Diagnostics.UnreachableException($"{change} has no meaning."),
    };

    private static string[] Codes(NodeChange change) => change switch
    {
        NodeChange.Crash => ["node-not-found", "already-crashed", "last-node"],
        NodeChange.Restart => ["node-not-found", "not-crashed"],
        NodeChange.Pause => ["node-not-found", "crashed", "already-paused", "last-node"],
        NodeChange.Resume => ["node-not-found", "crashed", "not-paused"],
        NodeChange.Isolate => ["node-not-found", "crashed", "already-isolated", "last-node"],
        _ => ["node-not-found", "not-isolated"],
    };

    public static void Write(Utf8JsonWriter json, ClusterView cluster)
    {
        json.WriteStartObject();
        json.WriteString("engine"u8, cluster.Engine);
        if (cluster.Leader is { } leader) json.WriteNumber("leader"u8, leader.Value);
        else json.WriteNull("leader"u8);
        json.WriteNumber("epoch"u8, cluster.Epoch.Value);
        json.WriteStartArray("nodes"u8);
        foreach (var node in cluster.Nodes) Write(json, node);
        json.WriteEndArray();
        json.WriteStartArray("elections"u8);
        foreach (var election in cluster.Elections) Write(json, election);
        json.WriteEndArray();
        json.WriteNumber("refusedWrites"u8, cluster.RefusedWrites);
        json.WriteBoolean("changeable"u8, cluster.AreChangeable);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReconcileReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("seq"u8, report.At.Value);
        Write(json, "agree", report.Agree);
        json.WriteStartArray("rebuilt"u8);
        foreach (var rebuilt in report.Rebuilt)
        {
            json.WriteStartObject();
            json.WriteNumber("rank"u8, rebuilt.Node.Value);
            json.WriteStartArray("differences"u8);
            foreach (var difference in rebuilt.Differences ?? [])
            {
                json.WriteStartObject();
                json.WriteString("stream"u8, difference.Stream.Text);
                json.WriteString("kind"u8, difference.Kind.ToString().ToLowerInvariant());
                json.WriteNumber("version"u8, difference.RightVersion);
                json.WriteNumber("found"u8, difference.FoundVersion);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        Write(json, "silent", report.Silent);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<Rank> ranks)
    {
        json.WriteStartArray(name);
        foreach (var rank in ranks) json.WriteNumberValue(rank.Value);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, NodeView node)
    {
        json.WriteStartObject();
        json.WriteNumber("rank"u8, node.Rank.Value);
        json.WriteString("state"u8, node.State);
        json.WriteBoolean("leader"u8, node.IsLeader);
        json.WriteNumber("lastHeardMs"u8, node.LastHeardMs);
        JournalItem.WriteClock(json, "clock", node.Clock);
        json.WriteNumber("appliedSeq"u8, node.AppliedSeq.Value);
        json.WriteNumber("lag"u8, node.Lag);
        json.WriteNumber("entities"u8, node.Entities);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ElectionView election)
    {
        json.WriteStartObject();
        json.WriteNumber("epoch"u8, election.Epoch.Value);
        json.WriteNumber("winner"u8, election.Winner.Value);
        json.WriteNumber("startedBy"u8, election.StartedBy.Value);
        json.WriteString("reason"u8, election.Reason);
        json.WriteStartArray("answered"u8);
        foreach (Rank rank in election.Answered) json.WriteNumberValue(rank.Value);
        json.WriteEndArray();
        json.WriteNumber("milliseconds"u8, election.Milliseconds);
        json.WriteEndObject();
    }
}

/// <summary>The cluster, as it is described to clients.</summary>
internal sealed record ClusterShape(string Engine, int? Leader, long Epoch, NodeShape[] Nodes, ElectionShape[] Elections, long RefusedWrites, bool Changeable);

/// <summary>A node, as it is described to clients.</summary>
internal sealed record NodeShape(int Rank, string State, bool Leader, long LastHeardMs, Dictionary<string, long> Clock, long AppliedSeq, long Lag, int Entities);

/// <summary>An election, as it is described to clients.</summary>
internal sealed record ElectionShape(long Epoch, int Winner, int StartedBy, string Reason, int[] Answered, long Milliseconds);

/// <summary>What comparing replicas gave, as it is described to clients.</summary>
internal sealed record ReconcileShape(long Seq, int[] Agree, RebuiltShape[] Rebuilt, int[] Silent);

/// <summary>A replica that differed, as it is described to clients.</summary>
internal sealed record RebuiltShape(int Rank, DifferenceShape[] Differences);

/// <summary>An entity that differed, as it is described to clients.</summary>
internal sealed record DifferenceShape(string Stream, string Kind, long Version, long Found);
