import { useState } from "react";
import type { Cluster, Election, NodeView, Reconciliation } from "../../api/types";
import { amount, count, duration, plural, rough, timeOfDay } from "../../format/format";
import { useCluster, useCommand, useJournal, useLive } from "../../live/hooks";
import type { Happening } from "../../live/cluster";
import { Badge, Button, Card, Empty, Figure, Figures, Loading, PageHead, ProblemNote, Status, type Tone } from "../../parts/parts";
import { ElectionChart } from "./ElectionChart";
import { reasonOf } from "./elections";
import { Ring } from "./Ring";
import "./cluster.css";

const stateTones: Record<string, Tone> = { alive: "good", suspected: "warn", failed: "bad", left: "calm" };

export function ClusterPage() {
  const { cluster, happenings } = useCluster();
  if (cluster === null) return <Loading />;
  return <Whole cluster={cluster} happenings={happenings} />;
}

function Whole({ cluster, happenings }: { cluster: Cluster; happenings: readonly Happening[] }) {
  const [chosen, choose] = useState<number | null>(null);
  const { journal } = useLive();
  const { seq } = useJournal();
  const command = useCommand();
  const node = cluster.nodes.find((one) => one.rank === chosen) ?? cluster.nodes.find((one) => one.leader) ?? cluster.nodes[0];
  const alive = cluster.nodes.filter((one) => one.state === "alive").length;
  return (
    <div className="page">
      <PageHead
        title="Cluster"
        actions={
          <>
            <Button disabled={command.busy} onClick={() => void command.run("/api/cluster/elections")}>
              Hold an election
            </Button>
            <Reconcile />
          </>
        }
      >
        One node leads and gives every event its place. Crash it and watch: another is elected, and the journal goes on where it was.
      </PageHead>
      <ProblemNote problem={command.problem} onClose={command.clear} />
      <Figures label="The cluster in figures">
        <Figure name="Leader" tone={cluster.leader === null ? "bad" : "calm"}>
          {cluster.leader === null ? "nobody" : `Node ${cluster.leader}`}
        </Figure>
        <Figure name="Epoch">{count(cluster.epoch)}</Figure>
        <Figure name="Nodes alive" tone={alive < cluster.nodes.length ? "bad" : "calm"}>
          {alive} <small>of {cluster.nodes.length}</small>
        </Figure>
        <Figure name="Events">{count(seq)}</Figure>
        <Figure name="Events per second">{rough(journal.ratePerSecond())}</Figure>
        <Figure name="Refused writes">{count(cluster.refusedWrites)}</Figure>
      </Figures>
      <div className="columns cluster-top">
        <Card label="Ring of nodes">
          <Ring cluster={cluster} chosen={node?.rank ?? null} onChoose={choose} />
          <p className="legend small soft">
            <span data-state="alive">alive</span>
            <span data-state="suspected">suspected</span>
            <span data-state="failed">failed</span>
            <span className="faint">Dots are signs of life. Choose a node to act on it.</span>
          </p>
        </Card>
        <div className="stack">
          {node !== undefined && <NodeCard node={node} changeable={cluster.changeable} />}
          <Card title="As it happens" flush>
            {happenings.length === 0 ? (
              <Empty title="All quiet">Suspicions, failures and new leaders are shown here the moment they are seen.</Empty>
            ) : (
              <ol className="happenings" aria-live="polite">
                {happenings.map((one) => (
                  <li key={one.id} data-tone={one.tone}>
                    <time className="faint small">{timeOfDay(one.at)}</time>
                    <span>{one.text}</span>
                  </li>
                ))}
              </ol>
            )}
          </Card>
        </div>
      </div>
      <Elections cluster={cluster} />
      <Clocks nodes={cluster.nodes} />
    </div>
  );
}

function NodeCard({ node, changeable }: { node: NodeView; changeable: boolean }) {
  const { busy, problem, clear, run } = useCommand();
  const change = (what: string) => void run(`/api/cluster/nodes/${node.rank}/${what}`);
  const isUp = node.state === "alive" || node.state === "suspected";
  return (
    <Card
      title={`Node ${node.rank}`}
      aside={
        <>
          {node.leader && <Badge tone="accent">Leader</Badge>}
          <Status value={node.state} tones={stateTones} />
        </>
      }
    >
      <div className="stack">
        <dl className="facts node-facts">
          <dt>Last heard</dt>
          <dd>{node.lastHeardMs === 0 ? "this is the one that answers" : `${duration(node.lastHeardMs)} ago`}</dd>
          <dt>Replica</dt>
          <dd>
            at {count(node.appliedSeq)}, {node.lag === 0 ? "nothing behind" : `${plural(node.lag, "event")} behind`}
          </dd>
          <dt>Entities</dt>
          <dd>{count(node.entities)} live here</dd>
        </dl>
        {changeable ? (
          <div className="row" role="group" aria-label={`What to do to node ${node.rank}`}>
            {isUp ? (
              <>
                <Button kind="danger" disabled={busy} onClick={() => change("crash")}>Crash</Button>
                <Button disabled={busy} onClick={() => change("pause")}>Pause</Button>
                <Button disabled={busy} onClick={() => change("isolate")}>Isolate</Button>
              </>
            ) : (
              <Button kind="primary" disabled={busy} onClick={() => change("restart")}>Restart</Button>
            )}
            {node.state !== "alive" && (
              <>
                <Button disabled={busy} onClick={() => change("resume")}>Resume</Button>
                <Button disabled={busy} onClick={() => change("heal")}>Heal</Button>
              </>
            )}
          </div>
        ) : (
          <p className="faint small">It is a process of its own: stop it, freeze it or start it there.</p>
        )}
        <ProblemNote problem={problem} onClose={clear} />
      </div>
    </Card>
  );
}

