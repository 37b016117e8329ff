/**
 * The one way to the API. Reads say how far the journal is visible in them; writes carry an idempotency key, and are said again with the same
 * key when the network fails or the server answers 503, so that they take effect once.
 */

/** A no of the API, as RFC 9457 tells it. */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  retryAfter?: number;
  [field: string]: unknown;
}

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

export interface Answer<T> {
  body: T;
  /** The journal is visible up to here in this answer. */
  seq: number;
}

/** What a client needs from outside, so that tests can stand in for it. */
export interface Surroundings {
  fetch: typeof fetch;
  wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  newKey: () => string;
}

/** Where a path of the server is for this page: a proxy may serve all of it under a prefix. */
export function rooted(path: string): string {
  const { pathname, search } = new URL(path.replace(/^\//, ""), document.baseURI);
  return pathname + search;
}

export const browser: Surroundings = {
  fetch: (input, init) => fetch(typeof input === "string" ? rooted(input) : input, init),
  wait: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, milliseconds);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      });
    }),
  newKey: () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  },
};

const attempts = 6;
const longestWaitMs = 5_000;

const unreachable: Problem = {
  status: 0,
  code: "unreachable",
  title: "No answer",
  detail: "The server does not answer. It is tried again by itself; if it was stopped, start it with ./run.",
};

async function problemOf(response: Response): Promise<Problem> {
  const fallback = { status: response.status, code: "unknown", title: response.statusText, detail: `The server answered ${response.status}.` };
  if (!response.headers.get("content-type")?.includes("problem+json")) return fallback;
  return { ...fallback, ...((await response.json()) as Problem) };
}

function headersOf(actor: string): Record<string, string> {
  return actor === "" ? {} : { "X-Rialto-Actor": actor };
}

async function answerOf<T>(response: Response): Promise<Answer<T>> {
  if (!response.ok) throw new ApiError(await problemOf(response));
  observeDate(response);
  return { body: (await response.json()) as T, seq: Number(response.headers.get("x-rialto-seq") ?? 0) };
}

export async function read<T>(path: string, actor: string, signal?: AbortSignal, around: Surroundings = browser): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await around.fetch(path, { headers: headersOf(actor), ...(signal && { signal }) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(unreachable);
  }
  return await answerOf<T>(response);
}

export type Method = "POST" | "PATCH" | "DELETE";

/** Says a command until it is known what became of it. */
export async function write<T>(path: string, body: unknown, actor: string, method: Method = "POST", around: Surroundings = browser): Promise<Answer<T>> {
  const key = around.newKey();
  const isCsv = body instanceof Blob;
  let last = unreachable;
  for (let attempt = 0; attempt < attempts; attempt++) {
    let waitMs = 250 * 2 ** attempt;
    try {
      const response = await around.fetch(path, {
        method,
        headers: { ...headersOf(actor), "Idempotency-Key": key, "Content-Type": isCsv ? "text/csv" : "application/json" },
        body: isCsv ? body : JSON.stringify(body ?? {}),
      });
      if (response.status !== 503) return await answerOf<T>(response);
      last = await problemOf(response);
      if (last.retryAfter !== undefined) waitMs = last.retryAfter * 1000;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      last = unreachable;
    }
    if (attempt < attempts - 1) await around.wait(Math.min(waitMs, longestWaitMs));
  }
  throw new ApiError(last);
}

/** By how much the server's clock is ahead of ours, in milliseconds; countdowns go by its clock. Its dates are whole seconds, so less is noise. */
let skewMs = 0;

function observeDate(response: Response): void {
  const date = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(date)) return;
  const difference = date + 500 - Date.now();
  skewMs = Math.abs(difference) > 2_000 ? difference : 0;
}

export const serverNow = (): number => Date.now() + skewMs;

/** A path with what stands after the question mark; what is empty is left out. */
export function withQuery(path: string, query: Record<string, string | number | boolean | undefined | null>): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string | number | boolean] => pair[1] !== undefined && pair[1] !== null && pair[1] !== "");
  if (pairs.length === 0) return path;
  return `${path}?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}
