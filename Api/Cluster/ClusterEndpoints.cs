using System.Text.Json;
using Rialto.Api.Http;
using Rialto.Api.Journal;
using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Api.Cluster;

/// <summary>The cluster over HTTP, as the answering node sees it.</summary>
internal static class ClusterEndpoints
{
    public static void MapCluster(this Routes routes) =>
        routes.Get("/api/cluster", Get)
            .Says("GetCluster", "Nodes, leader, epoch, and the elections that were held.").Returns<ClusterShape>();

    private static ValueTask<Answer> Get(Call call)
    {
        var cluster = call.Engine.ViewCluster();
        return ValueTask.FromResult(Answer.Of(json => Write(json, cluster), call.Engine.Replica.Applied));
    }

    private static void Write(Utf8JsonWriter json, ClusterView cluster)
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
        json.WriteEndObject();
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
internal sealed record ClusterShape(string Engine, int? Leader, long Epoch, NodeShape[] Nodes, ElectionShape[] Elections, long RefusedWrites);

/// <summary>A node, as it is described to clients.</summary>
internal sealed record NodeShape(int Rank, string State, bool Leader, long LastHeardMs, Dictionary<string, long> Clock, long AppliedSeq, long Lag, int Entities);

/// <summary>An election, as it is described to clients.</summary>
internal sealed record ElectionShape(long Epoch, int Winner, int StartedBy, string Reason, int[] Answered, long Milliseconds);
