import type { Clock, JournalItem } from "../api/types";

/** What an event holds, in a line: its plain fields, in their order. */
export function summary(event: Pick<JournalItem, "data">): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(event.data)) {
    if (value === null || name === "salt" || name === "at") continue;
    if (value === true) parts.push(wordsOf(name));
    else if (typeof value === "string" || typeof value === "number") parts.push(`${wordsOf(name)} ${value}`);
    else if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string")) parts.push(`${wordsOf(name)} ${value.join(", ")}`);
  }
  return parts.join(" · ");
}

const wordsOf = (name: string): string => name.replace(/([A-Z])/g, " $1").toLowerCase();

export type Relation = "before" | "after" | "same" | "concurrent";

/** How two vector clocks stand to each other; a node that is not named has ticked zero times. */
export function relate(a: Clock, b: Clock): Relation {
  let [less, more] = [false, false];
  for (const node of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const difference = (a[node] ?? 0) - (b[node] ?? 0);
    if (difference < 0) less = true;
    if (difference > 0) more = true;
  }
  if (less && more) return "concurrent";
  return less ? "before" : more ? "after" : "same";
}

export interface EventFilter {
  category: string;
  stream: string;
  text: string;
}

export const noFilter: EventFilter = { category: "", stream: "", text: "" };

/** A test for events; the same for all of them, so that nothing is prepared anew for each. */
export function matcher(filter: EventFilter): (event: JournalItem) => boolean {
  const text = filter.text.trim().toLowerCase();
  const stream = filter.stream.trim().toLowerCase();
  return (event) =>
    (filter.category === "" || event.category === filter.category) &&
    (stream === "" || event.stream.toLowerCase().includes(stream)) &&
    (text === "" || event.type.includes(text) || JSON.stringify(event.data).toLowerCase().includes(text));
}
