import { describe, expect, it } from "vitest";
import type { Cluster, NodeState } from "../api/types";
import { compare } from "./cluster";

const clusterOf = (states: NodeState[], leader: number | null, epochs: number[]): Cluster => ({
  engine: "embedded",
  leader,
  epoch: epochs.at(-1) ?? 0,
  nodes: states.map((state, i) => ({ rank: i + 1, state, leader: i + 1 === leader, lastHeardMs: state === "alive" ? 0 : 640, clock: {}, appliedSeq: 9, lag: 0, entities: 1 })),
  elections: epochs.map((epoch) => ({ epoch, winner: leader ?? 1, startedBy: 1, reason: "leader-failed", answered: [], milliseconds: 42 })),
  refusedWrites: 0,
  changeable: true,
});

const texts = (before: Cluster, after: Cluster) => compare(before, after).map((one) => one.text);

describe("two looks at the cluster", () => {
  const well = clusterOf(["alive", "alive", "alive"], 3, [1]);

  it("tell nothing if nothing has changed", () => expect(texts(well, well)).toEqual([]));

  it("tell of suspicion with its evidence", () => expect(texts(well, clusterOf(["alive", "alive", "suspected"], 3, [1]))).toEqual(["Node 3 is suspected: silent for 640 ms."]));

  it("tell of a failure, of nobody leading, and then of the next leader", () => {
    const failed = clusterOf(["alive", "alive", "failed"], null, [1]);
    expect(texts(well, failed)).toEqual(["Node 3 is declared failed: silent for 640 ms.", "Nobody leads."]);
    expect(texts(failed, clusterOf(["alive", "alive", "failed"], 2, [1, 2]))).toEqual(["Node 2 leads in epoch 2, elected in 42 ms."]);
  });

  it("tell of a node that is back", () => expect(texts(clusterOf(["failed", "alive"], 2, [1]), clusterOf(["alive", "alive"], 2, [1]))).toEqual(["Node 1 is alive again."]));
});
