import { describe, expect, it } from "vitest";
import { EventParser, listen, type ServerEvent } from "./sse";

function parse(...pieces: string[]): ServerEvent[] {
  const parser = new EventParser();
  const found: ServerEvent[] = [];
  for (const piece of pieces) parser.push(piece, (event) => found.push(event));
  return found;
}

describe("the parser", () => {
  it("reads an event of any type with its id", () => {
    expect(parse("id: 7\nevent: auction.joined\ndata: {}\n\n")).toEqual([{ id: "7", type: "auction.joined", data: "{}" }]);
  });

  it("reads the same events however they are cut into pieces", () => {
    const text = "retry: 1000\r\n\r\nid: 1\r\nevent: a\r\ndata: x\r\ndata: y\r\n\r\n: still here\n\nid: 2\ndata:z\n\n";
    const whole = parse(text);
    expect(whole).toEqual([{ id: "1", type: "a", data: "x\ny" }, { id: "2", type: "message", data: "z" }]);
    for (let size = 1; size < 12; size++) expect(parse(...(text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []))).toEqual(whole);
  });

  it("says nothing of what is not whole", () => {
    expect(parse("id: 1\ndata: x\n")).toEqual([]);
  });

  it("keeps how long to wait before coming back", () => {
    const parser = new EventParser();
    parser.push("retry: 1500\n\n", () => expect.unreachable());
    expect(parser.retryMs).toBe(1500);
  });
});

describe("listening", () => {
  it("comes back after the connection breaks, and waits longer each time nobody answers", async () => {
    const ending = new AbortController();
    const waits: number[] = [];
    let calls = 0;
    await listen(
      {
        url: () => "/stream",
        headers: () => ({}),
        lastId: () => null,
        onEvent: () => true,
        onState: () => undefined,
        fetch: () => {
          calls++;
          return Promise.reject(new Error("nobody is there"));
        },
        wait: (milliseconds) => {
          waits.push(milliseconds);
          if (waits.length === 7) ending.abort();
          return Promise.resolve();
        },
      },
      ending.signal,
    );
    expect(calls).toBe(7);
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
  });
});
