using System.CommandLine;

namespace Rialto.Cli.Commands;

/// <summary>The cluster: who is alive, who leads and since which election; and what can be done to its nodes.</summary>
internal static class ClusterCommands
{
    private static readonly (string Word, string Meaning, string Done)[] Changes =
    [
        ("crash", "Crash a node of the server's process: it loses all that it has in memory.", "has crashed"),
        ("restart", "Have a crashed node begin anew, from the journal.", "begins anew"),
        ("pause", "Freeze a node where it is.", "is frozen"),
        ("resume", "Have a frozen node go on where it was.", "goes on"),
        ("isolate", "Cut a node off: no message reaches it or leaves it.", "is cut off"),
        ("heal", "Let a node's messages come and go again.", "is in touch again"),
    ];

    private static readonly Argument<int> Rank = new("rank") { Description = "The node." };

    public static Command Create()
    {
        var cluster = new Verb("cluster", "The cluster: its nodes, its leader, its elections.")
        {
            new Verb("status", "Nodes, leader, epoch, and the elections that were held.", "rialto cluster status", "rialto cluster status --json").Does(StatusAsync),
            new Verb("elect", "Have an election held although nothing is wrong.", "rialto cluster elect").Does(ElectAsync),
            new Verb("reconcile", "Compare the replicas of all nodes at one place; those that differ are built again.", "rialto cluster reconcile").Does(ReconcileAsync),
        };
        foreach (var (word, meaning, done) in Changes)
            cluster.Add(new Verb(word, meaning, $"rialto cluster {word} 3") { Rank }.Does(run => ChangeAsync(run, $"/api/cluster/nodes/{run.Get(Rank)}/{word}", $"Node {run.Get(Rank)} {done}.")));
        return cluster;
    }

    /// <summary>Forces an election, whoever asks for it.</summary>
    public static Task ElectAsync(Run run) => ChangeAsync(run, $"/api/cluster/elections", "An election is being held: see rialto cluster status.");

    private static async Task StatusAsync(Run run) => run.Show(await run.GetAsync($"/api/cluster"), static (screen, cluster) =>
    {
        screen.Facts(cluster, "engine", "leader", "epoch", "refusedWrites");
        screen.Table(cluster.Items("nodes"), "No nodes.", "rank", "state", "leader", "last heard ms:lastHeardMs", "applied:appliedSeq", "lag", "entities");
        screen.Table(cluster.Items("elections").TakeLast(5), "No elections.", "epoch", "winner", "startedBy", "reason", "answered", "ms:milliseconds");
    });

    private static async Task ChangeAsync(Run run, FormattableString path, string done)
    {
        run.Market.OrAs(Market.Operator);
        run.Show(await run.PostAsync(path), (screen, _) => screen.Say(done));
    }

    private static async Task ReconcileAsync(Run run)
    {
        run.Market.OrAs(Market.Operator);
        run.Show(await run.PostAsync($"/api/cluster/reconcile"), (screen, report) =>
        {
            screen.Facts(report, "seq", "agree", "silent");
            screen.Table(report.Items("rebuilt"), "No replica differs.", "rank", "differences");
        });
    }
}