function Reconcile() {
  const { busy, problem, run } = useCommand();
  const { say } = useLive();
  const reconcile = async () => {
    const report = await run<Reconciliation>("/api/cluster/reconcile");
    if (report === null) return;
    const differing = report.rebuilt.length;
    const silent = report.silent.length === 0 ? "" : ` ${plural(report.silent.length, "node")} did not answer.`;
    if (differing === 0) say("good", `At ${count(report.seq)} all ${report.agree.length} replicas agree.${silent}`);
    else say("bad", `At ${count(report.seq)} ${plural(differing, "replica")} differed and were built again.${silent}`);
  };
  return (
    <>
      <Button disabled={busy} onClick={() => void reconcile()}>
        {busy ? "Comparing …" : "Reconcile replicas"}
      </Button>
      {problem !== null && <ProblemNote problem={problem} />}
    </>
  );
}

function Elections({ cluster }: { cluster: Cluster }) {
  const elections = [...cluster.elections].reverse();
  const [epoch, setEpoch] = useState<number | null>(null);
  const chosen = elections.find((election) => election.epoch === epoch) ?? elections[0];
  const ranks = cluster.nodes.map((node) => node.rank);
  return (
    <Card title="Epochs and elections" flush footer="An epoch is claimed in storage before anybody leads: two nodes may believe that they lead, only one can write.">
      {chosen === undefined ? (
        <Empty title="No election yet">The first one is held when the cluster starts.</Empty>
      ) : (
        <>
          <ol className="epochs" aria-label="Epochs, newest first">
            {elections.map((election) => (
              <li key={election.epoch}>
                <button type="button" aria-pressed={election === chosen} onClick={() => setEpoch(election.epoch)}>
                  <span className="epoch-bar" style={{ background: seriesOf(election.winner) }} />
                  <strong>e{election.epoch}</strong>
                  <span>node {election.winner}</span>
                  <span className="faint">{duration(election.milliseconds)}</span>
                </button>
              </li>
            ))}
          </ol>
          <div className="election">
            <ElectionChart election={chosen} ranks={ranks} />
            <ElectionFacts election={chosen} />
          </div>
        </>
      )}
    </Card>
  );
}

const seriesOf = (rank: number) => `var(--series-${((rank - 1) % 5) + 1})`;

const ElectionFacts = ({ election }: { election: Election }) => (
  <dl className="facts">
    <dt>Epoch</dt>
    <dd>{election.epoch}</dd>
    <dt>Why</dt>
    <dd>{reasonOf(election)}</dd>
    <dt>Started by</dt>
    <dd>node {election.startedBy}</dd>
    <dt>Answered</dt>
    <dd>{election.answered.length === 0 ? "nobody above" : election.answered.map((rank) => `node ${rank}`).join(", ")}</dd>
    <dt>Winner</dt>
    <dd>node {election.winner}</dd>
    <dt>Took</dt>
    <dd>{amount(election.milliseconds, 0)} ms to the granted claim</dd>
  </dl>
);

/** What each node knows of the others' events: a component for each node. */
function Clocks({ nodes }: { nodes: readonly NodeView[] }) {
  const [open, setOpen] = useState(false);
  return (
    <Card
      title="Vector clocks"
      flush={open}
      aside={
        <Button kind="small" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "Hide" : "Show"}
        </Button>
      }
    >
      {open ? (
        <div className="table-wrap">
          <table>
            <thead>
              <tr>
                <th scope="col">Node</th>
                {nodes.map((node) => (
                  <th key={node.rank} scope="col" className="number">of node {node.rank}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {nodes.map((node) => (
                <tr key={node.rank}>
                  <th scope="row">Node {node.rank} knows</th>
                  {nodes.map((other) => (
                    <td key={other.rank} className="number">{count(node.clock[other.rank] ?? 0)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <p className="soft">A component for each node, ticked when it accepts a command and merged when it applies what others did. The journal keeps one with every event.</p>
      )}
    </Card>
  );
}
