import type { JournalItem, Level } from "../../api/types";

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

interface PlacedOrder {
  order?: number;
  owner?: string;
  fills?: { maker: number }[];
}

/** The orders of somebody among these events, newest first. */
export const ordersOf = (events: readonly JournalItem[], stream: string, owner: string): string[] =>
  events
    .filter((event) => event.stream === stream && event.type === "book.order-placed" && (event.data as PlacedOrder).owner === owner)
    .map((event) => String((event.data as PlacedOrder).order))
    .reverse();

/** Whether an event changes an order: it is placed, replaced or cancelled, or another one trades with it. */
export function touches(event: JournalItem, stream: string, order: string): boolean {
  if (event.stream !== stream) return false;
  const { order: about, fills } = event.data as PlacedOrder;
  return String(about) === order || (fills?.some((fill) => String(fill.maker) === order) ?? false);
}
