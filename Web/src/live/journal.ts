import type { JournalItem } from "../api/types";
import { listen, type ServerEvent, type StreamState } from "./sse";

/** How many of the newest events are kept. Older ones are read from the server when somebody asks for them. */
export const capacity = 5_000;
/** How many of the past are asked for at the beginning. */
const lookBack = 500;
const rateSeconds = 30;
const refusalsToBeginAnew = 3;

export interface JournalSnapshot {
  state: StreamState;
  /** The newest events, oldest first, at most `capacity`. The same array is never changed again. */
  events: readonly JournalItem[];
  /** The last place that was heard. */
  seq: number;
  /** Events in each of the last seconds, oldest first. */
  rates: readonly number[];
}

export interface Surroundings {
  fetch: typeof fetch;
  wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Calls back before the next picture is drawn. */
  nextFrame: (draw: () => void) => void;
  now: () => number;
}

/**
 * What the journal says, as it says it. Events are taken in at any pace and shown once per frame; of too many, the oldest are let go. An event
 * that came already is dropped. One that does not follow the last one would leave a gap: it is not taken, and the stream is opened again
 * after the last good one.
 */
export class JournalFeed {
  private snapshot: JournalSnapshot = { state: "connecting", events: [], seq: 0, rates: [] };
  private readonly listeners = new Set<() => void>();
  private readonly taps = new Set<(event: JournalItem) => void>();
  private incoming: JournalItem[] = [];
  private counts = new Map<number, number>();
  private drawing = false;
  private last = 0;
  /** What stands up to here happened before anybody looked, and counts for no rate. */
  private past = 0;
  private begun = false;
  private refusals = 0;
  private readonly resets = new Set<() => void>();
  private actor = "";
  private ending: AbortController | null = null;

  constructor(
    private readonly around: Surroundings,
    private readonly limit = capacity,
  ) {}

  /** Listens as somebody: what they may see of an event depends on who they are, so another actor begins anew. */
  start(actor: string): void {
    this.stop();
    this.actor = actor;
    this.forget();
    this.resume();
  }

  /** Lets go of the connection: a browser has six for all of its tabs, and a tab that nobody looks at needs none. */
  stop(): void {
    this.ending?.abort();
    this.ending = null;
  }

  /** Goes on where it was. */
  resume(): void {
    if (this.ending !== null) return;
    this.ending = new AbortController();
    void this.run(this.actor, this.ending.signal);
  }

  /** Calls back when events were left out, so that anything may have changed. */
  onReset(listener: () => void): () => void {
    this.resets.add(listener);
    return () => this.resets.delete(listener);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  read = (): JournalSnapshot => this.snapshot;

  /** Calls back for every event, before it is shown. */
  tap(listener: (event: JournalItem) => void): () => void {
    this.taps.add(listener);
    return () => this.taps.delete(listener);
  }

  /** Events per second just now: the mean of the last full seconds. */
  ratePerSecond(): number {
    const recent = this.snapshot.rates.slice(-4, -1);
    return recent.length === 0 ? 0 : recent.reduce((sum, count) => sum + count, 0) / recent.length;
  }

  /** Lets seconds pass in which nothing came, so that the rate falls. */
  tick(): void {
    if (this.snapshot.rates.some((count) => count > 0)) this.draw();
  }

  private async run(actor: string, signal: AbortSignal): Promise<void> {
    const headers: Record<string, string> = actor === "" ? {} : { "X-Rialto-Actor": actor };
    await listen(
      {
        url: async () => {
          const end = await this.end(headers, signal);
          // What would only be let go of again is not read: after a long absence it is begun anew.
          if (this.begun && end - this.last > this.limit) this.beginAnew();
          if (!this.begun) [this.past, this.last] = [end, Math.max(0, end - lookBack)];
          return this.begun ? "/api/journal/stream" : `/api/journal/stream?after=${this.last}`;
        },
        headers: () => headers,
        lastId: () => (this.begun ? String(this.last) : null),
        onEvent: (event) => !signal.aborted && this.take(event),
        onState: (state) => {
          if (!signal.aborted) this.change({ state });
        },
        onRefused: () => this.refused(),
        fetch: this.around.fetch,
        wait: this.around.wait,
      },
      signal,
    );
  }

  /** A server that does not know the place that we come from again and again has another journal: then it is begun anew. */
  private refused(): void {
    if (++this.refusals < refusalsToBeginAnew) return;
    this.beginAnew();
  }

  private beginAnew(): void {
    this.forget();
    for (const reset of this.resets) reset();
  }

  private forget(): void {
    this.incoming = [];
    this.last = 0;
    this.begun = false;
    this.refusals = 0;
    this.change({ events: [], seq: 0, state: "connecting" });
  }

  /** Where the journal ends now. */
  private async end(headers: Record<string, string>, signal: AbortSignal): Promise<number> {
    const answer = await this.around.fetch("/api/journal?limit=1", { headers, signal });
    return Number(answer.headers.get("x-rialto-seq") ?? 0);
  }

  private take(event: ServerEvent): boolean {
    const item = JSON.parse(event.data) as JournalItem;
    if (item.seq <= this.last && this.begun) return true;
    if (item.seq !== this.last + 1) return false;
    this.begun = true;
    this.refusals = 0;
    this.last = item.seq;
    this.incoming.push(item);
    // A tab that is not looked at draws no frames: what waits for one is bounded as well.
    if (this.incoming.length > 2 * this.limit) this.incoming.splice(0, this.incoming.length - this.limit);
    const second = Math.floor(this.around.now() / 1000);
    if (item.seq > this.past) this.counts.set(second, (this.counts.get(second) ?? 0) + 1);
    for (const tap of this.taps) tap(item);
    this.draw();
    return true;
  }

  private draw(): void {
    if (this.drawing) return;
    this.drawing = true;
    this.around.nextFrame(() => {
      this.drawing = false;
      this.flush();
    });
  }

  private flush(): void {
    const rates = this.rates();
    if (this.incoming.length === 0) return this.change({ rates });
    const kept = this.snapshot.events;
    const room = Math.max(0, this.limit - this.incoming.length);
    const events = [...(kept.length > room ? kept.slice(kept.length - room) : kept), ...this.incoming.slice(-this.limit)];
    this.incoming = [];
    this.change({ events, seq: this.last, rates });
  }

  private rates(): number[] {
    const now = Math.floor(this.around.now() / 1000);
    for (const second of this.counts.keys()) if (second <= now - rateSeconds) this.counts.delete(second);
    return Array.from({ length: rateSeconds }, (_, i) => this.counts.get(now - rateSeconds + 1 + i) ?? 0);
  }

  private change(difference: Partial<JournalSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...difference };
    for (const listener of this.listeners) listener();
  }
}
