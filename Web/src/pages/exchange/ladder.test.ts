import { describe, expect, it } from "vitest";
import type { Level } from "../../api/types";
import { coarser, ladderOf } from "./ladder";

describe("a ladder", () => {
  const bids: Level[] = [[15.98, 10], [15.97, 5], [15.9, 20]];
  const asks: Level[] = [[16, 4], [16.02, 66]];

  it("adds up from the best price outwards", () => {
    const ladder = ladderOf(bids, asks, 10);
    expect(ladder.bids.map((rung) => rung.total)).toEqual([10, 15, 35]);
    expect(ladder.asks.map((rung) => rung.total)).toEqual([4, 70]);
  });

  it("measures both sides by the deeper one", () => expect(ladderOf(bids, asks, 10).bids.at(-1)!.share).toBe(0.5));

  it("shows as many prices as there is room for", () => {
    const ladder = ladderOf(bids, asks, 1);
    expect([ladder.bids.length, ladder.asks.length]).toEqual([1, 1]);
  });

  it("has a spread only with two sides", () => {
    expect(ladderOf(bids, asks, 10).spread).toBeCloseTo(0.02);
    expect(ladderOf(bids, asks, 10).middle).toBeCloseTo(15.99);
    expect(ladderOf(bids, [], 10)).toMatchObject({ spread: null, middle: null, asks: [] });
    expect(ladderOf([], [], 10)).toEqual({ bids: [], asks: [], spread: null, middle: null });
  });

  it("is made coarser without making any price better", () => {
    expect(coarser(bids, 0.05, "bid")).toEqual([[15.95, 15], [15.9, 20]]);
    expect(coarser(asks, 0.05, "ask")).toEqual([[16, 4], [16.05, 66]]);
  });

  it("keeps all quantity when it is made coarser, and the levels that it was given", () => {
    for (const step of [0.01, 0.1, 1, 5]) expect(coarser(bids, step, "bid").reduce((sum, [, quantity]) => sum + quantity, 0)).toBe(35);
    expect(bids).toEqual([[15.98, 10], [15.97, 5], [15.9, 20]]);
  });
});
