import type { ChainStep } from "../../api/types";
import { words } from "../../format/format";
import { layOut } from "./layers";

const [boxWidth, boxHeight, gapX, gapY] = [264, 58, 22, 28];

/** An incident's chain of events as a graph: each one below what it follows from. */
export function Chain({ steps }: { steps: readonly ChainStep[] }) {
  const placed = layOut(steps);
  const byVersion = new Map(placed.map((one) => [one.step.version, one]));
  const lanes = Math.max(1, ...placed.map((one) => one.lane + 1));
  const layers = Math.max(1, ...placed.map((one) => one.layer + 1));
  const width = lanes * boxWidth + (lanes - 1) * gapX + 4;
  const height = layers * boxHeight + (layers - 1) * gapY + 4;
  const x = (lane: number) => 2 + lane * (boxWidth + gapX);
  const y = (layer: number) => 2 + layer * (boxHeight + gapY);
  return (
    <div className="chain" tabIndex={0} role="group" aria-label="Chain of events">
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
        <defs>
          <marker id="cause" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 8 4 0 8z" fill="var(--line-strong)" />
          </marker>
        </defs>
        {placed.flatMap((one) =>
          one.step.causes
            .map((version) => byVersion.get(version))
            .filter((cause) => cause !== undefined)
            .map((cause) => {
              const [fromX, fromY, toX, toY] = [x(cause.lane) + boxWidth / 2, y(cause.layer) + boxHeight, x(one.lane) + boxWidth / 2, y(one.layer) - 1];
              const bend = Math.max(12, (toY - fromY) / 2);
              return <path key={`${cause.step.version}-${one.step.version}`} d={`M${fromX} ${fromY}C${fromX} ${fromY + bend} ${toX} ${toY - bend} ${toX} ${toY}`} className="cause" markerEnd="url(#cause)" />;
            }),
        )}
        {placed.map(({ step, layer, lane }) => (
          <foreignObject key={step.version} x={x(lane)} y={y(layer)} width={boxWidth} height={boxHeight}>
            <div className="step" data-type={step.type.replace("region.", "")} title={step.note}>
              <span className="spread">
                <strong>{words(step.type.replace("region.", ""))}</strong>
                <span className="faint mono small">v{step.version}</span>
              </span>
              <span className="small soft">{step.note}</span>
            </div>
          </foreignObject>
        ))}
      </svg>
      <ol className="hidden-from-sight">
        {placed.map(({ step }) => (
          <li key={step.version}>
            Version {step.version}, {words(step.type.replace("region.", ""))}: {step.note} {step.causes.length === 0 ? "No causes." : `Follows from ${step.causes.join(", ")}.`}
          </li>
        ))}
      </ol>
    </div>
  );
}
