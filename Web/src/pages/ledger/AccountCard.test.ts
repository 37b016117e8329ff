import { expect, it } from "vitest";
import type { HistoryLine } from "../../api/types";
import { standingHolds } from "./AccountCard";

const line = (kind: string, transfer: string, amount: number | null, memo: string | null = null): HistoryLine =>
  ({ seq: 1, at: "", kind, side: "debit", counterparty: "bob", amount, balance: 0, transfer, memo, proposal: null }) as HistoryLine;

it("A hold stands until it is posted or released; one for an order until nothing of it is left", () => {
  const lines = [
    line("posted", "a", 10), line("held", "a", 30), line("held", "b", 20),
    line("posted", "c", 60, "book/GME"), line("voided", "c", 15, "book/GME"), line("held", "c", 150, "book/GME"),
    line("posted", "d", 0.1, "book/GME"), line("posted", "d", 0.2, "book/GME"), line("held", "d", 0.3, "book/GME"),
    line("voided", "e", null, "auction/7"), line("held", "e", null, "auction/7"),
  ];
  expect(standingHolds(lines).map((hold) => [hold.transfer, hold.amount])).toEqual([["b", 20], ["c", 75]]);
});
