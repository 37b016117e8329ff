import { describe, expect, it } from "vitest";
import { matcher, noFilter, relate, summary } from "./events";
import { amount, count, countdown, decimalsOf, duration, exactly, metres, moment, plural, rough, signed, spaced, words } from "./format";
import type { JournalItem } from "../api/types";

describe("numbers", () => {
  it("have the decimals of their asset", () => expect([amount(1234.5), amount(-0.5), amount(7, 0), amount(1.005, 3)]).toEqual(["1,234.50", "−0.50", "7", "1.005"]));
  it("have a sign where it matters", () => expect([signed(2), signed(-2), signed(0)]).toEqual(["+2.00", "−2.00", "0.00"]));
  it("are counted in thousands", () => expect([count(1234567), plural(1, "event"), plural(2000, "event"), plural(2, "shelf", "shelves")]).toEqual(["1,234,567", "1 event", "2,000 events", "2 shelves"]));
  it("are rough where only the size matters", () => expect([rough(0), rough(0.25), rough(1234.6)]).toEqual(["0", "0.3", "1,235"]));
  it("say how many decimals a step has", () => expect([decimalsOf(1), decimalsOf(0.01), decimalsOf(0.005), decimalsOf(10)]).toEqual([0, 2, 3, 0]));
  it("have as many as they need where no scale is told", () => expect([exactly(12), exactly(0.0035), exactly(1234.5)]).toEqual(["12.00", "0.0035", "1,234.50"]));
  it("are distances", () => expect([metres(824), metres(2525)]).toEqual(["824 m", "2.5 km"]));
});

describe("times", () => {
  it("are lengths in two units at most", () =>
    expect([0, 850, 1500, 12_000, 60_000, 200_000, 7_500_000, 400_000_000].map(duration)).toEqual(["0 ms", "850 ms", "1.5 s", "12 s", "1 min", "3 min 20 s", "2 h 5 min", "4 days"]));
  it("run down to zero and stay there", () => expect([countdown(65_000), countdown(900), countdown(0), countdown(-5), countdown(3_600_000)]).toEqual(["1:05", "0:01", "0:00", "0:00", "1:00:00"]));
  it("name the day only if it is another one", () => {
    const noon = new Date(2026, 2, 3, 12, 0, 5).getTime();
    expect(moment(noon, noon + 1000)).toBe("12:00:05");
    expect(moment(noon, noon + 86_400_000)).toBe("3 Mar, 12:00");
  });
});

it("Words of the API are written as people write them", () => {
  expect([words("awaiting-start"), spaced("LeaderFailed"), spaced("nobody-leads")]).toEqual(["Awaiting start", "leader failed", "nobody leads"]);
});

describe("events", () => {
  const event = (data: Record<string, unknown>, stream = "auction/7"): JournalItem => ({
    seq: 1, epoch: 1, stream, version: 1, category: stream.split("/")[0]!, ordinal: 1, type: "auction.bid-placed", data, commandId: "", causes: [], clock: {}, at: "", hash: "",
  });

  it("are told in a line", () => expect(summary(event({ bidder: "ann", round: 1, sealed: true, salt: "x", losers: ["bob", "cid"], terms: { a: 1 } }))).toBe("bidder ann · round 1 · sealed · losers bob, cid"));

  it("are found by category, stream and content", () => {
    const [ann, ledger] = [event({ bidder: "ann" }), event({ debit: "ann" }, "ledger/USD")];
    const found = (filter: Partial<typeof noFilter>) => [ann, ledger].filter(matcher({ ...noFilter, ...filter }));
    expect(found({})).toEqual([ann, ledger]);
    expect(found({ category: "ledger" })).toEqual([ledger]);
    expect(found({ stream: "AUCTION/7" })).toEqual([ann]);
    expect(found({ text: " Debit " })).toEqual([ledger]);
    expect(found({ category: "ledger", text: "bidder" })).toEqual([]);
  });

  it("stand to each other as their clocks say", () => {
    expect(relate({ 1: 1 }, { 1: 2 })).toBe("before");
    expect(relate({ 1: 2, 2: 1 }, { 1: 2 })).toBe("after");
    expect(relate({ 1: 2 }, { 2: 1 })).toBe("concurrent");
    expect(relate({ 1: 2, 3: 0 }, { 1: 2 })).toBe("same");
  });
});
