import { expect, it } from "vitest";
import { hashOf, pageOfStream, parse } from "./router";

it("A place is what its address says, and the other way round", () => {
  const place = parse(hashOf("ledger", ["kWh", "node 1/a"], { at: 40, none: undefined }));
  expect([place.page, place.rest, place.query.get("at"), place.query.has("none")]).toEqual(["ledger", ["kWh", "node 1/a"], "40", false]);
  expect(parse("").page).toBe("");
});

it("Every market's stream has a page that shows it, then or now", () => {
  expect(pageOfStream("auction/7", 12)).toBe("#/auctions/7?at=12");
  expect(pageOfStream("region/stuttgart")).toBe("#/dispatch/stuttgart");
  expect(pageOfStream("watch/1")).toBeNull();
});
