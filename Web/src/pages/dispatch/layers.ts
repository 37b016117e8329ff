import type { ChainStep } from "../../api/types";

export interface Placed {
  step: ChainStep;
  /** How many causes stand above it at least. */
  layer: number;
  /** Its place among those of its layer. */
  lane: number;
}

/**
 * Puts the steps of a chain into layers, each one below all of its causes, and into lanes side by side. A step takes its first cause's lane
 * if nobody has it yet, so that a chain without branches is a straight line. Causes that are not shown count as if they were not there.
 */
export function layOut(steps: readonly ChainStep[]): Placed[] {
  const placed = new Map<number, Placed>();
  const taken = new Set<string>();
  for (const step of [...steps].sort((a, b) => a.version - b.version)) {
    const causes = step.causes.map((version) => placed.get(version)).filter((cause) => cause !== undefined);
    const layer = causes.length === 0 ? placed.size === 0 ? 0 : Math.max(...[...placed.values()].map((one) => one.layer)) + 1 : Math.max(...causes.map((cause) => cause.layer)) + 1;
    let lane = causes.length === 0 ? 0 : Math.min(...causes.map((cause) => cause.lane));
    while (taken.has(`${layer} ${lane}`)) lane++;
    taken.add(`${layer} ${lane}`);
    placed.set(step.version, { step, layer, lane });
  }
  return [...placed.values()];
}
