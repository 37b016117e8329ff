import { describe, expect, it } from "vitest";
import { arrowsOf } from "./elections";

const said = (startedBy: number, winner: number, answered: number[], ranks: number[]) =>
  arrowsOf({ epoch: 4, startedBy, winner, answered, reason: "leader-failed", milliseconds: 1 }, ranks).map((arrow) => `${arrow.from}→${arrow.to} ${arrow.text}${arrow.lost ? " (lost)" : ""}`);

describe("an election's chart", () => {
  it("shows the highest node claim at once", () => expect(said(3, 3, [], [1, 2, 3])).toEqual(["3→journal claim epoch 4", "journal→3 granted", "3→1 COORDINATOR", "3→2 COORDINATOR"]));

  it("shows that the crashed leader does not answer", () =>
    expect(said(2, 2, [], [1, 2, 3])).toEqual(["2→3 ELECTION (lost)", "2→journal claim epoch 4", "journal→2 granted", "2→1 COORDINATOR", "2→3 COORDINATOR"]));

  it("shows a higher one answer and take over", () =>
    expect(said(1, 2, [2], [1, 2, 3])).toEqual(["1→2 ELECTION", "2→1 ANSWER", "1→3 ELECTION (lost)", "2→journal claim epoch 4", "journal→2 granted", "2→1 COORDINATOR", "2→3 COORDINATOR"]));
});
