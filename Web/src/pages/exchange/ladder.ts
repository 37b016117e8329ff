import type { Level } from "../../api/types";

/** A price in a ladder. */
export interface Rung {
  price: number;
  quantity: number;
  /** What is offered at this price and all better ones. */
  total: number;
  /** The total as a share of the deepest total shown, 0 to 1. */
  share: number;
}

export interface Ladder {
  /** Best first. */
  bids: Rung[];
  asks: Rung[];
  spread: number | null;
  middle: number | null;
}

function rungs(levels: readonly Level[], depth: number): Omit<Rung, "share">[] {
  let total = 0;
  return levels.slice(0, depth).map(([price, quantity]) => ({ price, quantity, total: (total += quantity) }));
}

/** Both sides of a book, added up from the best price outwards. */
export function ladderOf(bids: readonly Level[], asks: readonly Level[], depth: number): Ladder {
  const [below, above] = [rungs(bids, depth), rungs(asks, depth)];
  const deepest = Math.max(below.at(-1)?.total ?? 0, above.at(-1)?.total ?? 0);
  const withShare = (rung: Omit<Rung, "share">): Rung => ({ ...rung, share: deepest === 0 ? 0 : rung.total / deepest });
  const [bid, ask] = [below[0]?.price, above[0]?.price];
  const both = bid !== undefined && ask !== undefined;
  return { bids: below.map(withShare), asks: above.map(withShare), spread: both ? ask - bid : null, middle: both ? (ask + bid) / 2 : null };
}

/** Prices put together to coarser steps: bids down, asks up, so that nothing looks better than it is. */
export function coarser(levels: readonly Level[], step: number, side: "bid" | "ask"): Level[] {
  const found: Level[] = [];
  for (const [price, quantity] of levels) {
    // A price is a whole number of ticks; what is lost in dividing is far smaller than one.
    const steps = Math.round((price / step) * 1e6) / 1e6;
    const to = Math.round((side === "bid" ? Math.floor(steps) : Math.ceil(steps)) * step * 1e9) / 1e9;
    const last = found.at(-1);
    if (last !== undefined && last[0] === to) last[1] += quantity;
    else found.push([to, quantity]);
  }
  return found;
}
