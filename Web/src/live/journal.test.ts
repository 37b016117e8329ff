import { afterEach, describe, expect, it } from "vitest";
import type { JournalItem } from "../api/types";
import { JournalFeed } from "./journal";

const itemOf = (seq: number): JournalItem => ({
  seq, epoch: 1, stream: "auction/7", version: seq, category: "auction", ordinal: seq, type: "auction.joined", data: { bidder: "ann" },
  commandId: "c", causes: [], clock: {}, at: "2026-03-01T12:00:00.000Z", hash: "",
});

const wire = (...seqs: number[]): string => seqs.map((seq) => `id: ${seq}\nevent: auction.joined\ndata: ${JSON.stringify(itemOf(seq))}\n\n`).join("");

/** A server that is told what to say on each connection, and frames that are drawn when the test says so. */
class Stage {
  readonly asked: { url: string; lastId: string | null; actor: string | null }[] = [];
  readonly frames: (() => void)[] = [];
  now = 1_000_000;
  end = 0;
  readonly feed: JournalFeed;

  constructor(private readonly connections: (string | number)[], limit?: number) {
    this.feed = new JournalFeed(
      {
        fetch: (input, init) => this.answer(String(input), new Headers(init?.headers)),
        wait: () => new Promise((resolve) => setTimeout(resolve, 0)),
        nextFrame: (draw) => this.frames.push(draw),
        now: () => this.now,
      },
      limit,
    );
  }

  draw(): void {
    for (const frame of this.frames.splice(0)) frame();
  }

  seqs(): number[] {
    return this.feed.read().events.map((event) => event.seq);
  }

  async heard(connections: number): Promise<void> {
    while (this.asked.length < connections) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }

  private answer(url: string, headers: Headers): Promise<Response> {
    if (!url.startsWith("/api/journal/stream")) return Promise.resolve(new Response("{}", { headers: { "x-rialto-seq": String(this.end) } }));
    this.asked.push({ url, lastId: headers.get("Last-Event-ID"), actor: headers.get("X-Rialto-Actor") });
    const said = this.connections.shift();
    // Nothing more to say: the connection stays open, and silent.
    if (said === undefined) return new Promise(() => undefined);
    return Promise.resolve(typeof said === "number" ? new Response("", { status: said }) : new Response(said));
  }
}

describe("the journal's feed", () => {
  let stage: Stage;
  const begin = (connections: (string | number)[], limit?: number, end = 0) => {
    stage = new Stage(connections, limit);
    stage.end = end;
    stage.feed.start("ann");
  };
  afterEach(() => stage.feed.stop());

  it("begins a little before the end of what there is, as somebody", async () => {
    begin([wire(701)], undefined, 1_200);
    await stage.heard(2);
    expect(stage.asked[0]).toEqual({ url: "/api/journal/stream?after=700", lastId: null, actor: "ann" });
  });

  it("goes on right after the last event when the connection breaks", async () => {
    begin([wire(1, 2, 3), wire(4, 5)]);
    await stage.heard(3);
    stage.draw();
    expect(stage.asked.map((one) => one.lastId)).toEqual([null, "3", "5"]);
    expect(stage.seqs()).toEqual([1, 2, 3, 4, 5]);
  });

  it("drops what came already", async () => {
    begin([wire(1, 2), wire(2, 3)]);
    await stage.heard(3);
    stage.draw();
    expect(stage.seqs()).toEqual([1, 2, 3]);
  });

  it("takes nothing after a gap, and asks again from before it", async () => {
    begin([wire(1, 2, 4, 5), wire(3, 4, 5)]);
    await stage.heard(3);
    stage.draw();
    expect(stage.asked[1]!.lastId).toBe("2");
    expect(stage.seqs()).toEqual([1, 2, 3, 4, 5]);
  });

  it("keeps the newest only", async () => {
    begin([wire(...Array.from({ length: 50 }, (_, i) => i + 1))], 10);
    await stage.heard(2);
    stage.draw();
    expect(stage.seqs()).toEqual([41, 42, 43, 44, 45, 46, 47, 48, 49, 50]);
    expect(stage.feed.read().seq).toBe(50);
  });

  it("is bounded also while no frame is drawn", async () => {
    begin([wire(...Array.from({ length: 400 }, (_, i) => i + 1))], 10);
    await stage.heard(2);
    expect(stage.seqs()).toEqual([]);
    stage.draw();
    expect(stage.seqs()).toHaveLength(10);
    expect(stage.seqs().at(-1)).toBe(400);
  });

  it("shows a thousand events with one drawing", async () => {
    begin([wire(...Array.from({ length: 1_000 }, (_, i) => i + 1))]);
    let changes = 0;
    await stage.heard(1);
    const unsubscribe = stage.feed.subscribe(() => changes++);
    stage.draw();
    unsubscribe();
    expect(changes).toBe(1);
    expect(stage.seqs()).toHaveLength(1_000);
  });

  it("counts what happens in a second, not what had happened before", async () => {
    begin([wire(1, 2, 3, 4, 5)], undefined, 2);
    await stage.heard(2);
    stage.draw();
    expect(stage.feed.read().rates.at(-1)).toBe(3);
    stage.now += 1_000;
    stage.feed.tick();
    stage.draw();
    expect(stage.feed.read().rates.slice(-2)).toEqual([3, 0]);
  });

  it("begins anew when the server keeps refusing the place that it comes from", async () => {
    begin([wire(1, 2), 503, 503, 503, wire(1)]);
    await stage.heard(6);
    stage.draw();
    expect(stage.asked.map((one) => one.lastId)).toEqual([null, "2", "2", "2", null, "1"]);
    expect(stage.seqs()).toEqual([1]);
  });

  it("goes on where it was after it gave its connection back", async () => {
    begin([wire(1, 2)]);
    await stage.heard(2);
    stage.feed.stop();
    stage.feed.resume();
    await stage.heard(3);
    stage.draw();
    expect(stage.asked[2]!.lastId).toBe("2");
    expect(stage.seqs()).toEqual([1, 2]);
  });

  it("begins anew when it has missed more than it keeps, and says so", async () => {
    begin([wire(1, 2), wire(502)], 600);
    let resets = 0;
    stage.feed.onReset(() => resets++);
    stage.feed.tap(() => (stage.end = 1_001));
    await stage.heard(3);
    stage.draw();
    expect(stage.asked[1]).toMatchObject({ url: "/api/journal/stream?after=501", lastId: null });
    expect(resets).toBe(1);
  });

  it("begins anew for another actor, who may see other things", async () => {
    begin([wire(1, 2), wire(1, 2, 3)]);
    await stage.heard(1);
    stage.draw();
    stage.feed.start("bob");
    expect(stage.seqs()).toEqual([]);
    await stage.heard(2);
    expect(stage.asked.at(-1)).toMatchObject({ actor: "bob", lastId: null });
  });
});
