/** Numbers and times as people read them. */

const formats = new Map<string, Intl.NumberFormat>();

function format(minimum: number, maximum: number): Intl.NumberFormat {
  const key = `${minimum}/${maximum}`;
  let found = formats.get(key);
  if (found === undefined) {
    found = new Intl.NumberFormat("en", { minimumFractionDigits: minimum, maximumFractionDigits: maximum });
    formats.set(key, found);
  }
  return found;
}

/** An amount with the decimals of its asset. */
export const amount = (value: number, scale = 2): string => format(scale, scale).format(value).replace("-", "−");

/** An amount with a sign, also if it is not below zero. */
export const signed = (value: number, scale = 2): string => (value > 0 ? "+" : "") + amount(value, scale);

export const count = (value: number): string => format(0, 0).format(value);

/** A figure of which only the size matters. */
export const rough = (value: number): string => (value < 10 ? format(0, 1) : format(0, 0)).format(value);

/** How many decimals a step such as 0.01 has. */
export function decimalsOf(step: number): number {
  for (let scale = 0; scale < 9; scale++) if (Math.abs(Math.round(step * 10 ** scale) - step * 10 ** scale) < 1e-9) return scale;
  return 9;
}

/** An amount whose scale is not told: with two decimals, or as many as it has. */
export const exactly = (value: number): string => amount(value, Math.max(2, decimalsOf(value)));

export const plural = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`;

/** A length of time in two units at most: 850 ms, 12 s, 3 min 20 s, 2 h 5 min. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = Math.floor(milliseconds / 1_000);
  if (seconds < 60) return milliseconds < 10_000 ? `${format(1, 1).format(milliseconds / 1_000)} s` : `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** What is left of a time, as a clock that runs down: 1:05, 59:59, 2:00:00. */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1_000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dateAndTime = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium" });

/** 14:03:22 */
export const timeOfDay = (at: string | number): string => clockTime.format(new Date(at));

/** 14:03:22 today, else 3 Mar, 14:03. */
export function moment(at: string | number, now = Date.now()): string {
  const date = new Date(at);
  return date.toDateString() === new Date(now).toDateString() ? clockTime.format(date) : dateAndTime.format(date);
}

export const fullTime = (at: string | number): string => full.format(new Date(at));

/** awaiting-start → Awaiting start */
export const words = (hyphenated: string): string => {
  const spaced = hyphenated.replaceAll("-", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};

/** LeaderFailed → leader failed */
export const spaced = (joined: string): string => joined.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("-", " ").toLowerCase();

export const metres = (distance: number): string => (distance < 1_000 ? `${count(distance)} m` : `${format(1, 1).format(distance / 1_000)} km`);
