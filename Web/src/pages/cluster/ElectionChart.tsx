import type { Election } from "../../api/types";
import { arrowsOf } from "./elections";

const column = 104;
const row = 30;
const head = 44;

/** An election as a message sequence chart: a lifeline for each node and for the journal, time goes down. */
export function ElectionChart({ election, ranks }: { election: Election; ranks: readonly number[] }) {
  const arrows = arrowsOf(election, ranks);
  const lines: (number | "journal")[] = [...ranks, "journal"];
  const x = (line: number | "journal") => 52 + lines.indexOf(line) * column;
  const width = 104 + (lines.length - 1) * column;
  const height = head + arrows.length * row + 14;
  const summary = `Epoch ${election.epoch}: started by node ${election.startedBy}, answered by ${election.answered.length === 0 ? "nobody" : election.answered.join(", ")}, won by node ${election.winner} in ${election.milliseconds} ms.`;
  return (
    <div className="election-chart">
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={summary}>
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path d="M0 0 8 4 0 8z" fill="var(--accent)" />
          </marker>
          <marker id="arrow-lost" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="9" markerHeight="9">
            <path d="M0 0 8 8M8 0 0 8" stroke="var(--bad)" strokeWidth="1.6" />
          </marker>
        </defs>
        {lines.map((line) => (
          <g key={line}>
            <line x1={x(line)} x2={x(line)} y1={30} y2={height - 4} stroke="var(--line-strong)" strokeDasharray={line === "journal" ? "2 4" : undefined} />
            <rect x={x(line) - 38} y={4} width={76} height={24} rx={12} className={line === election.winner ? "life winner" : "life"} />
            <text x={x(line)} y={20} textAnchor="middle" className={line === election.winner ? "life-name winner" : "life-name"}>
              {line === "journal" ? "journal" : `node ${line}`}
            </text>
          </g>
        ))}
        {arrows.map((arrow, i) => {
          const y = head + i * row + 16;
          const [from, to] = [x(arrow.from), x(arrow.to)];
          const side = Math.sign(to - from);
          const end = arrow.lost ? to - side * 34 : to - side * 2;
          return (
            <g key={i}>
              <line x1={from} y1={y} x2={end} y2={y} className={arrow.lost ? "arrow lost" : "arrow"} markerEnd={arrow.lost ? "url(#arrow-lost)" : "url(#arrow)"} />
              <text x={from + side * 10} y={y - 5} textAnchor={side > 0 ? "start" : "end"} className={arrow.lost ? "said lost" : "said"}>
                {arrow.text}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
