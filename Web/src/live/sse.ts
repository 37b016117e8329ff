/**
 * Server-sent events over fetch. The browser's own EventSource can neither say who listens nor take events of unknown types, so the stream is
 * read here: it comes back by itself after it breaks, and says with Last-Event-ID where to go on.
 */

export interface ServerEvent {
  id: string | null;
  type: string;
  data: string;
}

/** Cuts a stream of text, in pieces of any size, into events (WHATWG HTML, 9.2.6). */
export class EventParser {
  retryMs: number | null = null;
  private rest = "";
  private id: string | null = null;
  private type = "";
  private data: string[] = [];

  push(text: string, emit: (event: ServerEvent) => void): void {
    // A line may end in CR LF, and the two may come in different pieces: a lone CR at the end waits for what follows.
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.line(line, emit);
  }

  private line(line: string, emit: (event: ServerEvent) => void): void {
    if (line === "") {
      if (this.data.length > 0) emit({ id: this.id, type: this.type === "" ? "message" : this.type, data: this.data.join("\n") });
      this.type = "";
      this.data = [];
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") this.data.push(value);
    else if (field === "event") this.type = value;
    else if (field === "id") this.id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retryMs = Number(value);
  }
}

export type StreamState = "connecting" | "live" | "broken";

export interface StreamOptions {
  /** Where to listen now. */
  url: () => string | Promise<string>;
  headers: () => Record<string, string>;
  /** Where to go on; null: where the address says. */
  lastId: () => string | null;
  /** Takes an event; false if it cannot be right, and the stream is to be opened again. */
  onEvent: (event: ServerEvent) => boolean;
  onState: (state: StreamState) => void;
  /** The server answered, and not with a stream. */
  onRefused?: (status: number) => void;
  fetch: typeof fetch;
  wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

const firstWaitMs = 250;
const longestWaitMs = 5_000;
// The server says something every 15 s at least; a connection that is silent for longer is dead and does not know it.
const silenceMs = 40_000;

/** Listens until it is aborted. */
export async function listen(options: StreamOptions, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    options.onState(failures === 0 ? "connecting" : "broken");
    const heard = await connect(options, signal);
    if (signal.aborted) return;
    failures = heard ? 1 : failures + 1;
    options.onState("broken");
    try {
      await options.wait(Math.min(firstWaitMs * 2 ** (failures - 1), longestWaitMs), signal);
    } catch {
      return;
    }
  }
}

/** One connection; true if anything was heard on it. */
async function connect(options: StreamOptions, outer: AbortSignal): Promise<boolean> {
  const ending = new AbortController();
  const end = () => ending.abort();
  outer.addEventListener("abort", end);
  let silence: ReturnType<typeof setTimeout> | undefined;
  let heard = false;
  try {
    const url = await options.url();
    const lastId = options.lastId();
    const response = await options.fetch(url, {
      headers: { Accept: "text/event-stream", ...options.headers(), ...(lastId !== null && { "Last-Event-ID": lastId }) },
      signal: ending.signal,
      cache: "no-store",
    });
    if (!response.ok || response.body === null) {
      options.onRefused?.(response.status);
      return false;
    }
    options.onState("live");
    const parser = new EventParser();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    let isRight = true;
    while (isRight) {
      clearTimeout(silence);
      silence = setTimeout(end, silenceMs);
      const { done, value } = await reader.read();
      if (done) break;
      heard = true;
      parser.push(decoder.decode(value, { stream: true }), (event) => {
        if (isRight) isRight = options.onEvent(event);
      });
    }
    return heard;
  } catch {
    return heard;
  } finally {
    clearTimeout(silence);
    outer.removeEventListener("abort", end);
    ending.abort();
  }
}
