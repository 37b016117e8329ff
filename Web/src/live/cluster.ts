import type { Cluster } from "../api/types";
import { listen, type StreamState } from "./sse";
import type { Surroundings } from "./journal";

/** Something that was seen to change from one look at the cluster to the next. */
export interface Happening {
  id: number;
  at: number;
  tone: "calm" | "warn" | "bad" | "good";
  text: string;
}

export interface ClusterSnapshot {
  state: StreamState;
  cluster: Cluster | null;
  /** Newest first, at most 50. */
  happenings: readonly Happening[];
}

const maxHappenings = 50;

/** What differs between two looks, in words. */
export function compare(before: Cluster, after: Cluster): Omit<Happening, "id" | "at">[] {
  const found: Omit<Happening, "id" | "at">[] = [];
  for (const node of after.nodes) {
    const was = before.nodes.find((other) => other.rank === node.rank);
    if (was === undefined) found.push({ tone: "calm", text: `Node ${node.rank} joined.` });
    else if (was.state !== node.state) {
      const silent = node.lastHeardMs > 0 ? `: silent for ${node.lastHeardMs} ms` : "";
      if (node.state === "suspected") found.push({ tone: "warn", text: `Node ${node.rank} is suspected${silent}.` });
      else if (node.state === "failed") found.push({ tone: "bad", text: `Node ${node.rank} is declared failed${silent}.` });
      else if (node.state === "left") found.push({ tone: "warn", text: `Node ${node.rank} left.` });
      else found.push({ tone: "good", text: `Node ${node.rank} is alive again.` });
    }
  }
  if (before.leader !== after.leader && after.leader === null) found.push({ tone: "bad", text: "Nobody leads." });
  const known = Math.max(0, ...before.elections.map((election) => election.epoch));
  for (const election of after.elections)
    if (election.epoch > known) found.push({ tone: "good", text: `Node ${election.winner} leads in epoch ${election.epoch}, elected in ${election.milliseconds} ms.` });
  if (after.refusedWrites > before.refusedWrites)
    found.push({ tone: "warn", text: `${after.refusedWrites - before.refusedWrites} write(s) of a deposed leader were refused.` });
  return found;
}

/** The cluster as the answering node sees it, several times a second, and what was seen to happen meanwhile. */
export class ClusterFeed {
  private snapshot: ClusterSnapshot = { state: "connecting", cluster: null, happenings: [] };
  private readonly listeners = new Set<() => void>();
  private ending: AbortController | null = null;
  private count = 0;

  constructor(private readonly around: Surroundings) {}

  private start(): void {
    const ending = new AbortController();
    this.ending = ending;
    void listen(
      {
        url: () => "/api/cluster/stream",
        headers: () => ({}),
        lastId: () => null,
        onEvent: (event) => {
          this.take(JSON.parse(event.data) as Cluster);
          return true;
        },
        onState: (state) => {
          if (!ending.signal.aborted) this.change({ state });
        },
        fetch: this.around.fetch,
        wait: this.around.wait,
      },
      ending.signal,
    );
  }

  /** The stream is open while somebody looks. */
  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.start();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.ending?.abort();
    };
  };

  read = (): ClusterSnapshot => this.snapshot;

  private take(cluster: Cluster): void {
    const before = this.snapshot.cluster;
    const seen = before === null ? [] : compare(before, cluster).map((one) => ({ ...one, id: ++this.count, at: this.around.now() }));
    const happenings = seen.length === 0 ? this.snapshot.happenings : [...seen.reverse(), ...this.snapshot.happenings].slice(0, maxHappenings);
    this.change({ cluster, happenings });
  }

  private change(difference: Partial<ClusterSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...difference };
    for (const listener of this.listeners) listener();
  }
}
