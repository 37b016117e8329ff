using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;

namespace Rialto.Cli.Commands;

/// <summary>
/// Energy trading: what a node of the original could be told (status, balance, sell, buy, nodes, history, election, quit). A node is an
/// account in a ledger, here of kWh; <c>rialto energy --as node-1</c> is its prompt, whose lines are these same commands.
/// </summary>
internal static class EnergyCommands
{
    private static readonly Argument<string> Node = new("node") { Description = "The other node: its name, or its number (2 is node-2)." };
    private static readonly Argument<decimal> Amount = Values.NumberAt("amount", "How much energy.");
    private static readonly Argument<string> Proposal = new("proposal") { Description = "The proposal's id." };
    private static readonly Option<string> Asset = new("--asset") { Description = "The ledger.", HelpName = "name", DefaultValueFactory = _ => "kWh", Recursive = true };
    private static readonly Option<bool> Ask = new("--ask") { Description = "Wait for the other node's word; without it the trade is accepted at once." };
    private static readonly Option<decimal?> Initial = Values.Number("--initial", "What the node begins with; 100 if nothing is said.");
    private static readonly Option<bool> Open = new("--open") { Description = "Only those that wait for an answer." };

    public static Command Create() => new Verb("energy", "Energy trading between nodes. Without a command: a node's prompt.", "rialto energy --as node-1", "rialto energy balance --as node-1")
    {
        Asset,
        new Verb("status", "A node's balance, and who leads the cluster.", "rialto energy status --as node-1").Does(StatusAsync),
        new Verb("balance", "A node's energy.", "rialto energy balance --as node-1").Does(BalanceAsync),
        new Verb("sell", "Sell energy to another node.", "rialto energy sell node-2 20 --as node-1", "rialto energy sell 2 20 --ask --as node-1") { Node, Amount, Ask }.Writes(run => TradeAsync(run, "sell")),
        new Verb("buy", "Buy energy from another node.", "rialto energy buy node-2 20 --as node-1") { Node, Amount, Ask }.Writes(run => TradeAsync(run, "buy")),
        new Verb("proposals", "Trades that were proposed to a node or by it.", "rialto energy proposals --open --as node-2") { Open, Globals.Limit }.Does(ProposalsAsync),
        new Verb("accept", "Accept a proposed trade.", "rialto energy accept 01k3v8n2q7xw --as node-2") { Proposal }.Writes(run => AnswerAsync(run, "accept")),
        new Verb("reject", "Reject a proposed trade.", "rialto energy reject 01k3v8n2q7xw --as node-2") { Proposal }.Writes(run => AnswerAsync(run, "reject")),
        new Verb("nodes", "All nodes and their energy, and the cluster's nodes.", "rialto energy nodes").Does(NodesAsync),
        new Verb("history", "A node's trades, newest first.", "rialto energy history --as node-1 --limit 10") { Globals.Limit }.Does(HistoryAsync),
        new Verb("election", "Force a new election.", "rialto energy election").Does(ClusterCommands.ElectAsync),
        new Verb("join", "Open a node's account, and the ledger if there is none.", "rialto energy join --as node-4 --initial 100") { Initial }.Writes(JoinAsync),
    }.Does(PromptAsync);

    private static async Task StatusAsync(Run run)
    {
        var (account, cluster) = (await run.GetAsync($"/api/ledgers/{run.Get(Asset)}/accounts/{run.Market.RequireActor()}"), await run.GetAsync($"/api/cluster"));
        run.Show(Reply.Of(("account", account), ("cluster", cluster)), static (screen, json) => screen.Facts(
            json, "node:account.account", "balance:account.balance", "available:account.available", "coordinator:cluster.leader", "epoch:cluster.epoch", "engine:cluster.engine"));
    }

    private static async Task BalanceAsync(Run run) => run.Show(
        await run.GetAsync($"/api/ledgers/{run.Get(Asset)}/accounts/{run.Market.RequireActor()}"), static (screen, json) => screen.Facts(json, "account", "balance", "available", "pendingDebits", "pendingCredits", "seq"));

    private static async Task TradeAsync(Run run, string side)
    {
        var me = run.Market.RequireActor();
        var other = run.Get(Node);
        if (other.All(char.IsAsciiDigit)) other = $"node-{other}";
        run.Show(
            await run.PostAsync($"/api/ledgers/{run.Get(Asset)}/proposals", ("side", side), ("counterparty", other), ("amount", run.Get(Amount)), ("account", me), ("autoAccept", !run.Get(Ask))),
            ShowProposal);
    }

    private static async Task ProposalsAsync(Run run) => run.ShowList(
        await run.GetAsync($"/api/ledgers/{run.Get(Asset)}/proposals", ("account", run.Market.RequireActor()), ("open", run.Get(Open) ? "true" : null), ("limit", run.Get(Globals.Limit))),
        "No proposals.", "id", "account", "side", "counterparty", "amount", "status", "expiresAt");

    private static async Task AnswerAsync(Run run, string word) => run.Show(await run.PostAsync($"/api/ledgers/{run.Get(Asset)}/proposals/{run.Get(Proposal)}/{word}"), ShowProposal);

