import type { Cluster, NodeView } from "../../api/types";
import { count, duration } from "../../format/format";

const size = 420;
const middle = size / 2;
const radius = 138;
const nodeRadius = 37;

const placeOf = (i: number, of: number) => {
  const angle = -Math.PI / 2 + (2 * Math.PI * i) / Math.max(1, of);
  return { x: middle + radius * Math.cos(angle), y: middle + radius * Math.sin(angle) };
};

/** The nodes in a ring. Signs of life go between the leader and everybody, and along the ring; who is silent is not reached. */
export function Ring({ cluster, chosen, onChoose }: { cluster: Cluster; chosen: number | null; onChoose: (rank: number) => void }) {
  const { nodes } = cluster;
  const places = new Map(nodes.map((node, i) => [node.rank, placeOf(i, nodes.length)]));
  const lives = (node: NodeView) => node.state === "alive";
  const links = nodes.flatMap((a, i) => nodes.slice(i + 1).filter((b) => a.leader || b.leader || isNext(nodes, a, b)).map((b) => [a, b] as const));
  const heights = [...places.values()].map((place) => place.y);
  const [top, bottom] = [Math.min(...heights) - nodeRadius - 16, Math.max(...heights, middle + 30) + nodeRadius + 34];
  return (
    <svg className="ring" viewBox={`0 ${top} ${size} ${bottom - top}`} role="group" aria-label="Nodes of the cluster">
      <circle cx={middle} cy={middle} r={radius} className="ring-track" />
      {links.map(([a, b]) => {
        const [from, to] = [places.get(a.rank)!, places.get(b.rank)!];
        const carries = lives(a) && lives(b);
        const [start, end] = a.leader ? [from, to] : [to, from];
        return (
          <g key={`${a.rank}-${b.rank}`}>
            <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} className={carries ? "link" : "link broken"} />
            {carries && (a.leader || b.leader) && (
              <circle r={3.5} className="beat">
                <animateMotion dur="1.2s" repeatCount="indefinite" path={`M${start.x} ${start.y}L${end.x} ${end.y}`} />
              </circle>
            )}
          </g>
        );
      })}
      <text x={middle} y={middle - 6} textAnchor="middle" className="ring-epoch">
        epoch {cluster.epoch}
      </text>
      <text x={middle} y={middle + 16} textAnchor="middle" className="ring-leader">
        {cluster.leader === null ? "nobody leads" : `node ${cluster.leader} leads`}
      </text>
      {nodes.map((node) => {
        const { x, y } = places.get(node.rank)!;
        const said = `Node ${node.rank}, ${node.state}${node.leader ? ", leads" : ""}`;
        return (
          <g
            key={node.rank}
            className="node"
            data-state={node.state}
            data-leader={node.leader}
            data-chosen={chosen === node.rank}
            transform={`translate(${x} ${y})`}
            role="button"
            tabIndex={0}
            aria-label={said}
            aria-pressed={chosen === node.rank}
            onClick={() => onChoose(node.rank)}
            onKeyDown={(event) => {
              if (event.key === "Enter" || event.key === " ") {
                event.preventDefault();
                onChoose(node.rank);
              }
            }}
          >
            <circle r={nodeRadius + 7} className="halo" />
            <circle r={nodeRadius} className="disc" />
            {node.leader && <path d="M-13-23 -13-33 -6.5-28 0-36 6.5-28 13-33 13-23z" className="crown" />}
            <text y={2} textAnchor="middle" className="rank">
              {node.rank}
            </text>
            <text y={19} textAnchor="middle" className="state">
              {node.state}
            </text>
            <text y={nodeRadius + 22} textAnchor="middle" className="detail">
              {node.state === "alive" ? `${count(node.appliedSeq)}${node.lag > 0 ? ` · ${count(node.lag)} behind` : ""}` : `silent ${duration(node.lastHeardMs)}`}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

function isNext(nodes: readonly NodeView[], a: NodeView, b: NodeView): boolean {
  const distance = Math.abs(nodes.indexOf(a) - nodes.indexOf(b));
  return distance === 1 || distance === nodes.length - 1;
}
