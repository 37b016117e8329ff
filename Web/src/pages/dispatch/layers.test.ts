import { describe, expect, it } from "vitest";
import { layOut } from "./layers";

const places = (...steps: [version: number, causes: number[]][]) =>
  Object.fromEntries(layOut(steps.map(([version, causes]) => ({ version, causes, type: "", note: "" }))).map((one) => [one.step.version, [one.layer, one.lane]]));

describe("a chain", () => {
  it("without branches is a straight line", () => expect(places([4, []], [5, [4]], [7, [5]])).toEqual({ 4: [0, 0], 5: [1, 0], 7: [2, 0] }));
  it("puts what follows from the same side by side", () => expect(places([1, []], [2, [1]], [3, [1]], [4, [2, 3]])).toEqual({ 1: [0, 0], 2: [1, 0], 3: [1, 1], 4: [2, 0] }));
  it("puts a step below the last of its causes", () => expect(places([1, []], [2, [1]], [3, [2]], [4, [1, 3]])[4]).toEqual([3, 0]));
  it("does without causes that are not shown any more", () => expect(places([40, []], [90, [62]], [91, [90]])).toEqual({ 40: [0, 0], 90: [1, 0], 91: [2, 0] }));
});