    private static void ShowProposal(Screen screen, JsonElement proposal) => screen.Facts(proposal, "id", "account", "side", "counterparty", "amount", "status", "seq");

    private static async Task NodesAsync(Run run)
    {
        var (ledger, cluster) = (await run.GetAsync($"/api/ledgers/{run.Get(Asset)}", ("limit", 1000)), await run.GetAsync($"/api/cluster"));
        run.Show(Reply.Of(("ledger", ledger), ("cluster", cluster)), static (screen, json) =>
        {
            screen.Table(json.Items("ledger.accounts"), "No nodes.", "node:account", "balance", "available");
            screen.Table(json.Items("cluster.nodes"), "No nodes.", "rank", "state", "leader");
        });
    }

    private static async Task HistoryAsync(Run run) => run.ShowList(
        await run.GetAsync($"/api/ledgers/{run.Get(Asset)}/accounts/{run.Market.RequireActor()}/history", ("limit", run.Get(Globals.Limit))),
        "No trades.", "at", "kind", "side", "counterparty", "amount", "balance", "memo");

    private static async Task JoinAsync(Run run)
    {
        var (asset, me) = (run.Get(Asset), run.Market.RequireActor());
        try
        {
            await run.Market.SendAsync(HttpMethod.Post, "/api/ledgers", Body.Of(("asset", asset)), Market.NewKey(), run.Ending);
        }
        catch (Failure e) when (e.ExitCode == ExitCode.Refused)
        {
            // It is there already, or it cannot be; then the account cannot be opened either, and that says why.
        }
        run.Show(
            await run.PostAsync($"/api/ledgers/{asset}/accounts", ("account", me), ("initial", run.Get(Initial) ?? 100)),
            static (screen, json) => screen.Facts(json, "account", "balance", "seq"));
    }

    /// <summary>Reads commands line by line until <c>quit</c> or the end of the input, and tells meanwhile what other nodes ask of this one.</summary>
    private static async Task PromptAsync(Run run)
    {
        var (asset, me, terminal) = (run.Get(Asset)!, run.Market.RequireActor(), run.Terminal);
        await JoinIfNewAsync(run, asset, me);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(run.Ending);
        var news = TellNewsAsync(run, asset, me, leaving.Token);
        if (terminal.IsTyped) run.Screen.Say($"{me} trades {asset}. Type help for the commands, quit to leave.");
        while (await ReadLineAsync(terminal, $"{me}> ", run.Ending) is { } line && line is not ("quit" or "exit"))
        {
            if (line.Length == 0) continue;
            string[] words = line == "help" ? ["energy", "--help"] : ["energy", .. CommandLineParser.SplitCommandLine(line)];
            await RialtoCommand.RunAsync([.. words, "--as", me, "--asset", asset, "--server", run.Market.Address, .. run.IsJson ? ["--json"] : Array.Empty<string>()], terminal, run.Ending);
        }
        await leaving.CancelAsync();
        await news;
    }

    /// <summary>As a node of the original, who comes for the first time begins with some energy.</summary>
    private static async Task JoinIfNewAsync(Run run, string asset, string me)
    {
        try
        {
            await run.GetAsync($"/api/ledgers/{asset}/accounts/{me}");
        }
        catch (Failure e) when (e.ExitCode == ExitCode.Refused)
        {
            run.Screen.Note($"{me} is new here and joins with 100 {asset}.");
            await RialtoCommand.RunAsync(["energy", "join", "--as", me, "--asset", asset, "--server", run.Market.Address], Terminal.Of(TextReader.Null, TextWriter.Null, run.Terminal.Error), run.Ending);
        }
    }

    private static async Task<string?> ReadLineAsync(Terminal terminal, string prompt, CancellationToken ending)
    {
        if (terminal.IsTyped) await terminal.Output.WriteAsync(prompt);
        // The console's reader cannot be cancelled; whoever leaves does not wait for it.
        return (await Task.Run(terminal.Input.ReadLine, CancellationToken.None).WaitAsync(ending))?.Trim();
    }

    private static async Task TellNewsAsync(Run run, string asset, string me, CancellationToken leaving)
    {
        try
        {
            await foreach (var happened in run.Market.FollowAsync(Route.To($"/api/journal/stream", ("stream", $"ledger/{asset}")), after: null, leaving))
            {
                if (happened.Type != "ledger.trade-proposed" || happened.Data.Word("counterparty") != me) continue;
                var proposal = happened.Data.Word("proposal");
                var (account, deed) = (happened.Data.Word("account"), happened.Data.Word("side") == "sell" ? "sell you" : "buy from you");
                var view = (await run.Market.GetAsync(Route.To($"/api/ledgers/{asset}/proposals/{proposal}"), leaving)).Json;
                run.Screen.Note($"{account} wants to {deed} {view.Word("amount")} {asset}: {(view.Word("status") == "open" ? $"accept {proposal}, or reject {proposal}" : view.Word("status"))}.");
            }
        }
        catch (Exception e) when (e is OperationCanceledException or Failure or HttpRequestException)
        {
            // Commands tell by themselves when there is no server.
        }
    }
}
