import { describe, expect, it } from "vitest";
import { ApiError, withQuery, write, type Surroundings } from "./client";

/** A server that gives one answer after the other; an error is a connection that broke. */
function stage(...answers: (Response | Error)[]) {
  const keys: (string | null)[] = [];
  const waits: number[] = [];
  let made = 0;
  const around: Surroundings = {
    fetch: (_, init) => {
      keys.push(new Headers(init?.headers).get("Idempotency-Key"));
      const next = answers.shift();
      return next instanceof Response ? Promise.resolve(next) : Promise.reject(next ?? new Error("no answer is left"));
    },
    wait: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    newKey: () => `key-${++made}`,
  };
  return { keys, waits, around };
}

const done = () => new Response(`{"id":"7"}`, { status: 201, headers: { "x-rialto-seq": "41" } });
const problem = (status: number, code: string, more: object = {}) =>
  new Response(JSON.stringify({ title: code, status, detail: "Why.", code, ...more }), { status, headers: { "content-type": "application/problem+json" } });

describe("a write", () => {
  it("says the same again with the same key when the network fails or the server is not ready", async () => {
    const { keys, waits, around } = stage(new TypeError("network"), problem(503, "no-leader", { retryAfter: 1 }), problem(503, "no-leader"), done());
    const answer = await write<{ id: string }>("/api/auctions", {}, "ann", "POST", around);
    expect(answer).toEqual({ body: { id: "7" }, seq: 41 });
    expect(keys).toEqual(["key-1", "key-1", "key-1", "key-1"]);
    expect(waits).toEqual([250, 1000, 1000]);
  });

  it("takes a no for a no", async () => {
    const { keys, around } = stage(problem(422, "below-minimum", { minimum: 10 }), done());
    const refused = await write("/api/auctions/7/bids", { amount: 1 }, "ann", "POST", around).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect((refused as ApiError).problem).toMatchObject({ status: 422, code: "below-minimum", minimum: 10 });
    expect(keys).toHaveLength(1);
  });

  it("uses a new key for a new command", async () => {
    const { keys, around } = stage(done(), done());
    await write("/api/auctions", {}, "ann", "POST", around);
    await write("/api/auctions", {}, "ann", "POST", around);
    expect(keys).toEqual(["key-1", "key-2"]);
  });

  it("gives up in the end, and says what to do", async () => {
    const { keys, around } = stage();
    const refused = await write("/api/auctions", {}, "ann", "POST", around).catch((error: unknown) => error);
    expect((refused as ApiError).problem.code).toBe("unreachable");
    expect(keys).toHaveLength(6);
  });
});

it("A path carries what is asked for, and nothing that is empty", () => {
  expect(withQuery("/api/journal", { after: 0, stream: "auction/7", category: "", at: null, limit: undefined })).toBe("/api/journal?after=0&stream=auction%2F7");
  expect(withQuery("/api/journal", {})).toBe("/api/journal");
});
